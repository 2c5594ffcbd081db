"""A form that is sent when its session is over: nothing is done, and what was typed is given back to be copied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from camket.access.actions import dismiss_staff, issue_sign_in_link
from camket.access.models import Staff
from camket.duties.intake.models import Message
from camket.policy.terms import THE_HOUSE
from tests.cast import AN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]
TYPED = "Chào chị, <b>gói Cơ bản</b> là đủ."
WRITTEN = "Chào chị, &lt;b&gt;gói Cơ bản&lt;/b&gt; là đủ."


def forgotten(browser: Browser, clock: Clock) -> None:
    """The session is over, and so is its form token."""
    Session.objects.all().delete()


def dismissed(browser: Browser, clock: Clock) -> None:
    """The session is still there, and its owner's account is not."""
    dismiss_staff(staff_id=Staff.objects.get().id, actor=THE_HOUSE, now=clock.now)


def without_its_cookie(browser: Browser, clock: Clock) -> None:
    """The session's time is over, and the browser has dropped it."""
    del browser.client.cookies[settings.SESSION_COOKIE_NAME]


class TestAnAnswerThatComesTooLate:
    @pytest.fixture
    def opened(self, sign_in: SignIn) -> tuple[Browser, Page]:
        """An adviser with the page of An's inquiry before them."""
        words = Browser().contact(**AN.values("full_name", "email", "message")).words()
        adviser = sign_in("adviser")
        return adviser, adviser.get(f"/vi/console/inquiries/{words[words.index('CK-') :][:12]}")

    @pytest.mark.parametrize("end", [forgotten, dismissed, without_its_cookie])
    def test_is_not_kept_and_is_given_back_with_the_way_in(self, opened: tuple[Browser, Page], clock: Clock, end: Any) -> None:
        adviser, page = opened
        end(adviser, clock)
        late = adviser.submit(page, {"act": "answer", "answer": TYPED})
        assert late.status == 403
        assert WRITTEN in late.text
        assert "<b>gói" not in late.text
        assert 'href="/vi/console/sign-in"' in late.text
        assert "Không có gì được lưu hay gửi đi." in late.words()
        assert "quý khách" not in late.words().lower()
        assert late.headers["cache-control"] == "no-store"
        assert not Message.objects.filter(kind="answer").exists()

    def test_is_given_back_too_where_its_writer_has_signed_in_again_meanwhile(self, opened: tuple[Browser, Page], clock: Clock) -> None:
        adviser, page = opened
        adviser.submit(adviser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=Staff.objects.get().id, now=clock.now)}"), {})
        late = adviser.submit(page, {"act": "answer", "answer": TYPED})
        assert (late.status, WRITTEN in late.text, 'href="/vi/console/sign-in"' in late.text) == (403, True, False)

    @pytest.mark.parametrize("foreign", [{"Origin": "https://evil.example.com"}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}])
    def test_is_given_back_to_no_page_of_others(self, opened: tuple[Browser, Page], clock: Clock, foreign: dict[str, str]) -> None:
        adviser, page = opened
        forgotten(adviser, clock)
        late = adviser.post(page.url, {**page.hidden(), "act": "answer", "answer": TYPED}, **foreign)
        assert late.status == 403
        assert "gói Cơ bản" not in late.text

    def test_is_given_back_to_nobody_who_never_sat_at_a_desk(self, opened: tuple[Browser, Page], visitor: Browser) -> None:
        late = visitor.submit(opened[1], {"act": "answer", "answer": TYPED})
        assert (late.status, "gói Cơ bản" in late.text) == (403, False)

    @pytest.mark.parametrize("name", ["password", "code", "passkey", "nonce", "ticket", "csrfmiddlewaretoken", "new_secret", "act"])
    def test_brings_back_what_people_write_and_nothing_else(self, opened: tuple[Browser, Page], clock: Clock, name: str) -> None:
        adviser, page = opened
        forgotten(adviser, clock)
        late = adviser.post(page.url, {"note": "Gọi lại", name: "năm con hổ"})
        assert "Gọi lại" in late.text
        assert "năm con hổ" not in late.text

    @pytest.mark.parametrize("name", ["answer", "company_phone", "tax_number", "a_field_of_tomorrow"])
    def test_brings_back_a_text_whatever_its_field_is_called(self, opened: tuple[Browser, Page], clock: Clock, name: str) -> None:
        adviser, page = opened
        forgotten(adviser, clock)
        assert WRITTEN in adviser.post(page.url, {name: TYPED}).text

    def test_brings_back_no_more_than_a_page_can_show(self, opened: tuple[Browser, Page], clock: Clock) -> None:
        adviser, page = opened
        forgotten(adviser, clock)
        assert len(adviser.post(page.url, {"note": "a" * 300_000, "answer": "b" * 300_000}).text) < 250_000


class TestAFormWithNothingTyped:
    def test_says_what_to_do_and_shows_no_field(self, sign_in: SignIn, clock: Clock) -> None:
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/account")
        forgotten(adviser, clock)
        late = adviser.submit(page, {"act": "codes"})
        assert late.status == 403
        assert "<textarea" not in late.text
        assert "Hãy đăng nhập rồi làm lại." in late.words()
