"""Who of the staff changed a draft last: nobody knows it of what was changed before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0014_standings_of_a_variant")]

    operations = [migrations.AddField(model_name="campaign", name="saved_by", field=models.UUIDField(null=True))]
