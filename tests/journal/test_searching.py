"""Looking for entries: what is found, and that it costs no more however long the journal is."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.journal import actions, queries
from camket.journal.searching import Wanted, by_place, search
from camket.policy.terms import ADVISER, SYSTEM, Actor, Ask, ClauseNumber, Decision, EditionNumber, FieldName, Operation, Outcome, PurposeId
from tests.planning import plan_of

CHI = Actor(role=ADVISER, id="01a20679-af7e-7000-8000-000000000007")
MINUTE = timedelta(minutes=1)
ASK = Ask(operation=Operation.USE, fields=frozenset({FieldName("phone")}), purpose=PurposeId("advise"))


def decision(outcome: Outcome, *clauses: str) -> Decision:
    return Decision(outcome=outcome, edition=EditionNumber(1), ask=ASK, clauses=tuple(map(ClauseNumber, clauses)))


@pytest.fixture
def day(db: None, now: datetime) -> datetime:
    """A day of ten entries a minute apart."""
    acts = ["house.opened", "data.shown", "data.refused", "data.refused", "inquiry.received", "data.shown", "staff.signed_in", *["letter.sent"] * 3]
    said = {1: decision(Outcome.PERMITTED, "3.1", "6.1"), 2: decision(Outcome.PERMITTED, "3.11"), 3: decision(Outcome.NOT_COVERED)}
    said[5] = decision(Outcome.PERMITTED, "1.3", "3.1")
    for minute, act in enumerate(acts):
        actions.record(act=act, actor=CHI if act.startswith("data") else Actor(role=SYSTEM), at=now + minute * MINUTE, decision=said.get(minute))
    actions.sequence()
    return now


def places(wanted: Wanted, **more: int) -> list[int | None]:
    return [row.position for row in search(wanted, older_than=None, limit=50, **more).rows]


class TestASearch:
    def test_for_nothing_lists_the_newest_first(self, day: datetime) -> None:
        assert places(Wanted()) == list(range(9, -1, -1))

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (Wanted(act="data.shown"), [5, 1]),
            (Wanted(actor_id=CHI.id), [5, 3, 2, 1]),
            (Wanted(clause="3.1"), [5, 1]),  # and never 3.11
            (Wanted(clause="6.1"), [1]),
            (Wanted(outcome="NOT_COVERED"), [3]),
            (Wanted(outcome="UNMET"), [2]),
            (Wanted(outcome="PERMITTED"), [5, 1]),
            (Wanted(act="data.shown", clause="1.3"), [5]),
            (Wanted(act="edition.published"), []),
        ],
    )
    def test_finds_what_is_wanted_and_nothing_else(self, day: datetime, wanted: Wanted, found: list[int]) -> None:
        assert places(wanted) == found

    def test_ends_days_before_the_instant_it_is_told(self, day: datetime) -> None:
        assert places(Wanted(since=day + 2 * MINUTE, until=day + 4 * MINUTE)) == [3, 2]

    def test_goes_on_after_the_last_of_a_page(self, day: datetime) -> None:
        first = search(Wanted(), older_than=None, limit=4)
        second = search(Wanted(), older_than=first.older, limit=4)
        third = search(Wanted(), older_than=second.older, limit=4)
        assert [row.position for page in (first, second, third) for row in page.rows] == list(range(9, -1, -1))
        assert third.older is None

    def test_reads_a_stretch_and_says_how_far_it_came(self, day: datetime) -> None:
        found: list[int | None] = []
        before, pages = None, 0
        while pages == 0 or before is not None:
            page = search(Wanted(act="data.shown"), older_than=before, limit=50, stretch=3)
            found += [row.position for row in page.rows]
            assert (page.looked_back_to is None) == (page.older is None)
            before, pages = page.older, pages + 1
        assert (found, pages) == ([5, 1], 4)

    def test_finds_one_entry_by_its_id_or_its_place(self, day: datetime) -> None:
        (fourth,) = by_place(3)
        assert by_place(UUID(str(fourth.id))) == (fourth,)
        assert by_place(99) == ()

    def test_of_a_withheld_entry_tells_nothing_it_said(self, day: datetime) -> None:
        (shown,) = by_place(1)
        actions.withhold(shown.id, actor=Actor(role=SYSTEM), at=day)
        assert places(Wanted(act="data.shown")) == [5]
        assert places(Wanted(act="entry.withheld")) == [1]


class TestTheCost:
    def test_is_three_statements_at_most_and_none_reads_the_whole_table(self, day: datetime) -> None:
        newest = queries.recent(limit=1)[0].id
        with CaptureQueriesContext(connection) as asked:
            search(Wanted(act="edition.published", clause="3.1"), older_than=newest, limit=50, stretch=4)
        assert len(asked) == 3
        for plan in (plan_of(statement["sql"]) for statement in asked.captured_queries):
            assert "SEARCH" in plan if connection.vendor == "sqlite" else "Index" in plan and "Seq Scan" not in plan, plan
