import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0008_matter_planned")]

    operations = [
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="file", serialize=False, to="vault.record"
                    ),
                ),
                ("matter", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="files", to="vault.matter")),
                ("sealed", models.BinaryField()),
            ],
        ),
    ]
