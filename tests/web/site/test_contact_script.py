"""The contact form's script helps without getting in the way of the next press."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import FilePayload, Page, expect

from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.attaching import PDF, File, padded
from tests.cast import AN
from tests.web.browsing import Browser

pytestmark = pytest.mark.whatever_database

STYLE, SCRIPT = (STATIC_FOLDER / "kit" / name for name in ("camket.css", "contact.js"))


Show = Callable[..., AbstractContextManager[Page]]


@pytest.fixture
def shown(browser: Chromium) -> Show:
    """Show a page in a real browser, which asks no server for anything."""

    @contextmanager
    def show(html: str, *, width: int) -> Iterator[Page]:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.route("**/*", lambda route: route.abort())
        page.set_content(html)
        page.add_style_tag(content=STYLE.read_text())
        page.add_script_tag(content=SCRIPT.read_text())
        yield page
        page.close()

    return show


@pytest.mark.parametrize("width", [390, 1280])
class TestTheScript:
    def test_loses_no_press_that_leaves_an_unlikely_answer(self, visitor: Browser, width: int, shown: Show) -> None:
        with shown(visitor.get("/vi/contact").text, width=width) as page:
            page.fill("#f-email", "an@example")
            page.focus("#f-email")
            tick = page.locator("#c-advise")
            tick.scroll_into_view_if_needed()
            box = tick.bounding_box()
            assert box is not None
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 2)
            page.mouse.down()
            page.wait_for_timeout(400)
            page.mouse.up()
            expect(tick).to_be_checked()
            expect(page.locator("#f-email-nudge")).to_be_visible()

    def test_counts_without_moving_what_stands_below(self, visitor: Browser, width: int, shown: Show) -> None:
        with shown(visitor.get("/vi/contact").text, width=width) as page:
            place = "document.querySelector('#f-product').getBoundingClientRect().top + scrollY"
            before = page.evaluate(place)
            page.fill("#f-message", "Xin chào.")
            expect(page.locator("#f-message-counter")).not_to_be_empty()
            assert page.evaluate(place) == before

    def test_lands_at_the_summary_of_what_is_wrong_and_lets_go_of_what_is_corrected(self, visitor: Browser, width: int, shown: Show) -> None:
        faulty = visitor.submit(visitor.get("/vi/contact"), {"full_name": ""})
        with shown(faulty.text, width=width) as page:
            assert page.evaluate("document.activeElement.id") == "problems"
            assert 0 <= page.evaluate("document.getElementById('problems').getBoundingClientRect().top") < 450
            expect(page.locator("#f-full_name-error")).to_be_visible()
            page.fill("#f-full_name", "Mai Thu")
            expect(page.locator("#f-full_name-error")).to_be_hidden()
            assert page.get_attribute("#f-full_name", "aria-invalid") is None
            page.fill("#f-full_name", "")
            expect(page.locator("#f-full_name-error")).to_be_visible()

    def test_says_what_is_too_much_before_it_sets_out(self, visitor: Browser, width: int, shown: Show) -> None:
        def chosen(*lengths: int) -> list[FilePayload]:
            return [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": padded(PDF, length)} for length in lengths]

        megabyte = 1024 * 1024
        with shown(visitor.get("/en/contact").text, width=width) as page:
            nudge, box = page.locator("#f-attachment-nudge"), page.locator("#f-attachment")
            page.evaluate("addEventListener('submit', (event) => { window.wasStopped = event.defaultPrevented; event.preventDefault(); })")
            for lengths, is_too_much in (
                ((5 * megabyte,), False),
                ((5 * megabyte + 1,), True),
                ((3 * megabyte,) * 3, True),
                ((1000,) * 4, True),
                ((1000,) * 3, False),
            ):
                box.set_input_files(chosen(*lengths))
                assert nudge.is_visible() is is_too_much, lengths
                page.locator("button.big").click()
                assert page.evaluate("window.wasStopped") is is_too_much
                assert (page.evaluate("document.activeElement.id") == "f-attachment") is is_too_much

    def test_says_which_file_it_was_within_the_page_however_long_its_name(self, visitor: Browser, width: int, shown: Show) -> None:
        refused = visitor.attach(File("W" * 200 + ".png", b"<svg/>"), **AN.values("full_name", "email", "message"))
        with shown(refused.text, width=width) as page:
            for told in ("#problems li a", "#f-attachment-error span"):
                box, inside = page.locator(told).first.bounding_box(), page.locator(told).first.evaluate("one => one.scrollWidth - one.clientWidth")
                assert box is not None
                assert box["x"] + box["width"] <= min(width, 1040)
                assert inside <= 0

    def test_names_what_was_chosen_and_doubts_a_kind_without_standing_in_the_way(self, visitor: Browser, width: int, shown: Show) -> None:
        with shown(visitor.get("/vi/contact").text, width=width) as page:
            expect(page.locator("#f-attachment-chosen")).to_be_hidden()
            files = [FilePayload(name=name, mimeType="", buffer=b"x") for name in ("Yêu cầu.PDF", "hợp đồng.docx")]
            page.set_input_files("#f-attachment", files)
            expect(page.locator("#f-attachment-chosen li")).to_have_text(["Yêu cầu.PDF", "hợp đồng.docx"])
            expect(page.locator("#f-attachment-nudge")).to_contain_text("“hợp đồng.docx” có thể thuộc loại")
            page.set_input_files("#f-attachment", files[:1])
            expect(page.locator("#f-attachment-nudge")).to_be_hidden()
            page.set_input_files("#f-attachment", [])
            expect(page.locator("#f-attachment-chosen")).to_be_hidden()

    def test_finds_the_four_addresses_of_the_head_on_one_line(self, visitor: Browser, width: int, shown: Show) -> None:
        for language in ("vi", "en"):
            with shown(visitor.get(f"/{language}/").text, width=width) as page:
                tops = page.eval_on_selector_all(".top-nav a", "links => links.map(link => link.getBoundingClientRect().top)")
                rights = page.eval_on_selector_all(".top-nav a", "links => links.map(link => link.getBoundingClientRect().right)")
                assert len(tops) == 4
                assert len(set(tops)) == 1
                assert max(rights) <= width


class TestWhatIsTyped:
    MESSAGE = "Tôi muốn hỏi gói máy chủ cho cửa hàng."
    LEAVING = "(() => { const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); return e.defaultPrevented })()"

    def test_is_asked_about_once_it_is_long_and_not_when_it_is_sent(self, visitor: Browser, shown: Show) -> None:
        with shown(visitor.get("/vi/contact").text, width=1280) as page:
            page.fill("#f-full_name", "Nguyễn Thị Hoài An")
            page.fill("#f-message", "Xin chào")
            assert page.evaluate(self.LEAVING) is False
            page.fill("#f-message", self.MESSAGE)
            assert page.evaluate(self.LEAVING) is True
            page.evaluate("document.querySelector('form[data-token]').dispatchEvent(new Event('submit', {bubbles: true}))")
            assert page.evaluate(self.LEAVING) is False

    @pytest.mark.parametrize(("files", "told"), [(0, "1"), (1, "files")])
    def test_goes_along_when_the_language_is_changed_but_for_files(self, visitor: Browser, files: int, told: str, shown: Show) -> None:
        with shown(visitor.get("/vi/contact").text, width=1280) as page:
            kept = "window.sent = [this.getAttribute('action'), ...new FormData(this)]"
            page.evaluate(f"void (HTMLFormElement.prototype.submit = function () {{ {kept} }})")
            page.fill("#f-message", self.MESSAGE)
            page.set_input_files("#f-attachment", [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF}] * files)
            page.click(".tongue")
            action, *sent = page.evaluate("window.sent")
            assert action == "/en/contact"
            assert {"message": self.MESSAGE, "switch": told}.items() <= dict(sent).items()
            assert "attachment" not in dict(sent)
            assert page.evaluate(self.LEAVING) is False
            page.evaluate("document.querySelector('form[data-token]').dispatchEvent(new Event('submit'))")
            names = page.evaluate("[...new FormData(document.querySelector('form[data-token]')).keys()]")
            assert ("switch" in names, "attachment" in names) == (False, True)


class TestWhatWasTyped:
    def test_is_there_again_for_who_comes_back_to_the_form(self, visitor: Browser, browser: Chromium) -> None:
        """The browser gives back what a page of the visitor's own history held, unless a field forbids it."""
        html, page, values = visitor.get("/vi/contact").text, browser.new_page(), AN.values("full_name", "email", "message")
        body = {"http://site.example.com/contact": html, "http://site.example.com/policy": "<p>1.1</p>"}
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        page.route("**/*", lambda route: route.fulfill(body=body.get(route.request.url, ""), headers=headers))
        page.goto("http://site.example.com/contact")
        for name, value in values.items():
            page.fill(f"[name={name}]", value)
        page.goto("http://site.example.com/policy")
        page.go_back()
        for name, value in values.items():
            expect(page.locator(f"[name={name}]")).to_have_value(value)
        page.close()
