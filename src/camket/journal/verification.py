"""Check the whole journal against itself and against every checkpoint, and name the first entry that is not as it was written."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db.models import Count as CountOf
from django.db.models import Max, Min, Q

from camket.journal import checkpoints, entries, keys, signing, tree, writers
from camket.journal.checkpoints import CheckpointDamaged, CheckpointRow
from camket.journal.models import PAYLOAD_WITHHELD, Checkpoint, EntrySubject, JournalEntry, TreeHead, TreeNode
from camket.journal.queries import Head
from camket.journal.tree import Frontier, Place

DATABASE = "default"
MAX_PROBLEMS = 100

_CHUNK = 1024  # entries in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is not as it was written; `position` is where, or None where it cannot be told."""

    code: str
    sentence: str
    position: int | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}" if self.position is None else f"{self.code} at position {self.position}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """
    What a check of the whole journal found.

    `entries` counts sequenced entries, `head` is recomputed from them, `first_bad` is the lowest position known to be wrong.
    `truncation_excluded_up_to`: nothing below this position can have been cut off, by the latest valid checkpoint on the second medium.
    """

    ok: bool
    entries: int
    head: Head
    first_bad: int | None
    truncation_excluded_up_to: int
    problems: tuple[Problem, ...]  # the first hundred
    unsequenced: int


def verify(*, checkpoints: Path) -> Verification:
    """
    Recompute the journal from its entries and compare: leaves, columns, subjects, MACs, counters, nodes, root, every checkpoint.

    Reads in chunks, so that memory does not grow with the journal, and while others write: what comes after the start is left out.

    Args:
        checkpoints: The folder of the second medium; it need not exist.

    Returns:
        What was found; `ok` when nothing is wrong.

    Raises:
        KeyFileMissing: A key is gone although the journal is not empty.

    Source: policy §7 (7.3); RFC 9162 §2.1.
    """
    return _Check(checkpoints).run()


@dataclass(slots=True)
class _Findings:
    """Problems found so far: the first hundred in full, the lowest position of all of them."""

    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    first_bad: int | None = None

    def add(self, code: str, sentence: str, position: int | None = None) -> None:
        self.count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code=code, sentence=sentence, position=position))
        if position is not None and (self.first_bad is None or position < self.first_bad):
            self.first_bad = position


class _Check:
    """One pass over the journal, from the first position to the head as it was at the start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found = _Findings()
        self.counting_key = keys.counting_key()
        self.public_key = signing.public_key_bytes()
        # checkpoints before the head: one signed in between would otherwise look as if it were ahead of the tree
        self.file_sizes = sorted(checkpoints.sizes_in(folder))
        self.head = TreeHead.objects.using(DATABASE).first()
        self.size = 0 if self.head is None else self.head.size
        self.edge = Frontier()
        self.is_whole = True  # false from the first missing entry on: no root can be computed any more
        self.bad_places: set[Place] = set()
        self.proved_size = 0  # what the latest matching checkpoint covers
        self.excluded = 0
        self.withheld: dict[UUID, int | None] = {}
        self.said_withheld: set[UUID] = set()

    def run(self) -> Verification:
        for start in range(0, self.size, _CHUNK):
            self.check_chunk(start, min(start + _CHUNK, self.size))
        self.check_waiting()
        self.check_withheld()
        self.check_head()
        self.check_strays()
        self.check_counters()
        self.check_checkpoints_ahead()
        return Verification(
            ok=self.found.count == 0,
            entries=self.size,
            head=Head(size=self.edge.size, root=self.edge.root),
            first_bad=self.found.first_bad,
            truncation_excluded_up_to=self.excluded,
            problems=tuple(self.found.problems),
            unsequenced=JournalEntry.objects.using(DATABASE).unsequenced().count(),
        )

    def check_chunk(self, start: int, end: int) -> None:
        rows = list(JournalEntry.objects.using(DATABASE).sequenced().filter(position__gte=start, position__lt=end))
        self.check_entries(rows)
        self.check_presence(start, end, rows)
        if not self.is_whole:
            return
        stored = _stored_nodes(start, end)
        signed = self.checkpoints_between(start, end)
        for stop in sorted({row.size for row in signed} | {end}):
            leaves = [bytes(row.leaf) for row in rows[self.edge.size - start : stop - start]]
            self.edge, completed = tree.append(self.edge, leaves)
            for place, value in completed:
                self.check_node(place, value, stored)
            self.check_roots([row for row in signed if row.size == stop])
        self.excluded = max([self.excluded, *(row.size for row, is_on_file in signed.items() if is_on_file)])

    def check_presence(self, start: int, end: int, rows: list[JournalEntry]) -> None:
        if len(rows) == end - start:
            return
        there = {row.position for row in rows}
        lowest = next(position for position in range(start, end) if position not in there)
        self.is_whole = False
        self.found.add("entry_missing", f"{end - start - len(rows)} entries are missing, the first at position {lowest}", lowest)

    def check_entries(self, rows: list[JournalEntry]) -> None:
        named = _subjects_of(rows)
        for row in rows:
            # read again before it is called wrong: it may have been withheld between our reading it and its subjects
            if _wrong_with(row, named[row.id], self.counting_key) and (wrong := self.still_wrong_with(row)):
                code, sentence = wrong
                self.found.add(code, f"{sentence} (entry {row.id})", row.position)
            elif row.payload is None:
                self.withheld[row.id] = row.position
            elif row.act == PAYLOAD_WITHHELD:
                self.said_withheld.add(UUID(json.loads(bytes(row.payload))["facts"]["entry"]))

    def still_wrong_with(self, row: JournalEntry) -> tuple[str, str] | None:
        row.refresh_from_db(using=DATABASE)
        return _wrong_with(row, _subjects_of([row])[row.id], self.counting_key)

    def check_waiting(self) -> None:
        """Check the entries that wait for a place; the next batch begins after the last id, for others may take their places meanwhile."""
        after = UUID(int=0)
        waiting = JournalEntry.objects.using(DATABASE).filter(position__isnull=True).order_by("id")
        while rows := list(waiting.filter(id__gt=after)[:_CHUNK]):
            self.check_entries(rows)
            after = rows[-1].id

    def check_withheld(self) -> None:
        """Check that the journal itself says of each withheld entry that it was withheld: whoever only takes payloads away cannot write that."""
        since = JournalEntry.objects.using(DATABASE).filter(Q(position__gte=self.size) | Q(position__isnull=True), act=PAYLOAD_WITHHELD)
        if set(self.withheld) - self.said_withheld:
            self.check_entries(list(since))  # it may have been withheld since the check began
        for entry_id in set(self.withheld) - self.said_withheld:
            sentence = f"the payload is gone, and no entry says that it was withheld (entry {entry_id})"
            self.found.add("withheld_unsaid", sentence, self.withheld[entry_id])

    def check_node(self, place: Place, value: bytes, stored: dict[Place, bytes]) -> None:
        below = {Place(place.level - 1, 2 * place.number), Place(place.level - 1, 2 * place.number + 1)}
        is_explained = not self.bad_places.isdisjoint(below)
        self.bad_places -= below
        if stored.get(place) == value:
            return
        self.bad_places.add(place)
        if not is_explained:
            what = "is missing" if place not in stored else "is not the hash of what it covers"
            last = place.first + (1 << place.level) - 1
            self.found.add("node_wrong", f"the node over positions {place.first} to {last} {what}", place.first)

    def check_head(self) -> None:
        if self.head is not None and self.is_whole and bytes(self.head.frontier) != self.edge.as_bytes():
            self.found.add("head_wrong", "the stored head is not the one that the entries lead to")

    def check_strays(self) -> None:
        """Check that nothing stands beyond the head: neither entries nor nodes; the head is read again after them, for it may have grown."""
        last = JournalEntry.objects.using(DATABASE).aggregate(last=Max("position"))["last"]
        ends = TreeNode.objects.using(DATABASE).values("level").annotate(last=Max("index")).values_list("level", "last")
        beyond = [Place(level, index + 1).first for level, index in ends]
        size = self.current_size()
        if last is not None and last >= size:
            self.found.add("entry_beyond_head", f"there are entries beyond the head, at position {size} and after", size)
        if any(end > size for end in beyond):
            self.found.add("node_beyond_head", f"there are nodes over positions beyond the head, from {size} on", size)

    def check_counters(self) -> None:
        runs = (
            JournalEntry.objects.using(DATABASE)
            .values("writer")
            .annotate(written=CountOf("counter"), least=Min("counter"), most=Max("counter"))
            .exclude(least=1, most=CountOf("counter"))
        )
        for run in runs[:MAX_PROBLEMS]:
            lost = run["most"] - run["written"]
            self.found.add("entries_lost", f"{lost} of {run['most']} entries of one writer ({bytes(run['writer']).hex()}) are gone")

    def checkpoints_between(self, start: int, end: int) -> dict[CheckpointRow, bool]:
        """Return the valid checkpoints of sizes after start up to end, each with whether it stands on the second medium."""
        stored = Checkpoint.objects.using(DATABASE).filter(size__gt=start, size__lte=end).values_list(*checkpoints.STORED)
        signed = dict.fromkeys(self.valid(map(checkpoints.checkpoint_row, stored)), False)
        return signed | dict.fromkeys(self.valid(self.files_between(start, end)), True)

    def files_between(self, start: int, end: int) -> Iterator[CheckpointRow]:
        for size in self.file_sizes[bisect_right(self.file_sizes, start) : bisect_right(self.file_sizes, end)]:
            try:
                yield checkpoints.read_file(checkpoints.path_of(self.folder, size))
            except CheckpointDamaged as damaged:
                self.found.add("checkpoint_damaged", str(damaged))

    def valid(self, rows: Iterator[CheckpointRow]) -> Iterator[CheckpointRow]:
        for row in rows:
            if row.is_ours(self.public_key):
                yield row
            else:
                self.found.add("checkpoint_forged", f"the checkpoint of size {row.size} is not signed by our key")

    def check_roots(self, rows: list[CheckpointRow]) -> None:
        differing = [row for row in rows if row.root != self.edge.root]
        for row in differing:
            is_explained = self.found.first_bad is not None and self.found.first_bad < row.size
            self.found.add(
                "root_differs",
                f"the first {row.size} entries are not those that the checkpoint of {entries.written_instant(row.at)} signed",
                None if is_explained else self.proved_size,
            )
        # afterwards: of two histories of one size the one that matches proves nothing of where the other left it
        if len(differing) < len(rows):
            self.proved_size = self.edge.size

    def check_checkpoints_ahead(self) -> None:
        """Check that no valid checkpoint covers more than there is: then the end was cut off."""
        stored = Checkpoint.objects.using(DATABASE).filter(size__gt=self.size).order_by("size").values_list(*checkpoints.STORED)
        ahead = [*self.valid(map(checkpoints.checkpoint_row, stored[:MAX_PROBLEMS]))]
        ahead += self.valid(self.files_between(self.size, self.file_sizes[-1] if self.file_sizes else 0))
        size = self.current_size()
        if covered := max((row.size for row in ahead if row.size > size), default=0):
            self.found.add("truncated", f"a checkpoint covers {covered} entries and only {size} are there", size)

    def current_size(self) -> int:
        head = TreeHead.objects.using(DATABASE).first()
        return 0 if head is None else head.size


def _wrong_with(row: JournalEntry, named: set[UUID], counting_key: bytes) -> tuple[str, str] | None:
    """Return the code and sentence of the first thing that is wrong with an entry, or None."""
    leaf = bytes(row.leaf)
    count = writers.Count(writer=bytes(row.writer), counter=row.counter)
    if row.payload is not None and row.salt is not None:
        written = bytes(row.payload)
        if entries.leaf_of(bytes(row.salt), written) != leaf:
            return "payload_changed", "the payload is not the one that was written"
        if not _matches(row, named, written):
            return "columns_changed", "a column or a named subject is not what the payload says"
    elif named:
        return "columns_changed", "a withheld entry names a subject"
    if writers.mac_of(counting_key, count, leaf) != bytes(row.mac):
        return "mac_wrong", "leaf, writer or counter is not what this journal wrote"
    return None


def _matches(row: JournalEntry, named: set[UUID], written: bytes) -> bool:
    """Return whether an entry's columns and subjects say what its payload says."""
    try:
        payload = json.loads(written)
        columns = entries.columns_of(payload)
        subjects = {UUID(subject) for subject in payload["subjects"]}
        is_same_entry = UUID(payload["id"]) == row.id
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return is_same_entry and subjects == named and all(getattr(row, name) == value for name, value in columns.items())


def _subjects_of(rows: list[JournalEntry]) -> dict[UUID, set[UUID]]:
    named: dict[UUID, set[UUID]] = defaultdict(set)
    pairs = EntrySubject.objects.using(DATABASE).filter(entry_id__in=[row.id for row in rows])
    for entry_id, subject_id in pairs.values_list("entry_id", "subject_id").iterator():
        named[entry_id].add(subject_id)
    return named


def _stored_nodes(start: int, end: int) -> dict[Place, bytes]:
    """Return the stored nodes whose last leaf lies between two positions."""
    wanted = Q()
    for level in range(1, end.bit_length()):
        wanted |= Q(level=level, index__gte=start >> level, index__lt=end >> level)
    return {Place(node.level, node.index): bytes(node.hash) for node in TreeNode.objects.using(DATABASE).filter(wanted)}
