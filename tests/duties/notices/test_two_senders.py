"""Two who hand over letters of one campaign at once: nobody is told twice, whatever their clocks say."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from camket.duties.notices import actions as notices
from tests.duties.notices.campaigning import begin, in_hand, report, send
from tests.journeys.post_office import PostOffice

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.usefixtures("fresh_reaches")]
HOUR = timedelta(hours=1)


class TestACampaignThatIs:
    def test_sent_by_two_workers_whose_clocks_are_apart_reaches_everybody_once(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        """A minute, which the doctor bears with: that one is behind is no clock that was set back."""
        campaign_id = begin(tmp_path, now)
        first, copies = in_hand("one", now=now, limit=1)
        behind = now - timedelta(seconds=60)
        assert send(behind) == 0
        assert notices.report_batch(batch=first, outcomes={one.id: ("accepted", "smtp.250") for one in copies}, now=now) == 1
        assert send(now) == 2
        found = report(campaign_id, now)
        assert (found.told, found.doubled) == (3, 0)

    def test_in_hand_while_the_clock_is_set_back_under_another_worker_goes_out_once(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        campaign_id = begin(tmp_path, now)
        first, copies = in_hand("one", now=now)
        back = now - HOUR
        assert send(back) == 0
        assert notices.report_batch(batch=first, outcomes={one.id: ("accepted", "smtp.250") for one in copies}, now=back) == len(copies) == 3
        assert send(now + HOUR) == 0
        found = report(campaign_id, now + HOUR)
        assert (found.told, found.doubled) == (3, 0)
