"""On PostgreSQL a letter's campaign and variant are not looked up again at the commit, which cost more than writing the letter."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


class _OnPostgreSQL(migrations.AlterField):
    """To change a column SQLite copies the whole table."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)


def _unchecked(name: str) -> _OnPostgreSQL:
    field = models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="letters",
        to=f"notices.{name}",
    )
    return _OnPostgreSQL(model_name="letter", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("notices", "0010_letter_by_matter")]

    operations = [_unchecked("campaign"), _unchecked("variant")]
