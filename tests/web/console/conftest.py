"""Who sits at the desks: a privacy officer, and the second person."""

from collections.abc import Callable

import pytest

from camket.access.actions import add_staff, issue_sign_in_link
from camket.policy.terms import THE_HOUSE
from tests.web.browsing import Browser, Clock


@pytest.fixture
def dung(sign_in: Callable[[str], Browser]) -> Browser:
    """A privacy officer."""
    return sign_in("privacy_officer")


@pytest.fixture
def binh(clock: Clock) -> Browser:
    """Another privacy officer."""
    row = add_staff(email="binh@staff.example.vn", role="privacy_officer", display_name="Bình", actor=THE_HOUSE, now=clock.now)
    browser = Browser()
    browser.submit(browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}"), {})
    return browser
