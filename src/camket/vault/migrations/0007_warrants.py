import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0006_consent_taken_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="Warrant",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=40)),
                ("field_names", models.JSONField()),
                ("asked_by", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("approved_by", models.UUIDField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("matter", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="warrants", to="vault.matter")),
                ("reason", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="vault.record")),
                (
                    "subject",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="warrants", to="vault.subject"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("approved_by", models.F("asked_by")), _negated=True), name="warrant_second_is_another"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at__isnull", True), ("approved_by__isnull", True), ("expires_at__isnull", True)),
                            models.Q(("approved_at__isnull", False), ("approved_by__isnull", False), ("expires_at__gt", models.F("approved_at"))),
                            _connector="OR",
                        ),
                        name="warrant_approved_as_a_whole",
                    ),
                ],
            },
        ),
    ]
