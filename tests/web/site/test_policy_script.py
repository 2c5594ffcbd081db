"""Whoever is led to a clause sees at once what its rule does; without the script it stays folded, a press away."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.web.browsing import Browser

pytestmark = pytest.mark.whatever_database

SCRIPT = STATIC_FOLDER / "kit" / "policy.js"
Open = Callable[[str], AbstractContextManager[Page]]


@pytest.fixture
def opened(browser: Chromium, visitor: Browser) -> Open:
    """Open the policy at a place in it, in a browser that asks no server for anything."""
    html = visitor.get("/vi/policy").text

    @contextmanager
    def open_it(place: str) -> Iterator[Page]:
        page = browser.new_page()
        page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html") if "/vi/policy" in route.request.url else route.abort())
        page.goto(f"http://policy.example.com/vi/policy{place}")
        page.add_script_tag(content=SCRIPT.read_text())
        yield page
        page.close()

    return open_it


class TestTheRuleOfAClause:
    def test_is_open_where_a_link_leads_to_it_and_nowhere_else(self, opened: Open) -> None:
        with opened("#c3.1") as page:
            expect(page.locator("[id='c3.1'] > .rules")).to_have_attribute("open", "")
            expect(page.locator(".rules[open]")).to_have_count(1)

    def test_opens_when_a_link_on_the_page_leads_to_it(self, opened: Open) -> None:
        with opened("") as page:
            expect(page.locator(".rules[open]")).to_have_count(0)
            page.evaluate("location.hash = 'c4.2'")
            expect(page.locator("[id='c4.2'] > .rules")).to_have_attribute("open", "")

    @pytest.mark.parametrize("place", ["#s3", "#proof", "#c99.9", "#%"])
    def test_stays_folded_where_a_link_leads_elsewhere(self, opened: Open, place: str) -> None:
        with opened(place) as page:
            expect(page.locator(".rules[open]")).to_have_count(0)
