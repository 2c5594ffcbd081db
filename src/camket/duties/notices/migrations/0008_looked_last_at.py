"""A change is told to whoever comes until its edition is in force; every other campaign, and what is over, looked at everybody once."""

from typing import Any

from django.db import migrations, models
from django.db.models import F, Q


def _close(apps: Any, schema_editor: Any) -> None:
    campaigns = apps.get_model("notices", "Campaign").objects.using(schema_editor.connection.alias).filter(planned_at__isnull=False)
    campaigns.filter(~Q(kind="change") | Q(ended_at__isnull=False)).update(looked_last_at=F("planned_at"))


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_programs")]

    operations = [
        migrations.AddField(model_name="campaign", name="looked_last_at", field=models.DateTimeField(null=True)),
        migrations.RunPython(_close, migrations.RunPython.noop),
    ]
