"""What a colleague writes in a case is sealed under the case's own matter: free text about a person is personal data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from camket.duties.intake.actions import fingerprint, is_repeated
from camket.duties.special_cases import rules
from camket.duties.special_cases.actions.facts import CaseUnknown, Malformed, Sending
from camket.duties.special_cases.models import SpecialCase, Writing
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import MESSAGE, NOTE, SPECIAL_CASE, Actor, Ask
from camket.vault import gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A text that is sealed and ready to be written; None in `prepared` where just this was kept from this page before."""

    prepared: gate.Prepared | None
    key: bytes
    body: bytes


def sealed(
    sending: Sending, *, subject: gate.SubjectId, matter: gate.MatterId | None, policy: CompiledPolicy, actor: Actor, now: datetime
) -> gate.Prepared:
    """
    Return a text sealed for a person, under a matter or a new one, having asked the gate.

    Args:
        sending: What was written.
        subject: The person it is about.
        matter: The case's own; a new one when None.
        policy: The edition in force.
        actor: Who wrote it.
        now: UTC instant.

    Raises:
        Malformed: The text is empty or cannot be kept.
        CaseUnknown: The person's data has been erased.
        Refused: The policy does not let this role keep it.
    """
    try:
        text = rules.checked_text(policy, sending.text)
    except rules.BadText as bad:
        raise Malformed({"text": bad.code}) from None
    ask = Ask(operation=rules.keeping(policy, actor.role), fields=frozenset({MESSAGE}), purpose=SPECIAL_CASE)
    permit = gate.ask(ask, actor=actor, subjects=[subject], now=now)
    try:
        return gate.prepare(permit, subject=subject, collections={NOTE: {MESSAGE: text}}, matter=matter, now=now)
    except gate.UnknownMatter:
        raise CaseUnknown from None


def parcel_for(case: SpecialCase, sending: Sending, *, policy: CompiledPolicy, actor: Actor, now: datetime) -> Parcel:
    """
    Return a text ready to be written into a case.

    Args:
        case: The case it goes into.
        sending: The text as typed, with the key of the page it was sent from.
        policy: The edition in force: it says how long the text may be, and who may keep it.
        actor: The colleague who wrote it.
        now: UTC instant.

    Raises:
        Malformed: The text is empty or cannot be kept.
        SentDifferently: The same page came before with another text.
        CaseUnknown: The person's data has been erased.
        Refused: The policy does not let this role keep it.
    """
    body = fingerprint(sending.key, [sending.text])
    if is_repeated(Writing, sending.key, body):
        return Parcel(prepared=None, key=sending.key, body=body)
    subject, matter = gate.SubjectId(case.subject_id), gate.MatterId(case.matter_id)
    return Parcel(prepared=sealed(sending, subject=subject, matter=matter, policy=policy, actor=actor, now=now), key=sending.key, body=body)


def was_written(sending: Sending) -> bool:
    """
    Return whether just this was written from this page before.

    Raises:
        SentDifferently: Another text was.
    """
    return is_repeated(Writing, sending.key, fingerprint(sending.key, [sending.text]))


def write(parcel: Parcel, *, case: SpecialCase, kind: Writing.Kind, actor: Actor, now: datetime) -> None:
    """
    Write a text into a case, in the caller's transaction.

    Args:
        parcel: As `parcel_for` made it; one that was written before is not written again.
        case: The case, under a lock.
        kind: What the text is there for.
        actor: The colleague who wrote it.
        now: UTC instant at which it is written down.

    Raises:
        UnknownMatter: The case has been erased since.
        IntegrityError: The same page was sent at the same moment, and the other one won.
    """
    if parcel.prepared is None:
        return
    (kept,) = gate.keep(parcel.prepared, now=now)
    Writing.objects.create(
        case=case, kind=kind, record_id=kept, written_by_id=UUID(actor.id), at=now, submission=parcel.key, submission_body=parcel.body
    )
