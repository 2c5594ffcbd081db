from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault_keys", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Check",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("value", models.BinaryField(max_length=16)),
            ],
        ),
        migrations.AlterField(model_name="subjectkey", name="created_at", field=models.DateTimeField(db_index=True)),
    ]
