"""Erasing: ledger, then keys, then data, so that a crash anywhere leaves a state that start-up finishes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from camket.editions import queries as editions
from camket.journal.actions import Deed, record, record_all
from camket.journal.statements import Statement, change, fetch
from camket.policy.terms import THE_HOUSE, CollectionId, EditionNumber, Operation
from camket.vault import keylock, keyring, ledger
from camket.vault.gate.consents import finish_withdrawals
from camket.vault.gate.permit import MatterId, Permit, PermitMisused, SubjectId, UnknownMatter, refuse_inside_transaction
from camket.vault.models import Consent, File, LegalHold, Matter, Need, Record, Subject, Warrant

_ORPHAN_AFTER = timedelta(hours=1)
_AT_ONCE = 500
_FILES_AT_ONCE = 4
_ALIVE = "SELECT subject_id FROM vault_matter WHERE erased_at IS NULL AND subject_id IN ({}) AND id NOT IN ({})"
# From one pair of collection and edition to the next in the index, matter by matter: ten thousand records of one pair cost one step.
# CROSS JOIN, because SQLite then keeps to the order written: from the few to the many; subqueries at the end, because PostgreSQL, which
# expects many steps, would join them with every record there is.
_STANDING = Statement(
    text=f"""
        WITH RECURSIVE step (id) AS (
            SELECT (SELECT r.id FROM vault_record r WHERE r.matter_id = m.id ORDER BY r.edition, r.collection LIMIT 1)
            FROM vault_matter m WHERE m.id IN ({{}})
            UNION ALL
            SELECT coalesce(
                (SELECT r.id FROM vault_record r
                 WHERE r.matter_id = here.matter_id AND r.edition = here.edition AND r.collection > here.collection ORDER BY r.collection LIMIT 1),
                (SELECT r.id FROM vault_record r
                 WHERE r.matter_id = here.matter_id AND r.edition > here.edition ORDER BY r.edition, r.collection LIMIT 1)
            )
            FROM step CROSS JOIN vault_record here WHERE here.id = step.id
        )
        SELECT DISTINCT 'kept', CAST(NULL AS uuid), (SELECT r.collection FROM vault_record r WHERE r.id = step.id),
            (SELECT r.edition FROM vault_record r WHERE r.id = step.id)
        FROM step WHERE step.id IS NOT NULL
        UNION ALL SELECT 'needed', matter_id, NULL, NULL FROM vault_need WHERE matter_id IN ({{}}) AND closed_at IS NULL
        UNION ALL SELECT 'needed', matter_id, NULL, NULL FROM vault_legalhold WHERE matter_id IN ({{}}) AND released_at IS NULL
        UNION ALL SELECT 'alive', beside.subject_id, NULL, NULL FROM ({_ALIVE}) AS beside
    """,  # noqa: S608  # our own words
    columns=(str, UUID, str, int),
)
_NONE = (UUID(int=0),)  # in place of a list that is empty

_LOCKED_MATTERS = Statement(
    text="SELECT id, subject_id, erased_at IS NOT NULL FROM vault_matter WHERE id IN ({}) ORDER BY id", columns=(UUID, UUID, bool), is_locking=True
)
_LOCKED_SUBJECTS = Statement(text="SELECT id FROM vault_subject WHERE id IN ({}) ORDER BY id", columns=(UUID,), is_locking=True)
_ALIVE_BESIDE = Statement(text=_ALIVE, columns=(UUID,))
_MATTERS_ERASED = Statement(text="UPDATE vault_matter SET erased_at = %s WHERE id IN ({})")
_SUBJECTS_ERASED = Statement(text="UPDATE vault_subject SET erased_at = %s WHERE id IN ({})")


class _Matter(NamedTuple):
    """One matter as it is locked."""

    id: UUID
    subject_id: UUID | None
    is_erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What is kept under matters that are to end, which of them are still needed or held, and who has others that live on."""

    kept: frozenset[tuple[CollectionId, EditionNumber]]
    needed: frozenset[UUID]
    alive: frozenset[UUID]


class StillNeeded(Exception):
    """A matter has an open need or a hold: it may not be erased; `matters` names them."""

    def __init__(self, matters: Collection[UUID]) -> None:
        super().__init__(f"{len(matters)} matters are still needed or held")
        self.matters = frozenset(matters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What one act of erasing did."""

    matters: tuple[MatterId, ...]
    subjects: tuple[SubjectId, ...]
    at: datetime


def end_matters(permit: Permit, *, matters: Collection[MatterId], now: datetime) -> Ended:
    """
    Destroy the keys of these matters, and of every subject for whom nothing else is alive.

    Running it again after a crash, or twice, ends in the same state.

    Args:
        permit: To erase, naming the matters' subjects and every field that their records may hold.
        matters: Matters with no open need and no hold.
        now: UTC instant of erasure.

    Returns:
        The matters and subjects erased.

    Raises:
        UnknownMatter: One of them never was.
        StillNeeded: A need is open or a hold is placed; nothing was erased.
        PermitMisused: The permit does not name every subject or field, or has run out.
        OSError: The ledger's medium refused; nothing was erased now, and what it took all the same the next look finishes.

    Source: policy §4 (4.6, 4.7); house.md §4.
    """
    refuse_inside_transaction()
    permit.require(Operation.ERASE, now=now)
    # the rows stay locked until all is done: nobody opens a need, places a hold or keeps one more record in between
    with transaction.atomic(durable=True):
        # people before their matters, as whoever keeps something or takes a consent back locks them
        people = [id for (id,) in fetch(_LOCKED_SUBJECTS, list(permit.subjects))]
        rows = _locked(matters)
        ending = [row for row in rows if not row.is_erased]
        standing = _standing(rows, ending, people)
        _require_named(permit, ending, standing)
        if standing.needed:
            raise StillNeeded(standing.needed)
        mine = {row.subject_id for row in ending}
        subjects = [person for person in people if person in mine and person not in standing.alive]
        ledger.append(matters=[row.id for row in ending], subjects=subjects, now=now)
        keyring.destroy(matters=[row.id for row in rows], subjects=subjects)
        _mark_erased(ending, subjects, permit, now)
    return Ended(matters=tuple(MatterId(row.id) for row in rows), subjects=tuple(SubjectId(id) for id in subjects), at=now)


def _locked(matters: Collection[MatterId]) -> list[_Matter]:
    """These matters, locked in one order for all so that nobody waits for each other."""
    rows = [_Matter._make(row) for row in fetch(_LOCKED_MATTERS, matters)]
    if len(rows) < len(set(matters)):
        raise UnknownMatter("one of these matters never was")
    return rows


def _standing(rows: Collection[_Matter], ending: Collection[_Matter], people: Collection[UUID]) -> _Standing:
    """Look once, now that matters and people are locked: what one statement saw before a lock, another may have changed while it waited."""
    ids = [row.id for row in rows]
    found = fetch(_STANDING, [row.id for row in ending] or _NONE, ids or _NONE, ids or _NONE, people or _NONE, [row.id for row in ending] or _NONE)
    return _Standing(
        kept=frozenset((CollectionId(collection), EditionNumber(edition)) for what, _, collection, edition in found if what == "kept"),
        needed=frozenset(id for what, id, *_ in found if what == "needed"),
        alive=frozenset(id for what, id, *_ in found if what == "alive"),
    )


def _require_named(permit: Permit, ending: Collection[_Matter], standing: _Standing) -> None:
    if {row.subject_id for row in ending if row.subject_id} - set(permit.subjects):
        raise PermitMisused("this permit does not name every person whose data would be erased")
    held = {field for name, edition in standing.kept for field in editions.compiled(edition).collections[name].fields}
    if held - permit.ask.fields:
        raise PermitMisused("this permit does not name every field that would be erased")


def _subjects_left_empty(ending: Collection[Matter]) -> list[UUID]:
    """Those subjects of the ending matters for whom no other matter is alive; locked, so that none begins meanwhile."""
    subjects = [id for (id,) in fetch(_LOCKED_SUBJECTS, {row.subject_id for row in ending if row.subject_id})]
    alive = {id for (id,) in fetch(_ALIVE_BESIDE, subjects, [row.id for row in ending])}
    return [subject for subject in subjects if subject not in alive]


def _mark_erased(ending: Collection[_Matter], subjects: Collection[UUID], permit: Permit, now: datetime) -> None:
    change(_MATTERS_ERASED, now, [row.id for row in ending])
    change(_SUBJECTS_ERASED, now, subjects)
    record_all([_erased(row, permit, now) for row in ending])


def _erased(row: _Matter, permit: Permit, now: datetime) -> Deed:
    subject = SubjectId(row.subject_id) if row.subject_id else None
    decision = permit.decision_for(subject)
    return Deed(act="data.erased", actor=permit.actor, at=now, decision=decision, subjects=[subject] if subject else [], matter=row.id)


def collect_ended(*, matters: Collection[MatterId], now: datetime) -> int:
    """
    Delete what erased matters left behind: sealed records and files, needs, holds, and the consents of erased subjects.

    Args:
        matters: Matters already erased; others among them are left alone.
        now: UTC instant, noted as the instant of collection.

    Returns:
        How many sealed records were deleted.

    Source: house.md §3 (collected within 24 h of being erased).
    """
    _delete_files(matters)
    with transaction.atomic():
        rows = Matter.objects.filter(id__in=list(matters), erased_at__isnull=False, collected_at__isnull=True).locked()
        ids = [row.id for row in rows]
        Warrant.objects.filter(matter_id__in=ids).delete()
        File.objects.filter(matter_id__in=ids).delete()  # of what was erased since
        records, _ = Record.objects.filter(matter_id__in=ids).delete()
        Need.objects.filter(matter_id__in=ids).delete()
        LegalHold.objects.filter(matter_id__in=ids).delete()
        erased = Subject.objects.filter(id__in=[row.subject_id for row in rows if row.subject_id], erased_at__isnull=False)
        Consent.objects.filter(subject_id__in=list(erased.values_list("id", flat=True))).delete()
        Matter.objects.filter(id__in=ids).update(collected_at=now)
        record_all(
            [Deed(act="data.swept", actor=THE_HOUSE, at=now, subjects=[row.subject_id] if row.subject_id else [], matter=row.id) for row in rows]
        )
    return records


def _delete_files(matters: Collection[MatterId]) -> None:
    """
    Delete the files of erased matters before all the rest, a few in one transaction.

    SQLite writes over what it deletes, and into its log as much as it writes over: all files of five hundred matters at once would keep everybody
    else from writing for half a minute, and take as much room again on a disk that may be full of them.
    """
    of_erased = File.objects.filter(matter_id__in=list(matters), matter__erased_at__isnull=False)
    ids = list(of_erased.values_list("record_id", flat=True))
    for start in range(0, len(ids), _FILES_AT_ONCE):
        with transaction.atomic():
            File.objects.filter(record_id__in=ids[start : start + _FILES_AT_ONCE]).delete()


def reconcile(*, now: datetime, since: datetime | None = None) -> int:
    """
    Finish what a crash interrupted: replay the ledger of erasures and withdrawals, and collect keys whose data never came or is gone.

    Keys wait for the next call while another process keeps them.

    Args:
        now: UTC instant.
        since: UTC instant; only ledger lines and keys from then on are looked at. A start looks at everything, an hourly call need not.

    Returns:
        How many matters, subjects or withdrawals had to be finished.

    Raises:
        LedgerDamaged: A line of the ledger cannot be read.
        InsideTransaction: A transaction of the main database is open.

    Source: house.md §3, §4 (two databases never disagree after start-up).
    """
    refuse_inside_transaction()
    lines = list(ledger.lines(since))
    pages = [lines[start : start + _AT_ONCE] for start in range(0, len(lines), _AT_ONCE)]
    # the erasures first: of whoever is erased no consent is kept
    finished = sum(_finish_erasures(page) for page in pages) + sum(finish_withdrawals(page) for page in pages)
    with keylock.alone(waits=False) as is_mine:
        # whoever keeps the keys may be making some whose instant has passed long ago and whose data is still to come
        return finished + (_collect_orphans(now - _ORPHAN_AFTER, since) if is_mine else 0)


def _finish_erasures(lines: Collection[ledger.Line]) -> int:
    matters = {line.id: line.at for line in lines if line.kind == "matter"}
    subjects = {line.id: line.at for line in lines if line.kind == "subject"}
    with_keys = keyring.living(matters=matters, subjects=subjects)
    if with_keys:
        keyring.destroy(matters=list(matters), subjects=list(subjects))
    with transaction.atomic(durable=True):
        undone = Matter.objects.living().filter(Q(id__in=list(matters)) | Q(subject_id__in=list(subjects))).locked()
        for row in undone:
            at = matters.get(row.id) or subjects[row.subject_id]  # type: ignore[index]  # found by one or the other
            Matter.objects.filter(id=row.id).update(erased_at=at)
            record(act="data.erased", actor=THE_HOUSE, at=at, subjects=[row.subject_id] if row.subject_id else [], matter=row.id)
        subjects |= _erase_left_empty([row for row in undone if row.subject_id not in subjects], matters)
        left = list(Subject.objects.filter(id__in=list(subjects), erased_at__isnull=True).values_list("id", flat=True))
        for subject in left:
            Subject.objects.filter(id=subject).update(erased_at=subjects[subject])
    return len(with_keys | {row.id for row in undone} | set(left))


def _erase_left_empty(undone: Collection[Matter], matters: Mapping[UUID, datetime]) -> Mapping[UUID, datetime]:
    """Of whom the ledger does not speak and nothing is left: what kept them alive came after this copy of the database, or their line was torn."""
    last = {row.subject_id: matters[row.id] for row in undone if row.subject_id}
    empty = {subject: last[subject] for subject in _subjects_left_empty(undone)}
    for subject, at in empty.items():
        ledger.append(matters=[], subjects=[subject], now=at)
    keyring.destroy(matters=[], subjects=list(empty))
    return empty


def _collect_orphans(made_before: datetime, since: datetime | None) -> int:
    """Keys are committed before their data; where the data never came within the hour, or is erased, keys and tokens go."""
    count = 0
    for matters in keyring.matters_made(before=made_before, since=since):
        orphans = set(matters) - set(Matter.objects.living().filter(id__in=matters).values_list("id", flat=True))
        keyring.destroy(matters=orphans, subjects=())
        count += len(orphans)
    for subjects in keyring.subjects_made(before=made_before, since=since):
        lonely = set(subjects) - set(Subject.objects.filter(id__in=subjects, erased_at__isnull=True).values_list("id", flat=True))
        keyring.destroy(matters=(), subjects=lonely)
        count += len(lonely)
    return count
