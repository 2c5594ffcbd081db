"""What the live stream watches: a mark that changes with every thing said or done, for whom it is shown, and with nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.intake import actions as intake
from camket.duties.intake import queries, rules
from camket.policy.terms import OPERATOR, Actor
from tests.duties.intake.conftest import Receive

MINUTE = timedelta(minutes=1)
Act = Callable[[str, Actor, datetime], object]
ACTS: dict[str, Act] = {
    "an answer": lambda reference, chi, now: intake.answer_inquiry(reference=reference, text="Chào chị.", key=b"k" * 32, actor=chi, now=now),
    "taken on": lambda reference, chi, now: intake.take_on(references=[reference], given_to=UUID(chi.id), actor=chi, now=now),
    "resolved": lambda reference, chi, now: intake.resolve(references=[reference], actor=chi, now=now),
}


class TestTheMarkOfTheList:
    def test_changes_when_somebody_writes_and_is_then_the_same_until_more_happens(self, receive: Receive, chi: Actor, now: datetime) -> None:
        empty = queries.mark_of_list(actor=chi, now=now)
        receive()
        one = queries.mark_of_list(actor=chi, now=now)
        assert one != empty
        assert queries.mark_of_list(actor=chi, now=now + MINUTE) == one

    @pytest.mark.parametrize("what", ACTS)
    def test_changes_with_what_is_done_and_so_does_that_of_the_inquiry(self, receive: Receive, chi: Actor, now: datetime, what: str) -> None:
        reference, other = receive().reference, receive(nonce="2").reference
        before, marks = queries.mark_of_list(actor=chi, now=now), queries.marks_of([reference, other], actor=chi, now=now)
        ACTS[what](reference, chi, now)
        after = queries.marks_of([reference, other], actor=chi, now=now)
        assert queries.mark_of_list(actor=chi, now=now) != before
        assert (after[reference] != marks[reference], after[other]) == (True, marks[other])

    def test_does_not_change_by_being_looked_at(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        before = queries.mark_of_list(actor=chi, now=now)
        queries.inquiry_page(reference=reference, actor=chi, now=now)
        assert queries.mark_of_list(actor=chi, now=now) == before

    def test_changes_for_the_slower_lane_once_it_is_shown(self, receive: Receive, chi: Actor, now: datetime) -> None:
        before = queries.mark_of_list(actor=chi, now=now)
        receive(slow=True)
        assert queries.mark_of_list(actor=chi, now=now) == before
        assert queries.mark_of_list(actor=chi, now=now + rules.SLOW_LANE) != before

    @pytest.mark.clause("6.1")
    def test_is_always_the_same_for_a_role_without_a_clause(self, receive: Receive, house: None, now: datetime) -> None:
        operator = Actor(role=OPERATOR, id=str(uuid4()))
        before = queries.mark_of_list(actor=operator, now=now)
        receive()
        assert queries.mark_of_list(actor=operator, now=now) == before

    def test_costs_the_same_however_much_there_is(self, receive: Receive, chi: Actor, now: datetime) -> None:
        receive()
        queries.mark_of_list(actor=chi, now=now)
        costs = []
        for number in range(2):
            with CaptureQueriesContext(connections["default"]) as asked:
                queries.mark_of_list(actor=chi, now=now)
                queries.marks_of([receive.__name__, "CK-0000-0000"], actor=chi, now=now)
            costs.append(len(asked))
            receive(nonce=f"more {number}")
        assert costs[0] == costs[1] <= 6
