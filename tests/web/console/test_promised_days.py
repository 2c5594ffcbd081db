"""A change is told as early as was promised, or by somebody who says that they know; and its preview asks for no more than its letters do."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from camket.access.days import house_zone
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Campaign
from camket.duties.publishing import queries as editions
from camket.policy.terms import EditionNumber
from tests.duties.notices.campaigning import ADVICE_LONGER, publish_second
from tests.journeys.post_office import PostOffice
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock
from tests.web.console.test_notices import DESK, people, send

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches"), pytest.mark.clause("8.2")]
SignIn = Callable[[str], Browser]
CASES_LONGER = ('purposes = ["special_case"]\nafter = "request.closed"\nkeep = "P90D"', "P90D", "P180D")
OBJECTION = '[[right]]\nid = "object"\ndeadline = "dsr.object"'
NO_OBJECTION = (OBJECTION, OBJECTION, 'rule = "none"\nwhy = "Không còn quyền này."')


@pytest.fixture
def officer(sign_in: SignIn) -> Browser:
    """Who writes notices."""
    return sign_in("privacy_officer")


def begin(officer: Browser, clock: Clock, folder: Path) -> Page:
    people(clock)
    publish_second(folder, now=clock.now)
    return officer.get(officer.submit(officer.get(DESK), {"edition": "2"}).headers["location"])


class TestAChange:
    def test_is_told_later_than_was_promised_only_by_whoever_says_that_they_know(self, officer: Browser, clock: Clock, tmp_path: Path) -> None:
        page = begin(officer, clock, tmp_path)
        assert 'name="late"' not in page.text
        late = officer.submit(page, {"act": "schedule", "at": "2026-12-20T09:00"})
        assert (late.status, 'name="late"' in late.text, 'value="2026-12-20T09:00"' in late.text) == (422, True, True)
        assert "không còn giữ được số ngày báo trước đã cam kết" in late.words()
        assert Campaign.objects.get().starts_at is None
        assert officer.submit(late, {"act": "schedule", "at": "2026-12-20T09:00", "late": "1"}).status == 302
        assert Campaign.objects.get().starts_at is not None

    def test_is_told_at_once_after_its_day_only_by_whoever_says_that_they_know(
        self, officer: Browser, sign_in: SignIn, clock: Clock, tmp_path: Path
    ) -> None:
        page = begin(officer, clock, tmp_path)
        clock.wait(days=30)
        officer = sign_in("operator")  # the other's session has ended
        shown = officer.get(page.url)
        assert ("đã có hiệu lực" in shown.words(), 'name="late"' in shown.text) == (True, True)
        assert officer.submit(shown, {"act": "begin"}).status == 422
        assert officer.submit(shown, {"act": "begin", "late": "1"}).status == 302

    def test_names_the_day_at_whose_end_the_promised_time_is_over_and_no_midnight(self, officer: Browser, clock: Clock, tmp_path: Path) -> None:
        page = begin(officer, clock, tmp_path)
        edition = editions.edition_line(EditionNumber(2))
        assert edition.due_at is not None
        day = edition.due_at.astimezone(house_zone()).date() - timedelta(days=16)
        assert f"mọi người phải được báo chậm nhất là hết ngày {day:%d/%m/%Y}" in page.words()
        assert re.search(rf"by the end of 0?{day.day} ", officer.get(page.url.replace("/vi/", "/en/")).words())

    def test_says_from_when_anybody_can_agree_where_nobody_could_yet(self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice) -> None:
        page = begin(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        send(clock)
        assert len(post.letters) == 2
        edition = editions.edition_line(EditionNumber(2))
        assert edition.due_at is not None
        said = f"Chưa ai có thể đồng ý lại trước ngày phiên bản mới có hiệu lực, {edition.due_at.astimezone(house_zone()):%d/%m/%Y}"
        assert said in officer.get(page.url).words()

    def test_asks_nobody_for_a_yes_where_a_contract_keeps_the_same_details_longer(self, officer: Browser, clock: Clock, tmp_path: Path) -> None:
        people(clock)
        publish_second(tmp_path, now=clock.now, changes=(ADVICE_LONGER, CASES_LONGER))
        page = officer.get(officer.submit(officer.get(DESK), {"edition": "2"}).headers["location"])
        assert "cần quý khách đồng ý lại" not in page.words()
        assert "180 ngày" in page.words()

    def test_asks_nobody_again_for_what_rests_on_no_consent_or_is_new(self, officer: Browser, clock: Clock, tmp_path: Path) -> None:
        people(clock)
        publish_second(tmp_path, now=clock.now, changes=(ADVICE_LONGER, NO_OBJECTION))
        page = officer.get(officer.submit(officer.get(DESK), {"edition": "2"}).headers["location"])
        (asked,) = re.findall(r"cần quý khách đồng ý lại: ([^.]*)\.", page.words())
        reach = notices.reach_of(EditionNumber(2))
        assert "special_case" in reach.widened_since(reach.old.number)
        assert asked == "Tư vấn và trả lời; Báo giá và chuẩn bị hợp đồng; Thông báo về công việc giữa hai bên"
