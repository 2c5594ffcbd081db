"""What stands beside the inbox: one inquiry within its list, the news an open page asks for, texts, and the days in numbers."""

import json
import re
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from camket.access.queries import read_stream_ticket
from camket.duties.intake.models import CannedText, Inquiry
from tests.cast import AN, BINH
from tests.web.browsing import Browser, Clock
from tests.web.console.test_inbox import SignIn, press, rows, written


class TestAnInquiryWithinItsList:
    def test_has_its_neighbours_and_goes_on_to_the_next_once_it_is_resolved(self, sign_in: SignIn, clock: Clock) -> None:
        references = []
        for person in (AN, BINH, AN):
            references += written(person)
            clock.wait(minutes=1)
        oldest, middle, newest = references
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{middle}?show=open"
        page = adviser.get(place)
        assert f"inquiries/{newest}?show=open" in page.text
        assert f"inquiries/{oldest}?show=open" in page.text
        answer = adviser.submit(page, {"act": "resolve"}, place)
        assert answer.headers["location"] == f"/vi/console/inquiries/{oldest}?show=open"
        page = adviser.get(answer.headers["location"])
        assert "Đã đánh dấu xong 1 cuộc trao đổi." in page.words()
        undone = adviser.post("/vi/console/acts", {**page.hidden(), "act": "undo", "at": oldest, "list": "show=open"})
        assert undone.headers["location"] == f"/vi/console/inquiries/{middle}?show=open&undone=1"
        assert "Đã hoàn tác" in adviser.get(undone.headers["location"]).words()
        assert "Đã hoàn tác" not in adviser.get(f"/vi/console/inquiries/{oldest}?show=open").words()
        assert "Đã hoàn tác" not in adviser.get("/vi/console/?show=open").words()
        assert Inquiry.objects.get(reference=middle).state == "new"

    def test_leads_back_to_the_list_after_the_last(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}?show=new"
        assert adviser.submit(adviser.get(place), {"act": "resolve"}, place).headers["location"] == "/vi/console/?show=new"

    def test_tells_what_was_done_and_by_whom(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}"
        adviser.submit(adviser.get(place), {"act": "assign"}, place)
        adviser.submit(adviser.get(place), {"act": "give", "given_to": ""}, place)
        words = adviser.get(place).words()
        assert "adviser nhận xử lý" in words
        assert "adviser bỏ phân công" in words

    def test_that_was_reopened_meanwhile_is_there_for_whoever_reopens_it_too(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}"
        adviser.submit(adviser.get(place), {"act": "resolve"}, place)
        page = adviser.get(place)
        for _ in range(2):
            answer = adviser.submit(page, {"act": "reopen"}, place)
            assert (answer.status, answer.headers.get("location")) == (302, place)

    def test_is_given_to_nobody_who_is_not_there(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}"
        assert adviser.submit(adviser.get(place), {"act": "give", "given_to": "x"}, place).status == 409

    def test_costs_the_same_however_much_was_said(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}?show=open"
        adviser.get(place)
        one = self.statements(adviser, place)
        for number in range(4):
            adviser.submit(adviser.get(place), {"act": "note", "note": f"Ghi chú {number}"}, place)
        assert self.statements(adviser, place) <= one + 1  # whether a letter carries an answer is asked once there is one

    def statements(self, browser: Browser, place: str) -> int:
        with CaptureQueriesContext(connections["default"]) as asked:
            assert browser.get(place).status == 200
        return len(asked)


class TestTheNews:
    def test_holds_references_and_numbers_and_no_word_of_anybody(self, sign_in: SignIn) -> None:
        references = written(AN, BINH)
        page = sign_in("adviser").get("/vi/console/news?show=open")
        told = json.loads(page.text)
        assert {reference for reference, _ in told["rows"]} == set(references)
        assert told["counts"]["open"] == 2
        for value in (AN.full_name, AN.email, AN.message[:12], BINH.full_name):
            assert value not in page.text

    def test_is_not_told_twice(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser = sign_in("adviser")
        tag = adviser.get("/vi/console/news?show=open").headers["etag"]
        again = adviser.get("/vi/console/news?show=open", **{"If-None-Match": tag})
        assert (again.status, again.text) == (304, "")
        adviser.submit(adviser.get(f"/vi/console/inquiries/{reference}"), {"act": "note", "note": "Đã gọi."})
        assert adviser.get("/vi/console/news?show=open", **{"If-None-Match": tag}).status == 200

    def test_of_one_inquiry_is_how_far_it_has_come(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser = sign_in("adviser")
        assert json.loads(adviser.get(f"/vi/console/news?inquiry={reference}").text) == {"sequence": 0}
        adviser.submit(adviser.get(f"/vi/console/inquiries/{reference}"), {"act": "note", "note": "Đã gọi."})
        assert json.loads(adviser.get(f"/vi/console/news?inquiry={reference}").text) == {"sequence": 1}
        assert json.loads(adviser.get("/vi/console/news?inquiry=CK-0000-0000").text) == {"sequence": None}

    def test_comes_with_a_ticket_for_the_live_stream_and_a_policy_that_lets_it_be_reached(self, sign_in: SignIn, settings: Any) -> None:
        (reference,) = written()
        adviser = sign_in("adviser")
        settings.CAMKET_STREAM_BIND = "127.0.0.1:8001"
        told = json.loads(adviser.get(f"/vi/console/stream?inquiry={reference}").text)
        ticket = read_stream_ticket(told["ticket"], now=timezone.now())
        assert (told["url"], ticket.origin, ticket.watched) == ("http://localhost:8001/stream", "http://localhost", reference)
        assert "connect-src 'self' http://localhost:8001;" in adviser.get("/vi/console/").headers["content-security-policy"] + ";"
        assert "connect-src 'self';" in sign_in("operator").get("/vi/console/operations").headers["content-security-policy"] + ";"

    def test_is_asked_for_where_there_is_no_stream_or_a_proxy_passes_it_on(self, sign_in: SignIn, settings: Any) -> None:
        adviser = sign_in("adviser")
        settings.CAMKET_STREAM_BIND, settings.CAMKET_TRUSTED_PROXIES = "127.0.0.1:8001", ("203.0.113.1",)
        assert json.loads(adviser.get("/vi/console/stream").text)["url"] == "/stream"
        assert "connect-src 'self';" in adviser.get("/vi/console/").headers["content-security-policy"] + ";"
        settings.CAMKET_STREAM_BIND = ""
        assert (adviser.get("/vi/console/stream").status, adviser.get("/vi/console/stream").text) == (204, "")

    def test_for_the_palette_is_what_one_worked_on(self, sign_in: SignIn) -> None:
        mine, _ = written(AN, BINH)
        adviser = sign_in("adviser")
        press(adviser, adviser.get("/vi/console/"), "take_on", mine)
        told = json.loads(adviser.get("/vi/console/lately").text)
        assert [item["label"] for item in told["recent"]] == [mine]


class TestTheTexts:
    BODY = "Kính chào {name},\nCửa hàng mở cửa từ 8 giờ. Mã của quý khách là {reference}."

    @pytest.fixture
    def adviser(self, sign_in: SignIn) -> Browser:
        browser = sign_in("adviser")
        answer = browser.submit(browser.get("/vi/console/texts"), {"act": "keep", "title": "Giờ mở cửa", "body": self.BODY, "language": "vi"})
        assert answer.status == 302, answer.words()
        return browser

    def test_begin_an_answer_with_the_name_that_is_open_on_the_page(self, adviser: Browser) -> None:
        (reference,) = written()
        text = CannedText.objects.get()
        assert "{name}" in text.body
        page = adviser.get(f"/vi/console/inquiries/{reference}?text={text.id}")
        box = re.search(r"<textarea id=\"answer\"[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
        assert box is not None
        assert box[1] == f"Kính chào {AN.full_name},\nCửa hàng mở cửa từ 8 giờ. Mã của quý khách là {reference}."
        assert AN.full_name not in "".join(CannedText.objects.values_list("body", flat=True))

    def test_are_changed_and_removed(self, adviser: Browser) -> None:
        text = CannedText.objects.get()
        place = f"/vi/console/texts/{text.id}"
        assert adviser.submit(adviser.get(place), {"act": "keep", "title": "Giờ", "body": "Từ 9 giờ.", "language": "en"}, place).status == 302
        assert "Từ 9 giờ." in adviser.get("/vi/console/texts").words()
        assert adviser.submit(adviser.get(place), {"act": "remove"}, place).status == 302
        assert "Chưa có mẫu nào" in adviser.get("/vi/console/texts").words()
        assert adviser.get(place).status == 404

    def test_are_removed_by_nobody_who_is_not_told_first_that_it_is_for_good(self, adviser: Browser) -> None:
        page = adviser.get(f"/vi/console/texts/{CannedText.objects.get().id}").text
        folded = re.search(r'<details class="withdraw">(.*?)</details>', page, re.DOTALL)
        assert folded is not None
        assert "không khôi phục được" in folded[1]
        assert re.search(r'<form method="post">.*value="remove"', folded[1], re.DOTALL)
        assert page.count('value="remove"') == 1

    def test_with_a_place_that_is_not_known_are_refused_by_its_name(self, adviser: Browser) -> None:
        given = {"act": "keep", "title": "Gọi lại", "body": "Chào {ten<b>}", "language": "vi"}
        page = adviser.submit(adviser.get("/vi/console/texts"), given)
        assert page.status == 422
        assert "Hệ thống không biết điền gì vào {ten&lt;b&gt;}." in page.text

    def test_with_a_persons_details_are_refused_and_what_was_typed_is_kept(self, adviser: Browser) -> None:
        given = {"act": "keep", "title": "Gọi lại", "body": f"Gọi số {AN.phone}", "language": "vi"}
        page = adviser.submit(adviser.get("/vi/console/texts"), given)
        assert page.status == 422
        assert "không được chứa thông tin về khách" in page.words()
        assert f"Gọi số {AN.phone}" in page.text
        assert CannedText.objects.count() == 1
        page = adviser.submit(page, {**given, "is_ours": "1"}, "/vi/console/texts")
        assert page.status == 302

    @pytest.mark.parametrize("given", [{"act": "x"}, {"act": "remove"}])
    def test_know_no_other_act(self, adviser: Browser, given: dict[str, str]) -> None:
        assert adviser.submit(adviser.get("/vi/console/texts"), given).status == 404


class TestTheDaysInNumbers:
    def test_count_what_was_received_answered_and_resolved_and_by_whom(self, sign_in: SignIn) -> None:
        first, _ = written(AN, BINH)
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{first}"
        adviser.submit(adviser.get(place), {"act": "answer", "answer": "Chào chị."}, place)
        adviser.submit(adviser.get(place), {"act": "resolve"}, place)
        page = adviser.get("/en/console/activity")
        assert re.search(r"<dt>Received</dt><dd>2</dd>", page.text)
        assert re.search(r"<dt>Answers</dt><dd>1</dd>", page.text)
        assert re.search(r"<dt>Resolved</dt><dd>1</dd>", page.text)
        row = re.search(r'<th scope="row">adviser</th>(.*?)</tr>', page.text)
        assert row is not None
        assert re.findall(r">(\d+)</td>", row[1]) == ["1", "0", "1"]
        assert "<rect" in page.text

    def test_count_no_resolution_that_was_taken_back(self, sign_in: SignIn, clock: Clock) -> None:
        references = written(AN, BINH)
        adviser = sign_in("adviser")

        def resolved() -> str:
            return re.findall(r"<dt>Resolved</dt><dd>(\d+)</dd>", adviser.get("/en/console/activity").text)[0]

        def press(act: str, **values: Any) -> None:
            adviser.submit(adviser.get("/vi/console/?show=all"), {"act": act, **values}, "/vi/console/acts")
            clock.wait(seconds=20)

        press("resolve", reference=references)
        assert resolved() == "2"
        press("undo", token=adviser.get("/vi/console/?show=all").hidden()["token"])
        assert resolved() == "0"
        press("resolve", reference=references[:1])
        clock.wait(minutes=5)
        press("reopen", reference=references[:1])
        press("undo", token=adviser.get("/vi/console/?show=all").hidden()["token"])
        assert resolved() == "1", "a reopening that was taken back is no second resolution"

    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", ["operator", "privacy_officer"])
    def test_are_letters_alone_for_whoever_sees_no_inquiry(self, sign_in: SignIn, role: str) -> None:
        written(AN)
        page = sign_in(role).get("/en/console/activity")
        assert "Received" not in page.text
        assert "Who did what" not in page.text

    def test_say_so_where_nothing_has_happened(self, sign_in: SignIn) -> None:
        assert "Nothing has happened yet" in sign_in("adviser").get("/en/console/activity").words()


class TestAnEmptyPage:
    @pytest.mark.parametrize("show", ["open", "new", "answered", "mine", "resolved", "all"])
    def test_of_the_inbox_says_what_to_do(self, sign_in: SignIn, show: str) -> None:
        page = sign_in("adviser").get(f"/en/console/?show={show}")
        assert rows(page) == []
        assert 'class="blank-title"' in page.text

    @pytest.mark.parametrize("role", ["abuse", "legal"])
    @pytest.mark.parametrize(
        ("language", "told"), [("vi", "Vai trò của bạn chưa có trang làm việc riêng"), ("en", "There is no desk for your role yet")]
    )
    def test_says_that_a_desk_is_still_to_come_and_what_can_be_done_now(self, sign_in: SignIn, role: str, language: str, told: str) -> None:
        browser = sign_in(role)
        assert browser.get(f"/{language}/console/").headers["location"] == f"/{language}/console/editions"
        page = browser.get(f"/{language}/console/editions")
        assert told in page.words()
        assert f'href="/{language}/console/account"' in page.text.split('id="to-come"')[1].split("</div>")[0]

    def test_says_so_to_nobody_who_has_one(self, sign_in: SignIn) -> None:
        assert 'id="to-come"' not in sign_in("auditor").get("/vi/console/editions").text
