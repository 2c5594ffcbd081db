"""A second person agrees to a case, or does not."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.duties.special_cases import rules
from camket.duties.special_cases.actions.closing import end
from camket.duties.special_cases.actions.facts import AlreadyDecided, NotApart, OpenerLeft, OwnCase, Sending, case_of, locked, require_part
from camket.duties.special_cases.actions.writing import parcel_for, was_written, write
from camket.duties.special_cases.models import SpecialCase, Writing
from camket.duties.special_cases.queries import is_apart, is_opener_here
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.policy.terms import Actor
from camket.vault import gate


def approve(*, reference: str, actor: Actor, now: datetime) -> None:
    """
    Agree to a case as the second person: whoever opened it may use the fields they asked for, for a day.

    Args:
        reference: The case's public name.
        actor: The second person.
        now: UTC instant.

    Raises:
        CaseUnknown: There is none of this name for them, or it is erased.
        NotAtWork: The actor was dismissed or moved since.
        OwnCase: They opened it themselves.
        NotApart: They may be the same person as whoever opened it.
        OpenerLeft: Whoever opened it left: nobody would use what they agree to.
        AlreadyDecided: A colleague was first, or it has ended.
        Refused: The policy does not let their role use these fields, so they cannot agree to it either.

    Source: policy §3 (3.9).
    """
    policy = require_part(actor)
    case = case_of(reference, actor)
    _require_another(case, actor, now)
    until = now + rules.APPROVAL_LASTS
    try:
        with transaction.atomic():
            case = locked(case, SpecialCase.State.WAITING)
            if not is_opener_here(case, policy):
                raise OpenerLeft
            gate.approve(warrant=gate.WarrantId(case.warrant_id), actor=actor, until=until, now=now)
            changes: dict[str, Any] = {"state": SpecialCase.State.OPEN, "decided_by_id": UUID(actor.id), "decided_at": now, "expires_at": until}
            SpecialCase.objects.filter(id=case.id).update(**changes)
            told: dict[str, Fact] = {"reference": reference, "hours": int(rules.APPROVAL_LASTS.total_seconds()) // 3600}
            record(act="special_case.approved", actor=actor, at=now, subjects=[case.subject_id], matter=case.matter_id, facts=told)
    except (gate.AlreadyApproved, gate.UnknownWarrant):
        raise AlreadyDecided from None


def refuse(*, reference: str, sending: Sending, actor: Actor, now: datetime) -> None:
    """
    Refuse a case as the second person, with the reason for it; the case ends.

    Args:
        reference: The case's public name.
        sending: Why not.
        actor: The second person.
        now: UTC instant.

    Raises:
        CaseUnknown: There is none of this name for them, or it is erased.
        NotAtWork: The actor was dismissed or moved since.
        OwnCase: They opened it themselves: they give it up instead.
        NotApart: They may be the same person as whoever opened it.
        AlreadyDecided: A colleague was first, or it has ended.
        Malformed: The reason is missing or cannot be kept.
        SentDifferently: The same page came before with another text.
        Refused: No clause of the edition in force lets this role keep such a text.

    Source: policy §3 (3.9).
    """
    policy = require_part(actor)
    case = case_of(reference, actor)
    _require_another(case, actor, now)
    if was_written(sending):
        return
    if case.state != SpecialCase.State.WAITING:
        raise AlreadyDecided
    parcel = parcel_for(case, sending, policy=policy, actor=actor, now=now)
    try:
        with transaction.atomic():
            case = locked(case, SpecialCase.State.WAITING)
            SpecialCase.objects.filter(id=case.id).update(decided_by_id=UUID(actor.id), decided_at=now)
            write(parcel, case=case, kind=Writing.Kind.REFUSAL, actor=actor, now=now)
            end(case, ending=SpecialCase.Ending.REFUSED, actor=actor, now=now)
    except (gate.UnknownMatter, IntegrityError):
        raise AlreadyDecided from None


def _require_another(case: SpecialCase, actor: Actor, now: datetime) -> None:
    if str(case.opened_by_id) == actor.id:
        raise OwnCase
    if not is_apart(case, actor, now=now):
        raise NotApart
