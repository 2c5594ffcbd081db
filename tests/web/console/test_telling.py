"""The page of an edition that was proposed and published says whether those whom it concerns are told, and offers to."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from camket.access.actions import add_staff
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Campaign, Letter
from camket.duties.publishing.actions import enact_due
from camket.policy.terms import THE_HOUSE
from tests.cast import AN
from tests.duties.notices.campaigning import ADVICE_LONGER, arrive, email, plan, publish_second, send
from tests.journeys.post_office import PostOffice
from tests.web.browsing import Browser, Clock
from tests.web.console.test_policy_desk import DESK, draft, typed

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]
SignIn = Callable[[str], Browser]
NOTICES, LATE = "/vi/console/notices", "Báo từ lúc này là báo sau"
OFFER, TOLD = "Soạn thông báo cho mọi người có liên quan", "Đã báo bằng thư: 1 trên 1 người có liên quan"


def propose(dung: Browser, clock: Clock, old: str, new: str) -> str:
    """A draft with one change is proposed while somebody's details are held; its publishing page."""
    arrive(email(AN), now=clock.now, nonce="1")
    Letter.objects.update(state="done", done_at=clock.now)
    where = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
    text = draft().texts["vi"]
    assert old in text
    assert dung.submit(dung.get(where), typed(act="save", text_vi=text.replace(old, new, 1)), where).status == 302
    place = f"{where}/publish"
    assert dung.submit(dung.get(place), {"act": "propose", "hash": draft().hash}, place).status == 302
    return place


def confirm(binh: Browser, place: str) -> str:
    """The second person says yes; where that leads them."""
    return binh.submit(binh.get(place), {"act": "confirm", "hash": draft().hash}, place).headers["location"]


class TestAProposedEdition:
    def test_is_told_from_its_own_page_and_then_shows_the_report(self, dung: Browser, binh: Browser, clock: Clock, settings: Any) -> None:
        rule, old, new = ADVICE_LONGER
        place = propose(dung, clock, rule, rule.replace(old, new))
        proposed = dung.get(place).words()
        assert "Sau khi công bố, trang này cho phép soạn thông báo" in proposed
        assert OFFER not in proposed
        arrived = binh.get(confirm(binh, place)).words()
        page = dung.get(place)
        for words in (arrived, page.words()):
            assert OFFER in words
            assert "chưa ai được báo" in words
        answer = dung.submit(page, {"edition": "2"}, "/vi/console/notices")
        assert answer.status == 302
        assert OFFER not in dung.get(place).words()
        assert answer.headers["location"] in dung.get(place).text
        notices.schedule_campaign(campaign_id=Campaign.objects.get().id, at=None, actor=(officer := add_officer(clock)), now=clock.now)
        with PostOffice() as office:
            settings.CAMKET_SMTP_URL = office.url
            plan(clock.now)
            send(clock.now)
        assert TOLD in dung.get(place).words()
        notices.stop_campaign(campaign_id=Campaign.objects.get().id, actor=officer, now=clock.now)
        for path in (place, NOTICES):
            words = dung.get(path).words()
            assert "chưa ai được báo" not in words, path
            assert "đã bị dừng khi 1 thư đã được gửi đi; thông báo mới được gửi cho tất cả, kể cả những người đã nhận" in words, path
            assert OFFER in words, path

    def test_is_signed_below_what_it_changes_and_not_above(self, dung: Browser, binh: Browser, clock: Clock) -> None:
        rule, old, new = ADVICE_LONGER
        page = binh.get(propose(dung, clock, rule, rule.replace(old, new)))
        assert (
            page.text.index('id="step-change"') < page.text.index("180 ngày") < page.text.index('value="confirm"') < page.text.index('value="refuse"')
        )
        assert "Có 0 đoạn văn bản thay đổi" not in page.words()

    def test_is_called_to_mind_at_the_policy_desk_until_somebody_begins_to_tell(self, dung: Browser, binh: Browser, clock: Clock) -> None:
        rule, old, new = ADVICE_LONGER
        place = propose(dung, clock, rule, rule.replace(old, new))
        assert re.search(r"ngay khi hết thời hạn báo trước đã cam kết · Sớm nhất: \d\d/12/2026", binh.get(place).words())
        assert "chưa ai được báo" not in dung.get(DESK).words()
        confirm(binh, place)
        page = dung.get(DESK)
        assert "chưa ai được báo" in page.words()
        assert dung.submit(page, {"edition": "2"}, "/vi/console/notices").status == 302
        assert "chưa ai được báo" not in dung.get(DESK).words()

    def test_is_offered_to_whoever_may_tell_and_to_nobody_else(self, dung: Browser, binh: Browser, sign_in: SignIn, clock: Clock) -> None:
        rule, old, new = ADVICE_LONGER
        place = propose(dung, clock, rule, rule.replace(old, new))
        confirm(binh, place)
        assert OFFER in sign_in("operator").get(place).words()
        auditor = sign_in("auditor").get(place).words()
        assert "chưa ai được báo" in auditor
        assert OFFER not in auditor

    def test_that_changes_nothing_that_weighs_offers_nothing(self, dung: Browser, binh: Browser, clock: Clock) -> None:
        place = propose(dung, clock, "\n1.1 ", "\n1.1 Thêm lời. ")
        assert "Sau khi công bố" not in dung.get(place).words()
        assert OFFER not in binh.get(confirm(binh, place)).words()
        assert OFFER not in dung.get(place).words()

    def test_is_still_offered_once_it_is_in_force_and_then_says_that_it_is_late(
        self, dung: Browser, binh: Browser, sign_in: SignIn, clock: Clock
    ) -> None:
        rule, old, new = ADVICE_LONGER
        place = propose(dung, clock, rule, rule.replace(old, new))
        confirm(binh, place)
        clock.wait(days=40)
        assert enact_due(actor=THE_HOUSE, now=clock.now) == [2]
        operator = sign_in("operator")
        for path in (place, DESK, NOTICES):
            words = operator.get(path).words()
            assert OFFER in words, path
            assert re.search(r"Đã có hiệu lực từ: \d\d/01/2027", words), path
            assert LATE in words, path
        page = operator.submit(operator.get(NOTICES), {"edition": "2"}).headers["location"]
        for path in (place, DESK, NOTICES):
            assert "chưa ai được báo" not in operator.get(path).words(), path
        assert "báo từ lúc này là báo sau" in operator.get(page).words()

    def test_that_changed_nothing_that_weighs_is_not_offered_once_it_is_in_force(
        self, dung: Browser, binh: Browser, sign_in: SignIn, clock: Clock
    ) -> None:
        place = propose(dung, clock, "\n1.1 ", "\n1.1 Thêm lời. ")
        confirm(binh, place)
        clock.wait(days=40)
        enact_due(actor=THE_HOUSE, now=clock.now)
        operator = sign_in("operator")
        for path in (place, DESK, NOTICES):
            assert OFFER not in operator.get(path).words(), path

    def test_that_came_into_force_at_once_for_nobody_was_there_to_tell_is_not_offered(self, dung: Browser, clock: Clock, tmp_path: Path) -> None:
        publish_second(tmp_path, now=clock.now)
        arrive(email(AN), now=clock.now, nonce="1")
        for path in (DESK, NOTICES):
            assert OFFER not in dung.get(path).words(), path

    def test_page_costs_no_more_questions_for_a_notice_to_many(
        self, dung: Browser, binh: Browser, clock: Clock, django_assert_max_num_queries: Any
    ) -> None:
        rule, old, new = ADVICE_LONGER
        place = propose(dung, clock, rule, rule.replace(old, new))
        confirm(binh, place)
        for number in range(20):
            arrive({**email(AN), "email": f"khach.{number}@example.vn"}, now=clock.now, nonce=f"n{number}")
        dung.submit(dung.get(place), {"edition": "2"}, "/vi/console/notices")
        notices.schedule_campaign(campaign_id=Campaign.objects.get().id, at=None, actor=add_officer(clock), now=clock.now)
        plan(clock.now)
        dung.get(place)
        with django_assert_max_num_queries(36):
            dung.get(place)


def add_officer(clock: Clock) -> Any:
    """A colleague who may let notices go."""
    return add_staff(email="ha@staff.example.vn", role="privacy_officer", actor=THE_HOUSE, now=clock.now).actor
