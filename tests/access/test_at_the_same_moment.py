"""Eight at the same moment: a link signs in once, a budget is not overspent, an attempt is not saved."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connections

from camket.access.actions import (
    AttemptsSpent,
    LinkRefused,
    add_staff,
    issue_link,
    issue_sign_in_link,
    open_link,
    redeem_sign_in_link,
    spend_attempt,
    spend_budget,
    use_link,
)
from camket.policy.terms import Actor
from tests.cast import CHI

HANDS = 8


def all_at_once(act: Callable[[], object]) -> list[object]:
    """Let eight threads begin `act` together and return what each got, a refusal included."""
    start = Barrier(HANDS)

    def hand(_: int) -> object:
        start.wait(timeout=30)
        try:
            return act()
        except LinkRefused as refused:
            return type(refused).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(hand, range(HANDS)))


@pytest.mark.usefixtures("transactional_db")
class TestEightAtOnce:
    def test_sign_in_once_with_one_link(self, operator: Actor, now: datetime) -> None:
        staff = add_staff(email=CHI.email, role=CHI.role, actor=operator, now=now)
        token = issue_sign_in_link(staff_id=staff.id, now=now)
        got = all_at_once(lambda: redeem_sign_in_link(token=token, now=now))
        assert got.count(staff) == 1
        assert got.count("LinkUsed") == HANDS - 1

    def test_use_a_link_once(self, now: datetime) -> None:
        token = issue_link(purpose="read_answer", matter_id=uuid4(), target_id=None, now=now)
        link = open_link(token=token, purpose="read_answer", now=now)
        got = all_at_once(lambda: use_link(link_id=link.id, now=now))
        assert got.count(None) == 1

    def test_spend_an_attempt_each(self, now: datetime) -> None:
        token = issue_link(purpose="read_answer", matter_id=uuid4(), target_id=None, now=now, attempts=5)
        link = open_link(token=token, purpose="read_answer", now=now)
        got = all_at_once(lambda: spend_attempt(link_id=link.id, now=now))
        assert sorted(left for left in got if isinstance(left, int)) == [0, 1, 2, 3, 4]
        assert got.count(AttemptsSpent.__name__) == HANDS - 5

    def test_do_not_overspend_a_budget(self, now: datetime) -> None:
        got = all_at_once(lambda: spend_budget(key=b"form:203.0.113.0/24", limit=3, window=timedelta(hours=1), now=now))
        assert got.count(True) == 3
