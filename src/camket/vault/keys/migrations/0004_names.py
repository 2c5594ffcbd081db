"""People are found by words of their name, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault_keys", "0003_generations")]

    operations = [
        migrations.RemoveConstraint(model_name="identitytoken", name="identity_kind_known"),
        migrations.AlterField(model_name="identitytoken", name="kind", field=models.CharField(max_length=16)),
        migrations.AddConstraint(
            model_name="identitytoken",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["email", "phone", "full_name"])), name="identity_kind_known"),
        ),
    ]
