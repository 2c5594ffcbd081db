"""All of staff as an operator and an auditor see them: roles, ways in, last days; invitations; the log of sign-ins."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from camket.access import passwords
from camket.access.days import house_zone
from camket.access.errands import is_company_set
from camket.access.models import AccessReview, CodeGenerator, CompanyLink, DeskSession, Invitation, Passkey, RecoveryCode, SignInTry, Staff
from camket.access.queries.people import LetIn, StaffRow, let_in, staff_row
from camket.access.rules import DESKS, SIGNED_IN, may_enter
from camket.journal.paging import Page, cut
from camket.policy.terms import RoleId


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLine:
    """One member of staff as the list shows them: which ways in there are, never what opens them."""

    row: StaffRow
    has_password: bool
    has_codes: bool
    passkeys: int
    recovery_left: int
    is_link_needed: bool  # since a restore: nothing else opens the account before a new one
    last_seen_on: date | None
    desks: tuple[str, ...]
    has_company: bool = False  # an account of the company's sign-in service opens theirs
    let_in: LetIn | None = None  # where they last came in by a link that a colleague made

    @property
    def comes_in_alone(self) -> bool:
        """Whether they can come in without a link."""
        return self.passkeys > 0 or self.has_company or (self.has_password and self.has_codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """One invitation that is open."""

    id: UUID
    email: str = field(repr=False)
    role: RoleId
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """When access was looked through, and by whom."""

    at: datetime
    name: str = field(repr=False)
    role: RoleId


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRow:
    """One line of the log of sign-ins."""

    id: UUID
    at: datetime
    staff_id: UUID | None
    name: str = field(repr=False)
    outcome: str
    factor: str
    address: str = field(repr=False)
    port: int | None


def staff_lines(*, is_active: bool | None = None) -> tuple[StaffLine, ...]:
    """
    List everybody who works or worked here with their ways in; as many queries for fifty as for one.

    Args:
        is_active: Only those at work, only those who left, or all of them.
    """
    people = Staff.objects.filter(erased_at__isnull=True).order_by("-is_active", "email")
    if is_active is not None:
        people = people.filter(is_active=is_active)
    codes = frozenset(CodeGenerator.objects.filter(confirmed_at__isnull=False).values_list("staff_id", flat=True))
    keys = Counter(Passkey.objects.values_list("staff_id", flat=True))
    left = Counter(RecoveryCode.objects.filter(used_at__isnull=True).values_list("staff_id", flat=True))
    linked, entered = _linked(), let_in()
    seen = _last_days()
    return tuple(
        StaffLine(
            row=staff_row(staff),
            has_password=passwords.is_set(staff.password),
            has_codes=staff.id in codes,
            passkeys=keys[staff.id],
            recovery_left=left[staff.id],
            is_link_needed=staff.is_link_needed,
            last_seen_on=seen.get(staff.id),
            desks=tuple(desk for desk in DESKS if staff.is_active and may_enter(RoleId(staff.role), desk)),
            has_company=staff.id in linked,
            let_in=entered.get(staff.id),
        )
        for staff in people
    )


def _linked() -> frozenset[UUID]:
    if not is_company_set():
        return frozenset()
    return frozenset(CompanyLink.objects.filter(issuer=settings.CAMKET_OIDC_ISSUER).values_list("staff_id", flat=True))


def _last_days() -> dict[UUID, date]:
    """The last day of each, by an open session, or by the last sign-in that the log still holds."""
    found: dict[UUID, date] = {}
    zone = house_zone()
    sessions = DeskSession.objects.values_list("staff_id").annotate(Max("last_seen_on"))
    entered = SignInTry.objects.filter(outcome=SIGNED_IN, staff__isnull=False).values_list("staff_id").annotate(Max("at"))
    for staff_id, day in [*sessions, *((staff_id, at.astimezone(zone).date()) for staff_id, at in entered)]:
        found[staff_id] = max(found.get(staff_id, day), day)
    return found


def invitations(*, now: datetime) -> tuple[InvitationRow, ...]:
    """
    List the invitations that are open, the newest first.

    Args:
        now: UTC instant.
    """
    open_still = Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now).order_by("-issued_at", "id")
    return tuple(
        InvitationRow(id=row.id, email=row.email or "", role=RoleId(row.role), issued_at=row.issued_at, expires_at=row.expires_at)
        for row in open_still
    )


def last_review() -> ReviewRow | None:
    """Return when access was last looked through and by whom, or None where it never was."""
    row = AccessReview.objects.select_related("staff").order_by("-at", "-id").first()
    return ReviewRow(at=row.at, name=row.staff.display_name or row.staff.email or "", role=RoleId(row.staff.role)) if row else None


def tries_of(staff_id: UUID, *, limit: int = 20) -> tuple[TryRow, ...]:
    """
    List the newest lines of the log of sign-ins that are about one account.

    Args:
        staff_id: Whose.
        limit: At most so many.
    """
    return tuple(_try_row(row) for row in SignInTry.objects.filter(staff_id=staff_id).select_related("staff").order_by("-at", "-id")[:limit])


def tries(*, older_than: UUID | None = None, limit: int = 50) -> Page[TryRow, UUID]:
    """
    Return a page of the log of sign-ins, the newest first.

    Args:
        older_than: Only lines older than this one: ids are in order of time.
        limit: At most so many.

    Source: policy §11 (11.3: system operators alone open it).
    """
    rows = SignInTry.objects.select_related("staff").order_by("-id")
    if older_than is not None:
        rows = rows.filter(id__lt=older_than)
    page, last = cut(list(rows[: limit + 1]), limit=limit)
    return Page(rows=tuple(_try_row(row) for row in page), older=last.id if last else None)


def _try_row(row: SignInTry) -> TryRow:
    name = (row.staff.display_name or row.staff.email or "") if row.staff else ""
    return TryRow(
        id=row.id, at=row.at, staff_id=row.staff_id, name=name, outcome=row.outcome, factor=row.factor, address=row.address or "", port=row.port
    )
