"""One account as its owner sees it: its ways in and its sessions."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session

from camket.access import factors, passwords
from camket.access.errands import is_company_set
from camket.access.models import CodeGenerator, CompanyLink, DeskSession, Passkey, RecoveryCode, Staff
from camket.access.rules import CODE_WAITS


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRow:
    """One passkey, without its key."""

    id: UUID
    name: str = field(repr=False)
    added_at: datetime
    last_used_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorRow:
    """An app with one-time codes, without its secret."""

    confirmed_at: datetime
    last_used_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRow:
    """An account of the company's sign-in service that opens this one: since when, and nothing of whose it is there."""

    linked_at: datetime
    last_used_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session as it is listed."""

    id: UUID
    began_at: datetime
    last_seen_on: date
    browser: str
    system: str
    factor: str
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """The ways into one account."""

    has_password: bool
    generator: GeneratorRow | None
    passkeys: tuple[PasskeyRow, ...]
    recovery_left: int
    recovery_made_at: datetime | None
    company: CompanyRow | None = None

    @property
    def has_factor(self) -> bool:
        """Whether something stands beside a password."""
        return self.generator is not None or bool(self.passkeys)

    @property
    def comes_in_alone(self) -> bool:
        """Whether its owner can come in without a link: by a passkey, the company's account, or a password and what stands beside it."""
        return bool(self.passkeys) or self.company is not None or (self.has_password and self.has_factor)


def account_facts(staff_id: UUID) -> AccountFacts:
    """
    Return the ways into an account.

    Args:
        staff_id: Whose.
    """
    generator = CodeGenerator.objects.filter(staff_id=staff_id, confirmed_at__isnull=False).values_list("confirmed_at", "last_used_on").first()
    keys = Passkey.objects.filter(staff_id=staff_id).order_by("added_at", "id")
    codes = list(RecoveryCode.objects.filter(staff_id=staff_id).values_list("made_at", "used_at"))
    return AccountFacts(
        has_password=passwords.is_set(Staff.objects.values_list("password", flat=True).get(pk=staff_id)),
        generator=GeneratorRow(confirmed_at=generator[0], last_used_on=generator[1]) if generator and generator[0] else None,
        passkeys=tuple(PasskeyRow(id=key.id, name=key.name, added_at=key.added_at, last_used_on=key.last_used_on) for key in keys),
        recovery_left=sum(used_at is None for _, used_at in codes),
        recovery_made_at=max((made_at for made_at, _ in codes), default=None),
        company=_company(staff_id),
    )


def _company(staff_id: UUID) -> CompanyRow | None:
    if not is_company_set():
        return None
    link = CompanyLink.objects.filter(staff_id=staff_id, issuer=settings.CAMKET_OIDC_ISSUER).first()
    return CompanyRow(linked_at=link.linked_at, last_used_on=link.last_used_on) if link else None


def known_passkeys(staff_id: UUID) -> tuple[bytes, ...]:
    """
    Return the authenticators' ids of somebody's passkeys, so that the same device makes no second one.

    Args:
        staff_id: Whose.
    """
    return tuple(bytes(one) for one in Passkey.objects.filter(staff_id=staff_id).values_list("credential_id", flat=True))


def waiting_setup(staff_id: UUID, *, now: datetime) -> str | None:
    """
    Return the secret of an app with one-time codes that waits for its first code, or None where none waits.

    Args:
        staff_id: Whose.
        now: UTC instant.
    """
    row = CodeGenerator.objects.filter(staff_id=staff_id, confirmed_at__isnull=True, made_at__gt=now - CODE_WAITS).first()
    if row is None:
        return None
    try:
        return factors.open_secret(bytes(row.sealed), staff_id=staff_id, row_id=row.id)
    except factors.FactorBroken:
        return None


def sessions_of(staff_id: UUID, *, this: UUID | None, now: datetime) -> tuple[SessionRow, ...]:
    """
    List somebody's sessions that are open, the newest first.

    Args:
        staff_id: Whose.
        this: The one from which is asked.
        now: UTC instant.
    """
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows = DeskSession.objects.filter(staff_id=staff_id, session_id__in=alive).order_by("-began_at", "-id")
    return tuple(
        SessionRow(
            id=row.id,
            began_at=row.began_at,
            last_seen_on=row.last_seen_on,
            browser=row.browser,
            system=row.system,
            factor=row.factor,
            is_this=row.id == this,
        )
        for row in rows
    )
