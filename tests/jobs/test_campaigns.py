"""How fast letters of campaigns leave, and what a mail server that is away, hangs up or defers does to them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Campaign, Letter, TrialLetter
from camket.editions.queries import forget_cached
from camket.jobs.campaigns import send_due
from camket.jobs.pacing import FIRST_SIZE, LONGEST_SLOT_SECONDS, MOST_SIZE, Pace
from camket.jobs.worker import Worker
from camket.vault import identity
from tests.cast import AN
from tests.channels.mail_out.post_office import HANG_UP, Clerk
from tests.duties.notices.campaigning import DUNG, arrive, plan, publish_second, write
from tests.ports import free_port

OpenOffice = Callable[..., Clerk]
WORKER = "worker-of-these-tests"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def campaign(house: None, settings: Any, tmp_path: Path, now: datetime) -> Iterator[UUID]:
    """A change that is to be told to three people at two domains."""
    settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
    notices.forget_reaches()
    for number in range(3):
        values = {**dict(AN.values("full_name", "message")), "email": f"khach.{number}@{'vd' if number else 'mau'}.example.vn"}
        arrive(values, now=now, nonce=str(number))
    publish_second(tmp_path, now=now)
    Letter.objects.update(state="done", done_at=now)
    yield write(now)
    forget_cached()
    notices.forget_reaches()


def report(campaign: UUID, now: datetime) -> queries.Report:
    row = queries.campaign(campaign)
    assert row is not None
    return queries.report_of(row, now=now)


class TestAPace:
    def test_lets_a_tenth_of_a_minute_s_letters_go_and_gives_out_slots_after_it(self) -> None:
        pace = Pace(per_minute=60)
        assert [pace.seconds_to_wait("example.vn", at=0.0) for _ in range(6)] == [0.0] * 6
        assert [pace.seconds_to_wait("example.vn", at=0.0) for _ in range(3)] == [1.0, 2.0, 3.0]
        assert pace.seconds_to_wait("example.org", at=0.0) == 0.0
        assert pace.seconds_to_wait("example.vn", at=5.0) == 0.0

    def test_gives_out_no_slot_further_away_than_an_hour(self) -> None:
        pace = Pace(per_minute=1)
        waits = [pace.seconds_to_wait("example.vn", at=0.0) for _ in range(200)]
        assert max(waits) == LONGEST_SLOT_SECONDS

    def test_without_a_rate_holds_nothing(self) -> None:
        pace = Pace(per_minute=0)
        assert {pace.seconds_to_wait("example.vn", at=0.0) for _ in range(1000)} == {0.0}

    def test_leaves_a_domain_alone_that_asks_for_it_longer_each_time(self) -> None:
        pace, at = Pace(per_minute=0), 0.0
        waits = []
        for _ in range(8):
            pace.asked_to_wait("example.vn", at=at)
            pace.asked_to_wait("example.vn", at=at)
            waits.append(pace.seconds_to_wait("example.vn", at=at))
            at += waits[-1]
        assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
        pace.accepted("example.vn")
        pace.asked_to_wait("example.vn", at=at)
        assert pace.seconds_to_wait("example.vn", at=at) == 60

    def test_rests_longer_each_time_that_the_carrier_is_silent_and_begins_small_again(self) -> None:
        pace = Pace(per_minute=0)
        pace.batch_took(0.1)
        assert pace.size == 2 * FIRST_SIZE
        pace.carrier_fell_silent(at=0.0)
        assert (pace.size, pace.does_carrier_wait(at=14.0), pace.does_carrier_wait(at=15.0)) == (FIRST_SIZE, True, False)
        pace.carrier_fell_silent(at=15.0)
        assert pace.does_carrier_wait(at=44.0)
        for _ in range(20):
            pace.batch_took(0.1)
        assert pace.size == MOST_SIZE
        pace.batch_took(60.0)
        assert pace.size == MOST_SIZE // 2

    def test_forgets_domains_that_nothing_was_sent_to(self) -> None:
        pace = Pace(per_minute=60)
        for number in range(50_000):
            pace.seconds_to_wait(f"d{number}.example.vn", at=number / 100)
        assert len(pace._domains) <= 20_001


@pytest.mark.django_db
@pytest.mark.clause("8.2")
class TestACampaign:
    def test_loses_nobody_while_the_mail_server_is_away(self, campaign: UUID, open_office: OpenOffice, settings: Any, now: datetime) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{free_port()}?tls=none"
        plan(now)
        pace = Pace(per_minute=0)
        send_due(worker=WORKER, pace=pace, now=now)
        found = report(campaign, now)
        assert (found.told, found.deferred, found.waiting, found.doubled) == (0, 1, 2, 0)
        assert send_due(worker=WORKER, pace=pace, now=now) == 0, "the carrier is left alone for a while"
        clerk = open_office()
        send_due(worker=WORKER, pace=Pace(per_minute=0), now=now + HOUR)
        assert report(campaign, now + HOUR).told == 3
        assert len(clerk.received) == 3

    def test_sends_once_more_what_may_have_left_and_no_third_time(self, campaign: UUID, open_office: OpenOffice, now: datetime) -> None:
        open_office(Clerk(at_data=HANG_UP))
        plan(now)
        for hours in range(0, 40, 2):
            send_due(worker=WORKER, pace=Pace(per_minute=0), now=now + hours * HOUR)
        found = report(campaign, now + 40 * HOUR)
        assert (found.told, found.unknown, found.refused, found.planned) == (0, 3, 0, 3)
        assert 1 <= found.doubled <= 3
        assert {row.error_code for row in queries.letters(campaign=campaign).rows} == {"answer.unknown"}

    def test_whose_first_letters_come_to_no_mailbox_goes_on_for_that_says_nothing_of_the_server(
        self, campaign: UUID, open_office: OpenOffice, now: datetime
    ) -> None:
        open_office(Clerk(at_rcpt="550 5.1.1 nobody here"))
        plan(now)
        send_due(worker=WORKER, pace=Pace(per_minute=0), now=now)
        assert Campaign.objects.get().state == "running"
        assert report(campaign, now).bounced == 3

    def test_is_planned_and_sent_by_the_worker_itself(self, campaign: UUID, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office()
        worker = Worker(name=WORKER)
        for turn in range(3):
            worker.turn(now=now + turn * MINUTE)
        assert len(clerk.received) == 3
        assert Campaign.objects.get().state == "running", "whoever comes until the edition is in force is told too"

    def test_waits_while_the_index_of_addresses_is_rebuilt(self, campaign: UUID, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(identity, "versions", lambda: (1, 2))
            assert plan(now) == 0
            assert Campaign.objects.get().state == "planning"
        assert plan(now) == 3

    def test_with_an_address_that_cannot_be_read_costs_no_trial_a_try(self, campaign: UUID, settings: Any, now: datetime) -> None:
        Campaign.objects.update(state="draft")
        notices.ask_for_trial(campaign_id=campaign, actor=DUNG, now=now)
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = "smpt//nonsense", "lienhe@example.vn"
        Worker(name=WORKER).turn(now=now)
        assert set(TrialLetter.objects.values_list("state", "attempt")) == {("due", 0)}

    def test_stands_still_after_a_restore(self, campaign: UUID, open_office: OpenOffice, now: datetime) -> None:
        open_office()
        plan(now)
        assert notices.set_aside(now=now) == notices.SetAside(letters=0, campaigns=1)
        assert send_due(worker=WORKER, pace=Pace(per_minute=0), now=now) == 0
        assert Campaign.objects.values_list("state", "paused_for").get() == ("paused", "house.restored")

    @pytest.mark.parametrize("state", ["paused", "draft"])
    def test_that_may_have_gone_out_since_the_backup_says_so_after_a_restore(self, campaign: UUID, now: datetime, state: str) -> None:
        Campaign.objects.update(state="draft")
        notices.ask_for_trial(campaign_id=campaign, actor=DUNG, now=now)
        Campaign.objects.update(state=state, starts_at=None if state == "draft" else now, paused_for="by.hand" if state == "paused" else "")
        assert notices.set_aside(now=now) == notices.SetAside(letters=0, campaigns=1)
        assert Campaign.objects.values_list("state", "paused_for").get() == (state, "house.restored")
        assert not TrialLetter.objects.exists(), "a colleague asks for them again"
        if state == "draft":
            notices.schedule_campaign(campaign_id=campaign, at=None, actor=DUNG, now=now)
            assert Campaign.objects.get().paused_for == ""

    def test_does_not_begin_by_itself_after_a_restore(self, campaign: UUID, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office()
        Campaign.objects.update(state="draft", starts_at=now + MINUTE)
        assert notices.set_aside(now=now) == notices.SetAside(letters=0, campaigns=1)
        for turn in range(5):
            Worker(name=WORKER).turn(now=now + turn * MINUTE)
        assert not clerk.received
        assert Campaign.objects.values_list("state", "starts_at").get() == ("draft", None)

    def test_counts_a_letter_that_comes_back_for_good_and_sends_one_again_that_comes_back_for_a_while(
        self, campaign: UUID, open_office: OpenOffice, now: datetime
    ) -> None:
        clerk = open_office()
        plan(now)
        send_due(worker=WORKER, pace=Pace(per_minute=0), now=now)
        hard, soft, _ = Letter.objects.filter(campaign=campaign).order_by("matter_id")
        notices.report_bounce(letter_id=hard.id, kind="hard", code="5.1.1", now=now + HOUR)
        notices.report_bounce(letter_id=soft.id, kind="soft", code="4.2.2", now=now + HOUR)
        found = report(campaign, now + HOUR)
        assert (found.told, found.bounced, found.deferred, found.refused) == (1, 1, 1, 0)
        assert Campaign.objects.get().state == "running"
        send_due(worker=WORKER, pace=Pace(per_minute=0), now=now + 12 * HOUR)
        assert report(campaign, now + 12 * HOUR).told == 2
        assert len(clerk.received) == 4
