"""For which purposes the changes of a variant are told: what was written before names all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0012_unproven")]

    operations = [
        migrations.AddField(
            model_name="variant",
            name="purposes",
            field=models.JSONField(null=True, help_text="reason: ids of purposes that the changes are told for; null for all of them"),
        )
    ]
