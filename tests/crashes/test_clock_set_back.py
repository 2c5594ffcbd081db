"""The clock is set back by an hour between two acts: nothing is lost or left out, and everything goes on by itself."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from camket.access.actions import issue_link, open_link, spend_budget
from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.retention import queries as retention
from camket.jobs.worker import Worker, collect_erased, erase_due
from camket.journal.models import JournalEntry
from camket.outbox import actions as outbox
from camket.outbox.queries import workers_alive
from camket.policy.terms import Actor
from camket.vault.models import Need
from tests.duties.intake.conftest import Receive

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


@pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
@pytest.mark.clause("4.6")
class TestAnInquiry:
    def test_that_came_before_is_resolved_and_erased_all_the_same(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.resolve_inquiry(reference=reference, actor=chi, now=now - HOUR)
        need = Need.objects.get()
        assert need.closed_at is not None
        assert need.closed_at >= need.opened_at
        worker = Worker(name="worker-of-these-tests")
        worker.turn(now=now - HOUR + MINUTE)
        worker.turn(now=now + 100 * DAY)
        assert retention.count_erased() == 1

    def test_that_was_erased_before_is_collected_all_the_same(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive()
        intake.resolve_inquiry(reference=received.reference, actor=chi, now=now)
        due = now + 100 * DAY
        erase_due(worker="worker-of-these-tests", now=due)
        collect_erased(now=due - HOUR)
        (certificate,) = retention.certificates(code=received.claim_code)
        assert certificate.collected_at == certificate.erased_at == due

    def test_is_reopened_and_resolved_again(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.resolve_inquiry(reference=reference, actor=chi, now=now + MINUTE)
        intake.reopen_inquiry(reference=reference, actor=chi, now=now - HOUR)
        intake.resolve_inquiry(reference=reference, actor=chi, now=now - HOUR + MINUTE)
        assert Inquiry.objects.get().state == Inquiry.State.RESOLVED


@pytest.mark.clause("7.3")
class TestTheJournal:
    def test_is_sealed_and_whole(self, receive: Receive, now: datetime) -> None:
        receive(nonce="1")
        custody.keep_journal(now=now)
        custody.keep_journal(now=now - HOUR)
        assert health.verify_journal().ok

    def test_remembers_who_looked_after_it_too(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        for at in (now + HOUR, now):
            inquiries.inquiry_page(reference=reference, actor=chi, now=at)
        assert JournalEntry.objects.filter(act="data.shown").count() == 2


class TestALetter:
    @pytest.mark.clause("3.5")
    def test_in_a_dead_workers_hand_waits_the_hour_longer_and_goes(self, receive: Receive, now: datetime) -> None:
        receive()
        (letter,) = notices.take_letters(worker="dead", now=now)
        assert notices.take_letters(worker="heir", now=now - HOUR) == []
        assert notices.take_letters(worker="heir", now=now + 2 * MINUTE) == [letter]


class TestAWorker:
    def test_still_counts_as_alive(self, now: datetime) -> None:
        outbox.beat(worker="w1", role="worker", now=now)
        outbox.beat(worker="w1", role="worker", now=now - HOUR)
        (alive,) = workers_alive(now=now - HOUR)
        assert alive.beat_at == now - HOUR

    def test_that_is_dead_does_not_count_as_alive_for_an_hour(self, now: datetime) -> None:
        outbox.beat(worker="w1", role="worker", now=now)
        assert workers_alive(now=now - HOUR) == []


class TestABudget:
    def test_of_a_minute_is_not_spent_for_an_hour(self, now: datetime) -> None:
        assert spend_budget(key=b"api", limit=1, window=MINUTE, now=now)
        assert spend_budget(key=b"api", limit=1, window=MINUTE, now=now - HOUR)
        assert not spend_budget(key=b"api", limit=1, window=MINUTE, now=now - HOUR)

    def test_is_not_overspent_by_two_whose_clocks_are_a_moment_apart(self, now: datetime) -> None:
        assert spend_budget(key=b"api", limit=1, window=MINUTE, now=now)
        assert not spend_budget(key=b"api", limit=1, window=MINUTE, now=now - timedelta(milliseconds=5))


class TestALink:
    def test_opens(self, house: None, now: datetime) -> None:
        token = issue_link(purpose="read_answer", matter_id=uuid4(), target_id=None, now=now)
        assert open_link(token=token, purpose="read_answer", now=now - HOUR).expires_at > now
