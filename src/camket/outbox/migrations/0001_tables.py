from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "worker_id",
                    models.CharField(
                        help_text="reason: random id that a worker process gives itself at its start",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("role", models.CharField(help_text="reason: what the process does, e.g. worker or serve", max_length=20)),
                ("started_at", models.DateTimeField()),
                ("beat_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["beat_at"], name="heartbeat_beat")],
                "constraints": [models.CheckConstraint(condition=models.Q(("beat_at__gte", models.F("started_at"))), name="outbox_heartbeat_order")],
            },
        ),
    ]
