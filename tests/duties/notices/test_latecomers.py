"""Whoever writes between the day on which a campaign was planned and the day on which the edition comes into force is told too, once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from camket.duties.notices import actions as notices
from camket.duties.notices.models import Campaign, Variant
from camket.duties.publishing import actions as publishing
from camket.policy.terms import THE_HOUSE
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import ADVICE_LONGER, DUNG, QUOTES_LONGER, arrive, email, plan, publish_second, report, send, settled, write
from tests.journeys.post_office import PostOffice

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.usefixtures("fresh_reaches")]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class TestSomebodyWhoWritesAfterTheLettersWerePlanned:
    def begin(self, tmp_path: Path, now: datetime, changes: tuple[tuple[str, str, str], ...] = (ADVICE_LONGER,)) -> UUID:
        arrive(email(AN), now=now, nonce="1")
        publish_second(tmp_path, now=now, changes=changes)
        settled(now)
        campaign_id = write(now)
        plan(now)
        send(now)
        return campaign_id

    def come_into_force(self, now: datetime) -> datetime:
        came = now + 20 * DAY
        assert publishing.enact_due(actor=THE_HOUSE, now=came) == [2]
        return came

    def test_is_told_once(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = self.begin(tmp_path, now)
        third = now + 3 * DAY
        arrive(email(BINH), now=third, nonce="2")
        settled(third)
        assert plan(third) == 0, "what is being written down at this moment may stand before it"
        for later in (2 * MINUTE, HOUR, DAY):
            plan(third + later)
            send(third + later)
        assert len(post.to(BINH.email)) == 1
        assert len(post.to(AN.email)) == 1
        found = report(campaign_id, third + DAY)
        assert (found.planned, found.told) == (2, 2)

    def test_is_told_where_the_edition_came_into_force_a_moment_later(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        self.begin(tmp_path, now)
        arrive(email(BINH), now=now + 20 * DAY, nonce="2")
        settled(now)
        came = self.come_into_force(now)
        plan(came)
        assert Campaign.objects.get().looked_last_at is None
        plan(came + 2 * MINUTE)
        send(came + 2 * MINUTE)
        assert len(post.to(BINH.email)) == 1

    def test_is_not_told_once_the_edition_is_in_force_for_they_have_read_it(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        campaign_id = self.begin(tmp_path, now)
        came = self.come_into_force(now)
        arrive(email(BINH), now=came + MINUTE, nonce="2")
        settled(came)
        for later in (MINUTE, 3 * MINUTE, HOUR):
            plan(came + later)
            send(came + later)
        assert not post.to(BINH.email)
        assert report(campaign_id, came + HOUR).planned == 1
        assert Campaign.objects.get().state == "done"

    def test_is_told_nothing_anew_where_they_were_told_before(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        self.begin(tmp_path, now)
        arrive(email(AN), now=now + DAY, nonce="2")
        assert plan(now + 2 * DAY) == 0

    def test_is_told_what_they_were_not_concerned_by_before(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        self.begin(tmp_path, now, changes=(QUOTES_LONGER,))
        assert not post.to(AN.email)
        asked_for_a_price = dict(AN.values("full_name", "email", "message", "address"))
        arrive(asked_for_a_price, now=now + DAY, nonce="2", consents=("advise", "provide_service"))
        settled(now + DAY)
        assert plan(now + 2 * DAY) == 1
        send(now + 2 * DAY)
        assert len(post.to(AN.email)) == 1

    def test_is_told_only_what_is_new_to_them(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        self.begin(tmp_path, now, changes=(ADVICE_LONGER, QUOTES_LONGER))
        asked_for_a_price = dict(AN.values("full_name", "email", "message", "address"))
        arrive(asked_for_a_price, now=now + DAY, nonce="2", consents=("advise", "provide_service"))
        assert plan(now + 2 * DAY) == 1
        first, second = (set(one.changes) for one in Variant.objects.order_by("id"))
        assert first
        assert second
        assert not first & second

    def test_is_told_where_the_clock_was_set_back_meanwhile(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        self.begin(tmp_path, now)
        arrive(email(BINH), now=now + DAY, nonce="2")
        settled(now)
        assert plan(now + 2 * DAY) == 1
        send(now + 2 * DAY)
        send(now + DAY + HOUR)
        assert Campaign.objects.get().cursor is None
        assert plan(now + DAY + HOUR) == 0
        assert (len(post.to(AN.email)), len(post.to(BINH.email))) == (1, 1)

    def test_is_not_told_while_it_stands_still_and_never_once_it_was_stopped(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        campaign_id = self.begin(tmp_path, now)
        arrive(email(BINH), now=now + DAY, nonce="2")
        notices.pause_campaign(campaign_id=campaign_id, actor=DUNG, now=now + DAY)
        assert plan(now + 2 * DAY) == 0
        notices.resume_campaign(campaign_id=campaign_id, actor=DUNG, now=now + 2 * DAY)
        notices.stop_campaign(campaign_id=campaign_id, actor=DUNG, now=now + 2 * DAY)
        assert plan(now + 2 * DAY) == 0

    def test_costs_nothing_more_where_many_were_there_before(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime, django_assert_max_num_queries: Any
    ) -> None:
        self.begin(tmp_path, now)
        for number in range(30):
            arrive({**email(AN), "email": f"khach.{number}@example.vn"}, now=now + DAY, nonce=f"n{number}")
        assert plan(now + 2 * DAY) == 30
        with django_assert_max_num_queries(7):
            assert notices.look_ahead(now=now + 3 * DAY) is None
        arrive(email(BINH), now=now + 3 * DAY, nonce="binh")
        looked_at = notices.look_ahead(now=now + 4 * DAY)
        assert looked_at is not None
        assert len(looked_at.reached.addressees) == 1
