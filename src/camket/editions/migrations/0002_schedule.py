import django.db.models.deletion
from django.db import migrations, models

from camket.editions.immutable import refuse


class Migration(migrations.Migration):
    dependencies = [("editions", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="schedule",
                        serialize=False,
                        to="editions.edition",
                    ),
                ),
                ("due_at", models.DateTimeField()),
            ],
        ),
        *[migrations.RunPython(*refuse("editions_schedule", verb)) for verb in ("UPDATE", "DELETE")],
    ]
