"""The second process that sends a large campaign's letters beside the worker: it comes when it is called, takes its part, and goes."""

import errno
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from camket.duties.custody import actions as custody
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.actions.sending import BATCH_LEASE
from camket.duties.notices.models import Letter
from camket.editions.queries import forget_cached
from camket.jobs import campaigns, pacing, serving, supervisor, worker
from camket.jobs.pacing import MOST_SIZE, Pace
from camket.jobs.sender import send_along
from camket.jobs.supervisor import Bell, Helper, Supervisor
from camket.journal.verification import verify
from tests.cast import AN
from tests.channels.mail_out.post_office import HANG_UP, Clerk
from tests.duties.notices.campaigning import arrive, plan, publish_second, write

OpenOffice = Callable[..., Clerk]
MANY, PATIENCE_SECONDS = 60, 60
_FORK = multiprocessing.get_context("fork")


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < ends_at, "it did not come to pass"
        time.sleep(0.005)


@contextmanager
def a_house(bell: Bell) -> Iterator[None]:
    """Run a worker, and whom it calls, under a supervisor as `camket serve` does."""
    helper = Helper(name="sender", work=send_along, bell=bell)
    connections.close_all()  # an open connection does not survive a fork
    house = _FORK.Process(target=Supervisor({"worker": partial(serving._work, bell)}, helper=helper).run)
    house.start()
    try:
        yield
    finally:
        house.terminate()
        house.join(PATIENCE_SECONDS)
        assert house.exitcode == 0


class TestAPaceThatIsShared:
    def test_is_half_the_rate_and_half_of_what_may_be_in_doubt_for_each_of_two(self) -> None:
        senders = [2]
        pace = Pace(per_minute=60, senders=lambda: senders[0])
        assert [pace.seconds_to_wait("example.vn", at=0.0) for _ in range(3)] == [0.0] * 3
        assert [pace.seconds_to_wait("example.vn", at=0.0) for _ in range(2)] == [2.0, 4.0]
        for _ in range(20):
            pace.batch_took(0.1)
        assert pace.size == MOST_SIZE // 2
        senders[0] = 1
        pace.batch_took(0.1)
        assert pace.size == MOST_SIZE


class TestABell:
    def test_is_heard_once_by_the_other_process_and_tells_whether_somebody_came(self) -> None:
        bell = Bell()
        ringing = _FORK.Process(target=bell.ring)
        ringing.start()
        ringing.join()
        assert (bell.take_ring(), bell.take_ring()) == (True, False)
        assert not bell.is_answered
        bell.answer(is_there=True)
        assert bell.is_answered


class TestAHelper:
    @pytest.mark.parametrize(("status", "is_left_alone"), [(1, True), (0, False)])
    def test_that_failed_is_left_alone_for_a_while_and_one_that_is_done_is_not(
        self, status: int, is_left_alone: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(supervisor, "_LEAST_SECONDS_BETWEEN_STARTS", 0.0)
        monkeypatch.setattr(supervisor, "_LOOK_EVERY_SECONDS", 0.01)
        bell, starts = Bell(), _FORK.Semaphore(0)

        def work() -> None:
            starts.release()
            sys.exit(status)

        house = _FORK.Process(target=Supervisor({}, helper=Helper(name="helper", work=work, bell=bell)).run)
        house.start()
        try:
            found = 0
            for _ in range(300):
                bell.ring()
                found += starts.acquire(timeout=0.01)
                if found > 1:
                    break
        finally:
            house.terminate()
            house.join(PATIENCE_SECONDS)
        assert house.exitcode == 0
        assert found == (1 if is_left_alone else 2)

    def test_for_whom_there_is_no_room_keeps_nobody_from_going_on(self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        def no_room(process: Any) -> None:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

        monkeypatch.setattr(supervisor._FORK.Process, "start", no_room)
        child = supervisor._Child(name="helper", work=lambda: None)
        child.keep_running()
        assert not child.is_alive
        assert f"a process could not be started (errno {errno.EAGAIN})" in caplog.text


@pytest.mark.clause("8.2")
@pytest.mark.django_db(transaction=True)
class TestALargeCampaign:
    @pytest.fixture
    def campaign(self, house: None, settings: Any, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[UUID]:
        """A change that is told to sixty people, where six letters a turn are many and two are a batch."""
        monkeypatch.setattr(timezone, "now", lambda: now)
        monkeypatch.setattr(pacing, "FIRST_SIZE", 2)
        monkeypatch.setattr(pacing, "MOST_SIZE", 4)
        monkeypatch.setattr(campaigns, "TURN_SECONDS", 0.01)
        monkeypatch.setattr(worker, "WORTH_A_SENDER", 2)
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        settings.CAMKET_LETTERS_PER_DOMAIN = 0
        notices.forget_reaches()
        for number in range(MANY):
            arrive({**dict(AN.values("full_name", "message")), "email": f"khach.{number}@example.vn"}, now=now, nonce=str(number))
        publish_second(tmp_path, now=now)
        Letter.objects.update(state="done", done_at=now)
        yield write(now)
        forget_cached()
        notices.forget_reaches()

    def test_calls_a_second_sender_that_takes_its_part_and_goes_when_all_is_sent(
        self, campaign: UUID, open_office: OpenOffice, settings: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clerk, bell, took_part = open_office(), Bell(), _FORK.Event()
        send, own_niceness = campaigns._send_batch, os.nice(0)

        def noted(batch: notices.Batch, *given: Any) -> int:
            if batch.worker.startswith("sender-") and os.nice(0) >= min(own_niceness + 1, 19):  # whoever waits for a page comes first
                took_part.set()
            return send(batch, *given)

        monkeypatch.setattr(campaigns, "_send_batch", noted)
        plan(now)
        with a_house(bell):
            until(lambda: bell.is_answered)
            until(lambda: len(clerk.received) == MANY)
            until(lambda: not bell.is_answered)
        assert took_part.is_set()
        assert Counter(one.recipients[0] for one in clerk.received) == {f"khach.{number}@example.vn": 1 for number in range(MANY)}
        row = queries.campaign(campaign)
        assert row is not None
        found = queries.report_of(row, now=now)
        assert (found.told, found.doubled, found.waiting) == (MANY, 0, 0)
        assert verify(checkpoints=settings.CAMKET_CHECKPOINTS).ok

    def test_tells_everybody_though_the_second_sender_is_killed_and_sends_twice_only_what_was_in_its_hand(
        self, campaign: UUID, open_office: OpenOffice, settings: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clerk, bell, was_killed, count = open_office(), Bell(), _FORK.Event(), custody.count_letters

        def killed_before_a_word_is_noted(outcomes: Iterable[str]) -> None:
            if multiprocessing.current_process().name == "sender":
                was_killed.set()
                os.kill(os.getpid(), signal.SIGKILL)
            count(outcomes)

        monkeypatch.setattr(custody, "count_letters", killed_before_a_word_is_noted)
        plan(now)
        with a_house(bell):
            until(was_killed.is_set)
            until(lambda: len(clerk.received) == MANY)
            until(lambda: not bell.is_answered)
        in_its_hand = Letter.objects.filter(campaign=campaign, state="claimed")
        lost = in_its_hand.count()
        assert 1 <= lost <= 2, "what a batch holds, for one of two"
        pace = Pace(per_minute=0)
        campaigns.send_due(worker="after", pace=pace, now=now + BATCH_LEASE / 2)
        assert in_its_hand.count() == lost, "nobody takes what may still be in somebody's hand"
        campaigns.send_due(worker="after", pace=pace, now=now + BATCH_LEASE + timedelta(seconds=2))
        got = Counter(one.recipients[0] for one in clerk.received)
        assert Counter(got.values()) == {1: MANY - lost, 2: lost}
        row = queries.campaign(campaign)
        assert row is not None
        found = queries.report_of(row, now=now)
        assert (found.told, found.doubled, found.waiting) == (MANY, lost, 0)
        assert verify(checkpoints=settings.CAMKET_CHECKPOINTS).ok

    def test_is_left_to_the_worker_alone_when_the_mail_server_fails(self, campaign: UUID, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office(Clerk(at_data=HANG_UP))
        plan(now)
        connections.close_all()
        sender = _FORK.Process(target=send_along)
        sender.start()
        sender.join(PATIENCE_SECONDS)
        assert (sender.exitcode, clerk.sessions, clerk.received) == (1, 1, [])
        tried = Letter.objects.filter(campaign=campaign, unanswered=1)
        assert tried.count() == 1, "of a batch of two the second was not begun"
