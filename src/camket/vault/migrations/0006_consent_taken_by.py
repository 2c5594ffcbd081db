from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0005_indexes_said_twice"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="taken_by",
            field=models.UUIDField(null=True),
        ),
    ]
