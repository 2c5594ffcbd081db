"""How many were left out because nobody has shown that the address they gave is theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0011_letters_unchecked")]

    operations = [migrations.AddField(model_name="campaign", name="unproven", field=models.PositiveIntegerField(default=0))]
