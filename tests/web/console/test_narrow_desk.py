"""On a phone no page of the adviser is wider than the screen, and on no screen is the reference of a special case cut off."""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium

from camket.access.actions import add_staff
from camket.policy.terms import THE_HOUSE
from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.cast import AN
from tests.web.browsing import Browser, Clock
from tests.web.console.laying_out import OF_THE_DESKS, laid_out
from tests.web.console.test_policy_desk import DESK

STYLES = [*OF_THE_DESKS, *(STATIC_FOLDER / "kit" / name for name in ("website.css", "policy_desk.css"))]
pytestmark = pytest.mark.whatever_database

WIDTH = "() => document.documentElement.scrollWidth"
BEYOND = """() => Math.max(...[...document.querySelectorAll(".scroll")].map((one) => one.scrollWidth - one.clientWidth))"""
CASE = """() => {
  const inner = (one) => one.scrollWidth - one.clientWidth;
  const [row, name] = [document.querySelector(".cases .row-link"), document.querySelector(".cases .row-name")];
  const about = getComputedStyle(row.querySelector(".row-about")).fontFamily;  // a font of fixed width sets the marks of "về" beside the letter
  const tag = inner(document.querySelector(".cases .row-state"));
  return {mono: about.includes("monospace") ? 1 : 0, cut: inner(name), beyond: Math.max(0, inner(row)), tag: Math.max(0, tag)};
}"""


def measured(browser: Chromium, html: str, script: str, *widths: int) -> Mapping[int, Any]:
    """Return what a script measures on a page at each width, in px."""
    found = {}
    with laid_out(browser, html, STYLES) as page:
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            found[width] = page.evaluate(script)
    return found


class TestAPhone:
    def test_does_not_scroll_sideways_beside_a_kept_filter(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        adviser = sign_in("adviser")
        narrowed = adviser.get("/vi/console/?show=open&language=vi")
        adviser.post("/vi/console/filters", {**narrowed.hidden(), "act": "keep", "name": "Thư tiếng Việt chờ lâu", "show": "open", "language": "vi"})
        page = adviser.get("/vi/console/?show=open&language=vi")
        assert 'value="forget"' in page.text
        assert measured(browser, page.text, WIDTH, 390, 360) == {390: 390, 360: 360}

    def test_shows_whole_what_is_wrong_where_nobody_was_chosen(self, sign_in: Callable[[str], Browser], clock: Clock, browser: Chromium) -> None:
        add_staff(email="khoa@staff.example.vn", role="adviser", display_name="Khoa", actor=THE_HOUSE, now=clock.now)
        reference = Browser().contact(**AN.values("full_name", "email", "message")).text.partition('class="reference">')[2].partition("<")[0]
        adviser, place = sign_in("adviser"), f"/en/console/inquiries/{reference}"
        page = adviser.submit(adviser.get(place), {"act": "give", "given_to": "?"}, place)
        assert 'id="given-error"' in page.text
        assert measured(browser, page.text, WIDTH, 390, 360) == {390: 390, 360: 360}

    def test_shows_whole_how_much_memory_a_process_takes(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        found, operator = {}, sign_in("operator")
        own = f"<code>{escape(Path('/proc/self/comm').read_text().strip())}</code>"
        for language in ("vi", "en"):
            html = operator.get(f"/{language}/console/operations").text
            assert own in html
            longest = html.replace(own, "<code>fifteen-letters</code>")  # as many as a system gives a process
            found[language] = measured(browser, longest, BEYOND, 390)[390]
        assert found == {"vi": 0, "en": 0}

    def test_shows_no_key_beside_the_button_that_saves_a_draft(self, dung: Browser, browser: Chromium) -> None:
        place = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
        html = dung.get(place).text.replace("<kbd hidden>", "<kbd>")  # as the script shows it
        is_shown = """() => document.querySelector(".draft-acts kbd").checkVisibility()"""
        assert measured(browser, html, is_shown, 1280, 390) == {1280: True, 390: False}

    def test_shows_what_can_be_filled_in_before_what_cannot(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        page = sign_in("operator").get("/vi/console/site")
        order = """() => {
          const box = (one) => document.querySelector(one).getBoundingClientRect();
          return box("#elsewhere").top > box(".text-form").bottom;
        }"""
        assert measured(browser, page.text, order, 390) == {390: True}


class TestWhatWasDoneElsewhere:
    def test_is_named_and_lies_over_nothing_of_the_inquiry_that_comes_next(
        self, sign_in: Callable[[str], Browser], clock: Clock, browser: Chromium
    ) -> None:
        visits = [Browser().contact(**AN.values("full_name", "email", "message")) for _ in range(2)]
        done, other = (page.text.partition('class="reference">')[2].partition("<")[0] for page in visits)
        adviser, place = sign_in("adviser"), "/vi/console/inquiries/"
        adviser.submit(adviser.get(place + done), {"act": "assign"}, place + done)
        script = """() => {
          const toast = document.querySelector("[data-toast]"), about = toast.querySelector(".reference")?.textContent || "";
          const above = toast.getBoundingClientRect().bottom <= document.querySelector("h1").getBoundingClientRect().top;
          return {about, above, covers: getComputedStyle(toast).position === "fixed"};
        }"""
        told = measured(browser, adviser.get(place + other).text, script, 390, 1280)
        assert told == {390: {"about": done, "covers": False, "above": True}, 1280: {"about": done, "covers": True, "above": False}}
        assert measured(browser, adviser.get(place + done).text, script, 1280)[1280]["about"] == ""


class TestACase:
    def test_ends_with_its_day_as_an_inquiry_does_in_the_inbox(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        reference = Browser().contact(**AN.values("full_name", "email", "message")).text.partition('class="reference">')[2].partition("<")[0]
        adviser = sign_in("adviser")
        adviser.submit(
            adviser.get(f"/vi/console/cases/about/{reference}"), {"ground": "a", "fields": ["full_name"], "reason": "Có người giả danh công ty."}
        )
        ends = """() => {
          const [link, day, whose] = [".row-link", ".row-when time", ".row-whose"].map((one) => document.querySelector(one).getBoundingClientRect());
          return {left: Math.round(link.right - day.right), is_last: whose.right < day.left};
        }"""
        told = [measured(browser, adviser.get(f"/vi/console/{place}").text, ends, 1280, 1920) for place in ("cases", "?show=open")]
        assert told[0] == told[1] == {width: {"left": 16, "is_last": True} for width in (1280, 1920)}

    def test_is_named_whole_in_the_list(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        reference = Browser().contact(**AN.values("full_name", "email", "message")).text.partition('class="reference">')[2].partition("<")[0]
        adviser = sign_in("adviser")
        adviser.submit(
            adviser.get(f"/vi/console/cases/about/{reference}"), {"ground": "a", "fields": ["full_name"], "reason": "Có người giả danh công ty."}
        )
        for language in ("vi", "en"):
            found = measured(browser, adviser.get(f"/{language}/console/cases").text, CASE, 1280, 1440, 1920, 900, 390)
            assert {width: told for width, told in found.items() if any(told.values())} == {}, language
