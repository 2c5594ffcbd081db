"""The desk of notices where an edition knows advertising: its label, its limits, and what is faulty."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from camket.duties.notices.models import Campaign
from camket.duties.publishing import actions as publishing
from camket.policy.regimes import Regime
from camket.policy.terms import THE_HOUSE
from tests.advertising import write_edition
from tests.journeys.post_office import PostOffice
from tests.web.browsing import Browser, Clock
from tests.web.console.test_notices import DESK, FAULTY, WORDS, SignIn, people, send

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]


@pytest.fixture
def officer(sign_in: SignIn) -> Browser:
    """Dũng at his desk."""
    return sign_in("privacy_officer")


@pytest.mark.clause("3.7")
class TestAdvertising:
    PLACE = "/vi/console/notices/new-advertising"

    def test_cannot_be_written_under_an_edition_that_knows_none_and_the_page_says_why(self, officer: Browser) -> None:
        page = officer.get(self.PLACE)
        assert page.status == 200
        assert "không có quảng cáo" in page.words()
        assert "không thể gửi gì" in page.words()
        assert "<textarea" not in page.text
        assert "Chính sách, phiên bản 1" in page.words()  # the foot of every page still says so
        answer = officer.post(self.PLACE, {**page.hidden(), **WORDS, "act": "keep"})
        assert answer.status == 409
        assert not Campaign.objects.exists()

    def test_is_written_where_an_edition_knows_it_and_begins_with_its_label(
        self, officer: Browser, tmp_path: Path, regime: Regime, clock: Clock
    ) -> None:
        publishing.publish_edition(path=write_edition(tmp_path / "policies", number=2), regime=regime, actor=THE_HOUSE, now=clock.now)
        page = officer.get(self.PLACE)
        assert "3.7" in page.words()
        looked = officer.submit(page, {**WORDS, "act": "preview"}, self.PLACE)
        assert "[QC] Bảo trì" in looked.words()
        assert "[AD] Maintenance" in looked.words()
        kept = officer.submit(looked, {**WORDS, "act": "keep"}, self.PLACE)
        assert kept.status == 302
        place = kept.headers["location"]
        assert "[QC] Bảo trì" in officer.get(place).words()
        assert "[QC] Bảo trì" in officer.get(DESK).words()
        again = officer.submit(officer.get(f"{place}/words"), {**WORDS, "title_vi": "Giảm giá", "act": "keep"}, f"{place}/words")
        assert again.status == 302
        assert Campaign.objects.get().words["vi"]["title"] == "[QC] Giảm giá"

    def test_that_waits_for_the_limit_of_the_day_says_so_and_until_when(
        self, officer: Browser, tmp_path: Path, regime: Regime, clock: Clock, post: PostOffice
    ) -> None:
        publishing.publish_edition(path=write_edition(tmp_path / "policies", number=2), regime=regime, actor=THE_HOUSE, now=clock.now)
        people(clock, 1, consents=("advise", "advertise"))
        for _ in range(4):
            kept = officer.submit(officer.get(self.PLACE), {**WORDS, "act": "keep"}, self.PLACE).headers["location"]
            officer.submit(officer.get(kept), {"act": "begin"})
            send(clock)
        assert len(post.letters) == 3
        words = officer.get(kept).words()
        assert "mỗi địa chỉ nhận nhiều nhất 3 thư quảng cáo mỗi ngày" in words
        assert "chưa thể ước lượng" not in words
        assert (clock.now + timedelta(hours=30)).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%d/%m/%Y, %H:%M") in words

    @pytest.mark.parametrize("faulty", FAULTY[:3])
    def test_that_is_faulty_is_said_beside_the_fault_and_loses_nothing(
        self, officer: Browser, tmp_path: Path, regime: Regime, clock: Clock, faulty: dict[str, str]
    ) -> None:
        publishing.publish_edition(path=write_edition(tmp_path / "policies", number=2), regime=regime, actor=THE_HOUSE, now=clock.now)
        answer = officer.submit(officer.get(self.PLACE), {**WORDS, **faulty, "act": "keep"}, self.PLACE)
        assert answer.status == 422
        assert "Tối thứ Bảy." in answer.text or "text_vi" in faulty
        assert not Campaign.objects.exists()
