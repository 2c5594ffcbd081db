from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_issued_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="staff",
            name="let_in_by",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="staff",
            name="let_in_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveField(
            model_name="capabilitylink",
            name="used_at",
        ),
    ]
