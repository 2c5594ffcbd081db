"""The desks' script in a real browser that asks no server: a page of the desks, and every request that it makes."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.web.console.laying_out import OF_THE_DESKS

SCRIPT = STATIC_FOLDER / "kit" / "console.js"


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


@pytest.fixture
def opened(browser: Browser) -> Open:
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
        for sheet in OF_THE_DESKS:
            page.add_style_tag(content=sheet.read_text())
        page.add_script_tag(content=SCRIPT.read_text())
        yield found
        page.close()

    return open_it
