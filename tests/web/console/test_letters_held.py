"""The list of letters: when what stands there was so, and what a press does that cannot be taken back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from camket.access.days import house_zone
from camket.duties.notices.models import Letter
from camket.jobs.worker import send_due_letters
from tests.cast import AN, BINH
from tests.journeys.post_office import PostOffice
from tests.web.browsing import Browser, Clock

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database]
SignIn = Callable[[str], Browser]
DESK = "/vi/console/letters"
TIME = re.compile(r'<tr>.*?class="tag letter-(\w+)".*?<time datetime="[^"]+">([^<]+)</time>', re.DOTALL)


@pytest.fixture
def tried(visitor: Browser, clock: Clock, settings: Any) -> dict[str, str]:
    """One letter that left and one that was refused, both a while after they were due; when, as it is read."""
    settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
    with PostOffice() as office:
        settings.CAMKET_SMTP_URL = office.url
        visitor.contact(**AN.values("full_name", "email", "message"))
        clock.now += timedelta(hours=2)
        left = clock.now
        send_due_letters(worker="w", now=clock.now)
        visitor.contact(**BINH.values("full_name", "email", "message"))
        clock.now += timedelta(hours=3)
        office.answer = "550 5.7.1 no"
        send_due_letters(worker="w", now=clock.now)
    assert sorted(Letter.objects.values_list("state", flat=True)) == ["done", "parked"]
    return {name: f"{at.astimezone(house_zone()):%d/%m/%Y, %H:%M}" for name, at in (("sent", left), ("parked", clock.now))}


class TestTheListOfLetters:
    def test_says_when_each_left_or_was_set_aside(self, sign_in: SignIn, tried: dict[str, str]) -> None:
        assert dict(TIME.findall(sign_in("privacy_officer").get(DESK).text)) == tried

    @pytest.mark.usefixtures("tried")
    def test_gives_a_letter_up_only_below_a_sentence_that_says_what_follows(self, sign_in: SignIn) -> None:
        page = sign_in("privacy_officer").get(DESK)
        (opened,) = re.findall(r"<details.*?</details>", page.text, re.DOTALL)
        assert page.text.count('value="give_up"') == opened.count('value="give_up"') == 1
        assert "Thư này sẽ không bao giờ được gửi" in opened
        assert 'class="button danger small" name="act" value="give_up"' in opened
        assert 'value="retry"' not in opened
