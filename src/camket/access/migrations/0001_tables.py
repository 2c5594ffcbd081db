import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import uuid6
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Staff",
            fields=[
                ("id", models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "email",
                    models.EmailField(
                        help_text="reason: where staff get their sign-in link; erased by erase_staff", max_length=254, null=True, unique=True
                    ),
                ),
                (
                    "display_name",
                    models.CharField(
                        blank=True, default="", help_text="reason: how colleagues see each other; erased by erase_staff", max_length=120
                    ),
                ),
                ("role", models.CharField(help_text="reason: a role id from the policy's terms", max_length=20)),
                (
                    "password",
                    models.CharField(help_text="reason: unusable marker whose random part ends all sessions when it changes", max_length=128),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["abuse", "adviser", "auditor", "legal", "operator", "privacy_officer"])),
                        name="access_staff_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_active", True), ("left_at__isnull", True)),
                            models.Q(("is_active", False), ("left_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="access_staff_left",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("email__isnull", False), ("erased_at__isnull", True)),
                            models.Q(("display_name", ""), ("email__isnull", True), ("erased_at__isnull", False), ("is_active", False)),
                            _connector="OR",
                        ),
                        name="access_staff_erased",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(help_text="reason: what the operator calls the program; a-z, 0-9, '.', '_', '-'", max_length=40)),
                ("prefix", models.CharField(help_text="reason: first characters of the secret, to recognise a key by", max_length=9)),
                (
                    "secret_hash",
                    models.BinaryField(help_text="reason: SHA-256 of 256 random bits, to look the token up by", max_length=32, unique=True),
                ),
                ("scopes", models.JSONField(help_text="reason: list of scope names from a fixed list")),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("revoked_at__isnull", True)), fields=("name",), name="access_apitoken_name"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length("secret_hash"), 32),
                        name="access_apitoken_hash",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "key_hash",
                    models.BinaryField(
                        help_text="reason: keyed hash of what is counted; cannot be read back", max_length=32, primary_key=True, serialize=False
                    ),
                ),
                ("window_start", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["window_start"], name="access_budget_window")],
            },
        ),
        migrations.CreateModel(
            name="CapabilityLink",
            fields=[
                ("id", models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "token_hash",
                    models.BinaryField(help_text="reason: SHA-256 of 256 random bits, to look the link up by", max_length=32, unique=True),
                ),
                ("purpose", models.CharField(help_text="reason: what the link permits, a fixed word such as read_answer", max_length=40)),
                ("matter_id", models.UUIDField()),
                ("target_id", models.UUIDField(blank=True, null=True)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("attempts_left", models.PositiveSmallIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["matter_id"], name="access_link_matter"),
                    models.Index(fields=["expires_at"], name="access_link_expires"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("expires_at__gt", models.F("issued_at"))), name="access_link_span"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length("token_hash"), 32), name="access_link_hash"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignInLink",
            fields=[
                ("id", models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "token_hash",
                    models.BinaryField(help_text="reason: SHA-256 of 256 random bits, to look the link up by", max_length=32, unique=True),
                ),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("staff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("expires_at__gt", models.F("issued_at"))), name="access_signinlink_span"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length("token_hash"), 32),
                        name="access_signinlink_hash",
                    ),
                ],
            },
        ),
    ]
