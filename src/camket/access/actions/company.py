"""The company's own sign-in service as a way in: linked by its owner, used, confirmed by, and taken away."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from camket.access import errands, factors
from camket.access.actions.sign_in import SignedIn, SignInRefused, came_in, may_enter, second_step
from camket.access.actions.staff import own_account, renew_stamp
from camket.access.actions.trying import Caller, Slowed, note_try, spend_company_try, take_answer
from camket.access.days import day_of
from camket.access.models import CodeGenerator, CompanyLink, Passkey, Staff
from camket.access.providers import Proven
from camket.access.queries.people import StaffRow, staff_row
from camket.access.rules import COMPANY, CONFIRMED, FRESH_FOR, HALF_WAY, REFUSED, SLOWED, counts_as_second
from camket.journal.actions import record
from camket.policy.terms import Actor

_SKEW = timedelta(seconds=60)  # between the service's clock and ours


class CompanyAccountTaken(Exception):
    """This account of the company opens another account here, or this one is linked already. Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfWay:
    """Somebody the service knows, whose account here has a second factor of its own."""

    ticket: str = field(repr=False)


def begin_errand(*, purpose: str, session: UUID | None, language: str, then: str = "", caller: Caller, now: datetime) -> tuple[errands.Errand, str]:
    """
    Let a browser go to the company's sign-in service, and return what it is asked there and the ticket that it keeps.

    Args:
        purpose: What for: `errands.ENTER`, `LINK` or `CONFIRM`.
        session: The listed session in which it was begun, where there is one.
        language: In which the browser is spoken to afterwards.
        then: The page to which it leads on; "" where to none.
        caller: From where.
        now: UTC instant.

    Raises:
        Slowed: There were too many from this network.
    """
    try:
        spend_company_try(caller=caller, now=now)
    except Slowed:
        note_try(outcome=SLOWED, factor=COMPANY, staff_id=None, caller=caller, now=now)
        raise
    return errands.begin(purpose=purpose, session=str(session or ""), language=language, then=then, now=now)


def end_errand(*, ticket: str, state: str, now: datetime) -> errands.Errand:
    """
    Return the errand that a browser is back from, once: whoever shows the same again is told that it is over.

    Args:
        ticket: What the browser kept.
        state: What the service sent along.
        now: UTC instant.

    Raises:
        ErrandOver: It is none of this browser's, too old, or came before.
    """
    errand = errands.read(ticket=ticket, state=state, now=now)
    if not take_answer(errand.question.state.encode(), now=now):
        raise errands.ErrandOver
    return errand


def refuse_company(*, staff_id: UUID | None, caller: Caller, now: datetime) -> None:
    """
    Note in the log of sign-ins that the service's word did not hold.

    Args:
        staff_id: In whose session; None where nobody is signed in.
        caller: From where.
        now: UTC instant.
    """
    note_try(outcome=REFUSED, factor=COMPANY, staff_id=staff_id, caller=caller, now=now)


def enter_by_company(*, proven: Proven, caller: Caller, now: datetime) -> SignedIn | HalfWay:
    """
    Sign in whoever linked this account of the company, or return the ticket for the second step.

    A second factor of the account here is asked for, unless the service says of this sign-in what the operator takes for one.

    Args:
        proven: What the service signed.
        caller: From where.
        now: UTC instant.

    Raises:
        SignInRefused: Nobody here linked it, or its owner may not come in.
    """
    kept = factors.company_hash(issuer=proven.issuer, subject=proven.subject)
    staff_id = CompanyLink.objects.filter(subject_hash=kept).values_list("staff_id", flat=True).first()
    with transaction.atomic():
        # looked up again under the account's lock: it may have been taken away meanwhile
        staff = Staff.objects.select_for_update().filter(pk=staff_id).first() if staff_id else None
        link = _link(staff, kept)
        if staff is not None and link is not None and may_enter(staff):
            CompanyLink.objects.filter(pk=link.pk).update(last_used_on=day_of(now))
            if _needs_second(staff, proven):
                note_try(outcome=HALF_WAY, factor=COMPANY, staff_id=staff.id, caller=caller, now=now)
                return HalfWay(ticket=second_step(staff, COMPANY, now))
            signed = came_in(staff, COMPANY, caller, now, {"company_link": str(link.id)})
            return SignedIn(row=signed.row, factor=COMPANY, is_fresh=_was_shown(proven, since=now - FRESH_FOR, now=now))
    refuse_company(staff_id=staff_id, caller=caller, now=now)
    raise SignInRefused


def _link(staff: Staff | None, kept: bytes) -> CompanyLink | None:
    """The link of this account, where it is whole: a row that was moved here by hand is none."""
    link = CompanyLink.objects.filter(staff=staff, subject_hash=kept).first() if staff else None
    is_whole = link is not None and bytes(link.bond) == factors.company_bond(staff_id=link.staff_id, subject_hash=kept)
    return link if is_whole else None


def _needs_second(staff: Staff, proven: Proven) -> bool:
    if counts_as_second(methods=proven.methods, level=proven.level, accepted=settings.CAMKET_OIDC_SECOND_FACTOR):
        return False
    return CodeGenerator.objects.filter(staff=staff, confirmed_at__isnull=False).exists() or Passkey.objects.filter(staff=staff).exists()


def _was_shown(proven: Proven, *, since: datetime, now: datetime) -> bool:
    """Whether the service says that its user showed who they are, and not only that it remembered them."""
    return proven.shown_at is not None and since - _SKEW <= proven.shown_at <= now + _SKEW


def link_company(*, row: StaffRow, session_id: UUID | None, proven: Proven, actor: Actor, now: datetime) -> None:
    """
    Let an account of the company open one's own account here from now on.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        proven: What the service signed.
        actor: Its owner.
        now: UTC instant.

    Raises:
        CompanyAccountTaken: It opens another account, or this one is linked already.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    kept = factors.company_hash(issuer=proven.issuer, subject=proven.subject)
    bond = factors.company_bond(staff_id=row.id, subject_hash=kept)
    try:
        with transaction.atomic():
            staff = own_account(row, session_id, actor, "staff.company_linked")
            # one of a service that is no longer set opens nothing, and makes room
            CompanyLink.objects.filter(staff=staff).exclude(issuer=proven.issuer).delete()
            link = CompanyLink(staff=staff, issuer=proven.issuer, subject_hash=kept, bond=bond, linked_at=now)
            link.save(force_insert=True)
            record(act="staff.company_linked", actor=actor, at=now, facts={"staff": str(staff.id), "company_link": str(link.id)})
    except IntegrityError:
        raise CompanyAccountTaken from None


def unlink_company(*, row: StaffRow, session_id: UUID | None, actor: Actor, now: datetime) -> StaffRow:
    """
    Let no account of the company open one's own account any more; every other session ends, and the caller begins the present one anew.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The account as the present session begins anew under it.

    Raises:
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.company_unlinked")
        link = CompanyLink.objects.filter(staff=staff).first()
        if link is not None:
            record(act="staff.company_unlinked", actor=actor, at=now, facts={"staff": str(staff.id), "company_link": str(link.id)})
            link.delete()
            renew_stamp(staff)
    return staff_row(staff)


def confirm_by_company(*, staff_id: UUID, proven: Proven, began_at: datetime, caller: Caller, now: datetime) -> None:
    """
    Return once the owner of a session has shown the company's service anew that it is still they.

    Args:
        staff_id: Whose session.
        proven: What the service signed.
        began_at: UTC instant at which they were asked to.
        caller: From where.
        now: UTC instant.

    Raises:
        SignInRefused: It is somebody else's, the service only remembered them, or the account has a second factor that this leaves out.
    """
    staff = Staff.objects.get(pk=staff_id)
    link = _link(staff, factors.company_hash(issuer=proven.issuer, subject=proven.subject))
    is_right = link is not None and _was_shown(proven, since=began_at, now=now) and not _needs_second(staff, proven)
    note_try(outcome=CONFIRMED if is_right else REFUSED, factor=COMPANY, staff_id=staff_id, caller=caller, now=now)
    if not is_right:
        raise SignInRefused
