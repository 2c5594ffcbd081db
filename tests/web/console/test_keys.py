"""The desks' script: keys that move and press, a palette, and news that waits to be shown. In a real browser, which asks no server."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from camket.duties.intake.queries import listing
from tests.cast import AN, BINH
from tests.web.browsing import Browser
from tests.web.console.opening import SCRIPT, Open
from tests.web.console.test_inbox import SignIn, written

pytestmark = pytest.mark.whatever_database


def is_post(request: Request) -> bool:
    return request.method == "POST"


@pytest.fixture
def adviser(sign_in: SignIn) -> Browser:
    return sign_in("adviser")


class TestKeysInAList:
    def test_move_choose_and_press(self, adviser: Browser, opened: Open) -> None:
        references = written(AN, BINH)
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            desk.page.keyboard.press("j")
            desk.page.keyboard.press("j")
            last = desk.page.locator(".row").nth(1)
            expect(last.locator(".row-link")).to_be_focused()
            desk.page.keyboard.press("k")
            desk.page.keyboard.press("x")
            expect(desk.page.locator(".row").nth(0).locator("input")).to_be_checked()
            expect(desk.page.locator(".acts-many")).to_have_text("Đã chọn 1")
            sent = desk.press_and_ask("e").post_data or ""
        assert "act=resolve" in sent
        assert sum(f"reference={reference}" in sent for reference in references) == 1

    @pytest.mark.parametrize(("key", "page"), [("j", "older"), ("ArrowDown", "older"), ("k", "newer")])
    def test_go_on_to_the_page_beside_at_the_end_of_a_list(
        self, adviser: Browser, key: str, page: str, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PAGE", 1)
        written(AN, BINH, AN)
        first = adviser.get("/vi/console/?show=open").text
        middle = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
        with opened(adviser.get(middle).text) as desk:
            desk.page.keyboard.press("j")
            with desk.page.expect_request(lambda request: f"{page}=" in request.url):
                desk.page.keyboard.press(key)

    @pytest.mark.parametrize("key", ["Control+e", "Alt+e", "Meta+e"])
    def test_mean_nothing_with_another_key_held(self, adviser: Browser, key: str, opened: Open) -> None:
        written()
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            desk.page.keyboard.press("j")
            desk.page.keyboard.press(key)
            desk.page.wait_for_timeout(50)
            assert desk.sent() == []

    def test_show_what_is_missing_beside_what_stayed_chosen(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        given = {"act": "give", "given_to": "?", "reference": reference}
        with opened(adviser.submit(adviser.get("/vi/console/?show=open"), given, "/vi/console/acts").text) as desk:
            expect(desk.page.locator(".acts-bar .error")).to_have_text("Hãy chọn người nhận.")
            expect(desk.page.locator(".acts-bar .error")).to_be_visible()
            expect(desk.page.locator(".acts-many")).to_have_text("Đã chọn 1")

    def test_do_nothing_where_nothing_is_current(self, adviser: Browser, opened: Open) -> None:
        written()
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            desk.page.keyboard.press("e")
            desk.page.wait_for_timeout(50)
            assert desk.sent() == []


class TestAButton:
    def test_that_is_pressed_twice_at_once_sends_its_form_once(self, sign_in: SignIn, opened: Open) -> None:
        with opened(sign_in("privacy_officer").get("/vi/console/policy").text) as desk:
            start = desk.page.locator("button[value=start]")
            start.evaluate("button => { button.form.action = '/vi/console/policy' }")
            with desk.page.expect_request(is_post):
                start.click()
            start.click()
            desk.page.wait_for_timeout(200)
            assert len(desk.sent()) == 1
            desk.page.clock.run_for(1_000)
            with desk.page.expect_request(is_post):  # the answer was a file, or was lost on its way
                start.click()
            assert len(desk.sent()) == 2


class TestKeysInAnInquiry:
    def test_are_letters_in_a_field_and_while_a_word_is_composed(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        with opened(adviser.get(f"/vi/console/inquiries/{reference}?show=open").text) as desk:
            compose = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'e', bubbles: true, isComposing: true}))"
            desk.page.evaluate(compose)
            desk.page.keyboard.press("r")
            expect(desk.page.locator("#answer")).to_be_focused()
            expect(desk.page.locator("#answer")).to_have_value("")
            desk.page.keyboard.type("ea?nj")
            expect(desk.page.locator("#answer")).to_have_value("ea?nj")
            assert desk.sent() == []
            desk.page.keyboard.press("Escape")
            desk.page.keyboard.press("?")
            expect(desk.page.locator("#keys")).to_be_visible()
            desk.page.keyboard.press("e")
            assert desk.sent() == []
            desk.page.keyboard.press("Escape")
            desk.page.keyboard.press("n")
            expect(desk.page.locator("#note")).to_be_focused()


class TestTheFirstTab:
    def test_leads_to_the_way_past_the_menu_on_a_narrow_screen_too(self, adviser: Browser, opened: Open) -> None:
        with opened(adviser.get("/vi/console/activity").text) as desk:
            desk.page.keyboard.press("Tab")
            expect(desk.page.locator(".skip")).to_be_focused()
            desk.page.set_viewport_size({"width": 390, "height": 800})
            desk.page.add_script_tag(content=SCRIPT.read_text())
            expect(desk.page.locator(".top-nav [aria-current]")).to_be_in_viewport(ratio=1)


class TestThePalette:
    def test_finds_without_diacritics_and_goes_there(self, adviser: Browser, opened: Open) -> None:
        with opened(adviser.get("/vi/console/").text) as desk:
            desk.page.keyboard.press("Control+k")
            expect(desk.page.locator("#palette")).to_be_visible()
            desk.page.keyboard.type("thu gui")
            expect(desk.page.locator("#palette-list [aria-selected=true]")).to_contain_text("Thư gửi đi")
            assert desk.press_and_ask("Enter").url.endswith("/vi/console/letters")

    def test_opens_a_reference_and_keeps_nothing_in_the_browser(self, adviser: Browser, opened: Open) -> None:
        with opened(adviser.get("/vi/console/").text) as desk:
            desk.page.keyboard.press("Control+k")
            desk.page.keyboard.type("ck-7q2m-4xjd")
            assert desk.press_and_ask("Enter").url.endswith("/vi/console/inquiries/CK-7Q2M-4XJD")
            assert desk.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]

    def test_looks_for_a_person_where_no_command_is_called_so(self, adviser: Browser, opened: Open) -> None:
        with opened(adviser.get("/vi/console/").text) as desk:
            desk.page.keyboard.press("Control+k")
            desk.page.keyboard.type("0912 345 678")
            expect(desk.page.locator("#palette-list [aria-selected=true]")).to_contain_text("Tìm khách “0912 345 678”")
            assert desk.sent() == []
            assert "query=0912+345+678" in (desk.press_and_ask("Enter").post_data or "")
            assert all("0912" not in request.url for request in desk.asked)

    def test_offers_to_look_for_nobody_to_who_may_not(self, sign_in: SignIn, opened: Open) -> None:
        with opened(sign_in("auditor").get("/vi/console/journal").text) as desk:
            desk.page.keyboard.press("Control+k")
            desk.page.keyboard.type("0912 345 678")
            expect(desk.page.locator(".palette-none")).to_be_visible()

    def test_opens_on_the_page_of_a_notice_too(self, sign_in: SignIn, opened: Open) -> None:
        officer, words = sign_in("privacy_officer"), {f"{part}_{tongue}": "Bảo trì" for part in ("title", "text") for tongue in ("vi", "en")}
        written = officer.submit(officer.get("/vi/console/notices/new"), {**words, "act": "keep"})
        with opened(officer.get(written.headers["location"]).text) as desk:
            desk.page.keyboard.press("Control+k")
            expect(desk.page.locator("#palette")).to_be_visible()


class TestTheNews:
    def test_is_offered_and_not_pushed_into_the_list(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            counts = {"open": 100, "new": 3, "answered": 0, "mine": 0, "resolved": 0, "all": 3}
            desk.news = {"rows": [["CK-AAAA-AAAA", 0], ["CK-BBBB-BBBB", 0], [reference, 0]], "counts": counts}
            desk.page.clock.run_for(16_000)
            expect(desk.page.locator("[data-news]")).to_have_text("Có 2 cuộc trao đổi mới. Xem ngay")
            expect(desk.page.locator("[data-count=open]")).to_have_text("99+")
            assert desk.page.title().startswith("(2) ")
            assert desk.page.locator(".row").count() == 1

    @pytest.mark.parametrize(
        ("top", "told"),
        [
            (lambda here, beyond: [here[2], *beyond[:2]], "Danh sách đã thay đổi. Xem danh sách mới"),
            (lambda here, beyond: beyond, "Danh sách đã thay đổi. Xem danh sách mới"),
            (lambda here, beyond: ["CK-AAAA-AAAA", *here[:2]], "Có 1 cuộc trao đổi mới. Xem ngay"),
            (lambda here, beyond: ["CK-AAAA-AAAA", here[2], beyond[0]], "Có 1 cuộc trao đổi mới. Xem ngay"),
        ],
    )
    def test_is_not_of_what_came_up_from_the_next_page(
        self, adviser: Browser, opened: Open, monkeypatch: pytest.MonkeyPatch, top: Callable[[list[str], list[str]], list[str]], told: str
    ) -> None:
        monkeypatch.setattr(listing, "PAGE", 3)
        everything = written(AN, BINH, AN, BINH, AN, BINH)
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            here = [row.get_attribute("data-reference") or "" for row in desk.page.locator(".row").all()]
            beyond = [reference for reference in everything if reference not in here]
            desk.news = {"rows": [[reference, 0] for reference in top(here, beyond)], "counts": {}}
            desk.page.clock.run_for(16_000)
            expect(desk.page.locator("[data-news]")).to_have_text(told)

    def test_is_asked_for_less_and_less_where_nothing_answers(self, adviser: Browser, opened: Open) -> None:
        written()
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            desk.page.route("**/news*", lambda route: (desk.asked.append(route.request), route.abort()))
            for _ in range(20):
                desk.page.clock.run_for(15_000)
                desk.page.wait_for_timeout(20)
            assert 2 <= sum("/news" in request.url for request in desk.asked) <= 6


class TestASessionThatIsOver:
    @pytest.mark.parametrize("typed", ["Chào chị, gói Cơ bản là đủ.", ""])
    def test_is_said_where_the_news_would_stand_and_leaves_what_was_typed(self, adviser: Browser, opened: Open, typed: str) -> None:
        (reference,) = written()
        with opened(adviser.get(f"/vi/console/inquiries/{reference}").text) as desk:
            desk.page.route("**/news*", lambda route: route.fulfill(status=403))
            desk.page.locator("#answer").fill(typed)
            desk.page.clock.run_for(16_000)
            line = desk.page.locator(".news[role=status]")
            expect(line).to_contain_text("Phiên đăng nhập của bạn đã kết thúc.")
            assert ("Hãy sao chép nội dung bạn đã gõ" in line.inner_text()) is bool(typed)
            way = line.get_by_role("link", name="Đăng nhập trong thẻ mới")
            assert [way.get_attribute(name) for name in ("href", "target", "rel")] == ["/vi/console/sign-in", "_blank", "noopener"]
            expect(desk.page.locator("#answer")).to_have_value(typed)

    def test_is_said_above_a_list_too(self, adviser: Browser, opened: Open) -> None:
        written()
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            desk.page.route("**/news*", lambda route: route.fulfill(status=403))
            desk.page.clock.run_for(16_000)
            expect(desk.page.locator(".news[role=status]")).to_contain_text("Phiên đăng nhập của bạn đã kết thúc. Hãy đăng nhập lại.")


class TestWhatWasDone:
    def test_is_offered_to_be_taken_back_as_long_as_the_letter_waits_and_no_longer(self, adviser: Browser, opened: Open, settings: Any) -> None:
        settings.CAMKET_ANSWER_WAITS_SECONDS, settings.CAMKET_SMTP_URL = 30, "smtp://127.0.0.1:2525"
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        (reference,) = written()
        place = f"/vi/console/inquiries/{reference}"
        adviser.submit(adviser.get(place), {"act": "answer", "answer": "Chúng tôi có gói phù hợp."})
        with opened(adviser.get(place).text) as desk:
            toast = desk.page.locator("[data-toast]")
            expect(toast).to_contain_text("Câu trả lời sẽ được gửi sau 30 giây")
            assert desk.page.locator("button[value=take_back]").count() == 2
            desk.page.clock.run_for(31_000)
            expect(toast).to_contain_text("Đã hết thời gian thu hồi")
            expect(toast).not_to_contain_text("30 giây")
            assert desk.page.locator("button[value=take_back]").count() == 0

    def test_stays_until_it_is_shut_and_only_what_it_offers_ends(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        adviser.submit(adviser.get("/vi/console/?show=open"), {"act": "resolve", "reference": reference}, "/vi/console/acts")
        with opened(adviser.get("/vi/console/?show=open").text) as desk:
            toast = desk.page.locator("[data-toast]")
            toast.locator("button[value=undo]").focus()
            desk.page.clock.run_for(119_000)
            expect(toast.locator("button[value=undo]")).to_be_focused()
            expect(toast).not_to_contain_text("Đã hết thời gian hoàn tác")
            desk.page.clock.run_for(3_600_000)
            expect(toast).to_contain_text("Đã hết thời gian hoàn tác.")
            expect(toast.locator("button[value=undo]")).to_have_count(0)
            expect(toast.locator("[data-shut]")).to_be_focused()
            toast.locator("[data-shut]").click()
            expect(toast).to_have_count(0)
            expect(desk.page.locator("main")).to_be_focused()


class TestAnInquiryOnPaper:
    def test_is_what_was_said_and_done_without_anything_to_press_or_fill_in(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        place = f"/vi/console/inquiries/{reference}"
        adviser.submit(adviser.get(place), {"act": "answer", "answer": "Chúng tôi có gói phù hợp."})
        with opened(adviser.get(place).text) as desk:
            desk.page.emulate_media(media="print")
            for told in (AN.full_name, "Chúng tôi có gói phù hợp.", "Vì sao còn lưu thông tin này?"):
                expect(desk.page.locator("main")).to_contain_text(told)
            for thing in desk.page.locator("main :is(button, textarea, select, summary, form, .toast, .news)").all():
                expect(thing).to_be_hidden()
