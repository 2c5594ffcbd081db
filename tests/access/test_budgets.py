"""Nobody floods us, and we are nobody's mail bomb."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from camket.access.actions import forget_budgets, spend_budget
from camket.access.models import Budget
from camket.access.queries import budget_opens_at

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
KEY = b"mail:hoai.an@example.vn"


@pytest.mark.django_db
class TestABudget:
    def test_is_spent_after_its_limit(self, now: datetime) -> None:
        assert [spend_budget(key=KEY, limit=3, window=HOUR, now=now) for _ in range(5)] == [True, True, True, False, False]

    def test_of_one_an_hour_never_gives_two_within_an_hour(self, now: datetime) -> None:
        assert spend_budget(key=KEY, limit=1, window=HOUR, now=now)
        assert not spend_budget(key=KEY, limit=1, window=HOUR, now=now + HOUR - SECOND)
        assert spend_budget(key=KEY, limit=1, window=HOUR, now=now + HOUR)
        assert not spend_budget(key=KEY, limit=1, window=HOUR, now=now + 2 * HOUR - SECOND)

    def test_opens_a_whole_new_window_after_the_old_one(self, now: datetime) -> None:
        for _ in range(2):
            spend_budget(key=KEY, limit=2, window=HOUR, now=now)
        later = now + HOUR + 30 * SECOND
        assert [spend_budget(key=KEY, limit=2, window=HOUR, now=later) for _ in range(3)] == [True, True, False]

    def test_of_amounts_is_spent_by_what_each_act_takes(self, now: datetime) -> None:
        def spend(amount: int, *, limit: int = 10) -> bool:
            return spend_budget(key=KEY, limit=limit, window=HOUR, now=now, amount=amount)

        assert [spend(4), spend(5), spend(2), spend(1), spend(1)] == [True, True, False, True, False]
        assert not spend_budget(key=b"another", limit=3, window=HOUR, now=now, amount=4)
        assert spend_budget(key=KEY, limit=10, window=HOUR, now=now + HOUR, amount=10)

    def test_is_its_keys_own(self, now: datetime) -> None:
        assert spend_budget(key=KEY, limit=1, window=HOUR, now=now)
        assert spend_budget(key=b"mail:quoc.binh@example.com", limit=1, window=HOUR, now=now)

    def test_is_its_windows_own(self, now: datetime) -> None:
        assert spend_budget(key=KEY, limit=1, window=HOUR, now=now)
        assert spend_budget(key=KEY, limit=5, window=24 * HOUR, now=now)

    @pytest.mark.parametrize("limit", [0, -1])
    def test_of_nothing_gives_nothing(self, now: datetime, limit: int) -> None:
        assert not spend_budget(key=KEY, limit=limit, window=HOUR, now=now)
        assert not Budget.objects.exists()

    @pytest.mark.clause("7.1")
    def test_keeps_no_address(self, now: datetime) -> None:
        spend_budget(key=KEY, limit=1, window=HOUR, now=now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT key_hash FROM access_budget")
            (kept,) = [bytes(row[0]) for row in cursor.fetchall()]
        assert len(kept) == 32
        assert b"an@" not in kept

    @pytest.mark.clause("7.1")
    def test_cannot_be_found_by_hashing_an_address_without_our_key(self, now: datetime, settings: object) -> None:
        spend_budget(key=KEY, limit=1, window=HOUR, now=now)
        settings.SECRET_KEY = "somebody else's key" * 3  # type: ignore[attr-defined]  # pytest-django's wrapper takes any setting
        assert spend_budget(key=KEY, limit=1, window=HOUR, now=now)
        assert Budget.objects.count() == 2

    def test_says_when_it_may_be_spent_anew(self, now: datetime) -> None:
        assert budget_opens_at(key=KEY, window=HOUR, now=now) == now
        spend_budget(key=KEY, limit=1, window=HOUR, now=now)
        assert budget_opens_at(key=KEY, window=HOUR, now=now + 20 * SECOND) == now + HOUR
        assert budget_opens_at(key=KEY, window=24 * HOUR, now=now) == now
        assert budget_opens_at(key=KEY, window=HOUR, now=now + 2 * HOUR) == now + 2 * HOUR

    def test_is_forgotten_when_its_window_is_long_over(self, now: datetime) -> None:
        spend_budget(key=KEY, limit=1, window=HOUR, now=now - 24 * HOUR)
        spend_budget(key=b"other", limit=1, window=HOUR, now=now)
        assert forget_budgets(older_than=now - 12 * HOUR) == 1
        assert Budget.objects.count() == 1
