"""A person takes a consent back, by their own hand or by an adviser's on their word, and what was kept for it comes to rest."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from camket.access.days import day_of
from camket.access.rules import staff_id_of
from camket.duties.intake import rules
from camket.duties.intake.actions.facts import DUTY, InquiryUnknown, Malformed, NotGiven, Told
from camket.duties.intake.models import OPEN_STATES, DeskAct, Event, Inquiry
from camket.duties.intake.queries.scope import in_scope, visible
from camket.duties.intake.queries.spoken import earliest_no, faulty_no
from camket.duties.notices import actions as notices
from camket.duties.notices.rules import STOPPED
from camket.journal.actions import record
from camket.policy.terms import ADVERTISE, ADVISE, EMAIL, PHONE, SPECIAL_CASE, THE_HOUSE, Actor, PurposeId
from camket.vault import gate


def withdraw_consent(
    *, reference: str, purpose: PurposeId, channel: str, said_on: date | None = None, said_in: str = "", actor: Actor, now: datetime
) -> None:
    """
    Keep that a person took back their consent for a purpose: it holds at once, and what was kept for it alone is needed no more.

    Without the consent to be advised nobody may work on the inquiry: it is resolved, and its period begins to run.

    Args:
        reference: The inquiry's public name.
        purpose: What they no longer agree to.
        channel: How they said so, one of `rules.TAKEN_BACK_BY`: with who took it down and when, the evidence of it.
        said_on: On which day of the house; today where none is told. However long ago it was, the withdrawal holds from now.
        said_in: The reference of an inquiry of theirs in which it stands, or nothing: no other text is taken, for it could be a person's.
        actor: Who takes it down on the person's word.
        now: UTC instant from which it holds.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        Malformed: It is not said how they said so, the day is to come or before their yes, or the reference is of no inquiry of theirs that
            this colleague may see.
        NotGiven: They have not agreed to this purpose, or no longer do.
        OSError: The ledger's medium refused; nothing was withdrawn now, and what it took all the same the next look finishes.

    Source: policy §9 (9.9: withdrawal as easy as consent, with immediate effect); Law 91/2025 art. 10.
    """
    inquiry = in_scope(actor).filter(reference=reference).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise InquiryUnknown
    subject = gate.SubjectId(inquiry.subject_id)
    if channel not in rules.TAKEN_BACK_BY:
        raise Malformed([rules.FieldError(field="channel", code="required")])
    if (given := _given(subject, purpose)) is None:
        raise NotGiven
    told = Told(channel=channel, said_on=said_on or day_of(now), said_in=said_in)
    if fault := faulty_no(told.said_on, given, now=now):
        raise Malformed([fault])
    if said_in and not _is_theirs(said_in, subject, actor, now):
        raise Malformed([rules.FieldError(field="said_in", code="unknown_reference")])
    take_back(inquiry.id, purpose, told=told, actor=actor, now=now)


def _is_theirs(reference: str, subject: gate.SubjectId, actor: Actor, now: datetime) -> bool:
    """
    Whether a reference is of an inquiry that this colleague may see, of this person or of whoever gave the same address or number: each act of
    collection makes a person anew, and who takes a consent back writes to us once more.
    """
    if not rules.is_reference(reference):
        return False
    found = visible(actor, now=now).filter(reference=reference).exclude(state=Inquiry.State.ERASED).values_list("subject_id", flat=True).first()
    return found == subject or any(found in gate.sharing(subject=subject, kind=kind) for kind in (EMAIL, PHONE))


def take_back(inquiry_id: UUID, purpose: PurposeId, *, told: Told, actor: Actor, now: datetime) -> None:
    """
    Withdraw a consent, whoever's hand it is by; of two who do so at once, one does.

    Advertising is taken back for the address: whoever gave the same one with another inquiry gets none either, and one letter confirms it.

    Args:
        inquiry_id: The inquiry with which it was given.
        purpose: What it was given for.
        told: How the person said so: by one of `rules.TAKEN_BACK_BY`, or `link` for a link in a letter.
        actor: The person, or the colleague who takes it down.
        now: UTC instant from which on it holds.

    Raises:
        NotGiven: They have not agreed to this purpose, or no longer do.
        OSError: The ledger's medium refused; nothing was withdrawn now, and what it took all the same the next look finishes.
    """
    with transaction.atomic():
        # locked before anything is looked at: who comes second finds it taken back
        inquiries = _locked(inquiry_id, purpose)
        people = dict.fromkeys(gate.SubjectId(one.subject_id) for one in inquiries)
        given = {person: fact for person in people if (fact := _given(person, purpose)) is not None}
        if not given:
            raise NotGiven
        for person, fact in given.items():
            gate.record_consents(subject=person, facts=[_withdrawal(fact, told, actor)], actor=actor, now=now)
        for inquiry in inquiries:
            if inquiry.subject_id in given:
                _rest(inquiry, purpose, actor=actor, now=now)
        if purpose == ADVERTISE:
            _stop(next(one for one in inquiries if one.id == inquiry_id), list(given), actor=actor, now=now)


def _locked(inquiry_id: UUID, purpose: PurposeId) -> list[Inquiry]:
    """The inquiry, and for advertising those of whoever shares its address; in one order for all, so that nobody waits for each other."""
    asked = Q(id=inquiry_id)
    if purpose == ADVERTISE:
        subject = gate.SubjectId(Inquiry.objects.values_list("subject_id", flat=True).get(id=inquiry_id))
        asked |= Q(subject_id__in=gate.sharing(subject=subject, kind=EMAIL)) & ~Q(state=Inquiry.State.ERASED)
    return list(Inquiry.objects.select_for_update().filter(asked).order_by("id"))


def _given(person: gate.SubjectId, purpose: PurposeId) -> gate.ConsentRow | None:
    return next((row for row in gate.consents_of(person) if row.purpose == purpose and row.is_given), None)


def _stop(inquiry: Inquiry, people: Sequence[gate.SubjectId], *, actor: Actor, now: datetime, is_told: bool = False) -> None:
    """No letter of advertising waits any more, and one says when that was asked, where there is an address: who exercises a right is told (3.8 c)."""
    notices.stop_advertising(subjects=people, actor=actor, now=now)
    if inquiry.has_email and not is_told:
        (matter,) = gate.matter_rows([gate.MatterId(inquiry.matter_id)])
        notices.write_letter(kind=STOPPED, language=inquiry.language, matter=matter, purpose=SPECIAL_CASE, now=now)


def finish_withdrawals() -> int:
    """
    Bring to rest what withdrawals left open: after a crash or a restore the ledger brings a withdrawal back, and only that.

    Their period runs from the instant of the withdrawal. Costs one query where nothing was left open.

    Returns:
        How many inquiries were resolved.

    Source: policy §9 (9.9); house.md §4.
    """
    count = 0
    told: set[gate.SubjectId] = set()  # by one letter to the address that they share
    for inquiry_id, purpose, at in gate.needs_taken_back(duty=DUTY):
        with transaction.atomic():
            inquiry = Inquiry.objects.select_for_update().get(id=inquiry_id)
            count += _rest(inquiry, purpose, actor=THE_HOUSE, now=at)
            if purpose == ADVERTISE:
                subject = gate.SubjectId(inquiry.subject_id)
                _stop(inquiry, [subject], actor=THE_HOUSE, now=at, is_told=subject in told)
                told |= {subject, *gate.sharing(subject=subject, kind=EMAIL)}
    return count


def _rest(inquiry: Inquiry, purpose: PurposeId, *, actor: Actor, now: datetime) -> bool:
    """Close what was kept for a purpose; without the consent to be advised the whole inquiry is over, and True says that it ended here."""
    if purpose != ADVISE:
        gate.close_needs(duty=DUTY, duty_id=inquiry.id, purpose=purpose, actor=actor, now=now)
    elif inquiry.state in OPEN_STATES:
        sequence = inquiry.sequence + 1
        Inquiry.objects.filter(id=inquiry.id).update(state=Inquiry.State.RESOLVED, resolved_at=now, sequence=sequence)
        Event.objects.create(inquiry=inquiry, kind=DeskAct.Kind.RESOLVED, at=now, by_id=staff_id_of(actor), sequence=sequence)
        gate.close_needs(duty=DUTY, duty_id=inquiry.id, actor=actor, now=now)
        told = {"reference": inquiry.reference}
        record(act="inquiry.resolved", actor=actor, at=now, subjects=[inquiry.subject_id], matter=inquiry.matter_id, facts=told)
        return True
    return False


def _withdrawal(given: gate.ConsentRow, told: Told, actor: Actor) -> gate.ConsentFact:
    """
    What is taken back is the wording that was agreed to.

    A yes of later than the day ends with the others of its address; that it was taken back before it was given is not kept as evidence.
    """
    is_evidence = told.said_on is not None and told.said_on >= earliest_no(given)
    return gate.ConsentFact(
        purpose=given.purpose,
        is_given=False,
        edition=given.edition,
        language=given.language,
        wording_hash=given.wording_hash,
        channel=told.channel,
        taken_by=staff_id_of(actor),
        said_on=told.said_on if is_evidence else None,
        said_in=told.said_in if is_evidence else "",
    )
