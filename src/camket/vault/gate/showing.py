"""Showing and finding: opened values leave only under a permit that the journal already remembers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from camket.editions import queries as editions
from camket.journal.actions import Deed
from camket.journal.entries import MAX_SUBJECTS
from camket.journal.facts import Fact
from camket.journal.statements import Statement, fetch
from camket.policy.terms import ADVERTISE, PHONE, ClauseNumber, CollectionId, Decision, EditionNumber, FieldName, Operation, Redaction
from camket.vault import do_not_call, identity, keyring, ledger, seal
from camket.vault.gate.asking import decide_each
from camket.vault.gate.binding import governing
from camket.vault.gate.permit import MatterId, Permit, PermitMisused, RecordId, SubjectId, refuse_inside_transaction
from camket.vault.gate.remembering import remember_search
from camket.vault.models import Matter, Record
from camket.vault.redaction import redact
from camket.vault.sealed import Sealed, SealedBytes

_AT_ONCE = 500  # matters whose keys are looked for in one statement


class KeyMissing(Exception):
    """A living record's key is gone and no ledger line says why: this is damage, never an erasure."""


class UnknownFile(LookupError):
    """There is no such file that may be opened, or it has been erased."""


class _Row(NamedTuple):
    """One sealed record as it lies in its table, in the order of the statements below."""

    id: RecordId
    subject: SubjectId
    matter: MatterId
    collection: CollectionId
    edition: EditionNumber
    sealed: bytes
    created_at: datetime


_RECORDS = "SELECT r.id, r.subject_id, r.matter_id, r.collection, r.edition, r.sealed, r.created_at FROM vault_record r"
_LIVING = "JOIN vault_matter m ON m.id = r.matter_id WHERE m.erased_at IS NULL AND"
_COLUMNS = (UUID, UUID, UUID, str, int, bytes, datetime)
_OF_SUBJECTS = Statement(text=f"{_RECORDS} {_LIVING} r.subject_id IN ({{}}) ORDER BY r.created_at, r.id", columns=_COLUMNS)
_FILE = Statement(
    text=f"""
        SELECT r.id, r.subject_id, r.matter_id, r.collection, r.edition, r.sealed, r.created_at, f.sealed
        FROM vault_record r JOIN vault_file f ON f.record_id = r.id {_LIVING} r.id = %s AND r.matter_id = %s
    """,  # noqa: S608  # our own words
    columns=(*_COLUMNS, bytes),
)
_SIZES = Statement(text="SELECT record_id, length(sealed) FROM vault_file WHERE matter_id IN ({})", columns=(UUID, int))
_OF_MATTERS = Statement(text=f"{_RECORDS} {_LIVING} r.matter_id IN ({{}}) AND r.subject_id IN ({{}}) ORDER BY r.created_at, r.id", columns=_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One record, opened as far as the permit allows."""

    subject: SubjectId
    matter: MatterId
    record: RecordId
    collection: CollectionId
    edition: EditionNumber
    clauses: tuple[ClauseNumber, ...]
    created_at: datetime
    fields: Mapping[FieldName, Sealed]
    redactions: Mapping[FieldName, Redaction]


def show(permit: Permit, *, now: datetime, matters: Collection[MatterId] | None = None) -> tuple[Shown, ...]:
    """
    Open the records that a permit allows, oldest first; one query for records, one for keys, however many people.

    Args:
        permit: To use or disclose; its journal line is already committed.
        now: UTC instant, within two minutes of the ask.
        matters: Only records of these matters; all of the subjects' when None.

    Returns:
        Opened records that may hold an asked field, each with only those, redacted as the clause says. For advertising, without the telephone
        numbers that are on the do-not-call list.

    Raises:
        PermitMisused: The permit is for another operation or has run out.
        SealBroken: A record was moved, re-labelled or damaged.
        KeyMissing: A key is gone although nothing was erased.
        KeyFileMissing, LedgerDamaged: A file of keys is gone, or the ledger that would say why one is cannot be read.

    Source: policy §7 (7.2).
    """
    permit.require(Operation.USE, Operation.DISCLOSE, now=now)
    subjects = list(permit.subjects)
    rows = fetch(_OF_SUBJECTS, subjects) if matters is None else fetch(_OF_MATTERS, list(matters), subjects)
    visible = _visible(permit, rows)
    matters_shown = {row.matter for row, _ in visible}
    keys = keyring.matter_keys(matters_shown)
    _require_keys(matters_shown - keys.keys())
    shown = tuple(_opened(permit, row, decision, keys[row.matter]) for row, decision in visible if row.matter in keys)
    return _without_listed(shown) if permit.ask.purpose == ADVERTISE else shown


def _without_listed(shown: tuple[Shown, ...]) -> tuple[Shown, ...]:
    """Whoever is on the do-not-call list is shown without their number: nobody can call for advertising what nobody sees."""
    numbers = {row.fields[PHONE].reveal() for row in shown if PHONE in row.fields}
    listed = do_not_call.among(numbers)
    if not listed:
        return shown
    return tuple(_without_number(row) if PHONE in row.fields and row.fields[PHONE].reveal() in listed else row for row in shown)


def _without_number(row: Shown) -> Shown:
    return replace(row, fields={name: value for name, value in row.fields.items() if name != PHONE})


def _visible(permit: Permit, rows: Sequence[tuple[Any, ...]]) -> list[tuple[_Row, Decision]]:
    """Those records that a permit reaches, each with the answer under which."""
    numbers: dict[tuple[EditionNumber, CollectionId], EditionNumber | None] = {}  # many records are of few kinds
    found = []
    for row in map(_Row._make, rows):
        kind = row.edition, row.collection
        if kind not in numbers:
            numbers[kind] = _governing(permit, *kind)
        number, decisions = numbers[kind], permit.subjects.get(row.subject, {})
        if number is not None and number in decisions and permit.within in (None, row.matter):
            found.append((row, decisions[number]))
    return found


def _governing(permit: Permit, edition: EditionNumber, collection: CollectionId) -> EditionNumber | None:
    """The edition that says what may be done with records of one kind, or None where nothing was asked of them."""
    rule = editions.compiled(edition).collections.get(collection)
    if rule is None or permit.ask.purpose not in rule.purposes or permit.ask.fields.isdisjoint(rule.fields):
        return None
    return governing(permit.ask.purpose, collected_under=edition, in_force=permit.edition)


def count_keyless() -> int:
    """
    Return how many living matters have no key although nothing says that they were erased: what they hold can be opened by nobody.

    It looks at every matter, five hundred at a time; a page that is looked at often has no business with it.

    Raises:
        LedgerDamaged: The ledger that would say why a key is gone cannot be read.
    """
    missing: set[UUID] = set()
    last = UUID(int=0)
    while page := list(Matter.objects.living().filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_AT_ONCE]):
        missing |= set(page) - keyring.living(matters=page, subjects=())
        last = page[-1]
    # a key goes first, then its matter: what was erased meanwhile, or when the power went, is none of these
    return len(missing - _erased_by_ledger(missing)) if missing else 0


def _erased_by_ledger(matters: Collection[UUID]) -> set[UUID]:
    """Those of some matters that the ledger names, or whose person it names."""
    erased = {line.id for line in ledger.lines() if line.is_erasure}
    subjects = dict(Record.objects.filter(matter_id__in=matters).values_list("matter_id", "subject_id"))
    return {matter for matter in matters if matter in erased or subjects.get(matter) in erased}


def _require_keys(missing: Collection[UUID]) -> None:
    if missing and set(missing) - _erased_by_ledger(missing):
        raise KeyMissing("the key of a living record is gone and the ledger does not say why")


def _opened(permit: Permit, row: _Row, decision: Decision, key: bytes) -> Shown:
    place = seal.Place(subject=row.subject, matter=row.matter, record=row.id, collection=row.collection, edition=row.edition)
    values = seal.open_record(key, place, bytes(row.sealed))
    redactions = {field: decision.redactions[field] for field in values if field in permit.ask.fields}
    return Shown(
        subject=row.subject,
        matter=row.matter,
        record=row.id,
        collection=row.collection,
        edition=row.edition,
        clauses=decision.clauses,
        created_at=row.created_at,
        fields={field: Sealed(redact(values[field], redaction)) for field, redaction in redactions.items()},
        redactions=redactions,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """One file that somebody attached, opened: its name, and what is in it."""

    name: Sealed
    content: SealedBytes
    clauses: tuple[ClauseNumber, ...]


def file_sizes(matters: Collection[MatterId]) -> Mapping[RecordId, int]:
    """
    Return how many bytes there are in each file that is kept under some matters, by the id of its record; one query, which reads none of them.

    Args:
        matters: Ids.
    """
    return {RecordId(id): int(length) - seal.OVERHEAD_BYTES for id, length in fetch(_SIZES, list(matters))}


def open_file(permit: Permit, *, record: RecordId, matter: MatterId, now: datetime) -> ShownFile:
    """
    Open one file that a permit allows.

    Args:
        permit: To use or disclose the field that it was given for; its journal line is already committed.
        record: The record that holds its name.
        matter: Under which it is kept.
        now: UTC instant, within two minutes of the ask.

    Raises:
        UnknownFile: There is none of this record and matter that the permit opens in full, or it has been erased.
        PermitMisused: The permit is for another operation or has run out.
        SealBroken: The record or the file was moved, re-labelled or damaged.
        KeyMissing: A key is gone although nothing was erased.
        KeyFileMissing, LedgerDamaged: A file of keys is gone, or the ledger that would say why one is cannot be read.

    Source: policy §7 (7.2).
    """
    permit.require(Operation.USE, Operation.DISCLOSE, now=now)
    for *plain, sealed in fetch(_FILE, record, matter):
        for row, decision in _visible(permit, [tuple(plain)]):
            return _opened_file(permit, row, decision, bytes(sealed))
    raise UnknownFile("there is no such file that this permit opens")


def _opened_file(permit: Permit, row: _Row, decision: Decision, sealed: bytes) -> ShownFile:
    keys = keyring.matter_keys([row.matter])
    _require_keys({row.matter} - set(keys))
    shown = _opened(permit, row, decision, keys[row.matter]) if row.matter in keys else None
    # of what is shown in part, or not at all, the bytes have no part that could be shown
    named = next((name for name, much in shown.redactions.items() if much is Redaction.FULL), None) if shown else None
    if shown is None or named is None:
        raise UnknownFile("this file has just been erased, or may not be shown in full")
    place = seal.Place(subject=row.subject, matter=row.matter, record=row.id, collection=row.collection, edition=row.edition)
    content = seal.open_file(keys[row.matter], place, sealed)
    return ShownFile(name=shown.fields[named], content=SealedBytes(content), clauses=shown.clauses)


def can_find(*, kind: FieldName, value: str) -> bool:
    """
    Return whether somebody could be found by this text; nobody is looked for.

    Args:
        kind: `email`, `phone` or `full_name`.
        value: As typed.
    """
    return bool(identity.sought(kind, value))


def find(permit: Permit, *, kind: FieldName, value: str, now: datetime) -> tuple[SubjectId, ...]:
    """
    Return the living subjects who gave exactly this address or number, or a name with these words, having journaled the look-up.

    Whoever has not consented to the purpose, or has withdrawn, is not found; the journal says that somebody was turned away. `in_one_commit` its
    line waits for that about what is opened.

    Args:
        permit: To find by this kind of identity.
        kind: `email`, `phone` or `full_name`, among the fields asked for.
        value: As typed; compared in its canonical form, a name without diacritics, and never written anywhere.
        now: UTC instant.

    Returns:
        Those found, the longest known first.

    Raises:
        PermitMisused: The permit is for another operation or kind, or has run out.
        InsideTransaction: The journal's line must commit before the answer leaves.
        KeyFileMissing: The file of a generation of the index is gone.

    Source: policy §3 (3.2), §7 (7.3); house.md §4 (a missed look-up journals the kind of index, never a value).
    """
    refuse_inside_transaction()
    permit.require(Operation.FIND, now=now)
    if kind not in permit.ask.fields:
        raise PermitMisused("this permit is to find by another kind of identity")
    candidates = keyring.subjects_with(kind, value)
    # piece by piece: anybody can write to us a thousand times under one address, and a line of the journal names a thousand at most
    pieces = [candidates[start : start + MAX_SUBJECTS] for start in range(0, len(candidates), MAX_SUBJECTS)] or [()]
    return tuple(subject for piece in pieces for subject in _found_among(piece, permit, kind, now))


def _found_among(candidates: Sequence[UUID], permit: Permit, kind: FieldName, now: datetime) -> list[SubjectId]:
    """Those of at most a thousand who live and agreed, once the journal remembers them."""
    named = [SubjectId(id) for id in candidates]
    outcome = decide_each(permit.decision, actor=permit.actor, subjects=named)
    found = [subject for subject in named if subject in outcome.permitted]
    told: Mapping[str, Fact] = {"index": kind, "found": len(found)}
    deeds = [Deed(act="data.sought", actor=permit.actor, at=now, decision=permit.decision, subjects=found, facts=told)]
    if outcome.refused:
        turned_away = list(outcome.refused)
        deeds.append(Deed(act="data.refused", actor=permit.actor, at=now, decision=outcome.refused_by, subjects=turned_away, facts={"index": kind}))
    remember_search(deeds)
    return found


def prove(*, subject: SubjectId, kind: FieldName, now: datetime) -> None:
    """
    Remember that a round trip over this identity of the subject succeeded, so that letters to it may carry content.

    Args:
        subject: Who answered.
        kind: `email` or `phone`.
        now: UTC instant.
    """
    keyring.prove(subject=subject, kind=kind, now=now)


def sharing(*, subject: SubjectId, kind: FieldName) -> frozenset[SubjectId]:
    """
    Return who gave the same address or number as a subject, themselves included: whoever says no for an address says it for all of them.

    Nothing is opened, and nobody is told who they are. That two gave the same address does not make them one person: use it only to do less.

    Args:
        subject: Whose address.
        kind: `email` or `phone`.
    """
    return frozenset(map(SubjectId, keyring.sharing(subject=subject, kind=kind)))


def is_proven(*, subject: SubjectId, kind: FieldName) -> bool:
    """
    Return whether a round trip over this kind of identity of the subject ever succeeded.

    Args:
        subject: Whose.
        kind: `email` or `phone`.
    """
    return keyring.is_proven(subject=subject, kind=kind)


def proven_among(subjects: Collection[SubjectId], *, kind: FieldName) -> frozenset[SubjectId]:
    """
    Return with which of these people a round trip over this kind of identity ever succeeded; one query.

    Args:
        subjects: The people.
        kind: `email` or `phone`.
    """
    return frozenset(map(SubjectId, keyring.proven_among(subjects, kind=kind)))
