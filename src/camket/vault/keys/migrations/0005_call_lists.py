"""Numbers that may not be called for advertising, as keyed hashes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault_keys", "0004_names")]

    operations = [
        migrations.CreateModel(
            name="CallList",
            fields=[
                ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("whole_at", models.DateTimeField(null=True)),
                ("condemned_at", models.DateTimeField(null=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
                ("numbers", models.PositiveIntegerField(default=0)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("destroyed_at__isnull", True), ("condemned_at__isnull", False), _connector="OR"),
                        name="calllist_condemned_before_destroyed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ListedNumber",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("call_list", models.PositiveIntegerField()),
                ("token", models.BinaryField(max_length=16)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("call_list", "token"), name="listed_number_once")]},
        ),
    ]
