"""An inquiry arrives."""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.access.codes import claim_code, public_name, reading_code
from camket.access.days import day_of
from camket.duties.intake import rules
from camket.duties.intake.actions.facts import DUTY, Malformed, Received, SentDifferently, Submission, WordingChanged
from camket.duties.intake.actions.fingerprints import fingerprint
from camket.duties.intake.models import Inquiry, Message
from camket.duties.intake.queries.spoken import faulty_yes
from camket.duties.notices.actions import About, write_letter
from camket.duties.notices.rules import ACKNOWLEDGEMENT, SPOKEN_ACKNOWLEDGEMENT
from camket.editions import queries as editions
from camket.journal.actions import record, recorded_together
from camket.journal.objects import insert_object
from camket.journal.statements import Statement, fetch
from camket.policy.compiled import CompiledPolicy
from camket.policy.receipts import wording_hash
from camket.policy.terms import ADVISE, EMAIL, MESSAGE, SENT, STAFF_ROLES, SUBJECT, Actor, Ask, FieldName, Operation, PurposeId
from camket.vault import gate

# for each purpose what is kept for it; what is collected for it and kept already, by its permit alone
_Parcels: TypeAlias = Mapping[PurposeId, gate.Prepared | gate.Permit]

_SENT_BEFORE = Statement(text="SELECT id FROM intake_inquiry WHERE submission = %s", columns=(UUID,))


def receive_inquiry(
    *,
    submission: Submission,
    values: Mapping[str, str],
    consents: Collection[str],
    files: Sequence[rules.SentFile] = (),
    actor: Actor,
    now: datetime,
) -> Received:
    """
    Keep an inquiry: the records, its needs and consents, and the acknowledgement that will go out.

    Args:
        submission: How it came.
        values: What was typed, by field name.
        files: What came with it, each as it was sent.
        consents: Purposes agreed to in this act: ticked by the person, or said yes to when an adviser read the wording out.
        actor: `visitor`, with the id of the program's token where one passes it on; or the adviser who takes it down on the person's word.
        now: UTC instant of arrival.

    Raises:
        Malformed: A field is missing, wrong or unknown, or consent is missing; all faults at once.
        Refused: The edition does not cover a field for the purposes agreed to.
        WordingChanged: What was agreed to is the wording of another edition than the one in force.
        SentDifferently: The same key came before with another content.

    Source: policy §1 (by phone or in person: 1.7); house.md §3.
    """
    arrival = _arrive(submission=submission, values=values, consents=consents, files=files, actor=actor, now=now)
    body = _fingerprint(arrival)
    if fetch(_SENT_BEFORE, submission.key):
        return _repeated(Inquiry.objects.get(submission=submission.key), body, arrival)
    prepared = _prepare(arrival, gate.new_subject())
    if any(one.edition != arrival.policy.number for one in prepared.values()):
        # an edition came into force in between: its wording is what is agreed to, so look at the sending under it
        return receive_inquiry(submission=submission, values=values, consents=consents, files=files, actor=actor, now=now)
    try:
        return _keep_inquiry(arrival, prepared, body)
    except IntegrityError:
        # two sendings of one form raced: the other one won, and its keys are the ones in use; ours are collected as orphans
        return _repeated(Inquiry.objects.get(submission=submission.key), body, arrival)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """One sending, checked: what the steps of receiving it pass along."""

    policy: CompiledPolicy
    submission: Submission
    values: Mapping[FieldName, str] = field(repr=False)
    consents: frozenset[PurposeId]
    files: tuple[rules.TakenFile, ...]
    file_field: FieldName | None  # that they are given for
    said_on: date | None  # the house's day on which they said yes to the colleague who takes it down
    actor: Actor
    now: datetime

    @property
    def given(self) -> frozenset[FieldName]:
        """The names of the fields that came with something."""
        return frozenset(self.values) | ({self.file_field} if self.files and self.file_field else set())

    @property
    def taken_by(self) -> UUID | None:
        """The member of staff who takes it down on the person's word; None where nobody does."""
        return UUID(self.actor.id) if self.actor.role in STAFF_ROLES else None


def _arrive(
    *,
    submission: Submission,
    values: Mapping[str, str],
    consents: Collection[str],
    files: Sequence[rules.SentFile],
    actor: Actor,
    now: datetime,
) -> _Arrival:
    policy = editions.policy_in_force()
    if submission.edition not in (None, policy.number):
        raise WordingChanged
    shape = rules.form_shape(policy, role=actor.role)
    cleaned, errors = rules.check(shape, values, consents)
    # only where some came: what a form without any lacks, it says itself, and the other doors have no place for a file
    taken, file_errors = rules.check_files(shape, files) if files else ((), [])
    said_on = (submission.said_on or day_of(now)) if actor.role in STAFF_ROLES else None
    day_fault = faulty_yes(said_on, now=now) if said_on else None
    if faults := [*rules.not_taken(shape, values), *errors, *file_errors, *([day_fault] if day_fault else [])]:
        raise Malformed(faults)
    return _Arrival(
        policy=policy,
        submission=submission,
        values=cleaned,
        consents=frozenset(PurposeId(one) for one in consents),
        files=taken,
        file_field=shape.file.rule.name if shape.file else None,
        said_on=said_on,
        actor=actor,
        now=now,
    )


def _fingerprint(arrival: _Arrival) -> bytes:
    parts = [arrival.submission.product, arrival.submission.language, *sorted(arrival.consents)]
    parts += [part for name in sorted(arrival.values) for part in (name, arrival.values[name])]
    parts += [part for file in arrival.files for part in (file.name, hashlib.sha256(file.content).hexdigest())]
    if arrival.submission.said_on:
        parts += ["said_on", arrival.submission.said_on.isoformat()]
    return fingerprint(arrival.submission.key, parts)


def _repeated(known: Inquiry, body: bytes, arrival: _Arrival) -> Received:
    if not secrets.compare_digest(bytes(known.submission_body), body):
        raise SentDifferently
    return _received(known, arrival, is_repeat=True)


def _received(inquiry: Inquiry, arrival: _Arrival, *, is_repeat: bool) -> Received:
    return Received(
        reference=inquiry.reference,
        reading_code=reading_code(inquiry.matter_id),
        claim_code=claim_code(inquiry.subject_id),
        letter_expected=inquiry.has_email,
        delay=inquiry.shown_from - inquiry.received_at,
        is_repeat=is_repeat,
        files=arrival.files,
    )


def _prepare(arrival: _Arrival, subject: gate.SubjectId) -> _Parcels:
    """Ask for every purpose before anything is sealed, so that one refusal keeps nothing of the rest."""
    policy, now = arrival.policy, arrival.now
    split = rules.parcels(policy, arrival.given, arrival.consents, role=arrival.actor.role)
    asks = [Ask(operation=Operation.COLLECT, fields=names, purpose=purpose) for purpose, names in split.items() if names]
    permits = [gate.ask(ask, actor=arrival.actor, subjects=[subject], given=arrival.consents, now=now) for ask in asks]
    prepared: dict[PurposeId, gate.Prepared | gate.Permit] = {}
    kept: set[FieldName] = set()
    for permit in permits:
        purpose = permit.ask.purpose
        collections = rules.by_collection(policy, purpose, (permit.ask.fields - kept).intersection(arrival.values), arrival.values)
        # a further purpose of fields already kept adds a need, a consent and the journal's line, not a second copy
        files = _files_of(arrival) if purpose == ADVISE else ()
        prepared[purpose] = gate.prepare(permit, subject=subject, collections=collections, files=files, now=now) if collections else permit
        kept |= permit.ask.fields
    return prepared


def _files_of(arrival: _Arrival) -> tuple[gate.GivenFile, ...]:
    name = arrival.file_field
    rule = rules.collection_of(arrival.policy, name, ADVISE) if name else None
    if name is None or rule is None:
        return ()
    return tuple(gate.GivenFile(collection=rule.id, field_name=name, name=file.name, content=file.content) for file in arrival.files)


def _keep_inquiry(arrival: _Arrival, prepared: _Parcels, body: bytes) -> Received:
    own = prepared[ADVISE]
    if isinstance(own, gate.Permit):
        raise Malformed([rules.FieldError(field="", code="required")])
    now = arrival.now
    with transaction.atomic(), recorded_together():
        inquiry = _create_inquiry(arrival, prepared, own, body)
        for purpose, parcel in prepared.items():
            if isinstance(parcel, gate.Permit):
                gate.remember_further(parcel, of=own, now=now)
                gate.open_need(matter=own.matter, purpose=purpose, duty=DUTY, duty_id=inquiry.id, now=now)
                continue
            records = gate.keep(parcel, now=now, reference=inquiry.reference if parcel is own else "")
            gate.open_need(matter=parcel.matter, purpose=purpose, duty=DUTY, duty_id=inquiry.id, now=now)
            _note_message(inquiry, parcel, records, arrival)
        facts = [_consent_fact(arrival, purpose, inquiry.reference) for purpose in sorted(arrival.consents)]
        gate.record_consents(subject=own.subject, facts=facts, actor=arrival.actor if arrival.taken_by else Actor(role=SUBJECT), now=now)
        told = {"reference": inquiry.reference, "channel": inquiry.channel, "lane": "slow" if inquiry.is_slow_lane else "fast"}
        record(act="inquiry.received", actor=arrival.actor, at=now, subjects=[own.subject], matter=own.matter, facts=told)
        if inquiry.has_email:
            matter = About(id=own.matter, subject=own.subject, reference=inquiry.reference)
            kind = SPOKEN_ACKNOWLEDGEMENT if arrival.taken_by else ACKNOWLEDGEMENT
            write_letter(kind=kind, language=inquiry.language, matter=matter, purpose=ADVISE, now=inquiry.shown_from)
    return _received(inquiry, arrival, is_repeat=False)


def _create_inquiry(arrival: _Arrival, prepared: _Parcels, own: gate.Prepared, body: bytes) -> Inquiry:
    submission, now = arrival.submission, arrival.now
    inquiry = Inquiry(
        id=own.matter,
        reference=public_name("CK"),
        subject_id=own.subject,
        matter_id=own.matter,
        extra_matter_ids=[str(more.matter) for purpose, more in prepared.items() if purpose != ADVISE and isinstance(more, gate.Prepared)],
        channel=submission.channel,
        language=submission.language,
        product=submission.product,
        is_slow_lane=bool(submission.delay),
        has_email=EMAIL in arrival.values,
        received_at=now,
        shown_from=now + submission.delay,
        submission=submission.key,
        submission_body=body,
    )
    insert_object(inquiry)
    return inquiry


def _note_message(inquiry: Inquiry, parcel: gate.Prepared, records: Sequence[gate.RecordId], arrival: _Arrival) -> None:
    spoken = {"written_by_id": arrival.taken_by, "channel": inquiry.channel} if arrival.taken_by else {}
    for id in records:
        if parcel.records[id].collection == SENT and MESSAGE in parcel.records[id].field_names:
            insert_object(Message(inquiry=inquiry, kind=Message.Kind.MESSAGE, record_id=id, at=arrival.now, **spoken))


def _consent_fact(arrival: _Arrival, purpose: PurposeId, reference: str) -> gate.ConsentFact:
    wording = arrival.policy.consent_wording(purpose, arrival.submission.language)
    return gate.ConsentFact(
        purpose=purpose,
        is_given=True,
        edition=arrival.policy.number,
        language=arrival.submission.language,
        wording_hash=wording_hash(wording),
        channel=arrival.submission.channel,
        taken_by=arrival.taken_by,
        said_on=arrival.said_on,
        said_in=reference if arrival.taken_by else "",
    )
