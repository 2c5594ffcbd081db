"""The head of the desks keeps to one line where a small laptop shows it, whoever sits there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser as Chromium

from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.web.browsing import Browser

pytestmark = pytest.mark.whatever_database

STYLES = [STATIC_FOLDER / "kit" / name for name in ("camket.css", "console.css")]


class TestTheHead:
    def test_is_one_line_at_1280_pixels_for_every_desk_in_either_language(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        pages = {
            (role, language): desk.get(f"/{language}/console/editions").text
            for role in ("adviser", "auditor", "operator", "privacy_officer")
            for desk in [sign_in(role)]
            for language in ("vi", "en")
        }
        heights = {}
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.route("**/*", lambda route: route.abort())
        for key, html in pages.items():
            page.set_content(html)
            for style in STYLES:
                page.add_style_tag(content=style.read_text())
            page.evaluate("for (const one of document.querySelectorAll('[data-opens]')) one.hidden = false")
            heights[key] = page.evaluate("document.querySelector('header.top').getBoundingClientRect().height")
        page.close()
        assert {key: height for key, height in heights.items() if height > 64} == {}
