"""How many a notice would go to if it began now: told before anything is written, and the same as what is planned then."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from camket.duties.intake import queries as intake
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.actions import forecasting
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.jobs.campaigns import plan_due
from camket.journal.models import JournalEntry
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import DUNG, TWO, arrive, confirm_addresses, email, plan, publish_second, settled, words_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house", "fresh_reaches")]
WORDS = {one: {"title": "Bảo trì", "text": "Tối thứ Bảy."} for one in ("vi", "en")}


def service(now: datetime, *, audience: str = "") -> UUID:
    return notices.write_service(words=WORDS, audience=audience, actor=DUNG, now=now)


def forecast(campaign_id: UUID, now: datetime) -> notices.Forecast:
    return notices.forecast(campaign_id=campaign_id, narrow=intake.concerned, now=now)


def planned(campaign_id: UUID, now: datetime) -> Mapping[str, int]:
    """What is counted once it began."""
    notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=DUNG, now=now)
    while plan_due(now=now):
        pass
    row = queries.campaign(campaign_id)
    assert row is not None
    report = queries.report_of(row, now=now)
    return {"letters": report.planned - report.unreachable, "unreachable": report.unreachable, "unproven": report.unproven}


class TestAForecast:
    def test_of_a_service_notice_is_what_is_planned_then(self, now: datetime) -> None:
        for number in range(4):
            arrive({**email(AN), "email": f"khach.{number}@example.vn"}, now=now, nonce=str(number), consents=("advise", "notify"))
        arrive({**email(AN), "email": "khach.1@example.vn"}, now=now, nonce="once more", consents=("advise", "notify"))
        confirm_addresses(now=now)
        arrive(email(BINH), now=now, nonce="b", consents=("advise", "notify"))
        arrive({**email(AN), "email": "khong.dong.y@example.vn"}, now=now, nonce="no")
        settled(now)
        campaign_id = service(now)
        told = forecast(campaign_id, now)
        assert (told.letters, told.unreachable, told.unproven, told.is_whole) == (4, 0, 1, True)
        assert planned(campaign_id, now) == {"letters": 4, "unreachable": 0, "unproven": 1}

    def test_of_a_change_is_what_is_planned_then_and_counts_whom_no_letter_reaches(self, now: datetime, tmp_path: Path) -> None:
        arrive(email(AN), now=now, nonce="a")
        arrive(email(BINH), now=now, nonce="b")
        arrive(dict(AN.values("full_name", "phone", "message")), now=now, nonce="p")
        publish_second(tmp_path, now=now)
        settled(now)
        campaign_id = notices.write_change(edition=TWO, words=words_for(), actor=DUNG, now=now)
        told = forecast(campaign_id, now)
        assert (told.letters, told.unreachable, told.unproven) == (2, 1, 0)
        assert planned(campaign_id, now) == {"letters": 2, "unreachable": 1, "unproven": 0}

    def test_is_narrowed_to_whom_it_concerns(self, now: datetime) -> None:
        arrive(email(AN), now=now, nonce="a", consents=("advise", "notify"))
        confirm_addresses(now=now)
        assert forecast(service(now, audience="hosting"), now).letters == 0

    def test_writes_nothing(self, now: datetime, tmp_path: Path) -> None:
        arrive(email(AN), now=now, nonce="a")
        publish_second(tmp_path, now=now)
        settled(now)
        campaign_id = notices.write_change(edition=TWO, words=words_for(), actor=DUNG, now=now)

        def everything() -> list[object]:
            kept = Campaign.objects.values().get(id=campaign_id)
            return [kept, *(model.objects.count() for model in (Letter, Variant, JournalEntry))]

        before = everything()
        assert forecast(campaign_id, now).letters == 1
        assert everything() == before

    def test_ends_after_a_second_and_says_how_far_it_came(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(3):
            arrive({**email(AN), "email": f"khach.{number}@example.vn"}, now=now, nonce=str(number), consents=("advise", "notify"))
        confirm_addresses(now=now)
        monkeypatch.setattr(forecasting, "PLANNED_AT_ONCE", 2)
        monkeypatch.setattr(forecasting, "_MOST_SECONDS", 0.0)
        told = forecast(service(now), now)
        assert (told.letters, told.looked_at, told.is_whole) == (2, 2, False)

    def test_is_of_a_draft_alone(self, now: datetime) -> None:
        campaign_id = service(now)
        notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=DUNG, now=now)
        plan(now)
        with pytest.raises(notices.CannotBeDone):
            forecast(campaign_id, now)

    def test_of_nothing_that_is_there_is_none(self, now: datetime) -> None:
        with pytest.raises(notices.CampaignUnknown):
            forecast(UUID(int=7), now)
