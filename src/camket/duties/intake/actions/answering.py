"""Staff write: an answer that goes out, or a note that stays."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.duties.intake import rules
from camket.duties.intake.actions.closing import locked_inquiry, open_inquiry
from camket.duties.intake.actions.facts import Malformed, SentDifferently
from camket.duties.intake.actions.fingerprints import fingerprint
from camket.duties.intake.models import Inquiry, Message
from camket.duties.notices.actions import write_letter
from camket.duties.notices.rules import ANSWER
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.policy.terms import Actor, Ask, CollectionId, Operation
from camket.policy.values import BadValue, clean
from camket.vault import gate


def answer_inquiry(*, reference: str, text: str, key: bytes, actor: Actor, now: datetime) -> None:
    """
    Keep an answer as a sealed record and put the letter that carries it in the outbox.

    Args:
        reference: The inquiry's public name.
        text: What the adviser wrote.
        key: Hash of the page's nonce: the same form sent twice is one answer.
        actor: The adviser.
        now: UTC instant.

    Raises:
        InquiryUnknown: There is none of this name, or it is erased.
        AlreadyResolved: It is resolved.
        Malformed: The text is empty or too long.
        SentDifferently: The same page came before with another text; nothing was kept of this one.
        Refused: The policy does not let this role answer.

    Source: policy §3.
    """
    _write(reference=reference, text=text, kind=Message.Kind.ANSWER, key=key, actor=actor, now=now)


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
    _write(reference=reference, text=text, kind=Message.Kind.NOTE, key=key, actor=actor, now=now)


def _write(*, reference: str, text: str, kind: Message.Kind, key: bytes, actor: Actor, now: datetime) -> None:
    body = fingerprint(key, [text])
    if _is_repeated(key, body):
        return
    inquiry = open_inquiry(reference, actor=actor)
    subject, matter = gate.SubjectId(inquiry.subject_id), gate.MatterId(inquiry.matter_id)
    values = {rules.MESSAGE: _clean_text(text)}
    permit = gate.ask(Ask(operation=Operation.STORE, fields=frozenset(values), purpose=rules.ADVISE), actor=actor, subjects=[subject], now=now)
    parcel = gate.prepare(permit, subject=subject, collections={CollectionId(kind.value): values}, matter=matter, now=now)
    try:
        with transaction.atomic():
            inquiry = locked_inquiry(inquiry.id)
            (kept,) = gate.keep(parcel, now=now)
            Message.objects.create(
                inquiry=inquiry, kind=kind, record_id=kept, written_by_id=UUID(actor.id), at=now, submission=key, submission_body=body
            )
            if kind == Message.Kind.ANSWER:
                _send_answer(inquiry, kept, actor, now)
    except IntegrityError:
        # pressed twice at the same moment: the other one won
        if not _is_repeated(key, body):
            raise


def _is_repeated(key: bytes, body: bytes) -> bool:
    """Whether just this was kept from this page before."""
    known = Message.objects.filter(submission=key).values_list("submission_body", flat=True).first()
    if known is not None and not secrets.compare_digest(bytes(known), body):
        raise SentDifferently
    return known is not None


def _send_answer(inquiry: Inquiry, kept: gate.RecordId, actor: Actor, now: datetime) -> None:
    Inquiry.objects.filter(id=inquiry.id).update(state=Inquiry.State.ANSWERED, answered_at=now)
    record(
        act="inquiry.answered", actor=actor, at=now, subjects=[inquiry.subject_id], matter=inquiry.matter_id, facts={"reference": inquiry.reference}
    )
    if inquiry.has_email:
        row = gate.matter_rows([gate.MatterId(inquiry.matter_id)])[0]
        write_letter(kind=ANSWER, language=inquiry.language, matter=row, purpose=rules.ADVISE, now=now, record_id=kept)


def _clean_text(text: str) -> str:
    rule = editions.compiled(editions.in_force()).fields[rules.MESSAGE]
    try:
        cleaned = clean(rule.kind, text, max_length=rule.max_length, is_multiline=True)
    except BadValue as bad:
        raise Malformed([rules.FieldError(field="text", code=bad.code, limit=rule.max_length)]) from None
    if not cleaned:
        raise Malformed([rules.FieldError(field="text", code="required")])
    return cleaned
