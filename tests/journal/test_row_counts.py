"""Counts of many queries at once: each as it would be counted by itself, in one statement."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.journal.models import JournalEntry
from camket.journal.row_counts import counted, counted_by_day
from tests.journal.deeds import several, shown

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


class TestManyCounts:
    def test_are_those_of_each_query_in_one_statement(self) -> None:
        several(5)
        every = JournalEntry.objects.order_by("position")
        with CaptureQueriesContext(connection) as asked:
            assert counted([every, every[:3], every.none(), every.filter(position__gte=4)]) == (5, 3, 0, 1)
        assert len(asked) == 1

    def test_of_nothing_ask_nothing(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert counted([]) == ()
            assert counted([JournalEntry.objects.none()]) == (0,)
        assert len(asked) == 0


class TestCountsByDay:
    @pytest.mark.parametrize("turn", [date(2026, 3, 29), date(2026, 10, 25)])  # a day of 23 hours, and one of 25
    def test_fall_on_the_days_of_the_zone(self, turn: date) -> None:
        first = datetime(turn.year, turn.month, turn.day, tzinfo=UTC) - timedelta(hours=26)
        instants = [first + timedelta(minutes=50 * step) for step in range(60)]
        for at in instants:
            shown(at=at)
        days = [turn + timedelta(days=step) for step in range(-2, 3)]
        expected = Counter(at.astimezone(BERLIN).date() for at in instants)
        assert counted_by_day(JournalEntry.objects.all(), "at", days=days, zone=BERLIN) == {day: expected[day] for day in days}

    def test_begin_at_midnight_and_end_before_the_next(self) -> None:
        midnight = datetime(2026, 11, 23, tzinfo=BERLIN)
        for at in (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(days=1)):
            shown(at=at)
        assert counted_by_day(JournalEntry.objects.all(), "at", days=[date(2026, 11, 23)], zone=BERLIN) == {date(2026, 11, 23): 1}
