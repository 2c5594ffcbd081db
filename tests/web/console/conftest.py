"""Who sits at the desks: a privacy officer, and the second person; and a page of theirs in a real browser."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest

from camket.access.actions import add_staff, end_sessions, issue_sign_in_link
from camket.access.queries import StaffRow
from camket.policy.terms import THE_HOUSE
from camket.web.console import entrance
from tests.web.browsing import Browser, Clock
from tests.web.console.opening import opened

__all__ = ["binh", "dung", "ended_as_they_enter", "opened"]


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


@pytest.fixture
def ended_as_they_enter(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """All sessions of whoever comes in are ended after they were let in, and before theirs begins."""
    begin = entrance.begin

    def after_the_end(request: HttpRequest, row: StaffRow, factor: str) -> None:
        end_sessions(staff_id=row.id, actor=THE_HOUSE, now=clock.now)
        begin(request, row, factor)

    monkeypatch.setattr(entrance, "begin", after_the_end)
