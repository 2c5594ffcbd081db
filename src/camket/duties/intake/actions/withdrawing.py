"""A person takes a consent back, by their own hand or by an adviser's on their word, and what was kept for it comes to rest."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from camket.duties.intake import rules
from camket.duties.intake.actions.facts import DUTY, InquiryUnknown, NotGiven
from camket.duties.intake.models import DeskAct, Event, Inquiry
from camket.duties.intake.queries.scope import in_scope
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.policy.terms import STAFF_ROLES, SYSTEM, Actor, PurposeId
from camket.vault import gate

_OPEN = (Inquiry.State.NEW, Inquiry.State.ANSWERED)
_HOUSE = Actor(role=SYSTEM)


def withdraw_consent(*, reference: str, purpose: PurposeId, actor: Actor, now: datetime) -> None:
    """
    Keep that a person took back their consent for a purpose: it holds at once, and what was kept for it alone is needed no more.

    Without the consent to be advised nobody may work on the inquiry: it is resolved, and its period begins to run.

    Args:
        reference: The inquiry's public name.
        purpose: What they no longer agree to.
        actor: Who takes it down on the person's word.
        now: UTC instant from which it holds.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        NotGiven: They have not agreed to this purpose, or no longer do.
        OSError: The ledger's medium refused; nothing was withdrawn now, and what it took all the same the next look finishes.

    Source: policy §9 (withdrawal as easy as consent, with immediate effect); Law 91/2025 art. 10.
    """
    inquiry = in_scope(actor).filter(reference=reference).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise InquiryUnknown
    take_back(inquiry.id, purpose, channel="desk", actor=actor, now=now)


def take_back(inquiry_id: UUID, purpose: PurposeId, *, channel: str, actor: Actor, now: datetime) -> None:
    """
    Withdraw a consent, whoever's hand it is by; of two who do so at once, one does.

    Raises:
        NotGiven: They have not agreed to this purpose, or no longer do.
        OSError: The ledger's medium refused; nothing was withdrawn now, and what it took all the same the next look finishes.
    """
    with transaction.atomic():
        # locked before anything is looked at: who comes second finds it taken back
        inquiry = Inquiry.objects.select_for_update().get(id=inquiry_id)
        subject = gate.SubjectId(inquiry.subject_id)
        given = next((row for row in gate.consents_of(subject) if row.purpose == purpose and row.is_given), None)
        if given is None:
            raise NotGiven
        gate.record_consents(subject=subject, facts=[_withdrawal(given, channel, actor)], actor=actor, now=now)
        _rest(inquiry, purpose, actor=actor, now=now)


def finish_withdrawals() -> int:
    """
    Bring to rest what withdrawals left open: after a crash or a restore the ledger brings a withdrawal back, and only that.

    Their period runs from the instant of the withdrawal. Costs one query where nothing was left open.

    Returns:
        How many inquiries were resolved.

    Source: policy §9; house.md §4.
    """
    count = 0
    for inquiry_id, purpose, at in gate.needs_taken_back(duty=DUTY):
        with transaction.atomic():
            count += _rest(Inquiry.objects.select_for_update().get(id=inquiry_id), purpose, actor=_HOUSE, now=at)
    return count


def _rest(inquiry: Inquiry, purpose: PurposeId, *, actor: Actor, now: datetime) -> bool:
    """Close what was kept for a purpose; without the consent to be advised the whole inquiry is over, and True says that it ended here."""
    if purpose != rules.ADVISE:
        gate.close_needs(duty=DUTY, duty_id=inquiry.id, purpose=purpose, actor=actor, now=now)
    elif inquiry.state in _OPEN:
        sequence = inquiry.sequence + 1
        Inquiry.objects.filter(id=inquiry.id).update(state=Inquiry.State.RESOLVED, resolved_at=now, sequence=sequence)
        Event.objects.create(inquiry=inquiry, kind=DeskAct.Kind.RESOLVED, at=now, by_id=staff_of(actor), sequence=sequence)
        gate.close_needs(duty=DUTY, duty_id=inquiry.id, actor=actor, now=now)
        told = {"reference": inquiry.reference}
        record(act="inquiry.resolved", actor=actor, at=now, subjects=[inquiry.subject_id], matter=inquiry.matter_id, facts=told)
        return True
    return False


def staff_of(actor: Actor) -> UUID | None:
    """Return the member of staff whose hand it was; None where it was the person's own, or the house's."""
    return UUID(actor.id) if actor.role in STAFF_ROLES else None


def _withdrawal(given: gate.ConsentRow, channel: str, actor: Actor) -> gate.ConsentFact:
    """What is taken back is the wording that was agreed to."""
    wording = editions.compiled(given.edition).consent_wording(given.purpose, given.language)
    return gate.ConsentFact(
        purpose=given.purpose,
        is_given=False,
        edition=given.edition,
        language=given.language,
        wording_hash=hashlib.sha256(wording.encode()).hexdigest(),
        channel=channel,
        taken_by=staff_of(actor),
    )
