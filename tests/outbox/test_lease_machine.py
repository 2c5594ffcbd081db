"""Whatever workers and people do, in whatever order, a row is in one hand at most, and nobody who lost it can move it."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test

from camket.outbox.actions import LeaseLost, NotParked, claim, extend, fail, finish, park, park_stranded, release, retry
from camket.outbox.models import LeaseState
from camket.outbox.rules import LEASE
from tests.outbox.errands import Errand

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MAX_ATTEMPTS = 3
BATCH = UUID(int=0)
Hand = tuple[Errand, str, int]  # the row as claimed, the worker, and the number of the claim
WORKERS = st.sampled_from(["w1", "w2"])


@dataclass(kw_only=True)
class Expected:
    """What a row must look like, told by a model that knows no database."""

    state: LeaseState = LeaseState.DUE
    holder: str = ""
    attempt: int = 0
    claim: int = 0  # which of all claims made so far holds the row; 0 for none


class Lease(RuleBasedStateMachine):
    """Two workers, a person and a clock."""

    hands = Bundle("hands")

    @initialize(count=st.integers(1, 4))
    def leave_errands(self, count: int) -> None:
        self.now = START
        self.claims = 0
        self.rows = Errand.objects.filter(batch=BATCH)
        # fixed ids: the order of claims and the spread of delays follow from them, and a run must be repeatable
        made = Errand.objects.bulk_create([Errand(id=UUID(int=number), batch=BATCH, due_at=START) for number in range(1, count + 1)])
        self.expected = {row.pk: Expected() for row in made}

    @rule(seconds=st.integers(1, 200))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=hands, worker=WORKERS, limit=st.integers(1, 3))
    def worker_claims(self, worker: str, limit: int) -> Any:
        self.now += timedelta(microseconds=1)  # a worker never claims twice at the same instant
        self.claims += 1
        before = {row.pk: row for row in self.rows.all()}
        taken = claim(self.rows, worker=worker, now=self.now, limit=limit, max_attempts=MAX_ATTEMPTS)
        for row in taken:
            old = before[row.pk]
            assert old.due_at <= self.now
            assert old.state == LeaseState.DUE or (old.lease_until <= self.now and old.attempt < MAX_ATTEMPTS)
            self.expected[row.pk] = Expected(state=LeaseState.CLAIMED, holder=worker, attempt=old.attempt + 1, claim=self.claims)
        return multiple(*[(row, worker, self.claims) for row in taken])

    def try_verb(self, hand: Hand, outcome: LeaseState, act: Any) -> None:
        row, worker, number = hand
        if self.expected[row.pk].claim != number:
            with pytest.raises(LeaseLost):
                act(row, worker)
            return
        act(row, worker)
        is_held = outcome is LeaseState.CLAIMED
        self.expected[row.pk] = Expected(state=outcome, holder=worker if is_held else "", attempt=row.attempt, claim=number if is_held else 0)

    @rule(hand=hands)
    def worker_extends(self, hand: Hand) -> None:
        self.try_verb(hand, LeaseState.CLAIMED, lambda row, worker: extend(row, worker=worker, now=self.now))

    @rule(hand=hands)
    def worker_finishes(self, hand: Hand) -> None:
        self.try_verb(hand, LeaseState.DONE, lambda row, worker: finish(row, worker=worker, now=self.now))

    @rule(hand=hands)
    def worker_fails(self, hand: Hand) -> None:
        outcome = LeaseState.PARKED if hand[0].attempt >= MAX_ATTEMPTS else LeaseState.DUE
        self.try_verb(hand, outcome, lambda row, worker: fail(row, worker=worker, error="x", now=self.now, max_attempts=MAX_ATTEMPTS))

    @rule(hand=hands)
    def worker_parks(self, hand: Hand) -> None:
        self.try_verb(hand, LeaseState.PARKED, lambda row, worker: park(row, worker=worker, error="x", now=self.now))

    @rule(hand=hands)
    def worker_releases(self, hand: Hand) -> None:
        self.try_verb(hand, LeaseState.DUE, lambda row, worker: release(row, worker=worker))

    @rule()
    def stranded_rows_are_parked(self) -> None:
        stranded = self.rows.filter(state=LeaseState.CLAIMED, lease_until__lte=self.now, attempt__gte=MAX_ATTEMPTS)
        for key in list(stranded.values_list("pk", flat=True)):
            self.expected[key] = Expected(state=LeaseState.PARKED, attempt=self.expected[key].attempt)
        park_stranded(self.rows, now=self.now, max_attempts=MAX_ATTEMPTS)

    @rule(hand=hands)
    def person_retries(self, hand: Hand) -> None:
        row = self.rows.get(pk=hand[0].pk)
        if self.expected[row.pk].state is LeaseState.PARKED:
            retry(row, now=self.now)
            self.expected[row.pk] = Expected()
        else:
            with pytest.raises(NotParked):
                retry(row, now=self.now)

    @invariant()
    def database_agrees_with_the_model(self) -> None:
        for row in self.rows.all() if hasattr(self, "rows") else ():
            expected = self.expected[row.pk]
            assert (row.state, row.leased_by, row.attempt) == (expected.state, expected.holder, expected.attempt)
            assert (row.lease_until is not None) == (expected.state is LeaseState.CLAIMED)

    def teardown(self) -> None:
        with contextlib.suppress(AttributeError):
            self.rows.delete()


@pytest.mark.usefixtures("errand_tables", "db")
class TestTheLease:
    def test_holds_in_every_order_of_events(self) -> None:
        quick = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
        run_state_machine_as_test(Lease, settings=quick)

    def test_lasts_as_long_as_the_outbox_says(self) -> None:
        assert timedelta(seconds=60) == LEASE
