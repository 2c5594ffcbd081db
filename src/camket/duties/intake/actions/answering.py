"""Staff write: an answer that goes out, a note that stays, or what the person said when they rang or came by."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from camket.duties.intake import rules
from camket.duties.intake.actions.closing import locked_inquiry, open_inquiry
from camket.duties.intake.actions.facts import AnsweredMeanwhile, Malformed
from camket.duties.intake.actions.fingerprints import fingerprint, is_repeated
from camket.duties.intake.models import Inquiry, Message
from camket.duties.notices.actions import write_letter
from camket.duties.notices.rules import ANSWER
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.policy.terms import ADVISE, MESSAGE, Actor, Ask, CollectionId, Operation
from camket.policy.values import BadValue, clean
from camket.vault import gate


def answer_inquiry(*, reference: str, text: str, key: bytes, seen: int | None = None, actor: Actor, now: datetime) -> None:
    """
    Keep an answer as a sealed record and put the letter that carries it in the outbox.

    Args:
        reference: The inquiry's public name.
        text: What the adviser wrote.
        key: Hash of the page's nonce: the same form sent twice is one answer.
        seen: The page's `last_answer`; None where no page was shown.
        actor: The adviser.
        now: UTC instant.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        AlreadyResolved: It is resolved.
        AnsweredMeanwhile: A colleague has answered since the page was made.
        Malformed: The text is empty or too long, or holds a place of a text that nothing was put in (`unfilled_place`, its `hint` names them).
        SentDifferently: The same page came before with another text; nothing was kept of this one.
        Refused: The policy does not let this role answer.

    Source: policy §3 (3.1, 3.3, 3.5).
    """
    _write(_Said(text=text, kind=Message.Kind.ANSWER, key=key, seen=seen), reference=reference, actor=actor, now=now)


def add_note(*, reference: str, text: str, key: bytes, actor: Actor, now: datetime) -> None:
    """
    Keep a note for colleagues as a sealed record: free text about a person is personal data.

    Args:
        reference: The inquiry's public name.
        text: What was noted.
        key: Hash of the page's nonce.
        actor: Who notes it.
        now: UTC instant.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        AlreadyResolved: It is resolved.
        Malformed: The text is empty or too long.
        SentDifferently: The same page came before with another text; nothing was kept of this one.
        Refused: The policy does not let this role keep notes.
    """
    _write(_Said(text=text, kind=Message.Kind.NOTE, key=key), reference=reference, actor=actor, now=now)


def take_down(*, reference: str, text: str, channel: str, key: bytes, actor: Actor, now: datetime) -> None:
    """
    Keep what a person says about their inquiry by phone or in person, as a message of theirs that a colleague took down.

    Their consent of before covers it, as long as it was to the wording in force.

    Args:
        reference: The inquiry's public name.
        text: What they said.
        channel: One of `rules.SPOKEN`.
        key: Hash of the page's nonce.
        actor: Who takes it down.
        now: UTC instant.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        AlreadyResolved: It is resolved.
        Malformed: The text is empty or too long, or the channel is none by which people speak.
        SentDifferently: The same page came before with another text; nothing was kept of this one.
        Refused: The policy does not let this role take it down, or the person has not agreed to the edition in force.

    Source: policy §1 (1.7).
    """
    if channel not in rules.SPOKEN:
        raise Malformed([rules.FieldError(field="channel", code="required")])
    _write(_Said(text=text, kind=Message.Kind.MESSAGE, key=key, channel=channel), reference=reference, actor=actor, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a colleague writes into an inquiry; with a channel it is the person's word, and collected, not ours, and stored."""

    text: str = field(repr=False)
    kind: Message.Kind
    key: bytes
    channel: str = ""
    seen: int | None = None

    @property
    def operation(self) -> Operation:
        """What the gate is asked for."""
        return Operation.COLLECT if self.channel else Operation.STORE


def _write(said: _Said, *, reference: str, actor: Actor, now: datetime) -> None:
    key, kind, body = said.key, said.kind, fingerprint(said.key, [said.text, said.channel] if said.channel else [said.text])
    if is_repeated(Message, key, body):
        return
    inquiry = open_inquiry(reference, actor=actor)
    subject, matter = gate.SubjectId(inquiry.subject_id), gate.MatterId(inquiry.matter_id)
    values = {MESSAGE: _clean_text(said)}
    permit = gate.ask(Ask(operation=said.operation, fields=frozenset(values), purpose=ADVISE), actor=actor, subjects=[subject], now=now)
    parcel = gate.prepare(permit, subject=subject, collections={CollectionId(kind.value): values}, matter=matter, now=now)
    try:
        with transaction.atomic():
            inquiry = locked_inquiry(inquiry.id)
            if said.seen is not None and _later_answers(inquiry, said.seen).exclude(written_by_id=UUID(actor.id)).exists():
                raise AnsweredMeanwhile
            (kept,) = gate.keep(parcel, now=now)
            writing = {"written_by_id": UUID(actor.id), "channel": said.channel, "submission": key, "submission_body": body}
            Message.objects.create(inquiry=inquiry, kind=kind, record_id=kept, at=now, **writing)
            if said.channel:
                told = {"reference": reference, "channel": said.channel}
                record(act="message.taken_down", actor=actor, at=now, subjects=[subject], matter=matter, facts=told)
            Inquiry.objects.filter(id=inquiry.id).update(sequence=F("sequence") + 1)
            if kind == Message.Kind.ANSWER:
                _send_answer(inquiry, kept, actor, now)
    except IntegrityError:
        # pressed twice at the same moment: the other one won
        if not is_repeated(Message, key, body):
            raise


def _later_answers(inquiry: Inquiry, seen: int) -> QuerySet[Message]:
    return Message.objects.filter(inquiry=inquiry, kind=Message.Kind.ANSWER, id__gt=seen)


def _send_answer(inquiry: Inquiry, kept: gate.RecordId, actor: Actor, now: datetime) -> None:
    Inquiry.objects.filter(id=inquiry.id).update(state=Inquiry.State.ANSWERED, answered_at=now)
    record(
        act="inquiry.answered", actor=actor, at=now, subjects=[inquiry.subject_id], matter=inquiry.matter_id, facts={"reference": inquiry.reference}
    )
    if inquiry.has_email:
        row = gate.matter_rows([gate.MatterId(inquiry.matter_id)])[0]
        write_letter(kind=ANSWER, language=inquiry.language, matter=row, purpose=ADVISE, now=now, record_id=kept)


def _clean_text(said: _Said) -> str:
    rule = editions.policy_in_force().fields[MESSAGE]
    try:
        cleaned = clean(rule.kind, said.text, max_length=rule.max_length, is_multiline=True)
    except BadValue as bad:
        raise Malformed([rules.FieldError(field="text", code=bad.code, limit=rule.max_length)]) from None
    if not cleaned:
        raise Malformed([rules.FieldError(field="text", code="required")])
    unfilled = [f"{{{place}}}" for place in rules.places_in(cleaned) if place in rules.TEXT_PLACES]
    if unfilled and said.kind == Message.Kind.ANSWER:  # colleagues may write about a text of ours; whoever asked must not get one half done
        raise Malformed([rules.FieldError(field="text", code="unfilled_place", hint=", ".join(unfilled))])
    return cleaned
