from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0010_planned_under")]

    operations = [
        # null in what was taken down before: nobody was asked
        migrations.AddField(model_name="consent", name="said_on", field=models.DateField(null=True)),
        migrations.AddField(model_name="consent", name="said_in", field=models.CharField(max_length=16, null=True)),
    ]
