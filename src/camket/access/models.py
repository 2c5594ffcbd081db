"""Accounts, links, tokens and budgets. Staff are the only people named here; secrets are kept as hashes."""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.crypto import salted_hmac
from uuid6 import uuid7

from camket.policy.terms import STAFF_ROLES


class Staff(AbstractBaseUser):
    """One person behind the desks, with one role. An erased account keeps its id, so that the journal stays readable."""

    last_login = None  # Django would write it with a clock of its own; the journal says who signed in when

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(  # noqa: DJ001  # null once erased: two erased accounts must not collide on an empty address
        unique=True, null=True, max_length=254, help_text="reason: where staff get their sign-in link; erased by erase_staff"
    )
    display_name = models.CharField(max_length=120, blank=True, default="", help_text="reason: how colleagues see each other; erased by erase_staff")
    role = models.CharField(max_length=20, help_text="reason: a role id from the policy's terms")
    password = models.CharField(max_length=128, help_text="reason: unusable marker whose random part ends all sessions when it changes")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = BaseUserManager["Staff"]()

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(name="access_staff_role", condition=Q(role__in=sorted(STAFF_ROLES))),
            models.CheckConstraint(
                name="access_staff_left", condition=Q(is_active=True, left_at__isnull=True) | Q(is_active=False, left_at__isnull=False)
            ),
            models.CheckConstraint(
                name="access_staff_erased",
                condition=Q(erased_at__isnull=True, email__isnull=False)
                | Q(erased_at__isnull=False, email__isnull=True, display_name="", is_active=False),
            ),
        ]

    def __str__(self) -> str:
        # Django's own would return the e-mail address
        return f"staff {self.pk}"


class SignInLink(models.Model):
    """A link that signs one member of staff in, once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True, help_text="reason: SHA-256 of 256 random bits, to look the link up by")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # exclusive
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="access_signinlink_span", condition=Q(expires_at__gt=F("issued_at"))),
            models.CheckConstraint(name="access_signinlink_hash", condition=Exact(Length("token_hash"), 32)),
        ]


class CapabilityLink(models.Model):
    """A link in a letter: its holder may do one thing with one matter, until it ends, is revoked or used up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True, help_text="reason: SHA-256 of 256 random bits, to look the link up by")
    purpose = models.CharField(max_length=40, help_text="reason: what the link permits, a fixed word such as read_answer")
    matter_id = models.UUIDField()
    target_id = models.UUIDField(null=True, blank=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # exclusive
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    attempts_left = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["matter_id"], name="access_link_matter"), models.Index(fields=["expires_at"], name="access_link_expires")]
        constraints = [
            models.CheckConstraint(name="access_link_span", condition=Q(expires_at__gt=F("issued_at"))),
            models.CheckConstraint(name="access_link_hash", condition=Exact(Length("token_hash"), 32)),
        ]


class ApiToken(models.Model):
    """A program's key to the API, with the scopes it was given."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=40, help_text="reason: what the operator calls the program; a-z, 0-9, '.', '_', '-'")
    prefix = models.CharField(max_length=9, help_text="reason: first characters of the secret, to recognise a key by")
    secret_hash = models.BinaryField(max_length=32, unique=True, help_text="reason: SHA-256 of 256 random bits, to look the token up by")
    scopes = models.JSONField(help_text="reason: list of scope names from a fixed list")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)  # a day, in UTC: enough to find keys nobody uses

    class Meta:
        constraints = [
            models.UniqueConstraint(name="access_apitoken_name", fields=["name"], condition=Q(revoked_at__isnull=True)),
            models.CheckConstraint(name="access_apitoken_hash", condition=Exact(Length("secret_hash"), 32)),
        ]


class Budget(models.Model):
    """How often something was done under one key within its window. The key is a keyed hash: an address cannot be read back."""

    key_hash = models.BinaryField(primary_key=True, max_length=32, help_text="reason: keyed hash of what is counted; cannot be read back")
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["window_start"], name="access_budget_window")]

    @staticmethod
    def digest(key: bytes, window: timedelta) -> bytes:
        """Return the keyed hash under which a budget is kept; the window is part of it: an hourly and a daily one never share a count."""
        named = int(window.total_seconds()).to_bytes(8, "big") + key
        return salted_hmac("camket.access.budget", named, algorithm="sha256").digest()
