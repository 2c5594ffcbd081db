"""Binding anew: what is kept of a person comes under the edition in force once they agree to it, sealed again with that edition's number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from camket.editions import queries as editions
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.journal.statements import Statement, fetch, written
from camket.policy.changes import Change, ChangeKind, reaches, stays
from camket.policy.terms import Actor, CollectionId, EditionNumber, FieldName, LegalBasis, PurposeId
from camket.vault import keyring, seal
from camket.vault.gate.consents import consents_of
from camket.vault.gate.keeping import identities_in
from camket.vault.gate.permit import SubjectId, UnknownSubject

_LOCKED_SUBJECT = Statement(text="SELECT id FROM vault_subject WHERE id = %s AND erased_at IS NULL", columns=(UUID,), is_locking=True)
_OLDER = Statement(
    text="""
        SELECT r.id, r.matter_id, r.collection, r.edition, r.sealed FROM vault_record r JOIN vault_matter m ON m.id = r.matter_id
        WHERE m.erased_at IS NULL AND r.subject_id = %s AND r.edition < %s ORDER BY r.id
    """,
    columns=(UUID, UUID, str, int, bytes),
)
_MOVE = "UPDATE vault_record SET edition = %s, sealed = %s WHERE id = %s AND edition = %s"


class _Row(NamedTuple):
    """One sealed record of an older edition, in the order of the statement above."""

    id: UUID
    matter: UUID
    collection: CollectionId
    edition: EditionNumber
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """A record sealed again: what it was, its new ciphertext, and its values, of which some may be looked for from now on."""

    row: _Row
    sealed: bytes
    values: Mapping[FieldName, str]


def rebind(*, subject: SubjectId, purpose: PurposeId, actor: Actor, now: datetime) -> int:
    """
    Seal what is kept of a person for a purpose again under the edition in force, in the caller's transaction, and return how many records.

    A record moves only where nothing else is widened by it: for every other purpose it serves, nothing more is done with it, the person has agreed
    to as much, or it takes their yes still and keeps nothing longer of what they took back. Done twice, the second time moves none; broken off,
    none has moved.

    Args:
        subject: Who has just agreed.
        purpose: To what; the fact is recorded already.
        actor: Whose word it is.
        now: UTC instant.

    Raises:
        UnknownSubject: There is no such person, or their data has been erased.
        SealBroken: A record was moved, re-labelled or damaged; nothing has moved.
        TransactionManagementError: No transaction is open.

    Source: policy §8 (8.5); house.md §4 (the edition is bound into each record).
    """
    # locked: whoever erases this person, or takes something back for them, waits
    if not fetch(_LOCKED_SUBJECT, subject):
        raise UnknownSubject("only of a person whose data is kept can it be bound anew")
    newest = editions.in_force(anew=True)
    said = {row.purpose: row.edition if row.is_given else None for row in consents_of(subject)}
    rows = [row for row in (_Row._make(found) for found in fetch(_OLDER, subject, newest)) if _may_move(row, newest, purpose, said)]
    keys = keyring.matter_keys({row.matter for row in rows})
    moved = [_sealed_again(row, newest, subject, keys[row.matter]) for row in rows if row.matter in keys]
    _write(moved, newest)
    _index(moved, newest, subject)
    for matter in sorted({one.row.matter for one in moved}):
        facts: dict[str, Fact] = {"purpose": str(purpose), "edition": int(newest), "records": sum(one.row.matter == matter for one in moved)}
        record(act="data.rebound", actor=actor, at=now, subjects=[subject], matter=matter, facts=facts)
    return len(moved)


def _may_move(row: _Row, newest: EditionNumber, purpose: PurposeId, said: Mapping[PurposeId, EditionNumber | None]) -> bool:
    """Whether a record comes under the newest edition by a yes to a purpose; `said` holds the edition agreed to, or None where it was taken back."""
    old, new = editions.compiled(row.edition), editions.compiled(newest)
    before = old.collections.get(row.collection)
    if before is None or purpose not in before.purposes:
        return False
    agreed = {one for one, edition in said.items() if edition is not None}
    if stays(row.collection, old=old, new=new, widening=editions.widening(row.edition, newest), agreed=agreed):
        return False
    return all(_waits_for_nothing(one, row, newest, said) for one in new.collections[row.collection].purposes)


def _waits_for_nothing(one: PurposeId, row: _Row, newest: EditionNumber, said: Mapping[PurposeId, EditionNumber | None]) -> bool:
    """Whether a record that may move need not wait for a yes to this purpose: it is covered, or nothing longer is kept of what was taken back."""
    old, new = editions.compiled(row.edition), editions.compiled(newest)
    bases = {policy.purposes[one].basis for policy in (old, new) if one in policy.purposes}
    agreed = said.get(one)
    if agreed is not None and one in new.purposes and new.purposes[one].basis is LegalBasis.CONSENT:
        return editions.covers(agreed, newest, one)
    if bases == {LegalBasis.CONSENT}:  # nobody uses it without a yes, so all that could grow is how long something is kept that was taken back
        return one not in said or not any(_speaks_of(change, row.collection) for change in editions.widening(row.edition, newest).get(one, ()))
    return True


def _speaks_of(change: Change, collection: CollectionId) -> bool:
    """Whether a change is of how long records of a collection are kept."""
    return change.kind is ChangeKind.RETENTION and reaches(change, collection, ())


def _sealed_again(row: _Row, newest: EditionNumber, subject: SubjectId, key: bytes) -> _Moved:
    place = seal.Place(subject=subject, matter=row.matter, record=row.id, collection=row.collection, edition=row.edition)
    values = seal.open_record(key, place, bytes(row.sealed))
    new_place = seal.Place(subject=subject, matter=row.matter, record=row.id, collection=row.collection, edition=newest)
    return _Moved(row=row, sealed=seal.seal_record(key, new_place, values), values=values)


def _write(moved: Sequence[_Moved], newest: EditionNumber) -> None:
    connection = transaction.get_connection()
    if moved:
        with connection.cursor() as cursor:
            cursor.executemany(_MOVE, [(int(newest), one.sealed, written(connection, one.row.id), int(one.row.edition)) for one in moved])


def _index(moved: Sequence[_Moved], newest: EditionNumber, subject: SubjectId) -> None:
    """By what the newer edition lets somebody be found and the older did not, they can be found now."""
    for one in moved:
        if editions.compiled(newest).findable - editions.compiled(one.row.edition).findable:
            found = identities_in(newest, {one.row.collection: one.values})
            keyring.add_identities(subject=subject, matter=one.row.matter, identities=found)
