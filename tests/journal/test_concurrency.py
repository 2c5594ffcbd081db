"""Eight writers at once, beside the sequencer, the signer and somebody who verifies: nothing is lost, and it never looks as if it were."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connections, transaction

from camket.journal import actions, exports, queries, sequencing, tree
from camket.journal.models import JournalEntry
from camket.journal.verification import verify
from tests.journal import force
from tests.journal.deeds import NOON, shown
from tests.journal.offline import export_to, verdict

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("7.3")]

WRITERS, ROUNDS = 8, 12


def apart(pool: ThreadPoolExecutor, work: Callable[[], Any]) -> "Future[Any]":
    """Do something in a thread of its own, with a connection of its own that is closed afterwards."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return pool.submit(run)


def write(writer: int) -> list[UUID]:
    """Record as the house does: alone, two in one transaction, and now and then something that is taken back."""
    kept: list[UUID] = []
    for number in range(ROUNDS):
        at = NOON + timedelta(seconds=writer * ROUNDS + number)
        kept.append(shown(at=at))
        with transaction.atomic():
            kept += [shown(at=at), shown(at=at)]
        if number % 3 == 0:
            with transaction.atomic():
                shown(at=at)
                transaction.set_rollback(True)
    return kept


def is_sound(folder: Path) -> bool:
    found = verify(checkpoints=folder)
    assert found.problems == ()
    return found.ok


@contextmanager
def meanwhile(pool: ThreadPoolExecutor, *works: Callable[[], object]) -> Iterator[None]:
    """Do things again and again in threads of their own, until what is inside is done; whatever one of them raises is raised here."""
    is_done = threading.Event()

    def again(work: Callable[[], Any]) -> None:
        work()
        while not is_done.is_set():
            work()

    running = [apart(pool, lambda work=work: again(work)) for work in works]
    try:
        yield
    finally:
        is_done.set()
    for future in running:
        future.result()


class TestEightWriters:
    @pytest.fixture(params=[True, False], ids=["as the database has it", "with a sequencer on either"])
    def inline(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        if not request.param:
            if connections["default"].vendor != "sqlite":
                pytest.skip("on PostgreSQL there is a sequencer anyway")
            monkeypatch.setattr(sequencing, "is_inline", lambda connection: False)

    def test_lose_nothing_and_are_found_sound_at_every_moment(self, inline: None, home: Path, tmp_path: Path) -> None:
        folder = home / "checkpoints"
        shown()
        works = (lambda: actions.sequence(limit=9), lambda: actions.checkpoint(now=NOON), lambda: is_sound(folder))
        with ThreadPoolExecutor(WRITERS + len(works)) as pool, meanwhile(pool, *works):
            writing = [apart(pool, lambda writer=writer: write(writer)) for writer in range(WRITERS)]
            written = [entry_id for future in writing for entry_id in future.result()]
        while actions.sequence():
            pass
        last = actions.checkpoint(now=NOON)
        rows = list(JournalEntry.objects.sequenced())
        assert len(written) == WRITERS * ROUNDS * 3
        assert {row.id for row in rows} > set(written)
        assert [row.position for row in rows] == list(range(len(written) + 1))
        assert is_sound(folder)
        assert queries.head().root == tree.append(tree.Frontier(), [bytes(row.leaf) for row in rows])[0].root
        assert verdict(*folder.iterdir(), export_to(tmp_path))[0] == 0
        assert last is None or exports.proof(written[0], since=last)["since"]["path"] == []

    def test_count_without_a_gap(self) -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            for future in [apart(pool, lambda writer=writer: write(writer)) for writer in range(WRITERS)]:
                future.result()
        runs: dict[bytes, list[int]] = {}
        for row in JournalEntry.objects.order_by("counter"):
            runs.setdefault(bytes(row.writer), []).append(row.counter)
        assert sum(map(len, runs.values())) == WRITERS * ROUNDS * 3
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in runs.values())

    def test_would_be_found_out_if_one_entry_went_missing_meanwhile(self, home: Path) -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            for future in [apart(pool, lambda writer=writer: write(writer)) for writer in range(WRITERS)]:
                future.result()
        lost = JournalEntry.objects.filter(counter=2).order_by("id")[3]
        mark = "x" if connections["default"].vendor == "sqlite" else ""
        force.delete(f"id = {mark}'{lost.id.hex}'")
        assert "entries_lost" in {problem.code for problem in verify(checkpoints=home).problems}


@pytest.mark.postgres
class TestAWriterOnPostgresql:
    """No writer waits for the head: whoever does is told so by the database at once, without a clock of ours."""

    @pytest.fixture(autouse=True)
    def nobody_waits(self) -> Iterator[None]:
        shown()
        actions.sequence()
        with ThreadPoolExecutor(1) as self.pool:
            yield

    def recorded(self) -> UUID:
        with connections["default"].cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        return shown(at=NOON + timedelta(seconds=1))

    def test_does_not_wait_for_a_sequencer_in_the_middle_of_a_batch(self) -> None:
        waiting = shown(at=NOON + timedelta(seconds=2))
        with transaction.atomic():
            assert actions.sequence() == 1
            entry_id = apart(self.pool, self.recorded).result()
        assert queries.entry(waiting).position == 1
        assert queries.entry(entry_id).position is None
        assert actions.sequence() == 1

    def test_would_be_seen_to_wait_if_it_took_its_place_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sequencing, "is_inline", lambda connection: True)
        with transaction.atomic(), connections["default"].cursor() as cursor:
            sequencing.locked_head(cursor)
            with pytest.raises(OperationalError):
                apart(self.pool, self.recorded).result()
