"""One index where there were two: what keeps a campaign from writing twice about a matter also finds the letters of a matter."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0009_letter_lists")]

    operations = [
        migrations.RemoveConstraint(model_name="letter", name="letter_once_a_campaign"),
        migrations.AddConstraint(
            model_name="letter", constraint=models.UniqueConstraint(fields=["matter_id", "campaign"], name="letter_once_a_campaign")
        ),
        migrations.AlterField(model_name="letter", name="matter_id", field=models.UUIDField()),
    ]
