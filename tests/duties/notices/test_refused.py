"""A mail server that refuses everybody says nothing of the people: a campaign stands still, however small it is, and nobody is given up."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Campaign
from tests.duties.notices.campaigning import DUNG, begin, report, send, tell_one
from tests.journeys.post_office import PostOffice

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.usefixtures("fresh_reaches")]
HOUR = timedelta(hours=1)


class TestAServer:
    @pytest.mark.parametrize("many", [2, 4])
    def test_that_refuses_all_of_the_first_letters_lets_a_campaign_stand_still_however_few_they_are(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime, many: int
    ) -> None:
        campaign_id = begin(tmp_path, now, many=many, domains=("example.vn",))
        post.answer = "554 5.7.1 relay access denied"
        send(now)
        assert Campaign.objects.values_list("state", "paused_for").get() == ("paused", "carrier.refuses")
        assert report(campaign_id, now).refused == 0
        post.answer = ""
        notices.resume_campaign(campaign_id=campaign_id, actor=DUNG, now=now + HOUR)
        send(now + HOUR)
        assert report(campaign_id, now + HOUR).told == many

    def test_that_refuses_again_once_somebody_has_looked_leaves_each_letter_to_a_person(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        campaign_id = begin(tmp_path, now, many=4, domains=("example.vn",))
        post.answer = "554 5.7.1 relay access denied"
        send(now)
        notices.resume_campaign(campaign_id=campaign_id, actor=DUNG, now=now + HOUR)
        send(now + HOUR)
        row = queries.campaign(campaign_id)
        assert row is not None
        assert (report(campaign_id, now + HOUR).refused, row.state, row.stands) == (4, "running", "untold")

    def test_that_took_others_before_stops_nothing(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=4, domains=("example.vn",))
        tell_one(now)
        post.answer = "550 5.7.1 no"
        send(now)
        assert Campaign.objects.get().state == "running"
        found = report(campaign_id, now)
        assert (found.told, found.refused) == (1, 3)
