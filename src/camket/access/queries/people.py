"""Who works here and which programs hold tokens: frozen rows, no secrets."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from camket.access.models import ApiToken, Budget, CapabilityLink, SignInLink, Staff
from camket.access.rules import ENTWINED_FOR, BadEmail, plain_email
from camket.journal.statements import Statement, fetch
from camket.policy.terms import Actor, RoleId

_LISTED = "FROM access_staff WHERE erased_at IS NULL ORDER BY is_active DESC, email"
_EVERYBODY = Statement(
    text=f"SELECT id, email, display_name, role, is_active, created_at, left_at {_LISTED}",
    columns=(UUID, str, str, str, bool, datetime, datetime),
)
_NAMES = Statement(
    text=f"SELECT id, coalesce(nullif(display_name, ''), email), role, is_active {_LISTED}",
    columns=(UUID, str, str, bool),
)


class StaffUnknown(LookupError):
    """No member of staff has this id or address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffName:
    """A member of staff as colleagues name them. Its printed form holds no name."""

    id: UUID
    display_name: str = field(repr=False)  # from `staff_names`, the address of whoever gave no name; elsewhere as it was given
    role: RoleId
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow(StaffName):
    """One member of staff. Its printed form holds neither address nor name."""

    email: str = field(repr=False)  # empty once erased
    created_at: datetime
    left_at: datetime | None
    as_it_is: str = field(default="", repr=False, compare=False)  # what a session begins under; "" where no account was looked at for itself

    @property
    def name(self) -> str:
        """What colleagues call them."""
        return self.display_name or self.email

    @property
    def actor(self) -> Actor:
        """The one who asks, as the policy and the journal know them."""
        return Actor(role=self.role, id=str(self.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """That somebody came in by a link which a colleague made: who, and when it was used."""

    by: str = field(repr=False)  # empty once erased
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A capability link that opened: what its holder may do, with which matter."""

    id: UUID
    purpose: str
    matter_id: UUID
    target_id: UUID | None
    expires_at: datetime  # exclusive
    attempts_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """An API token without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None


def staff_list() -> list[StaffRow]:
    """
    List everybody who works or worked here, those at work first, then by address.

    Returns:
        The rows; erased accounts are left out.
    """
    return [
        StaffRow(
            id=id, email=email or "", display_name=display_name, role=RoleId(role), is_active=bool(is_active), created_at=created_at, left_at=left_at
        )
        for id, email, display_name, role, is_active, created_at, left_at in fetch(_EVERYBODY)
    ]


def staff_names() -> list[StaffName]:
    """List everybody who works or worked here, in the order of `staff_list`; a page reads no more of them than it shows."""
    return [StaffName(id=id, display_name=name, role=RoleId(role), is_active=bool(is_active)) for id, name, role, is_active in fetch(_NAMES)]


def staff_by_id(staff_id: UUID) -> StaffRow:
    """
    Return one member of staff.

    Args:
        staff_id: Their id.

    Returns:
        The row, also of one who left.

    Raises:
        StaffUnknown: There is no such account.
    """
    staff = Staff.objects.filter(pk=staff_id).first()
    if staff is None:
        raise StaffUnknown("no such account")
    return staff_row(staff)


def staff_signed_in(account: object) -> StaffRow:
    """
    Return whoever a session belongs to, as they were just found; the database is not asked again.

    Args:
        account: What stands in the request as its user, signed in.

    Returns:
        The row.

    Raises:
        StaffUnknown: It is no account of ours.
    """
    if not isinstance(account, Staff):
        raise StaffUnknown("no such account")
    return staff_row(account)


def staff_by_email(email: str) -> StaffRow:
    """
    Return the member of staff with this address, however it is spelt.

    Args:
        email: The address as somebody typed it.

    Returns:
        The row, also of one who left.

    Raises:
        StaffUnknown: Nobody has it, or it is no address.
    """
    try:
        staff = Staff.objects.filter(email=plain_email(email)).first()
    except BadEmail:
        staff = None
    if staff is None:
        raise StaffUnknown("no such account")
    return staff_row(staff)


def let_in(*, since: datetime | None = None, staff_id: UUID | None = None) -> dict[UUID, LetIn]:
    """
    Return who came in by a colleague's link, and by whose; two queries at most.

    Args:
        since: Only those let in after this UTC instant.
        staff_id: Only this member of staff.
    """
    found = Staff.objects.filter(let_in_by__isnull=False, let_in_at__isnull=False)
    if since is not None:
        found = found.filter(let_in_at__gt=since)
    if staff_id is not None:
        found = found.filter(pk=staff_id)
    rows = [(id, by, at) for id, by, at in found.values_list("id", "let_in_by", "let_in_at") if by and at]
    names = _names_of(by for _, by, _ in rows)
    return {id: LetIn(by=names.get(by, ""), at=at) for id, by, at in rows}


def lettings_in(staff_id: UUID, *, since: datetime) -> tuple[LetIn, ...]:
    """
    Return each time that a colleague's link opened an account, the newest first; whatever was closed or begun anew since.

    Args:
        staff_id: Whose account.
        since: UTC instant; at most a month ago, for so long are links kept.
    """
    used = SignInLink.objects.filter(staff_id=staff_id, issued_by__isnull=False, used_at__gt=since).exclude(issued_by=staff_id)
    rows = [(by, at) for by, at in used.order_by("-used_at").values_list("issued_by", "used_at") if by and at]
    names = _names_of(by for by, _ in rows)
    return tuple(LetIn(by=names.get(by, ""), at=at) for by, at in rows)


def _names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = set(ids)
    return {staff.id: staff_row(staff).name for staff in Staff.objects.filter(pk__in=wanted)} if wanted else {}


def may_be_one(first: UUID, second: UUID, *, now: datetime) -> bool:
    """
    Return whether two members of staff may be one person, for all that the house can tell: they are the same, or links by which colleagues let
    each other in within the last thirty days lead from one to the other, over however many.

    Args:
        first: The id of one.
        second: The id of the other.
        now: UTC instant.

    Source: docs/decisions/0028-a-colleagues-link.md.
    """
    # every link that was used, and not who let somebody in last: what was done in their name before stays done
    lately = SignInLink.objects.filter(issued_by__isnull=False, used_at__gt=now - ENTWINED_FOR)
    ties = [{staff_id, by} for staff_id, by in lately.values_list("staff_id", "issued_by") if by] if first != second else []
    together = {first}
    while more := [tie for tie in ties if tie & together and tie - together]:
        together.update(*more)
    return second in together


def is_first_start() -> bool:
    """
    Tell whether nobody has ever been given an account.

    Returns:
        True while there is no account at all, not even one that left.
    """
    return not Staff.objects.exists()


def was_ever(role: RoleId) -> bool:
    """
    Tell whether somebody has, or had when they left, a role.

    Args:
        role: One of the roles of staff.
    """
    return Staff.objects.filter(role=role).exists()


def tokens() -> list[TokenRow]:
    """
    List the API tokens, those in force first, then by name.

    Returns:
        The rows, revoked ones included.
    """
    return sorted((token_row(token) for token in ApiToken.objects.all()), key=lambda row: (row.revoked_at is not None, row.name, row.created_at))


def budget_opens_at(*, key: bytes, window: timedelta, now: datetime) -> datetime:
    """
    Return the instant from which a budget may be spent anew, because its window is over; `now` where none is open.

    Args:
        key: What is counted, as `spend_budget` was told it.
        window: How long a window lasts.
        now: UTC instant.
    """
    start = Budget.objects.filter(key_hash=Budget.digest(key, window)).values_list("window_start", flat=True).first()
    return now if start is None else max(now, start + window)


def staff_row(staff: Staff) -> StaffRow:
    """
    Return what the doors may know of an account.

    Args:
        staff: The account.

    Returns:
        Its row.
    """
    return StaffRow(
        id=staff.id,
        email=staff.email or "",
        display_name=staff.display_name,
        role=RoleId(staff.role),
        is_active=staff.is_active,
        created_at=staff.created_at,
        left_at=staff.left_at,
        as_it_is=staff.as_it_is(),
    )


def link_row(link: CapabilityLink) -> LinkRow:
    """
    Return what the doors may know of a capability link.

    Args:
        link: The link.

    Returns:
        Its row.
    """
    return LinkRow(
        id=link.id,
        purpose=link.purpose,
        matter_id=link.matter_id,
        target_id=link.target_id,
        expires_at=link.expires_at,
        attempts_left=link.attempts_left,
    )


def token_row(token: ApiToken) -> TokenRow:
    """
    Return what the doors may know of an API token.

    Args:
        token: The token.

    Returns:
        Its row.
    """
    return TokenRow(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        scopes=frozenset(token.scopes),
        created_at=token.created_at,
        revoked_at=token.revoked_at,
        last_used_on=token.last_used_on,
    )
