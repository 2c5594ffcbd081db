"""What became of a notice to many, as it is seen: the figures that count before the noughts, on a screen and on paper."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium

from camket.web.kit.templatetags.kit import STATIC_FOLDER
from tests.duties.notices.campaigning import publish_second
from tests.web.browsing import Browser, Clock
from tests.web.console.laying_out import OF_THE_DESKS, laid_out
from tests.web.console.test_notices import DESK, officer, people, send

__all__ = ["officer"]  # a fixture
pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]

FIGURES = """() => [...document.querySelectorAll("[data-count]")].filter((one) => one.checkVisibility()).map(
  (one) => [one.dataset.count, one.textContent, parseFloat(getComputedStyle(one).fontSize), one.getBoundingClientRect().top])"""


class TestTheFigures:
    @pytest.mark.usefixtures("post")
    @pytest.mark.parametrize("medium", ["screen", "print"])
    def test_show_what_happened_before_what_did_not_and_larger(
        self, officer: Browser, clock: Clock, tmp_path: Path, browser: Chromium, medium: Any
    ) -> None:
        people(clock)
        publish_second(tmp_path, now=clock.now)
        page = officer.get(officer.submit(officer.get(DESK), {"edition": "2"}).headers["location"])
        officer.submit(page, {"act": "begin"})
        send(clock)
        with laid_out(browser, officer.get(page.url).text, [*OF_THE_DESKS, STATIC_FOLDER / "kit" / "notices.css"]) as sheet:
            sheet.set_viewport_size({"width": 390, "height": 900})
            sheet.emulate_media(media=medium)
            assert sheet.locator("#to-do").is_visible() is (medium == "screen"), "nothing can be pressed on paper"
            figures = {name: (number, size, top) for name, number, size, top in sheet.evaluate(FIGURES)}
        some = [one[1:] for name, one in figures.items() if one[0] != "0" or name == "told"]
        none = [one[1:] for name, one in figures.items() if one[0] == "0" and name != "told"]
        assert (figures["told"][0], len(none)) == ("2", 11)
        assert min(size for size, _ in some) > max(size for size, _ in none) > 0
        assert max(top for _, top in some) < min(top for _, top in none)
