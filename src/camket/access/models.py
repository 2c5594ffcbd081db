"""Accounts and how they are entered, links, tokens and budgets. Staff are the only people named here; secrets are kept sealed or as hashes."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.crypto import salted_hmac
from uuid6 import uuid7

from camket.access.rules import BROWSERS, FACTORS, OUTCOMES, SYSTEMS
from camket.policy.terms import STAFF_ROLES


def new_stamp() -> str:
    """Return a random text of 32 characters."""
    return secrets.token_hex(16)


class Staff(AbstractBaseUser):
    """One person behind the desks, with one role. An erased account keeps its id, so that the journal stays readable."""

    last_login = None  # Django would write it with a clock of its own; the journal says who signed in when

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(  # noqa: DJ001  # null once erased: two erased accounts must not collide on an empty address
        unique=True, null=True, max_length=254, help_text="reason: where staff get their sign-in link; erased by erase_staff"
    )
    display_name = models.CharField(max_length=120, blank=True, default="", help_text="reason: how colleagues see each other; erased by erase_staff")
    role = models.CharField(max_length=20, help_text="reason: a role id from the policy's terms")
    password = models.CharField(max_length=128, help_text="reason: Argon2id hash of the password, or the mark that there is none")
    stamp = models.CharField(max_length=32, default=new_stamp, help_text="reason: random text whose change ends every session and known device")
    is_link_needed = models.BooleanField(default=False)  # after a restore: nothing opens the account before a new one-time link
    let_in_by = models.UUIDField(null=True)  # which colleague made the link by which its owner last came in; null where the machine did, or none was
    let_in_at = models.DateTimeField(null=True, blank=True)
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

    def get_session_auth_hash(self) -> str:
        """Return what every session of this account holds: it ends with the password or the stamp under which it began."""
        return salted_hmac("camket.access.session", f"{self.password}|{self.stamp}", algorithm="sha256").hexdigest()

    def as_it_is(self) -> str:
        """Return what changes with the password or the stamp: the second step of an older password is none, nor is a stream begun before."""
        return sha256(self.get_session_auth_hash().encode()).hexdigest()[:32]


class DeskSession(models.Model):
    """One session of the desks as its owner sees it listed: since when, with which browser; it goes with the session itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField()
    last_seen_on = models.DateField()  # a day of the house
    browser = models.CharField(max_length=12, choices=[(word, word) for word in BROWSERS], help_text="reason: a family of browsers from a fixed list")
    system = models.CharField(max_length=12, choices=[(word, word) for word in SYSTEMS], help_text="reason: a kind of machine from a fixed list")
    factor = models.CharField(max_length=20, choices=[(word, word) for word in FACTORS], help_text="reason: by what they came in, from a fixed list")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="access_session_words", condition=Q(browser__in=list(BROWSERS), system__in=list(SYSTEMS), factor__in=list(FACTORS))
            ),
        ]


class Passkey(models.Model):
    """One passkey of a member of staff: its public half, bound to whose it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40, help_text="reason: what its owner calls it, such as a device; erased with the account")
    credential_id = models.BinaryField(max_length=1023, unique=True, help_text="reason: random id that the authenticator gave")
    public_key = models.BinaryField(max_length=2048, help_text="reason: public key in COSE; opens nothing")
    bond = models.BinaryField(max_length=32, help_text="reason: keyed hash over owner, id and key: a row moved to another account opens nothing")
    sign_count = models.PositiveBigIntegerField()
    added_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="access_passkey_bond", condition=Exact(Length("bond"), 32))]


class CodeGenerator(models.Model):
    """The secret of an app that shows one-time codes (TOTP), sealed for one account and one row; it counts once a code has confirmed it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField(max_length=80, help_text="reason: secret sealed with AES-GCM under a key that stands in no database")
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)  # the newest half minute whose code was used: no code works twice
    last_used_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="access_codes_one", fields=["staff"], condition=Q(confirmed_at__isnull=False)),
            models.UniqueConstraint(name="access_codes_one_waiting", fields=["staff"], condition=Q(confirmed_at__isnull=True)),
        ]


class RecoveryCode(models.Model):
    """One code on paper for the day on which the other factors are out of reach."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    code_hash = models.BinaryField(
        max_length=32, unique=True, help_text="reason: keyed hash over owner and code: a row moved elsewhere opens nothing"
    )
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="access_recovery_hash", condition=Exact(Length("code_hash"), 32))]


class CompanyLink(models.Model):
    """Which account of the company's own sign-in service opens one of ours. Nothing that the service says of its owner is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=200, help_text="reason: the service's address as the operator set it; the same for everybody")
    subject_hash = models.BinaryField(
        max_length=32, unique=True, help_text="reason: keyed hash of the service's name for its owner, to look it up by"
    )
    bond = models.BinaryField(max_length=32, help_text="reason: keyed hash over owner and that hash: a row moved to another account opens nothing")
    linked_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="access_company_subject", condition=Exact(Length("subject_hash"), 32)),
            models.CheckConstraint(name="access_company_bond", condition=Exact(Length("bond"), 32)),
        ]


class Invitation(models.Model):
    """An account that somebody may open for themselves, once: until then nobody has it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True, help_text="reason: SHA-256 of 256 random bits, to look the invitation up by")
    email = models.EmailField(  # noqa: DJ001  # null once it is over: the address is then in the account, or nowhere
        null=True, max_length=254, help_text="reason: whose account it will be; emptied when accepted or withdrawn, deleted when it has ended"
    )
    role = models.CharField(max_length=20, help_text="reason: a role id from the policy's terms")
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField(null=True)  # which member of staff made it, with whose place here it ends; null for the machine itself
    expires_at = models.DateTimeField()  # exclusive
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="access_invitation_span", condition=Q(expires_at__gt=F("issued_at"))),
            models.CheckConstraint(name="access_invitation_hash", condition=Exact(Length("token_hash"), 32)),
            models.CheckConstraint(name="access_invitation_role", condition=Q(role__in=sorted(STAFF_ROLES))),
            models.UniqueConstraint(name="access_invitation_email", fields=["email"]),
        ]


class AccessReview(models.Model):
    """Somebody looked through who may enter which desk; the journal has it too, with the numbers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()


class SignInTry(models.Model):
    """
    One line of the log that the law asks for: who signed in or out, or tried to, when, and from where. Gone after twelve months.

    What was typed is never kept: a try at no account names nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_index=True)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=12, choices=[(word, word) for word in OUTCOMES], help_text="reason: what came of it, from a fixed list")
    factor = models.CharField(max_length=20, choices=[(word, word) for word in FACTORS], help_text="reason: by what they tried, from a fixed list")
    address = models.GenericIPAddressField(null=True)  # network address: the law asks for it, and it stands nowhere else
    port = models.PositiveIntegerField(null=True)  # source port, for the same reason

    class Meta:
        indexes = [models.Index(fields=["staff", "-at"], name="access_try_staff")]
        constraints = [
            models.CheckConstraint(name="access_try_words", condition=Q(outcome__in=list(OUTCOMES), factor__in=list(FACTORS))),
            models.CheckConstraint(name="access_try_port", condition=Q(port__isnull=True) | Q(port__gte=1, port__lte=65535)),
        ]


class SignInLink(models.Model):
    """A link that signs one member of staff in, once. One that was used stays a month: it tells who let whom in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True, help_text="reason: SHA-256 of 256 random bits, to look the link up by")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField(null=True)  # which member of staff made it, with whose place here it ends; null for the machine itself
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
    last_used_on = models.DateField(null=True, blank=True)  # a day of the house: enough to find keys nobody uses

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
