"""Keep the journal's ids as sixteen bytes on SQLite, where they were 32 letters; PostgreSQL has had them so all along."""

from typing import Any, ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from camket.journal import guards
from camket.journal.ids import ShortUUIDField

_COLUMNS = (("journal_journalentry", "id"), ("journal_entrysubject", "entry_id"), ("journal_entrysubject", "subject_id"))


def shorten(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write every id as bytes, and put every guard in place again: the tables were built anew."""
    _write_ids(schema_editor, "unhex({})")
    guards.install(schema_editor.connection)


def lengthen(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write every id as letters again, before the tables are built anew."""
    guards.lift(schema_editor.connection)
    _write_ids(schema_editor, "lower(hex({}))")


def install(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put every guard in place."""
    guards.install(schema_editor.connection)


def lift(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take every guard away."""
    guards.lift(schema_editor.connection)


def _write_ids(schema_editor: BaseDatabaseSchemaEditor, way: str) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        for table, column in _COLUMNS:
            cursor.execute(f"UPDATE {table} SET {column} = {way.format(column)}")  # noqa: S608  # our own names


class Migration(migrations.Migration):
    """Ids of entries and of whom they name."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("journal", "0003_leaves_in_their_entries")]
    operations: ClassVar[list[Any]] = [
        migrations.RunPython(lift, install),
        migrations.AlterField(model_name="entrysubject", name="subject_id", field=ShortUUIDField()),
        migrations.AlterField(model_name="journalentry", name="id", field=ShortUUIDField(primary_key=True, serialize=False)),
        migrations.RunPython(shorten, lengthen),
    ]
