"""The head of the desks keeps to one line from a small laptop to a wide screen, whoever sits there, in either language."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser as Chromium

from camket.policy.terms import STAFF_ROLES
from tests.web.browsing import Browser
from tests.web.console.laying_out import laid_out

pytestmark = pytest.mark.whatever_database

WIDTHS = (1280, 1366, 1440, 1536, 1600, 1920, 2560)
ONE_ROW = 57  # a row of 3.5rem, and the line below it
MEASURE = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const menu = document.querySelector(".top-nav"), name = box(".who-words > strong"), role = box(".who-words > span");
  const said = document.querySelector(".who-words > span");
  return {
    height: box("header.top").height,
    is_whole: menu.scrollWidth <= menu.clientWidth && box(".top-nav").right <= box(".who").left && box(".brand").right <= box(".top-nav").left,
    is_said: said.scrollWidth <= said.clientWidth,
    is_even: name.right === role.right && name.top > 4 && role.bottom < box("header.top").bottom - 4,
    is_within: document.documentElement.scrollWidth <= innerWidth,
  };
}"""
CALM = {"height": ONE_ROW, "is_whole": True, "is_said": True, "is_even": True, "is_within": True}


class TestTheHead:
    def test_is_one_row_of_one_height_for_every_role_in_either_language(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        pages = {
            (role, language): desk.get(f"/{language}/console/editions").text
            for role in sorted(STAFF_ROLES)
            for desk in [sign_in(role)]
            for language in ("vi", "en")
        }
        seen = {}
        for key, html in pages.items():
            with laid_out(browser, html) as page:
                page.evaluate("for (const one of document.querySelectorAll('[data-opens]')) one.hidden = false")
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    seen[*key, width] = page.evaluate(MEASURE)
        assert len(seen) == 2 * len(STAFF_ROLES) * len(WIDTHS)
        assert {key: told for key, told in seen.items() if told != CALM} == {}
