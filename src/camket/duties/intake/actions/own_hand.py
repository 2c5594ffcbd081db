"""The person's own hand on what they agreed to: with the link of a letter they take it back, or agree anew to the edition in force."""

from datetime import datetime, timedelta

from django.db import transaction

from camket.access.actions import issue_link, open_link
from camket.access.queries import LinkRow
from camket.duties.intake import rules
from camket.duties.intake.actions.facts import DUTY, InquiryUnknown, NotGiven, NotProven, Told, WordingChanged
from camket.duties.intake.actions.withdrawing import take_back
from camket.duties.intake.models import DeskAct, Event, Inquiry
from camket.duties.notices.actions import OWN_CONSENTS, STOP_ADVERTISING, note_agreement
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.policy.compiled import CompiledPolicy
from camket.policy.receipts import wording_hash
from camket.policy.terms import ADVERTISE, ADVISE, EMAIL, SUBJECT, Actor, EditionNumber, PurposeId
from camket.vault import gate

BY_LINK = "link"  # the channel of what is said through a letter's link
FROM_A_PAGE = timedelta(days=1)  # how long a link lives that is printed on a page instead of in a letter

_PERSON = Actor(role=SUBJECT)


def look_at_consents(*, token: str, now: datetime) -> LinkRow:
    """
    Return what a link to somebody's consents is for, with no side effect: mail scanners fetch links.

    Args:
        token: From the link in a letter.
        now: UTC instant.

    Raises:
        LinkRefused: It is unknown, over or revoked.
        InquiryUnknown: What it belonged to has been erased.
    """
    link = open_link(token=token, purpose=OWN_CONSENTS, now=now)
    if not Inquiry.objects.filter(matter_id=link.matter_id).exclude(state=Inquiry.State.ERASED).exists():
        raise InquiryUnknown
    return link


def link_to_consents(*, inquiry: Inquiry, now: datetime) -> str:
    """
    Return a link's token for who has just shown that an inquiry is theirs; it lives for a day.

    Args:
        inquiry: Theirs.
        now: UTC instant.
    """
    return issue_link(purpose=OWN_CONSENTS, matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=now, lifetime=FROM_A_PAGE)


def take_back_by_link(*, token: str, purpose: PurposeId, now: datetime) -> None:
    """
    Let a person take back a consent by the link of a letter: it holds at once, as when an adviser takes it down.

    Whoever holds the link may: taking back must be as easy as agreeing, and the worst that a stranger can do with it is to have nothing used.

    Args:
        token: From the link.
        purpose: What they no longer agree to.
        now: UTC instant from which it holds.

    Raises:
        LinkRefused: The link is unknown, over or revoked.
        InquiryUnknown: What it belonged to has been erased.
        NotGiven: They have not agreed to this purpose, or no longer do.
        OSError: The ledger's medium refused; nothing was withdrawn now, and what it took all the same the next look finishes.

    Source: policy §9 (9.9); Law 91/2025 art. 10; Decree 356/2025 art. 5.2.
    """
    take_back(_inquiry_of(token, now).id, purpose, told=Told(channel=BY_LINK), actor=_PERSON, now=now)


def look_at_advertising(*, token: str, now: datetime) -> None:
    """
    Make sure that a link stops advertising, with no side effect: mail scanners fetch links.

    Args:
        token: From the link in a letter of advertising.
        now: UTC instant.

    Raises:
        LinkRefused: It is unknown, over or revoked.
        InquiryUnknown: What it belonged to has been erased; so is the address.
    """
    _inquiry_of(token, now, purpose=STOP_ADVERTISING)


def stop_advertising_by_link(*, token: str, now: datetime) -> None:
    """
    Let a person stop all advertising to their address by the link of a letter, at once and without a further question.

    It is the withdrawal of their consent, as on their page of consents. Said twice, it is kept once, and confirmed once.

    Args:
        token: From the link in a letter of advertising.
        now: UTC instant from which it holds.

    Raises:
        LinkRefused: The link is unknown, over or revoked.
        InquiryUnknown: What it belonged to has been erased; so is the address.
        NotGiven: It has stopped already.
        OSError: The ledger's medium refused; nothing was stopped now, and what it took all the same the next look finishes.

    Source: Law 91/2025 art. 10 and 28; Decree 91/2020, Decree 330/2026 art. 37.3(d); GDPR art. 21(3); RFC 8058.
    """
    take_back(_inquiry_of(token, now, purpose=STOP_ADVERTISING).id, ADVERTISE, told=Told(channel=BY_LINK), actor=_PERSON, now=now)


def agree_by_link(*, token: str, purpose: PurposeId, edition: EditionNumber, language: str, now: datetime) -> None:
    """
    Keep that a person agrees to the wording of the edition in force, and bring what is kept of them for it under that edition.

    It is a new fact beside the old ones. After a withdrawal it takes up again what came to rest by it. Said twice, it is kept once.

    Args:
        token: From the link.
        purpose: What they agree to: one that they were asked about before.
        edition: Whose wording stood on the page.
        language: In which it stood there.
        now: UTC instant.

    Raises:
        LinkRefused: The link is unknown, over or revoked.
        InquiryUnknown: What it belonged to has been erased.
        WordingChanged: The wording is not of the edition in force, or that asks for no consent to the purpose any more.
        NotProven: Nobody has shown yet that the mailbox is theirs who wrote: a yes may not come from a stranger.
        NotGiven: The person was never asked about this purpose.

    Source: policy §1 (1.3), §8 (8.5); Law 91/2025 art. 9; house.md §4.
    """
    inquiry, policy = _inquiry_of(token, now), editions.policy_in_force()
    if edition != policy.number or not rules.is_asked(policy, purpose):
        raise WordingChanged
    subject = gate.SubjectId(inquiry.subject_id)
    if not gate.is_proven(subject=subject, kind=EMAIL):
        raise NotProven
    try:
        with transaction.atomic():
            inquiry = Inquiry.objects.select_for_update().get(id=inquiry.id)
            newest = next((row for row in gate.consents_of(subject) if row.purpose == purpose), None)
            if newest is None:
                raise NotGiven
            if newest.is_given and newest.edition >= edition:
                return
            gate.record_consents(subject=subject, facts=[_yes(policy, purpose, language)], actor=_PERSON, now=now)
            gate.rebind(subject=subject, purpose=purpose, actor=_PERSON, now=now)
            note_agreement(matter=gate.MatterId(inquiry.matter_id), purpose=purpose, edition=edition, now=now)
            if not newest.is_given:
                _take_up(inquiry, purpose, now)
    except (gate.UnknownSubject, gate.UnknownMatter):
        raise InquiryUnknown from None


def _inquiry_of(token: str, now: datetime, *, purpose: str = OWN_CONSENTS) -> Inquiry:
    link = open_link(token=token, purpose=purpose, now=now)
    inquiry = Inquiry.objects.filter(matter_id=link.matter_id).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise InquiryUnknown
    return inquiry


def _yes(policy: CompiledPolicy, purpose: PurposeId, language: str) -> gate.ConsentFact:
    shown_in = language if language in policy.languages else policy.authoritative
    wording = policy.consent_wording(purpose, shown_in)
    return gate.ConsentFact(
        purpose=purpose,
        is_given=True,
        edition=policy.number,
        language=shown_in,
        wording_hash=wording_hash(wording),
        channel=BY_LINK,
    )


def _take_up(inquiry: Inquiry, purpose: PurposeId, now: datetime) -> None:
    """What rested because the person had taken it back is needed again; the inquiry itself where they agree to be advised."""
    is_over = inquiry.state == Inquiry.State.RESOLVED
    if purpose != ADVISE:
        if not is_over:
            # of what was kept for it alone nothing may be left: then there is nothing to open
            gate.reopen_needs_of_many(duty=DUTY, purposes={inquiry.id: [purpose]}, actor=_PERSON, now=now)
        return
    if not is_over:
        return
    agreed = gate.agreed_purposes([gate.SubjectId(inquiry.subject_id)])[gate.SubjectId(inquiry.subject_id)]
    gate.reopen_needs(duty=DUTY, duty_id=inquiry.id, purposes=agreed, actor=_PERSON, now=now)
    sequence = inquiry.sequence + 1
    state = Inquiry.State.ANSWERED if inquiry.answered_at else Inquiry.State.NEW
    Inquiry.objects.filter(id=inquiry.id).update(state=state, resolved_at=None, sequence=sequence)
    Event.objects.create(inquiry=inquiry, kind=DeskAct.Kind.REOPENED, at=now, sequence=sequence)
    told = {"reference": inquiry.reference}
    record(act="inquiry.reopened", actor=_PERSON, at=now, subjects=[inquiry.subject_id], matter=inquiry.matter_id, facts=told)
