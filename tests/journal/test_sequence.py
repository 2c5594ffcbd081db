"""Sequencing: every entry gets one place, in order, however many ask at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from camket.journal import actions, queries, sequencing, tree
from camket.journal.models import JournalEntry, TreeNode
from camket.journal.verification import verify
from tests.journal.deeds import NOON, several, shown


def at_once(many: int, work: Callable[[], int]) -> list[int]:
    """Do the same work in several threads that start together, each with a connection of its own."""
    gate = threading.Barrier(many)

    def run() -> int:
        gate.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(many) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(many)]]


@pytest.fixture
def entries_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let entries wait for their places on SQLite too."""
    monkeypatch.setattr(sequencing, "is_inline", lambda connection: False)


@pytest.mark.django_db
class TestOnSqlite:
    def test_an_entry_has_its_place_at_once(self) -> None:
        if connections["default"].vendor != "sqlite":
            pytest.skip("promised of SQLite")
        assert queries.entry(shown()).position == 0
        assert queries.entry(shown()).position == 1
        assert queries.count_unsequenced() == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("entries_wait")
class TestWaitingEntries:
    def test_get_their_places_by_instant_and_not_by_arrival(self) -> None:
        late, early, middle = (shown(at=NOON + timedelta(seconds=seconds)) for seconds in (9, 1, 5))
        assert queries.count_unsequenced() == 3
        assert actions.sequence() == 3
        assert [queries.entry(each).position for each in (early, middle, late)] == [0, 1, 2]

    def test_get_their_places_a_batch_at_a_time(self) -> None:
        for number in range(7):
            shown(at=NOON + timedelta(seconds=number))
        assert [actions.sequence(limit=3) for _ in range(4)] == [3, 3, 1, 0]

    def test_keep_the_places_they_have(self) -> None:
        first = shown(at=NOON)
        actions.sequence()
        shown(at=NOON - timedelta(hours=1))
        actions.sequence()
        assert queries.entry(first).position == 0

    def test_grow_the_tree_that_the_rfc_defines(self, home: Path) -> None:
        several(11)
        leaves = [bytes(row.leaf) for row in JournalEntry.objects.sequenced()]
        edge, completed = tree.append(tree.Frontier(), leaves)
        assert queries.head() == queries.Head(size=11, root=edge.root)
        assert TreeNode.objects.count() == len(completed) == tree.count_nodes(11)
        assert verify(checkpoints=home).ok


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    @pytest.mark.usefixtures("entries_wait")
    def test_give_each_entry_one_place(self, home: Path) -> None:
        for number in range(200):
            shown(at=NOON + timedelta(seconds=number))

        def place() -> int:
            done = 0
            while got := actions.sequence(limit=7):
                done += got
            return done

        assert sum(at_once(8, place)) == 200
        found = verify(checkpoints=home)
        assert (found.ok, found.entries, found.unsequenced) == (True, 200, 0)

    def test_record_and_sequence_without_losing_an_entry(self, home: Path) -> None:
        shown()

        def work() -> int:
            for number in range(15):
                shown(at=NOON + timedelta(seconds=number))
                actions.sequence(limit=5)
            return 15

        assert sum(at_once(8, work)) == 120
        while actions.sequence():
            pass
        found = verify(checkpoints=home)
        assert (found.ok, found.entries, found.problems) == (True, 121, ())

    def test_begin_an_empty_journal_together(self, home: Path) -> None:
        def begin() -> int:
            shown()
            return actions.sequence()

        at_once(8, begin)
        while actions.sequence():
            pass
        found = verify(checkpoints=home)
        assert (found.ok, found.entries) == (True, 8)
