"""The person who wrote reads our answers, with the letter's link and their code."""

from datetime import datetime

from camket.access.actions import give_back_attempt, open_link, spend_attempt
from camket.access.codes import has_reading_digits, is_reading_code
from camket.access.queries import LinkRow
from camket.duties.intake.actions.facts import InquiryUnknown, NoCode, Read, WrongCode
from camket.duties.intake.actions.own_hand import link_to_consents
from camket.duties.intake.models import Inquiry, Message
from camket.duties.intake.queries.page import TakenBack, as_told
from camket.duties.notices.actions import READ_ANSWER
from camket.policy.terms import ADVISE, EMAIL, MESSAGE, SUBJECT, Actor, Ask, Operation
from camket.vault import gate


def look_at_link(*, token: str, now: datetime) -> LinkRow:
    """
    Return what a reading link in a letter is for, with no side effect: mail scanners fetch links.

    Raises:
        LinkRefused: It is unknown, over, revoked, or its attempts are spent.
    """
    return open_link(token=token, purpose=READ_ANSWER, now=now)


def read_answers(*, token: str, code: str, now: datetime) -> Read:
    """
    Open our answers for the person who holds both the letter's link and the reading code; their address is proven by it.

    Once they have taken back their consent to be advised nothing is opened, for them neither, and what comes back says so.

    Args:
        token: From the link in a letter.
        code: The six digits shown when they wrote to us.
        now: UTC instant.

    Raises:
        LinkRefused: The link is unknown, over, revoked, or its attempts are spent.
        NoCode: They are not six digits; that costs no try.
        WrongCode: The digits are not right.
        Refused: The policy does not let the person see them.
        InquiryUnknown: The inquiry's data has been erased.

    Source: policy §6 (6.3); house.md §4 (an identity is proven once a round trip on it succeeded).
    """
    link = look_at_link(token=token, now=now)
    inquiry = Inquiry.objects.filter(matter_id=link.matter_id).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise InquiryUnknown
    if not has_reading_digits(code):
        raise NoCode
    # spent before the comparison: guesses sent at the same moment cannot outnumber the attempts
    attempts_left = spend_attempt(link_id=link.id, now=now)
    if not is_reading_code(inquiry.matter_id, code):
        raise WrongCode(attempts_left)
    give_back_attempt(link_id=link.id)
    subject = gate.SubjectId(inquiry.subject_id)
    ask = Ask(operation=Operation.USE, fields=frozenset({MESSAGE}), purpose=ADVISE)
    try:
        permit = gate.ask(ask, actor=Actor(role=SUBJECT), subjects=[subject], now=now, view="site.read")
    except gate.Refused as refused:
        told = as_told(refused, subject)
        if not isinstance(told, TakenBack):
            raise told from None
        return Read(reference=inquiry.reference, consents_token=link_to_consents(inquiry=inquiry, now=now), is_taken_back=True)
    gate.prove(subject=subject, kind=EMAIL, now=now)
    shown = {row.record: row for row in gate.show(permit, now=now, matters=[gate.MatterId(inquiry.matter_id)])}
    answers = Message.objects.filter(inquiry=inquiry, kind=Message.Kind.ANSWER).order_by("at", "id")
    opened = [(answer.at, shown[gate.RecordId(answer.record_id)].fields[MESSAGE]) for answer in answers if answer.record_id in shown]
    token = link_to_consents(inquiry=inquiry, now=now)
    return Read(reference=inquiry.reference, answers=tuple(opened), clauses=permit.clauses, consents_token=token)
