"""Which details the changes of a variant are told for, and from when each holds: what was written before names all of them, and says nothing of when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0013_purposes_of_a_variant")]

    operations = [
        migrations.AddField(
            model_name="variant",
            name="fields",
            field=models.JSONField(null=True, help_text="reason: names of fields that the changes are told for; null for all of them"),
        ),
        migrations.AddField(
            model_name="variant",
            name="collections",
            field=models.JSONField(null=True, help_text="reason: ids of collections that the changes are told for; null for all of them"),
        ),
        migrations.AddField(
            model_name="variant",
            name="standings",
            field=models.JSONField(
                null=True, help_text="reason: from when each change holds, and for which purposes: ids; null where it was not asked yet"
            ),
        ),
    ]
