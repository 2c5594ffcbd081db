"""Keeping: sealing what a permit allows to be kept, and writing it in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import uuid6
from django.db import transaction

from camket.editions import queries as editions
from camket.journal.actions import record
from camket.journal.statements import Statement, fetch, insert
from camket.policy.compiled import FieldKind
from camket.policy.terms import CollectionId, EditionNumber, FieldName, Operation
from camket.vault import identity, keyring, seal
from camket.vault.gate.permit import MatterId, Permit, PermitMisused, RecordId, SubjectId, UnknownMatter, UnknownSubject, refuse_inside_transaction
from camket.vault.models import File, Matter, Record, Subject

_LIVING = "SELECT id FROM vault_matter WHERE id = %s AND subject_id = %s AND erased_at IS NULL"
_LIVING_MATTER = Statement(text=_LIVING, columns=(UUID,))
_LOCKED_MATTER = Statement(text=_LIVING, columns=(UUID,), is_locking=True)
_LOCKED_SUBJECT = Statement(text="SELECT erased_at FROM vault_subject WHERE id = %s", columns=(datetime,), is_locking=True)

_ACTS = {Operation.COLLECT: "data.collected", Operation.STORE: "data.stored", Operation.CORRECT: "data.corrected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file to be kept: for which field of which collection, what it is called, which is that field's value, and what is in it."""

    collection: CollectionId
    field_name: FieldName
    name: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """One record ready to be written: its collection, its ciphertext, the names of the fields that were answered, and the bytes of a file."""

    collection: CollectionId
    sealed: bytes = field(repr=False)
    field_names: tuple[FieldName, ...]
    file: bytes | None = field(default=None, repr=False)  # sealed; None where it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Records sealed under keys already committed, ready to be written together with whatever they belong to."""

    permit: Permit
    subject: SubjectId
    matter: MatterId
    edition: EditionNumber
    is_new_matter: bool
    records: Mapping[RecordId, SealedRecord]


def new_subject() -> SubjectId:
    """
    Return a fresh id for a person, drawn and in the order in which people came; every act of collection makes a new one unless a proven one exists.

    Source: RFC 9562 §5.7; docs/decisions/0026-ids-of-people.md.
    """
    return SubjectId(uuid6.uuid7())


def prepare(
    permit: Permit,
    *,
    subject: SubjectId,
    collections: Mapping[CollectionId, Mapping[FieldName, str]],
    files: Sequence[GivenFile] = (),
    matter: MatterId | None = None,
    now: datetime,
) -> Prepared:
    """
    Seal values under their matter's key, having committed that key first.

    Args:
        permit: To collect, store or correct exactly these fields.
        subject: The person; named by the permit.
        collections: Values per collection of the edition; each becomes one record. Empty values are left out.
        files: Each becomes one record of its own, which holds its name, and the sealed bytes beside it.
        matter: The matter that keeps them alive; a new one when None.
        now: UTC instant.

    Raises:
        PermitMisused: The permit is for other fields, another subject or purpose, or has run out; or there is nothing to keep.
        UnknownMatter: The matter is not this subject's, or its data has been erased.
        InsideTransaction: Keys must commit before the data's transaction opens.

    Source: house.md §3, §4.
    """
    refuse_inside_transaction()
    permit.require(Operation.COLLECT, Operation.STORE, Operation.CORRECT, now=now)
    edition = permit.edition_for(subject)
    answered = {name: {one: text for one, text in values.items() if text} for name, values in collections.items()}
    wanted = {name: values for name, values in answered.items() if values}
    _require_covered(permit, edition, wanted, files)
    target = matter or MatterId(uuid6.uuid7())
    identities = identities_in(edition, wanted)
    if matter:
        key = _key_of(matter, subject)
        keyring.add_identities(subject=subject, matter=matter, identities=identities)
    else:
        key = keyring.make_matter_key(subject=subject, matter=target, identities=identities, now=now)
    parts: list[tuple[CollectionId, Mapping[FieldName, str], bytes | None]] = [(name, values, None) for name, values in wanted.items()]
    parts += [(one.collection, {one.field_name: one.name}, one.content) for one in files]
    records = {}
    for name, values, content in parts:
        id = RecordId(uuid6.uuid7())
        place = seal.Place(subject=subject, matter=target, record=id, collection=name, edition=edition)
        file = None if content is None else seal.seal_file(key, place, content)
        records[id] = SealedRecord(collection=name, sealed=seal.seal_record(key, place, values), field_names=tuple(sorted(values)), file=file)
    return Prepared(permit=permit, subject=subject, matter=target, edition=edition, is_new_matter=matter is None, records=records)


def _key_of(matter: MatterId, subject: SubjectId) -> bytes:
    keys = keyring.matter_keys([matter])
    if matter not in keys or not fetch(_LIVING_MATTER, matter, subject):
        raise UnknownMatter("nothing more can be kept under this matter: it is somebody else's, or erased")
    return keys[matter]


def identities_in(edition: EditionNumber, wanted: Mapping[CollectionId, Mapping[FieldName, str]]) -> list[keyring.Identity]:
    """
    Return what is indexed of some values: addresses and numbers, and a name only where the edition lets somebody be found by it.

    Args:
        edition: The edition that they stand under.
        wanted: Values per collection.
    """
    kinds = {*identity.UNIQUE, *(editions.compiled(edition).findable & frozenset(identity.INDEXED))}
    return [keyring.Identity(kind=field, value=text) for values in wanted.values() for field, text in values.items() if field in kinds]


def _require_covered(
    permit: Permit, edition: EditionNumber, wanted: Mapping[CollectionId, Mapping[FieldName, str]], files: Sequence[GivenFile]
) -> None:
    if not wanted:
        raise PermitMisused("there is nothing to keep: a matter without a record could never be erased")
    policy = editions.compiled(edition)
    for name, fields in [*((name, set(values)) for name, values in wanted.items()), *((one.collection, {one.field_name}) for one in files)]:
        rule = policy.collections.get(name)
        if rule is None or permit.ask.purpose not in rule.purposes:
            raise PermitMisused(f"the collection {name} does not serve the purpose {permit.ask.purpose}")
        if not fields <= permit.ask.fields & set(rule.fields):
            raise PermitMisused(f"the collection {name} was given fields that were not asked for")
    if any(policy.fields[one.field_name].kind is not FieldKind.FILE for one in files):
        raise PermitMisused("a file was given for a field that the edition declares as something else")


def keep(prepared: Prepared, *, now: datetime, reference: str = "") -> tuple[RecordId, ...]:
    """
    Write sealed records and the journal's line about them, inside the caller's transaction.

    Args:
        prepared: From `prepare`, within the last two minutes.
        now: UTC instant.
        reference: The public name of a new matter, random; none where it needs none.

    Returns:
        The new records' ids, in the order of the collections.

    Raises:
        PermitMisused: The permit has run out, or was not issued by the gate.
        UnknownMatter: The matter has been erased since.
        UnknownSubject: The person has been erased since.
        TransactionManagementError: No transaction is open.

    Source: house.md §3 (a permitted write's entry rides in the write's transaction).
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("keep data together with what it belongs to, inside transaction.atomic()")
    prepared.permit.require(Operation.COLLECT, Operation.STORE, Operation.CORRECT, now=now)
    if prepared.is_new_matter:
        _open_matter(prepared, reference, now)
    elif not fetch(_LOCKED_MATTER, prepared.matter, prepared.subject):
        raise UnknownMatter("this matter was erased while something was about to be kept under it")
    shared = {"subject_id": prepared.subject, "matter_id": prepared.matter, "edition": prepared.edition, "created_at": now}
    insert(
        Record,
        [
            {**shared, "id": id, "collection": str(kept.collection), "sealed": kept.sealed, "field_names": list(kept.field_names)}
            for id, kept in prepared.records.items()
        ],
    )
    for id, kept in prepared.records.items():  # one statement each: together they would be as long as all of them
        if kept.file is not None:
            insert(File, [{"record_id": id, "matter_id": prepared.matter, "sealed": kept.file}])
    _tell(prepared.permit, of=prepared, collections=[kept.collection for kept in prepared.records.values()], now=now)
    return tuple(prepared.records)


def remember_further(permit: Permit, *, of: Prepared, now: datetime) -> None:
    """
    Write the journal's line about a further purpose of what is kept already, inside the caller's transaction: nothing is kept twice.

    Args:
        permit: To collect for that purpose; it names the same person.
        of: What was kept in the same act, for the purpose it came for.
        now: UTC instant.

    Raises:
        PermitMisused: The permit has run out, was not issued by the gate, is for something else than collecting, or names another person.

    Source: policy §1 (1.6), §7 (7.3).
    """
    permit.require(Operation.COLLECT, now=now)
    permit.edition_for(of.subject)
    _tell(permit, of=of, collections=[], now=now)


def _tell(permit: Permit, *, of: Prepared, collections: list[CollectionId], now: datetime) -> None:
    record(
        act=_ACTS[permit.ask.operation],
        actor=permit.actor,
        at=now,
        decision=permit.subjects[of.subject][permit.edition_for(of.subject)],
        subjects=[of.subject],
        matter=of.matter,
        facts={"collections": [str(one) for one in collections]},
    )


def _open_matter(prepared: Prepared, reference: str, now: datetime) -> None:
    # locked: whoever erases this person meanwhile waits and finds the new matter, or was first and is found here
    is_new = insert(Subject, [{"id": prepared.subject, "created_at": now}], ending="ON CONFLICT DO NOTHING")
    if not is_new and fetch(_LOCKED_SUBJECT, prepared.subject) != [(None,)]:
        raise UnknownSubject("this person was erased while something was about to be kept of them")
    insert(Matter, [{"id": prepared.matter, "subject_id": prepared.subject, "reference": reference or None, "opened_at": now}])
