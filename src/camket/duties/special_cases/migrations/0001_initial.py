import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SpecialCase",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("reference", models.CharField(help_text="reason: public random name, for colleagues", max_length=16, unique=True)),
                ("subject_id", models.UUIDField(db_index=True)),
                ("matter_id", models.UUIDField(unique=True)),
                ("about", models.CharField(help_text="reason: public random name of the matter it is about; emptied on erasure", max_length=16)),
                ("about_matter_id", models.UUIDField(db_index=True)),
                ("ground", models.CharField(help_text="reason: a letter of the edition's list of special cases; emptied on erasure", max_length=1)),
                ("field_names", models.JSONField(help_text="reason: names of the fields that are asked for; emptied on erasure")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("open", "Open"), ("closed", "Closed"), ("erased", "Erased")],
                        default="waiting",
                        help_text="reason: one of four fixed words",
                        max_length=8,
                    ),
                ),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[("done", "Done"), ("refused", "Refused"), ("given_up", "Given Up"), ("person_erased", "Person Erased")],
                        help_text="reason: one of four fixed words, empty while it is open",
                        max_length=16,
                    ),
                ),
                ("warrant_id", models.UUIDField()),
                ("reason_id", models.UUIDField()),
                ("opened_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "submission",
                    models.BinaryField(
                        help_text="reason: hash of the page's nonce, so that a form sent twice is one case", max_length=32, unique=True
                    ),
                ),
                (
                    "submission_body",
                    models.BinaryField(help_text="reason: keyed hash that tells a repetition from another thing; emptied on erasure", max_length=32),
                ),
                (
                    "closed_by",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "decided_by",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("opened_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Writing",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("reason", "Reason"), ("refusal", "Refusal"), ("note", "Note")],
                        help_text="reason: one of three fixed words",
                        max_length=8,
                    ),
                ),
                ("record_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                (
                    "submission",
                    models.BinaryField(
                        help_text="reason: hash of the page's nonce, so that a form sent twice is one text", max_length=32, unique=True
                    ),
                ),
                (
                    "submission_body",
                    models.BinaryField(help_text="reason: keyed hash that tells a repetition from another text; gone with the case", max_length=32),
                ),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="writings", to="special_cases.specialcase")),
                ("written_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name="specialcase",
            index=models.Index(fields=["state", "-opened_at"], name="special_case_list"),
        ),
        migrations.AddConstraint(
            model_name="specialcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "open", "closed", "erased"])), name="special_case_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="specialcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state__in", ["closed", "erased"])),
                    models.Q(("closed_at__isnull", True), ("ending", ""), ("state__in", ["waiting", "open"])),
                    _connector="OR",
                ),
                name="special_case_closed_has_instant",
            ),
        ),
        migrations.AddConstraint(
            model_name="specialcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "open"), _negated=True),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("expires_at__isnull", False)),
                    _connector="OR",
                ),
                name="special_case_open_is_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="specialcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("decided_by__isnull", True), models.Q(("decided_by", models.F("opened_by")), _negated=True), _connector="OR"),
                name="special_case_second_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="writing",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["reason", "refusal", "note"])), name="writing_kind_known"),
        ),
    ]
