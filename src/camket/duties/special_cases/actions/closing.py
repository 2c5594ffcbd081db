"""What was done is written down, and the case ends: what is kept for it comes to rest."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from camket.access.rules import staff_id_of
from camket.duties.intake.actions import is_repeated
from camket.duties.special_cases import rules
from camket.duties.special_cases.actions.facts import (
    AlreadyDecided,
    CaseUnknown,
    Malformed,
    OwnCase,
    Sending,
    case_of,
    locked,
    require_part,
)
from camket.duties.special_cases.actions.writing import Parcel, parcel_for, was_written, write
from camket.duties.special_cases.models import LIVING, SpecialCase, Writing
from camket.journal.actions import record
from camket.policy.terms import THE_HOUSE, Actor
from camket.vault import gate

_ACTS = {
    SpecialCase.Ending.DONE: "special_case.closed",
    SpecialCase.Ending.REFUSED: "special_case.refused",
    SpecialCase.Ending.GIVEN_UP: "special_case.given_up",
    SpecialCase.Ending.PERSON_ERASED: "special_case.ended",
}


def add_note(*, reference: str, sending: Sending, actor: Actor, now: datetime) -> None:
    """
    Keep what was done in a case, sealed.

    Args:
        reference: The case's public name.
        sending: What was done.
        actor: Who opened the case, or who oversees all.
        now: UTC instant.

    Raises:
        CaseUnknown: There is none of this name for them, or it is erased.
        NotAtWork: The actor was dismissed or moved since.
        OwnCase: It is somebody else's case.
        AlreadyDecided: It is not open.
        Malformed: The text is missing or cannot be kept.
        SentDifferently: The same page came before with another text.
        Refused: No clause of the edition in force lets this role keep such a text.
    """
    case, parcel = _sent(reference, sending, actor, now)
    if parcel is None:
        raise Malformed({"text": "required"})
    try:
        with transaction.atomic():
            case = locked(case, SpecialCase.State.OPEN)
            _note(parcel, case, actor, now)
    except gate.UnknownMatter:
        raise CaseUnknown from None
    except IntegrityError:
        # pressed twice at the same moment: the other one won
        if not is_repeated(Writing, parcel.key, parcel.body):
            raise


def close_case(*, reference: str, sending: Sending, actor: Actor, now: datetime) -> None:
    """
    Close a case, with what was done in it; its need closes, and the period of its data begins to run.

    Args:
        reference: The case's public name.
        sending: What was done; may be empty where a note says so already.
        actor: Who opened the case, or who oversees all.
        now: UTC instant.

    Raises:
        CaseUnknown: There is none of this name for them, or it is erased.
        NotAtWork: The actor was dismissed or moved since.
        OwnCase: It is somebody else's case.
        AlreadyDecided: It is not open, or was closed at the same moment.
        Malformed: Nothing says what was done, or the text cannot be kept.
        SentDifferently: The same page came before with another text.
        Refused: No clause of the edition in force lets this role keep such a text.

    Source: policy §3 (3.10), §4 (4.4).
    """
    if was_written(sending):
        return
    case, parcel = _sent(reference, sending, actor, now)
    try:
        with transaction.atomic():
            case = locked(case, SpecialCase.State.OPEN)
            if parcel is not None:
                _note(parcel, case, actor, now)
            elif not Writing.objects.filter(case=case, kind=Writing.Kind.NOTE).exists():
                raise Malformed({"text": "required"})
            end(case, ending=SpecialCase.Ending.DONE, actor=actor, now=now)
    except gate.UnknownMatter:
        raise CaseUnknown from None
    except IntegrityError:
        raise AlreadyDecided from None


def give_up(*, reference: str, actor: Actor, now: datetime) -> None:
    """
    Take back a case that nobody has decided about.

    Args:
        reference: The case's public name.
        actor: Who opened the case, or who oversees all.
        now: UTC instant.

    Raises:
        CaseUnknown: There is none of this name for them, or it is erased.
        NotAtWork: The actor was dismissed or moved since.
        OwnCase: It is somebody else's case.
        AlreadyDecided: A colleague decided meanwhile, or it has ended.
    """
    case = _mine(reference, actor)
    with transaction.atomic():
        end(locked(case, SpecialCase.State.WAITING), ending=SpecialCase.Ending.GIVEN_UP, actor=actor, now=now)


def end(case: SpecialCase, *, ending: SpecialCase.Ending, actor: Actor, now: datetime) -> None:
    """
    End a case that is locked: its warrant opens nothing of the person any more, and its needs close.

    Args:
        case: Under a row lock.
        ending: How.
        actor: Who ends it.
        now: UTC instant; retention periods run from it.
    """
    closed_by = staff_id_of(actor)
    SpecialCase.objects.filter(id=case.id).update(state=SpecialCase.State.CLOSED, ending=ending, closed_by_id=closed_by, closed_at=now)
    if ending != SpecialCase.Ending.REFUSED:  # nobody agreed to that one, and whoever gave the reason reads by it why not
        gate.end_warrant(warrant=gate.WarrantId(case.warrant_id), now=now)
    gate.close_needs(duty=rules.DUTY, duty_id=case.id, actor=actor, now=now)
    told = {"reference": case.reference}
    record(act=_ACTS[ending], actor=actor, at=now, subjects=[case.subject_id], matter=case.matter_id, facts=told)


def bury_cases(*, matters: Sequence[gate.MatterId], now: datetime) -> int:
    """
    Reduce the cases of erased matters to a name and instants, and end those about a person who was erased while they lasted.

    Args:
        matters: Matters whose data was erased.
        now: UTC instant.

    Returns:
        How many cases were reduced.
    """
    with transaction.atomic():
        about = (
            SpecialCase.objects.select_for_update().filter(about_matter_id__in=list(matters), state__in=LIVING).exclude(matter_id__in=list(matters))
        )
        for case in about.order_by("id"):
            end(case, ending=SpecialCase.Ending.PERSON_ERASED, actor=THE_HOUSE, now=now)
        rows = SpecialCase.objects.filter(matter_id__in=list(matters))
        Writing.objects.filter(case__in=rows).delete()
        rows.filter(closed_at__isnull=True).update(closed_at=now, ending=SpecialCase.Ending.PERSON_ERASED, state=SpecialCase.State.CLOSED)
        emptied = {"about": "", "ground": "", "field_names": [], "submission_body": b""}
        return rows.filter(~Q(state=SpecialCase.State.ERASED)).update(state=SpecialCase.State.ERASED, **emptied)


def _mine(reference: str, actor: Actor) -> SpecialCase:
    policy = require_part(actor)
    case = case_of(reference, actor)
    if str(case.opened_by_id) != actor.id and not rules.oversees(policy, actor.role):
        raise OwnCase
    return case


def _sent(reference: str, sending: Sending, actor: Actor, now: datetime) -> tuple[SpecialCase, Parcel | None]:
    """The case, and what was written into it sealed before the transaction opens; no parcel where nothing was written."""
    case = _mine(reference, actor)
    if case.state != SpecialCase.State.OPEN:
        raise AlreadyDecided
    if not sending.text.strip():
        return case, None
    return case, parcel_for(case, sending, policy=require_part(actor), actor=actor, now=now)


def _note(parcel: Parcel, case: SpecialCase, actor: Actor, now: datetime) -> None:
    if parcel.prepared is None:
        return
    write(parcel, case=case, kind=Writing.Kind.NOTE, actor=actor, now=now)
    told = {"reference": case.reference}
    record(act="special_case.noted", actor=actor, at=now, subjects=[case.subject_id], matter=case.matter_id, facts=told)
