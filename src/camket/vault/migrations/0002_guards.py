from django.db import migrations, models

from camket.editions.immutable import refuse


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Home",
            fields=[
                ("number", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("id", models.UUIDField()),
            ],
            options={"constraints": [models.CheckConstraint(condition=models.Q(("number", 1)), name="home_is_one")]},
        ),
        # facts about consent are only ever added; erasing a person deletes them
        migrations.RunPython(*refuse("vault_consent", "UPDATE")),
    ]
