"""Who takes care of an inquiry, and how it ends."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from camket.access.actions import in_role
from camket.access.rules import STAFF_KEEPERS, staff_id_of
from camket.duties.intake.actions.desk import NOT_AGREED, OPEN, RESOLVED, Done, reopen, require_adviser, resolve, take_on
from camket.duties.intake.actions.facts import AlreadyOpen, AlreadyResolved, InquiryUnknown, NotGiven
from camket.duties.intake.models import OPEN_STATES, DeskAct, Event, Inquiry, Message
from camket.duties.intake.queries.scope import in_scope
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.policy.terms import Actor
from camket.vault import gate


def open_inquiry(reference: str, *, actor: Actor) -> Inquiry:
    """
    Return an inquiry that is still open.

    Raises:
        InquiryUnknown: There is none of this name for this actor, or it is erased.
        AlreadyResolved: It is resolved.
    """
    inquiry = in_scope(actor).filter(reference=reference).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise InquiryUnknown
    if inquiry.state == Inquiry.State.RESOLVED:
        raise AlreadyResolved
    return inquiry


def locked_inquiry(inquiry_id: UUID) -> Inquiry:
    """
    Return an inquiry under a row lock, still open.

    Raises:
        AlreadyResolved: A colleague has resolved it meanwhile.
    """
    inquiry = Inquiry.objects.select_for_update().get(id=inquiry_id)
    if inquiry.state not in OPEN_STATES:
        raise AlreadyResolved
    return inquiry


def assign(*, reference: str, staff_id: UUID | None, actor: Actor, now: datetime) -> None:
    """
    Say who takes care of an inquiry, or nobody.

    Args:
        reference: The inquiry's.
        staff_id: Who is to take care of it; None for nobody.
        actor: The colleague who says so.
        now: UTC instant.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        AlreadyResolved: It is resolved.
        NotAnAdviser: Whoever should get it does not answer inquiries.
    """
    _require(take_on(references=[reference], given_to=staff_id, actor=actor, now=now))


def hand_over(*, from_id: UUID, to_id: UUID | None, actor: Actor, now: datetime) -> int:
    """
    Move every open inquiry that somebody took care of to a colleague, or to nobody, and return how many there were; the timeline of each tells it.

    Args:
        from_id: Who leaves, or moves to another desk.
        to_id: Who takes over; None leaves them to whoever comes first.
        actor: Who may keep accounts: they learn how many, and open none of them.
        now: UTC instant.

    Raises:
        NotForThisRole: The actor's role may not keep accounts, or they have lost it.
        NotAnAdviser: Whoever should take over does not answer inquiries, or works here no more.

    Source: policy §6 (6.1: who may see the data).
    """
    with transaction.atomic():
        in_role(actor, STAFF_KEEPERS)
        if to_id is not None:
            require_adviser(to_id)
        rows = list(Inquiry.objects.open_of(from_id).select_for_update().order_by("id").only("sequence"))
        if rows:
            Inquiry.objects.filter(id__in=[row.id for row in rows]).update(assigned_to_id=to_id, sequence=F("sequence") + 1)
            given = {"kind": DeskAct.Kind.ASSIGNED, "at": now, "by_id": staff_id_of(actor), "given_to_id": to_id, "given_before_id": from_id}
            Event.objects.bulk_create(Event(inquiry_id=row.id, sequence=row.sequence + 1, **given) for row in rows)
            facts: dict[str, Fact] = {"from": str(from_id), "to": str(to_id) if to_id else "", "inquiries": len(rows)}
            record(act="inquiry.handed_over", actor=actor, at=now, facts=facts)
    return len(rows)


def resolve_inquiry(*, reference: str, actor: Actor, now: datetime) -> None:
    """
    End an inquiry: its needs close, and its retention period begins to run.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        AlreadyResolved: It is resolved.

    Source: policy §4 (4.2, 4.3).
    """
    _require(resolve(references=[reference], actor=actor, now=now))


def reopen_inquiry(*, reference: str, actor: Actor, now: datetime) -> None:
    """
    Take a resolved inquiry up again, while its data is still there.

    Raises:
        InquiryUnknown: There is none of this name, or its data has been erased.
        AlreadyOpen: It is open, or somebody has reopened it meanwhile.
        NotGiven: The person has taken back their consent to be advised.
    """
    _require(reopen(references=[reference], actor=actor, now=now))


def _require(done: Done) -> None:
    """Refuse, with its reason, what could not be done with the one inquiry it was about."""
    if RESOLVED in done.left:
        raise AlreadyResolved
    if OPEN in done.left:
        raise AlreadyOpen
    if NOT_AGREED in done.left:
        raise NotGiven
    if done.left:
        raise InquiryUnknown


def bury_inquiries(*, matters: Sequence[gate.MatterId]) -> int:
    """
    Reduce the inquiries of erased matters to a name and instants, so that a caller can still be told "erased on".

    Args:
        matters: Matters whose data was erased.

    Returns:
        How many inquiries there were.
    """
    rows = Inquiry.objects.filter(matter_id__in=list(matters))
    Message.objects.filter(inquiry__in=rows).delete()
    Event.objects.filter(inquiry__in=rows).delete()
    return rows.update(state=Inquiry.State.ERASED, product="", assigned_to=None, submission_body=b"", extra_matter_ids=[])
