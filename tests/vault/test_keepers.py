"""With real commits: people are written and erased while keys come under a new epoch or the index is rebuilt, by several at once."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connections, transaction

from camket.editions.queries import forget_cached
from camket.policy.terms import FieldName
from camket.vault import epochs, gate, keylock, keyring, reindexing
from camket.vault.generations import EPOCHS, INDEXES
from camket.vault.keys.models import Epoch, IdentityToken, MatterKey, SubjectKey
from tests.cast import AN, BINH
from tests.vault.deeds import HOUSE, close, collect, end, find, open_vault, use
from tests.vault.disk import holds

pytestmark = pytest.mark.usefixtures("real_vault")

EMAIL = FieldName("email")


@pytest.fixture
def real_vault(transactional_db: None, now: datetime) -> Iterator[None]:
    forget_cached()
    open_vault(now)
    yield
    forget_cached()


def side_by_side(*acts: Callable[[], Any]) -> list[Any]:
    """Do things at the same time, each over a connection of its own."""
    together = threading.Barrier(len(acts))

    def there(act: Callable[[], Any]) -> Any:
        try:
            together.wait(60)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result(timeout=120) for one in [pool.submit(there, act) for act in acts]]


class TestSeveralKeepers:
    def test_begin_one_epoch_a_night(self, now: datetime, settings: Any) -> None:
        people = [collect(now=now) for _ in range(4)]
        tonight = now.replace(hour=20)
        kept = side_by_side(*[lambda: gate.keep_epochs(actor=HOUSE, now=tonight) for _ in range(4)])
        assert sorted(one.is_new for one in kept) == [False, False, False, True]
        assert Epoch.objects.count() == 2
        assert set(SubjectKey.objects.values_list("epoch", flat=True)) == {2}
        assert len(use(*people, now=now)) == 8

    def test_each_by_hand_step_one_after_the_other_and_lose_nobody(self, now: datetime) -> None:
        people = [collect(now=now) for _ in range(4)]
        side_by_side(*[lambda: gate.keep_epochs(actor=HOUSE, now=now, steps=True) for _ in range(3)])
        gate.keep_epochs(actor=HOUSE, now=now, steps=False)
        assert Epoch.objects.count() == 4
        assert set(SubjectKey.objects.values_list("epoch", flat=True)) == {4}
        assert len(use(*people, now=now)) == 8

    def test_take_turns_and_do_not_wait_when_told_so(self) -> None:
        with keylock.alone(waits=True) as is_mine:
            assert is_mine
            with keylock.alone(waits=False) as is_theirs:
                assert not is_theirs
        with keylock.alone(waits=False) as is_mine:
            assert is_mine


class TestSomebodyWrittenDuringAStep:
    def test_is_never_stranded_under_an_epoch_that_dies(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """The writer has read the newest epoch and waits; the step must not pass it by."""
        monkeypatch.setattr(epochs, "_WRITTEN_AT_ONCE", 1)
        has_read, may_write = threading.Event(), threading.Event()
        real = keyring._subject_key_or_new

        def read_and_wait(*arguments: Any) -> bytes:
            key = real(*arguments)
            has_read.set()
            assert may_write.wait(60)
            return key

        def write() -> Any:
            monkeypatch.setattr(keyring, "_subject_key_or_new", read_and_wait)
            return collect(now=now)

        def step() -> None:
            assert has_read.wait(60)
            # let go only once the step is well under way, or waits for the writer
            threading.Timer(0.3, may_write.set).start()
            gate.keep_epochs(actor=HOUSE, now=now, steps=True)

        kept, _ = side_by_side(write, step)
        assert SubjectKey.objects.get(subject_id=kept.subject).epoch == EPOCHS.newest() == 2
        assert use(kept, now=now)

    def test_in_a_crowd_can_be_read_and_found_afterwards(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(epochs, "_WRITTEN_AT_ONCE", 2)
        monkeypatch.setattr(reindexing, "_AT_ONCE", 2)
        before = [collect(BINH, now=now) for _ in range(4)]

        def write() -> list[Any]:
            return [collect(AN, now=now) for _ in range(6)]

        def erase() -> list[Any]:
            for one in before[:2]:
                close(one, now=now)
                end(one, now=now)
            return []

        def keep() -> list[Any]:
            for _ in range(2):
                gate.keep_epochs(actor=HOUSE, now=now, steps=True)
                gate.begin_reindexing(now=now)
                gate.keep_index(actor=HOUSE, now=now)
            return []

        written = [one for part in side_by_side(write, write, erase, keep) for one in part]
        gate.keep_epochs(actor=HOUSE, now=now, steps=False)
        assert gate.keep_index(actor=HOUSE, now=now).is_whole
        assert set(SubjectKey.objects.values_list("epoch", flat=True)) == {EPOCHS.newest()}
        assert set(IdentityToken.objects.values_list("version", flat=True)) == {INDEXES.newest()}
        assert set(find(AN.email, now=now)) == {one.subject for one in written}
        assert set(find(BINH.email, now=now)) == {one.subject for one in before[2:]}
        assert len(use(*written, now=now)) == 24
        assert SubjectKey.objects.count() == MatterKey.objects.count() == 14


class TestALookUpWhileTheIndexIsRebuilt:
    def test_never_misses(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reindexing, "_AT_ONCE", 1)
        known = {collect(AN, now=now).subject for _ in range(5)}
        is_over = threading.Event()

        def look() -> int:
            looks = 0
            while not is_over.is_set():
                assert set(keyring.subjects_with(EMAIL, AN.email)) == known
                looks += 1
            return looks

        def rebuild() -> int:
            try:
                for _ in range(3):
                    gate.begin_reindexing(now=now)
                    gate.keep_index(actor=HOUSE, now=now)
            finally:
                is_over.set()
            return 1

        assert all(side_by_side(look, rebuild))
        assert set(keyring.subjects_with(EMAIL, AN.email)) == known


class TestAKeeperKilledOutright:
    @pytest.mark.parametrize("writes", [0, 1, 2])
    def test_leaves_what_the_next_one_ends(self, now: datetime, writes: int) -> None:
        people = [collect(now=now) for _ in range(6)]
        connections.close_all()  # an open connection does not survive a fork
        keeper = multiprocessing.get_context("fork").Process(target=step_and_die, args=(now, writes))
        keeper.start()
        keeper.join(60)
        assert keeper.exitcode == -signal.SIGKILL
        gate.prepare_keys(now=now)
        assert len(use(*people, now=now, view="before")) == 12
        with keylock.alone(waits=False) as is_mine:  # the dead let go
            assert is_mine
            kept = gate.keep_epochs(actor=HOUSE, now=now, steps=False)
        assert (kept.finished, kept.subjects) == (1, 6)
        assert set(SubjectKey.objects.values_list("epoch", flat=True)) == {2}
        assert len(use(*people, now=now, view="after")) == 12


def step_and_die(now: datetime, writes: int) -> None:
    """Step in a process of its own, and be killed after so many writes of two keys each."""
    epochs._WRITTEN_AT_ONCE = 2
    real, done = epochs._write, []

    def write(*arguments: Any) -> None:
        if len(done) == writes:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*arguments)
        done.append(1)

    epochs._write = write
    with keylock.alone(waits=True):
        gate.keep_epochs(actor=HOUSE, now=now, steps=True)


class TestTheFiles:
    @pytest.mark.clause("4.7")
    def test_hold_no_old_wrapping_and_no_old_token_once_purged(self, now: datetime) -> None:
        an = collect(AN, now=now)
        old = bytes(SubjectKey.objects.get(subject_id=an.subject).wrapped)
        tokens = [bytes(token) for token in IdentityToken.objects.values_list("token", flat=True)]
        assert all(holds("keys", canary) for canary in (old, *tokens))
        gate.keep_epochs(actor=HOUSE, now=now, steps=True)
        gate.begin_reindexing(now=now)
        gate.keep_index(actor=HOUSE, now=now)
        assert gate.purge_residue()
        assert not any(holds("keys", canary) for canary in (old, *tokens))
        assert use(an, now=now)

    def test_are_written_alone_in_a_transaction_of_the_keys(self, now: datetime) -> None:
        collect(AN, now=now)
        with transaction.atomic(using="keys"), pytest.raises(RuntimeError, match="durable"):
            gate.keep_epochs(actor=HOUSE, now=now, steps=True)
