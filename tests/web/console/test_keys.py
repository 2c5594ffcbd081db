"""The desks' script: keys that move and press, a palette, and news that waits to be shown. In a real browser, which asks no server."""

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Request, Route, expect

from camket.access.actions import add_staff
from camket.duties.intake.queries import listing
from camket.policy.terms import THE_HOUSE
from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.cast import AN, BINH
from tests.web.browsing import Browser, Clock
from tests.web.console.test_inbox import SignIn, written

pytestmark = pytest.mark.whatever_database

SHEETS, SCRIPT = [STATIC_FOLDER / "kit" / name for name in ("camket.css", "console.css")], STATIC_FOLDER / "kit" / "console.js"

LEAVING = "(() => { const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); return e.defaultPrevented })()"


class Opened:
    """A page in a browser, and every request that it made."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[Request] = []
        self.news: dict[str, Any] = {}

    def answer(self, route: Route) -> None:
        """Answer news with what the test says, and let nothing else go out."""
        self.asked.append(route.request)
        if "/news" in route.request.url and self.news:
            route.fulfill(status=200, content_type="application/json", body=json.dumps(self.news), headers={"ETag": '"1"'})
        elif "/lately" in route.request.url:
            route.fulfill(status=200, content_type="application/json", body=json.dumps({"saved": [], "recent": []}))
        else:
            route.fulfill(status=204)

    def press_and_ask(self, key: str) -> Request:
        """Press a key that asks the desk for something, and wait until it did."""
        with self.page.expect_request("**/console/**") as asking:
            self.page.keyboard.press(key)
        return asking.value

    def sent(self) -> list[str]:
        """Return what was posted."""
        return [request.post_data or "" for request in self.asked if request.method == "POST"]


Open = Callable[[str], AbstractContextManager[Opened]]


def is_post(request: Request) -> bool:
    return request.method == "POST"


@pytest.fixture
def opened(browser: Chromium) -> Open:
    """Open a desk's page in a browser that asks no server."""

    @contextmanager
    def open_it(html: str) -> Iterator[Opened]:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        found = Opened(page)
        page.route(
            "**/*", lambda route: route.fulfill(body=html, content_type="text/html") if route.request.url.endswith("/desk") else found.answer(route)
        )
        page.clock.install()
        page.goto("http://desk.example.com/desk")
        for sheet in SHEETS:
            page.add_style_tag(content=sheet.read_text())
        page.add_script_tag(content=SCRIPT.read_text())
        yield found
        page.close()

    return open_it


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


class TestADraft:
    def test_goes_along_with_whatever_else_is_pressed(self, adviser: Browser, opened: Open, clock: Clock) -> None:
        (reference,) = written()
        add_staff(email="minh@staff.example.vn", role="adviser", display_name="Minh", actor=THE_HOUSE, now=clock.now)
        page = adviser.get(f"/vi/console/inquiries/{reference}").text
        for pressed in ("Nhận xử lý", "Giao", "Lưu ghi chú"):
            with opened(page) as desk:
                for fold in (".give-menu", "details.write"):
                    desk.page.locator(f"{fold} > summary").click()
                desk.page.locator("#answer").fill("Chao chi")
                desk.page.locator("#note").fill("Goi lai")
                with desk.page.expect_request(lambda request: request.method == "POST") as sending:
                    desk.page.get_by_role("button", name=pressed, exact=True).click()
                assert "answer=Chao+chi" in (sending.value.post_data or "")
                assert "note=Goi+lai" in (sending.value.post_data or "")

    def test_is_asked_about_before_a_button_that_takes_the_page_away(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        asked: list[str] = []
        with opened(adviser.get(f"/vi/console/inquiries/{reference}").text) as desk:
            desk.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
            desk.page.keyboard.press("r")
            desk.page.keyboard.type("Chao chi")
            desk.page.keyboard.press("Escape")
            desk.page.keyboard.press("?")
            desk.page.locator("#keys .sheet-shut").click()
            desk.page.keyboard.press("e")
            desk.page.wait_for_timeout(100)
            expect(desk.page.locator("#answer")).to_have_value("Chao chi")
            assert asked == ["beforeunload"]

    def test_that_came_back_unsent_is_asked_about_untouched(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        place = f"/vi/console/inquiries/{reference}"
        with opened(adviser.submit(adviser.get(place), {"act": "assign", "answer": "Chào chị"}, place).text) as desk:
            assert desk.page.evaluate(LEAVING) is True
            desk.page.locator("#answer").fill("")
            assert desk.page.evaluate(LEAVING) is False

    @pytest.mark.parametrize(("role", "place"), [("adviser", "record"), ("adviser", "texts"), ("privacy_officer", "site")])
    def test_is_asked_about_on_every_page_where_one_is_written(self, sign_in: SignIn, role: str, place: str, opened: Open) -> None:
        with opened(sign_in(role).get(f"/vi/console/{place}").text) as desk:
            assert desk.page.evaluate(LEAVING) is False
            desk.page.locator("form[data-guarded] :is(input[type=text], textarea)").first.fill("Chị An")
            assert desk.page.evaluate(LEAVING) is True

    def test_takes_a_text_with_the_name_that_is_open_on_the_page(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        given = {"act": "keep", "title": "Chào", "body": "Kính chào {name} ({reference}),", "language": "vi"}
        adviser.submit(adviser.get("/vi/console/texts"), given)
        with opened(adviser.get(f"/vi/console/inquiries/{reference}").text) as desk:
            desk.page.locator(".texts summary").click()
            desk.page.get_by_role("link", name="Chào").click()
            expect(desk.page.locator("#answer")).to_have_value(f"Kính chào {AN.full_name} ({reference}),")
            assert desk.page.evaluate(LEAVING) is True
            desk.page.locator("#answer").fill("")
            assert desk.page.evaluate(LEAVING) is False

    def test_says_which_places_of_a_text_are_not_filled_in_until_they_are(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        given = {"act": "keep", "title": "Chào", "body": "Gói {product} của {name}", "language": "vi"}
        adviser.submit(adviser.get("/vi/console/texts"), given)
        with opened(adviser.get(f"/vi/console/inquiries/{reference}").text) as desk:
            gaps = desk.page.locator("#answer-places")
            expect(gaps).to_be_hidden()
            desk.page.locator(".texts summary").click()
            desk.page.get_by_role("link", name="Chào").click()
            expect(desk.page.locator("#answer")).to_have_value(f"Gói {{product}} của {AN.full_name}")
            expect(gaps).to_contain_text("Chưa điền: {product}.")
            desk.page.locator("#answer").fill("Gói Cơ bản {x}")
            expect(gaps).to_be_hidden()
