"""Read the journal: its head, its entries, whom they name, and proofs for holders of a checkpoint."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections

from camket.journal import ids, tree
from camket.journal.checkpoints import STORED, STORED_TYPES, CheckpointRow, checkpoint_row
from camket.journal.entries import EntryId
from camket.journal.facts import Fact
from camket.journal.models import JournalEntry
from camket.journal.statements import Statement, fetch
from camket.journal.tree import EMPTY_ROOT, Place
from camket.policy.terms import Actor, ClauseNumber, EditionNumber, FieldName, Outcome, PurposeId, RecipientId, RoleId

DATABASE = "default"
_NODES = 'SELECT level, "index", hash FROM journal_treenode WHERE (level, "index") IN (VALUES {})'
_LEAVES = "SELECT 0, position, leaf FROM journal_journalentry WHERE position IN ({})"
NOBODY = Actor(role=RoleId(""))
NO_PURPOSE = PurposeId("")
NO_RECIPIENT = RecipientId("")


class _Entry(NamedTuple):
    """The columns that an entry is read from."""

    id: UUID
    position: int | None
    at: datetime
    act: str
    actor_role: str
    actor_id: str
    operation: str
    purpose: str
    outcome: str
    edition: int | None
    clauses: str
    payload: bytes | None


_NAMING = Statement(
    text=f"""
        SELECT {", ".join(f"e.{name}" for name in _Entry._fields)} FROM journal_entrysubject n JOIN journal_journalentry e ON e.id = n.entry_id
        WHERE n.subject_id = %s ORDER BY n.entry_id DESC LIMIT %s
    """,  # noqa: S608  # our own columns
    columns=(UUID, int, datetime, str, str, str, str, str, str, int, str, bytes),
    has_short_ids=True,
)
_HEAD = Statement(text="SELECT size, frontier FROM journal_treehead WHERE id = 1", columns=(int, bytes))
_LATEST = Statement(
    text=f"SELECT {', '.join(STORED)} FROM journal_checkpoint ORDER BY size DESC LIMIT 1",  # noqa: S608  # our own columns
    columns=STORED_TYPES,
)
# two columns and no row of the entry: it may carry the names of a thousand subjects
_STANDING = Statement(
    text=f"""
        SELECT e.position, e.leaf, {", ".join(f"c.{one}" for one in STORED)}
        FROM journal_journalentry e LEFT JOIN journal_checkpoint c ON c.size = (SELECT max(size) FROM journal_checkpoint) WHERE e.id = %s
    """,  # noqa: S608  # our own columns
    columns=(int, bytes, *STORED_TYPES),
    has_short_ids=True,
)


class EntryUnknown(LookupError):
    """There is no entry with this id; `entry_id` holds it."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"the journal has no entry {entry_id}")
        self.entry_id = entry_id


class NotYetSequenced(Exception):
    """The entry has no place in the tree yet, so nothing can be proved of it; `entry_id` holds its id."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"entry {entry_id} waits for its place in the tree")
        self.entry_id = entry_id


class PayloadWithheld(Exception):
    """What the entry says is withheld; `entry_id` holds its id."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"what entry {entry_id} says is withheld")
        self.entry_id = entry_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the tree ends: how many entries it holds, and the root over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One ask or act. Of a withheld one only id, instant and place are told."""

    id: EntryId
    position: int | None  # None until sequenced
    at: datetime
    act: str
    actor: Actor
    operation: str = ""
    purpose: PurposeId = NO_PURPOSE
    recipient: RecipientId = NO_RECIPIENT
    outcome: str = ""
    edition: EditionNumber | None = None
    clauses: tuple[ClauseNumber, ...] = ()
    fields: tuple[FieldName, ...] = ()
    subjects: tuple[UUID, ...] = ()
    matter: UUID | None = None
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    is_withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That an entry's leaf stands at its position in the tree of a size; `checkpoint` is the signed head of that size, or None."""

    entry_id: EntryId
    position: int
    leaf: bytes
    size: int
    path: tuple[bytes, ...]
    root: bytes
    checkpoint: CheckpointRow | None

    def holds(self) -> bool:
        """Return whether leaf and path lead to the root."""
        return tree.root_from_inclusion(self.leaf, self.position, self.size, self.path) == self.root


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an entry says and the salt that ties it to its leaf. It may name several subjects: show it to none of them as it is."""

    payload: bytes
    salt: bytes


def head() -> Head:
    """Return the size and root of the tree as it stands."""
    for size, frontier in fetch(_HEAD):
        return Head(size=size, root=tree.frontier_from(size, frontier).root)
    return Head(size=0, root=EMPTY_ROOT)


def recent(*, limit: int, before: int | None = None) -> list[EntryRow]:
    """
    Return the latest sequenced entries, newest first.

    Args:
        limit: How many at most.
        before: Only entries whose position is smaller; None for the newest.
    """
    rows = JournalEntry.objects.using(DATABASE).sequenced().order_by("-position")
    return [row_of(row) for row in (rows if before is None else rows.filter(position__lt=before))[:limit]]


def naming(subject_id: UUID, *, limit: int = 1000) -> list[EntryRow]:
    """
    Return the entries that name a subject, newest first; withheld ones name nobody.

    Args:
        subject_id: Whom they name.
        limit: How many at most.

    Source: GDPR art. 15(1)(c); Law 91/2025 art. 4.
    """
    return [row_of(_Entry._make(row)) for row in fetch(_NAMING, subject_id, limit)]


def at_instant(*, act: str, at: datetime) -> list[EntryRow]:
    """
    Return the entries of one act at one instant; quick however long the journal is, for an entry's id begins with its millisecond.

    Args:
        act: The dotted name of the act.
        at: UTC instant of the act.
    """
    first = ids.first_id(at)
    rows = JournalEntry.objects.using(DATABASE).filter(id__gte=first, id__lt=UUID(int=first.int + ids.MILLISECOND), act=act, at=at)
    return [row_of(row) for row in rows.order_by("id")]


def of_act(act: str) -> Iterator[EntryRow]:
    """
    Yield every entry of one act, oldest first; reads the whole journal.

    Args:
        act: The dotted name of the act.
    """
    for row in JournalEntry.objects.using(DATABASE).filter(act=act).order_by("id").iterator():
        yield row_of(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What some entries in a row say the policy answered, without whom they name; `until` is the place after the last of them."""

    answers: tuple[tuple[datetime, str, EditionNumber, tuple[ClauseNumber, ...]], ...]  # instant, outcome, edition, clauses
    gaps: tuple[EntryRow, ...]  # those that no clause covered
    until: int


def answered_from(position: int, *, limit: int) -> Answered:
    """
    Return what the policy answered in the entries from one place of the journal on; its cost grows with `limit`, not with the journal.

    Args:
        position: Of the first entry to look at.
        limit: How many entries at most.
    """
    rows = JournalEntry.objects.using(DATABASE).filter(position__gte=position, position__lt=position + limit)
    seen = list(rows.order_by("position").values_list("position", "at", "outcome", "edition", "clauses"))
    until = position + len(seen)  # places have no gaps
    answers = tuple((at, outcome, EditionNumber(edition), _clauses(text)) for _, at, outcome, edition, text in seen if outcome and edition)
    gaps = any(outcome == Outcome.NOT_COVERED for _, outcome, _, _ in answers)
    found = tuple(row_of(row) for row in rows.filter(outcome=Outcome.NOT_COVERED, position__lt=until).order_by("position")) if gaps else ()
    return Answered(answers=answers, gaps=found, until=until)


def _clauses(text: str) -> tuple[ClauseNumber, ...]:
    return tuple(ClauseNumber(one) for one in text.split())


def newest_instant() -> datetime | None:
    """Return the instant of the latest act that has an entry, or None before the first."""
    return JournalEntry.objects.using(DATABASE).order_by("-id").values_list("at", flat=True).first()


def entry(entry_id: UUID) -> EntryRow:
    """
    Return one entry.

    Args:
        entry_id: Its id.

    Raises:
        EntryUnknown: There is none.
    """
    return row_of(_entry(entry_id))


def opening(entry_id: UUID) -> Opening:
    """
    Return what a stranger needs, beside the proof, to see that an entry says what it says.

    Args:
        entry_id: The entry's id.

    Raises:
        EntryUnknown: There is none.
        PayloadWithheld: Its payload is withheld.
    """
    row = _entry(entry_id)
    if row.payload is None or row.salt is None:
        raise PayloadWithheld(entry_id)
    return Opening(payload=bytes(row.payload), salt=bytes(row.salt))


def inclusion_proof(entry_id: UUID) -> Proof:
    """
    Return the proof that an entry is in the tree: of the latest checkpoint where that covers it, of the head otherwise.

    Args:
        entry_id: The entry's id.

    Raises:
        EntryUnknown: There is none.
        NotYetSequenced: It has no place in the tree yet.

    Source: RFC 9162 §2.1.3.
    """
    found = fetch(_STANDING, entry_id)
    if not found:
        raise EntryUnknown(entry_id)
    ((position, leaf, *latest),) = found
    if position is None:
        raise NotYetSequenced(entry_id)
    checkpoint = checkpoint_row(latest) if latest[0] is not None and position < latest[0] else None
    end = head() if checkpoint is None else Head(size=checkpoint.size, root=checkpoint.root)
    return Proof(
        entry_id=EntryId(entry_id),
        position=position,
        leaf=leaf,
        size=end.size,
        path=tree.inclusion_proof(position, end.size, read_nodes),
        root=end.root,
        checkpoint=checkpoint,
    )


def consistency_proof(*, old_size: int, new_size: int) -> tuple[bytes, ...]:
    """
    Return the proof that the tree of the new size begins with the tree of the old size.

    Args:
        old_size: Size of the checkpoint somebody holds.
        new_size: Size of a later one.

    Raises:
        ValueError: The sizes are not in order, or the old tree is empty.
        KeyError: The tree never had `new_size` entries.

    Source: RFC 9162 §2.1.4.
    """
    return tree.consistency_proof(old_size, new_size, read_nodes)


def latest_checkpoint() -> CheckpointRow | None:
    """Return the signed head that covers most, or None before the first."""
    found = fetch(_LATEST)
    return checkpoint_row(found[0]) if found else None


def count_unsequenced() -> int:
    """Return how many entries wait for a place in the tree; always 0 on SQLite."""
    return JournalEntry.objects.using(DATABASE).unsequenced().count()


def read_nodes(places: Sequence[Place]) -> Mapping[Place, bytes]:
    """
    Return the hashes of the complete subtrees at some places, in one query.

    Args:
        places: Where they stand; what is not there is left out.
    """
    if not places:
        return {}
    nodes, leaves = [place for place in places if place.level], [place.number for place in places if not place.level]
    parts = [_NODES.format(", ".join(["(%s, %s)"] * len(nodes)))] if nodes else []
    parts += [_LEAVES.format(", ".join(["%s"] * len(leaves)))] if leaves else []
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [number for place in nodes for number in place] + leaves)
        found = [(Place(level, number), bytes(value)) for level, number, value in cursor.fetchall()]
    return {place: value if place.level else tree.leaf_hash(value) for place, value in found}


def row_of(row: JournalEntry | _Entry) -> EntryRow:
    """
    Return an entry of the database as a value.

    Args:
        row: The entry.
    """
    if row.payload is None:
        return EntryRow(id=EntryId(row.id), position=row.position, at=row.at, act=row.act, actor=NOBODY, is_withheld=True)
    said: dict[str, Any] = json.loads(bytes(row.payload))
    decision: dict[str, Any] = said["decision"] or {}
    return EntryRow(
        id=EntryId(row.id),
        position=row.position,
        at=row.at,
        act=row.act,
        actor=Actor(role=RoleId(row.actor_role), id=row.actor_id),
        operation=row.operation,
        purpose=PurposeId(row.purpose),
        recipient=RecipientId(decision.get("recipient", "")),
        outcome=row.outcome,
        edition=None if row.edition is None else EditionNumber(row.edition),
        clauses=tuple(ClauseNumber(clause) for clause in row.clauses.split()),
        fields=tuple(FieldName(name) for name in decision.get("fields", ())),
        subjects=tuple(UUID(subject) for subject in said["subjects"]),
        matter=None if said["matter"] is None else UUID(said["matter"]),
        facts=MappingProxyType(said["facts"]),
    )


def _entry(entry_id: UUID) -> JournalEntry:
    row = JournalEntry.objects.using(DATABASE).filter(id=entry_id).first()
    if row is None:
        raise EntryUnknown(entry_id)
    return row
