"""Put the guards over the journal's tables: the database refuses to change or delete what was written."""

from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from camket.journal import guards


def install(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put every guard in place."""
    guards.install(schema_editor.connection)


def lift(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take every guard away."""
    guards.lift(schema_editor.connection)


class Migration(migrations.Migration):
    """The guards; written apart from the tables because they are the database's own language."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("journal", "0001_tables")]
    operations: ClassVar[list[migrations.RunPython]] = [migrations.RunPython(install, lift)]
