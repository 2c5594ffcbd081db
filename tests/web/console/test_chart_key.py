"""What a chart's colours stand for is seen where a browser paints with a person's own colours, too: the bars keep theirs there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser as Chromium

from tests.cast import AN
from tests.web.browsing import Browser
from tests.web.console.laying_out import laid_out

pytestmark = pytest.mark.whatever_database

SWATCHES = """() => [...document.querySelectorAll(".chart-key span")].map((one) => {
  const swatch = getComputedStyle(one, "::before");
  return swatch.backgroundColor;
})"""


class TestTheKeyOfAChart:
    def test_keeps_its_colours_where_others_are_forced(self, sign_in: Callable[[str], Browser], browser: Chromium) -> None:
        Browser().contact(**AN.values("full_name", "email", "message"))
        html = sign_in("adviser").get("/vi/console/activity").text
        with laid_out(browser, html) as page:
            chosen = page.evaluate(SWATCHES)
            page.emulate_media(forced_colors="active")
            forced = page.evaluate(SWATCHES)
        assert len(set(chosen)) > 1
        assert forced == chosen
