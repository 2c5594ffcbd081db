"""What a colleague took down of a consent, on the page of whose it is: by the day on which they said it, too."""

import re
from datetime import timedelta

import pytest

from camket.access.days import day_of
from camket.duties.intake import actions as intake
from camket.policy.terms import ADVISER, Actor
from tests.web.browsing import Browser, Clock
from tests.web.site.test_consents import PROVIDE, inquiry, path, press

__all__ = ["path"]

pytestmark = pytest.mark.clause("9.9")


class TestWhatAColleagueTookDown:
    def take_down(self, clock: Clock) -> None:
        chi = Actor(role=ADVISER, id="3f9d6c2e-1b7a-4c58-9e04-7a2d5b8c1f60")
        said_on = day_of(clock.now)
        clock.wait(days=1)
        intake.withdraw_consent(reference=inquiry().reference, purpose=PROVIDE, channel="phone", said_on=said_on, actor=chi, now=clock.now)

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("vi", r"Đã rút lại: quý khách báo với chúng tôi ngày DAY, được ghi nhận lúc DAY, \d\d:\d\d và có hiệu lực từ lúc đó\."),
            ("en", r"Taken back: you told us on DAY, taken down on DAY, \d\d:\d\d and in effect since then\."),
        ],
    )
    def test_says_on_which_day_they_told_us_and_when_it_was_taken_down(
        self, visitor: Browser, path: str, clock: Clock, language: str, sentence: str
    ) -> None:
        self.take_down(clock)
        page = press(visitor, path.replace("/vi/", f"/{language}/"), "show")
        words = re.sub(r"\s+([,.])", r"\1", " ".join(page.words().split()))
        assert re.search(sentence.replace("DAY", r"(\d\d/\d\d/|\d+ \w+ )\d{4}"), words)
        assert f'<time datetime="{day_of(clock.now) - timedelta(days=1)}">' in page.text
