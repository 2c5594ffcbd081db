"""The outbox as a list and by the day: what a person may have to act on first, and read in an index, however much was sent."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.duties.notices import queries
from camket.duties.notices.models import Letter
from camket.duties.notices.queries import LetterPlace
from camket.duties.notices.rules import FAREWELL
from camket.journal.paging import ListPlace
from camket.outbox.models import LeaseState
from tests.planning import plan_of

pytestmark = pytest.mark.django_db
SAIGON = "Asia/Ho_Chi_Minh"
_STATES = (LeaseState.DONE, LeaseState.DUE, LeaseState.PARKED, LeaseState.CLAIMED, LeaseState.DONE)


def written(many: int, *, now: datetime) -> None:
    """Put letters into the outbox: three at each instant, one after the other in another state."""
    Letter.objects.bulk_create([one(number, now - timedelta(hours=number // 3), _STATES[number % len(_STATES)]) for number in range(many)])


def one(number: int, at: datetime, state: LeaseState, **otherwise: Any) -> Letter:
    is_held = state == LeaseState.CLAIMED
    standing = {
        "done_at": at if state == LeaseState.DONE else None,
        "parked_at": at if state == LeaseState.PARKED else None,
        "lease_until": at if is_held else None,
        "leased_by": "w" if is_held else "",
        "attempt": int(is_held),
    }
    words = {"template": FAREWELL.template, "language": "vi", "purpose": "advise", "reference": f"CK-{number:04d}"}
    return Letter(state=state, due_at=at, written_at=at, subject_id=UUID(int=number), matter_id=UUID(int=number), **words, **standing | otherwise)


class TestTheOutbox:
    @pytest.mark.parametrize("limit", [1, 4, 7, 100])
    def test_comes_page_by_page_without_a_gap_or_a_repetition(self, now: datetime, limit: int) -> None:
        written(23, now=now)
        urgency = {"parked": 0, "due": 1, "claimed": 1, "done": 2}
        newest = sorted(Letter.objects.all(), key=lambda letter: (letter.written_at, letter.id), reverse=True)
        expected = [letter.id for letter in sorted(newest, key=lambda letter: urgency[letter.state])]
        found, after = [], None
        while page := queries.letters(older_than=after, limit=limit):
            found += [row.id for row in page.rows]
            assert len(page.rows) <= limit
            after = page.older and queries.letter_place_in(str(page.older))
            if after is None:
                break
        assert found == expected

    def test_costs_as_many_statements_however_much_was_sent(self, now: datetime) -> None:
        asked = []
        for many in (5, 60):
            written(many, now=now)
            with CaptureQueriesContext(connection) as seen:
                queries.letters(limit=10)
            asked.append(len(seen))
        assert max(asked) <= 4


class TestThePlan:
    """What is asked of the letters stands in an index in the order that is wanted."""

    @pytest.mark.parametrize("place", [None, LetterPlace(urgency=0, within=ListPlace(at=datetime(2026, 11, 23, tzinfo=UTC), id=UUID(int=1)))])
    def test_of_a_page_sorts_nothing(self, now: datetime, place: LetterPlace | None) -> None:
        written(5, now=now)
        with CaptureQueriesContext(connection) as seen:
            queries.letters(older_than=place, limit=50)
        assert len(seen) == 4
        for plan in map(plan_of, [one["sql"] for one in seen]):
            assert "letter_listed" in plan, plan
            assert "B-TREE" not in plan, plan
            assert "Sort" not in plan, plan

    def test_of_the_days_counts_in_an_index(self, now: datetime) -> None:
        written(5, now=now)
        with CaptureQueriesContext(connection) as seen:
            queries.letters_by_day(now=now, days=3, timezone=SAIGON)
        sent, held = map(plan_of, [one["sql"] for one in seen])
        assert sent.count("letter_left") == held.count("letter_held") == 3, (sent, held)
        assert "SCAN notices_letter" not in sent + held


class TestTheDays:
    def test_tell_what_left_and_what_is_held_and_not_what_was_dropped(self, now: datetime) -> None:
        hour = timedelta(hours=1)
        Letter.objects.bulk_create(
            [
                one(1, now, LeaseState.DONE),
                one(2, now, LeaseState.DONE, dropped="address.gone"),
                one(3, now - 24 * hour, LeaseState.DONE),
                one(4, now - 24 * hour, LeaseState.PARKED),
                one(5, now - 24 * hour, LeaseState.DUE),
                one(6, now - 96 * hour, LeaseState.DONE),
            ]
        )
        days = queries.letters_by_day(now=now, days=3, timezone=SAIGON)
        assert [(day.sent, day.held) for day in days] == [(0, 0), (1, 1), (1, 0)]
        assert all(later.day - earlier.day == timedelta(days=1) for earlier, later in pairwise(days))
