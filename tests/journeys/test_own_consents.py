"""What somebody sees who follows a letter's link to what they agreed to, in a real browser: in both languages, light and dark, small and wide."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.journeys.looking import Watch, looked_at_everywhere
from tests.journeys.test_without_scripts import Written, proves_the_address, written

__all__ = ["written"]

pytestmark = [pytest.mark.slow, pytest.mark.whatever_database]

# closed at first; then what each button shows, one after the other
BUTTONS = ("show", "ask_back", "take_back", "agree")


class TestOnesOwnConsents:
    @pytest.mark.clause("9.9")
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_can_be_read_by_everybody_at_each_step_and_fetch_nothing_from_elsewhere(
        self, browser: Browser, written: dict[str, Written], language: str
    ) -> None:
        one = written[language]
        context = browser.new_context(reduced_motion="reduce")
        watch = Watch(host=urlsplit(one.house.url).netloc).over(context)
        page = context.new_page()
        proves_the_address(page, one, language)
        page.goto(one.house.url + one.consents)
        wrong = {"closed": looked_at_everywhere(page)}
        for button in BUTTONS:
            page.locator(f"form:has(input[name=act][value={button}]) button").first.click()
            page.wait_for_load_state()
            wrong[button] = looked_at_everywhere(page)
        page.goto(f"{one.house.url}/{language}/consents/none")
        wrong["over"] = looked_at_everywhere(page)
        assert {step: found for step, found in wrong.items() if found} == {}
        assert watch.complaints == []
        assert context.cookies() == []
        context.close()
