"""In the inbox an ordinary name is read whole where the list is one line a row; the message gives way before it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser as Chromium

from tests.cast import AN
from tests.web.browsing import Browser
from tests.web.console.laying_out import laid_out

pytestmark = pytest.mark.whatever_database

NAMES = ("Nguyễn Thị Ánh Tuyết", "Nguyễn Hoàng Phương Thảo", "Trần Nguyễn Khánh Phương")
WIDTHS = (1280, 1366, 1440, 1536, 1600, 1920)
MEASURE = """(text) => {
  const name = document.querySelector(".row-name"), message = document.querySelector(".row-what");
  name.textContent = text;
  name.closest(".row").classList.add("row-new");
  return {cut: name.scrollWidth - name.clientWidth, message: message.clientWidth};
}"""


class TestARow:
    def test_shows_an_ordinary_name_whole(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        Browser().contact(**AN.values("full_name", "email", "message"))
        html = sign_in("adviser").get("/vi/console/?show=open").text
        seen = {}
        with laid_out(browser, html) as page:
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                for name in NAMES:
                    seen[width, name] = page.evaluate(MEASURE, name)
        assert {key: told for key, told in seen.items() if told["cut"] > 0 or told["message"] < 300} == {}
