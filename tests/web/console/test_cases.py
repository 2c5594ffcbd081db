"""The desks of special cases: a reason, a second person, and nothing shown to anybody else."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.access.actions import dismiss_staff, issue_sign_in_link
from camket.access.models import Staff
from camket.access.queries import staff_by_email
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import rules
from camket.duties.special_cases.models import SpecialCase
from camket.duties.special_cases.queries import people
from camket.policy.terms import THE_HOUSE, FieldName
from tests.access.entwining import entwine
from tests.cast import AN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept

SignIn = Callable[[str], Browser]
REASON = "Có người giả danh công ty gọi cho chị An."
OPENING = {"ground": "a", "fields": ["full_name", "phone"], "reason": REASON}


@pytest.fixture
def about(visitor: Browser) -> str:
    """The reference of An's inquiry."""
    return visitor.contact(**AN.values("full_name", "email", "phone", "message")).text.partition('class="reference">')[2].partition("<")[0]


@pytest.fixture
def chi(sign_in: SignIn) -> Browser:
    """An adviser at her desk."""
    return sign_in("adviser")


def opened(browser: Browser, about: str) -> str:
    """Open a case from the page of an inquiry, and return the address of its page."""
    answer = browser.submit(browser.get(f"/vi/console/cases/about/{about}"), OPENING)
    assert answer.status == 302, answer.words()
    return answer.headers["location"]


def act(browser: Browser, place: str, act: str, **values: str) -> Page:
    return browser.submit(browser.get(place), {"act": act, **values}, place)


def shows_an(page: Page) -> bool:
    return any(value in page.text for value in (AN.full_name, "+84912000101", AN.email))


@pytest.mark.clause("3.9")
class TestTheWayThroughACase:
    def test_is_why_the_inquiry_stays_on_and_is_called_so_there(self, chi: Browser, about: str) -> None:
        opened(chi, about)
        words = chi.get(f"/vi/console/inquiries/{about}").words()
        assert words.count("giữ trong thời gian cuộc trao đổi còn mở") == 1
        assert words.count("giữ trong thời gian hồ sơ còn mở") == 1

    def test_leads_from_the_inquiry_to_its_end(self, chi: Browser, dung: Browser, about: str) -> None:
        assert f'href="/vi/console/cases/about/{about}"' in chi.get(f"/vi/console/inquiries/{about}").text
        place = opened(chi, about)
        assert not shows_an(chi.get(f"{place}?open=details"))
        assert REASON in dung.get(place).text
        assert act(dung, place, "approve").status == 302
        page = chi.get(place)
        assert not shows_an(page), "details wait until somebody asks for them"
        assert AN.full_name in chi.get(f"{place}?open=details").text
        assert "+84912000101" in chi.get(f"{place}?open=details").text
        assert AN.message[:12] in chi.get(f"{place}?open=messages").text
        assert act(chi, place, "close", done="Đã gọi, chị An đã biết.").status == 302
        assert not shows_an(chi.get(f"{place}?open=details"))
        assert "Đã gọi, chị An đã biết." in dung.get(place).text

    def test_says_that_it_found_more_than_it_shows(self, dung: Browser, visitor: Browser, about: str, monkeypatch: pytest.MonkeyPatch) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        assert "mới nhất" not in dung.submit(dung.get("/vi/console/cases"), {"query": AN.email}).words()
        monkeypatch.setattr(people, "MOST_FOUND", 1)
        page = dung.submit(dung.get("/vi/console/cases"), {"query": AN.email})
        assert "Ở đây chỉ hiện những kết quả mới nhất." in page.words()
        assert about not in page.words()

    def test_begins_with_a_look_for_the_privacy_officer(self, chi: Browser, dung: Browser, about: str) -> None:
        page = dung.submit(dung.get("/vi/console/cases"), {"query": AN.email})
        assert f'href="/vi/console/cases/about/{about}"' in page.text
        assert not any(value in page.text for value in (AN.full_name, AN.email, "912000101"))
        place = opened(dung, about)
        assert not shows_an(dung.get(f"{place}?open=details"))
        assert act(chi, place, "approve").status == 302
        assert shows_an(dung.get(f"{place}?open=details"))

    def test_tells_an_answer_that_was_taken_back_from_one_that_was_sent(self, chi: Browser, about: str, settings: Any) -> None:
        settings.CAMKET_ANSWER_WAITS_SECONDS = 30
        inquiry = f"/vi/console/inquiries/{about}"
        for answer in ("Giá là 2 triệu.", "Giá là 3 triệu."):
            assert act(chi, inquiry, "answer", answer=answer).status == 302
        assert act(chi, inquiry, "take_back").status == 302
        page = chi.get(f"{opened(chi, about)}?open=messages")
        marks = dict(re.findall(r'<span class="tag">([^<]*)</span>(?:(?!<li).)*?<bdi>(Giá[^<]*)</bdi>', page.text, re.DOTALL))
        assert marks == {"trả lời": "Giá là 2 triệu.", "câu trả lời đã thu hồi, chưa gửi": "Giá là 3 triệu."}

    def test_is_no_look_for_an_adviser(self, chi: Browser, about: str) -> None:
        page = chi.post("/vi/console/cases", {**chi.get("/vi/console/cases").hidden(), "query": AN.email})
        assert page.status == 403
        assert about not in page.text

    @pytest.mark.parametrize("typed", ["", "hoài an", "12", "an@"])
    def test_asks_for_a_whole_address_or_number(self, dung: Browser, typed: str) -> None:
        page = dung.submit(dung.get("/vi/console/cases"), {"query": typed})
        assert page.status == 422
        assert f'value="{typed}"' in page.text

    def test_knows_no_other_act(self, chi: Browser, about: str) -> None:
        assert act(chi, opened(chi, about), "open").status == 404


@pytest.mark.clause("3.9")
class TestAPageOfACase:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"ground": ""}, "Hãy chọn trường hợp"),
            ({"fields": []}, "Hãy chọn thông tin cần dùng"),
            ({"fields": ["message"]}, "Hãy chọn thông tin cần dùng"),
            ({"reason": " "}, "Hãy ghi lý do."),
            ({"nonce": ""}, "Trang này đã được gửi trước đó"),
        ],
    )
    def test_keeps_what_was_typed_where_it_cannot_be_opened(self, chi: Browser, about: str, change: dict[str, Any], sentence: str) -> None:
        page = chi.get(f"/vi/console/cases/about/{about}")
        before = everything_kept()
        answer = chi.submit(page, {**OPENING, **change})
        assert answer.status in (409, 422)
        assert sentence in answer.words()
        assert change.get("reason", REASON).strip() in answer.text
        assert everything_kept() == before

    def test_opens_one_case_however_often_it_is_sent(self, chi: Browser, about: str) -> None:
        page = chi.get(f"/vi/console/cases/about/{about}")
        assert chi.submit(page, OPENING).headers["location"] == chi.submit(page, OPENING).headers["location"]
        assert chi.submit(page, {**OPENING, "reason": "Khác."}).status == 409
        assert SpecialCase.objects.count() == 1

    def test_has_no_button_to_approve_ones_own(self, chi: Browser, about: str) -> None:
        place = opened(chi, about)
        assert 'value="approve"' not in chi.get(place).text
        assert act(chi, place, "approve").status == 403
        assert SpecialCase.objects.get().state == "waiting"

    def test_says_when_a_colleague_was_quicker_and_loses_nothing(self, chi: Browser, dung: Browser, about: str) -> None:
        place = opened(chi, about)
        assert act(dung, place, "approve").status == 302
        late = act(dung, place, "refuse", refusal="Không thuộc 3.8.")
        assert late.status == 409
        assert "Không thuộc 3.8." in late.text

    def test_asks_for_what_is_missing_by_its_name(self, chi: Browser, dung: Browser, about: str) -> None:
        place = opened(chi, about)
        assert "Hãy ghi lý do." in act(dung, place, "refuse", refusal=" ").words()
        act(dung, place, "approve")
        for press in ("note", "close"):
            assert "Hãy ghi lại việc đã làm." in act(chi, place, press, done=" ").words()

    def test_says_that_an_approval_has_run_out(self, chi: Browser, dung: Browser, about: str, clock: Clock) -> None:
        place = opened(chi, about)
        act(dung, place, "approve")
        clock.wait(hours=rules.APPROVAL_LASTS.total_seconds() / 3600)
        chi = self.again("adviser", clock)
        page = chi.get(f"{place}?open=details")
        assert "đã hết hiệu lực" in page.words()
        assert not shows_an(page)
        assert act(chi, place, "ask_again").status == 302
        assert "Chờ người thứ hai" in chi.get(place).words()

    def test_says_that_whoever_agreed_has_left(self, chi: Browser, dung: Browser, about: str, clock: Clock) -> None:
        place = opened(chi, about)
        act(dung, place, "approve")
        dismiss_staff(staff_id=Staff.objects.get(role="privacy_officer").id, actor=THE_HOUSE, now=clock.now)
        page = chi.get(f"{place}?open=details")
        assert "không còn làm việc ở đây" in page.words()
        assert not shows_an(page)

    def test_is_not_there_for_an_adviser_whose_case_it_is_not(self, chi: Browser, dung: Browser, about: str, clock: Clock) -> None:
        place = opened(chi, about)
        act(dung, place, "approve")
        another = self.newcomer("mai@staff.example.vn", clock)
        there, nowhere = another.get(place), another.get("/vi/console/cases/SC-0000-0000")
        assert (there.status, there.words()) == (404, nowhere.words())
        assert another.get("/vi/console/cases").words().count("SC-") == 0

    def test_says_why_somebody_cannot_decide_whom_the_other_let_in(self, chi: Browser, dung: Browser, about: str, clock: Clock) -> None:
        place = opened(chi, about)
        opener = staff_by_email("adviser@staff.example.vn")
        entwine(Staff.objects.get(role="privacy_officer").id, by=opener.id, now=clock.now)
        words = dung.get(place).words()
        assert "Cần một người khác quyết định" in words
        assert "Tôi chấp thuận" not in words
        page = act(dung, place, "approve")
        assert (page.status, "Bạn không được quyết định" in page.words()) == (403, True)

    def again(self, role: str, clock: Clock) -> Browser:
        """Sign somebody in once more: the twelve hours of their session are over."""
        browser = Browser()
        link = issue_sign_in_link(staff_id=Staff.objects.get(role=role).id, now=clock.now)
        browser.submit(browser.get(f"/vi/console/sign-in/{link}"), {})
        return browser

    def test_of_a_colleague_who_left_is_taken_over_and_not_approved(self, chi: Browser, dung: Browser, about: str, clock: Clock) -> None:
        place = opened(chi, about)
        dismiss_staff(staff_id=staff_by_email("adviser@staff.example.vn").id, actor=THE_HOUSE, now=clock.now)
        assert act(dung, place, "approve").status == 409
        page = dung.get(place)
        assert 'value="approve"' not in page.text
        assert "không còn làm việc ở đây" in page.words()
        assert "Có 1 trường hợp đặc biệt chờ người tiếp nhận" in dung.get("/vi/console/journal").words()
        mai = self.newcomer("mai@staff.example.vn", clock)
        assert "chờ người tiếp nhận" in mai.get("/vi/console/").words()
        clock.wait(minutes=22)
        assert act(mai, place, "take_over").status == 302
        assert re.search(r"Người mở (?!bạn)[^,]+, .*Người tiếp nhận bạn, ", mai.get(place).words())
        assert "chờ người tiếp nhận" not in mai.get("/vi/console/").words()
        assert act(dung, place, "approve").status == 302
        assert shows_an(mai.get(f"{place}?open=details"))

    def test_that_was_refused_shows_why_to_whoever_asked_who_was_told_to_be_read(self, chi: Browser, dung: Browser, about: str) -> None:
        place = opened(chi, about)
        assert "sẽ đọc được lý do này" in dung.get(place).words()
        assert act(dung, place, "refuse", refusal="Không thuộc điều 3.8.").status == 302
        page = chi.get(place)
        assert "Không thuộc điều 3.8." in page.text
        assert "lý do từ chối" in page.words()
        assert not shows_an(chi.get(f"{place}?open=messages"))

    def test_learns_that_it_was_decided_about_without_a_reload(self, chi: Browser, dung: Browser, about: str) -> None:
        place = opened(chi, about)
        page = chi.get(place)
        assert f'data-news-url="{place}/news"' in page.text
        known = int(re.findall(r'data-sequence="(\d+)"', page.text)[0])
        asked = chi.get(f"{place}/news")
        assert json.loads(asked.text) == {"sequence": known}
        assert chi.get(f"{place}/news", **{"If-None-Match": asked.headers["etag"]}).status == 304
        act(dung, place, "approve")
        assert json.loads(chi.get(f"{place}/news").text)["sequence"] != known
        assert "Có 1 trường hợp đặc biệt của bạn đã được chấp thuận" in chi.get("/vi/console/").words()
        assert dung.get("/vi/console/cases/SC-0000-0000/news").text == '{"sequence":null}'

    def newcomer(self, email: str, clock: Clock) -> Browser:
        row = Staff.objects.create(email=email, role="adviser", password="!", created_at=clock.now)  # the marker of no password
        browser = Browser()
        browser.submit(browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}"), {})
        return browser


class TestTheList:
    def fill(self, number: int, about: str, clock: Clock) -> None:
        chi = staff_by_email("adviser@staff.example.vn").actor
        for index in range(number):
            opening = rules.Opening(about=about, ground="b", fields=frozenset({FieldName("phone")}), reason=REASON)
            key = f"{index:032}".encode()
            special_cases.open_case(opening=opening, key=key, actor=chi, now=clock.now)

    @pytest.mark.parametrize("show", ["to_approve", "open"])
    def test_costs_the_same_for_thirty_cases_as_for_one(self, chi: Browser, dung: Browser, about: str, clock: Clock, show: str) -> None:
        place = f"/vi/console/cases?show={show}"
        self.fill(1, about, clock)
        dung.get(place)
        costs = []
        for number in (1, 30):
            self.fill(number, about, clock)
            with CaptureQueriesContext(connections["default"]) as plain, CaptureQueriesContext(connections["keys"]) as keys:
                page = dung.get(place)
            costs.append(len(plain) + len(keys))
            assert page.text.count('class="row-link"') == number
        assert costs[0] == costs[1] <= 14

    def test_names_nobody(self, chi: Browser, dung: Browser, about: str) -> None:
        opened(chi, about)
        for browser in (chi, dung):
            page = browser.get("/vi/console/cases")
            assert about in page.text
            assert not shows_an(page)
            assert REASON not in page.text

    def test_says_what_to_do_where_it_is_empty(self, chi: Browser, dung: Browser) -> None:
        assert "Không có gì chờ bạn" in dung.get("/vi/console/cases?show=to_approve").words()
        assert "Liên lạc ngoài cuộc trao đổi này" in chi.get("/vi/console/cases").words()

    def test_counts_what_each_list_holds(self, chi: Browser, dung: Browser, about: str) -> None:
        opened(chi, about)

        def counts(browser: Browser) -> list[str]:
            return re.findall(r'class="badge">(\d+)<', browser.get("/vi/console/cases").text)

        assert (counts(chi), counts(dung)) == (["0", "1", "1", "0"], ["1", "0", "1", "0"])


class TestTheLawsClocks:
    @pytest.mark.clause("9.1")
    def test_stand_on_a_case_in_which_a_right_is_exercised_until_it_ends(self, dung: Browser, clock: Clock, about: str) -> None:
        asked = dung.submit(dung.get(f"/vi/console/cases/about/{about}"), {**OPENING, "ground": "c"}).headers["location"]
        words = dung.get(asked).words()
        assert "Theo luật, chậm nhất là" in words
        assert "Báo là đã nhận được yêu cầu" in words
        assert "quá hạn" not in words
        assert "hạn gần nhất theo luật:" in dung.get("/vi/console/cases").words()
        clock.wait(days=11)  # ten days are given for showing what is held
        link = issue_sign_in_link(staff_id=staff_by_email("privacy-officer@staff.example.vn").id, now=clock.now)
        assert dung.submit(dung.get(f"/vi/console/sign-in/{link}"), {}).status == 302
        assert "quá hạn" in dung.get(asked).words()
        act(dung, asked, "give_up")
        assert "Theo luật" not in dung.get(asked).words()

    def test_stand_on_no_other_case(self, dung: Browser, about: str) -> None:
        assert "Theo luật" not in dung.get(opened(dung, about)).words()
        assert "hạn gần nhất" not in dung.get("/vi/console/cases").words()
