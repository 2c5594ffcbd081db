"""The draft editor's script: what the compiler says of the text as it is typed stands on the page without loading it anew."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.web.browsing import Browser
from tests.web.console.test_policy_desk import DESK, draft

pytestmark = pytest.mark.whatever_database

SCRIPT = STATIC_FOLDER / "kit" / "policy_desk.js"
STRICT = {"Content-Security-Policy": "require-trusted-types-for 'script'; trusted-types 'none'"}
# what the script asks waits until the test carries it to the house
FETCH = "() => { window.fetch = (path, { body }) => new Promise((done) => { window.asked = { path, values: [...body.entries()], done }; }); }"
PUT = "(area, text) => { area.value = text; area.dispatchEvent(new Event('input', { bubbles: true })); }"
ANSWER = "([status, text]) => { const { done } = window.asked; window.asked = null; done(new Response(text, { status })); }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """A draft in a real browser, and whoever is signed in to the house."""

    page: Page
    officer: Browser

    def put(self, language: str, text: str) -> None:
        """Put a text in place of another at once: typed by the browser, a whole policy takes seconds."""
        self.page.locator(f"#text_{language}").evaluate(PUT, text)

    def type(self, language: str, text: str) -> None:
        """Put a text in place of another, and let the house answer what the script asks about it."""
        self.put(language, text)
        deadline = time.monotonic() + 60
        while not self.page.evaluate("Boolean(window.asked)"):  # waiting for a function would make a script of a string
            assert time.monotonic() < deadline
            self.page.wait_for_timeout(50)
        path, values = self.page.evaluate("[window.asked.path, window.asked.values]")
        found = self.officer.post(path, dict(values), Accept="application/json")
        self.page.evaluate(ANSWER, [found.status, found.text])


Open = Callable[[str], AbstractContextManager[Editor]]


@pytest.fixture
def opened(dung: Browser, browser: Chromium) -> Open:
    """Open a fresh draft of edition 2 in a browser that lets no string become markup or script."""

    @contextmanager
    def open_it(language: str) -> Iterator[Editor]:
        place = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"].replace("/vi/", f"/{language}/")
        body = dung.get(place).text
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.route("**/*", lambda route: route.abort())
        page.route(f"**{place}", lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=STRICT))
        page.goto(f"http://localhost{place}")
        page.evaluate(FETCH)
        page.evaluate(SCRIPT.read_text("utf-8"))
        yield Editor(page=page, officer=dung)
        page.close()

    return open_it


class TestAFileThatIsTooLarge:
    def test_is_not_sent_and_said_to_be_beside_its_field(self, dung: Browser, browser: Chromium) -> None:
        page, sent = browser.new_page(), list[str]()
        body = dung.get(DESK).text

        def answer(route: Route) -> None:
            sent.append(route.request.method)
            route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=STRICT)

        page.route("**/*", lambda route: route.abort())
        page.route(f"**{DESK}", answer)
        page.goto(f"http://localhost{DESK}")
        page.evaluate((STATIC_FOLDER / "kit" / "console.js").read_text("utf-8"))
        page.click("details.bring summary")
        nudge = page.locator("#file-vi-nudge")
        expect(nudge).to_be_hidden()
        for size, is_too_large in ((400_001, True), (10_000_000, True), (400_000, False)):
            page.set_input_files("#file-vi", {"name": "a.md", "mimeType": "text/markdown", "buffer": b"x" * size})
            expect(nudge).to_be_visible(visible=is_too_large)
            if is_too_large:
                expect(nudge).to_have_text("Tệp này lớn hơn 400 KB. Hãy chọn tệp nhỏ hơn.")
                page.click("button[value=bring]")
                assert sent == ["GET"]
        page.click("button[value=bring]")
        page.wait_for_load_state()
        assert sent == ["GET", "POST"]
        page.close()


class TestTheIndexOfClauses:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("vi", ("1 điều khoản chưa có bản dịch", "2 điều khoản chưa có bản dịch", "thiếu ở “en”")),
            ("en", ("1 without its translation", "2 without their translation", "not in “en”")),
        ],
    )
    def test_marks_what_lacks_its_translation_while_one_types(self, opened: Open, language: str, said: tuple[str, str, str]) -> None:
        with opened(language) as editor:
            mark, missing = editor.page.locator("[data-missing]"), editor.page.locator(".is-missing")
            one, two, lack = said
            text = draft().texts["en"]
            expect(mark).to_be_hidden()
            editor.type("en", text[: text.index("\n12.4 ")])
            expect(mark).to_have_text(one)
            expect(missing).to_have_text(f"12.4 {lack}")
            editor.type("en", text[: text.index("\n12.3 ")])
            expect(mark).to_have_text(two)
            editor.type("en", text)
            expect(mark).to_be_hidden()
            expect(missing).to_have_count(0)
            assert editor.page.locator("[data-clause='12.4']").get_attribute("data-line-en")

    def test_lists_a_clause_that_is_new_and_takes_its_title_for_text(self, opened: Open) -> None:
        with opened("vi") as editor:
            text = draft().texts["vi"]
            editor.type("vi", f'{text}\n## 13. <img src=x onerror=alert(1)>\n\n13.1 Thêm.\n\n```rule\nrule = "none"\nwhy = "Thử."\n```\n')
            expect(editor.page.locator("[data-clause='13.1']")).to_be_visible()
            expect(editor.page.locator(".clause-row").last).to_contain_text("<img src=x")
            editor.page.click("[data-clause='13.1']")
            expect(editor.page.locator("#text_vi")).to_be_focused()

    def test_says_so_where_no_clause_can_be_read_any_more(self, opened: Open) -> None:
        with opened("vi") as editor:
            editor.type("vi", "# Một")
            editor.type("en", "# One")
            expect(editor.page.locator("[data-no-clause]")).to_be_visible()
            expect(editor.page.locator(".clause-row")).to_have_count(0)


class TestTheCounts:
    @pytest.mark.parametrize(("language", "one", "two"), [("en", "1 error", "2 errors"), ("vi", "1 lỗi", "2 lỗi")])
    def test_of_one_are_told_in_the_singular(self, opened: Open, language: str, one: str, two: str) -> None:
        with opened(language) as editor:
            text, slip = draft().texts["vi"], "[[measure]]\nid = "
            shown = editor.page.locator("[data-errors-count]")
            editor.type("vi", text.replace(f'{slip}"lock_service"', f'{slip}"lok_service"'))
            expect(shown).to_have_text(one)
            editor.type("vi", text.replace(slip, f"{slip}3 # "))
            expect(shown).to_have_text(two)
            editor.put("en", "Word")
            expect(editor.page.locator("[data-words-of='text_en'], [data-words-of='en']")).to_have_text({"en": "1 word", "vi": "1 từ"}[language])
