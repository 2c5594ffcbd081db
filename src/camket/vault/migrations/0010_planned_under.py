"""A plan is stale by the edition it was made under, whatever the clock said: each is looked at once more under the one in force."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q


def look_again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Count every plan as made before the first edition."""
    matters = apps.get_model("vault", "Matter").objects.using(schema_editor.connection.alias)
    matters.filter(planned_at__isnull=False).update(planned_under=0)


class Migration(migrations.Migration):
    dependencies = [("vault", "0009_file")]

    operations = [
        migrations.AddField(model_name="matter", name="planned_under", field=models.PositiveIntegerField(null=True)),
        migrations.RunPython(look_again, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="matter", name="matter_to_plan"),
        migrations.RemoveIndex(model_name="matter", name="matter_planned"),
        migrations.RemoveField(model_name="matter", name="planned_at"),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                fields=["rests_since"],
                name="matter_to_plan",
                condition=Q(rests_since__isnull=False, planned_under__isnull=True, erased_at__isnull=True),
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                fields=["planned_under"],
                name="matter_planned",
                condition=Q(rests_since__isnull=False, planned_under__isnull=False, erased_at__isnull=True),
            ),
        ),
    ]
