"""A notice that a program sent is known by its key, so that it is written once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_advertising")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="submission",
            field=models.BinaryField(help_text="reason: hash of a program's idempotency key", max_length=32, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="campaign",
            name="submission_body",
            field=models.BinaryField(default=b"", help_text="reason: hash of what the program sent, about nobody", max_length=32),
        ),
    ]
