"""A due row is done once, by the one worker that holds it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from camket.outbox.actions import (
    LeaseLost,
    NotDone,
    NotParked,
    beat,
    claim,
    extend,
    fail,
    finish,
    forget_workers,
    park,
    park_stranded,
    put_off,
    release,
    reopen,
    retry,
    set_aside,
)
from camket.outbox.batches import after_clock_went_back, close_all, finish_all, still_held
from camket.outbox.models import Heartbeat, Leased, LeaseState
from camket.outbox.queries import backlog, workers_alive
from camket.outbox.rules import LEASE, NotAnErrorCode
from tests.outbox.errands import Errand

Give = Callable[..., list[Errand]]
SECOND = timedelta(seconds=1)


def fresh(row: Errand) -> Errand:
    return Errand.objects.get(pk=row.pk)


@pytest.mark.usefixtures("give")
class TestClaiming:
    def test_takes_what_is_due_oldest_first_and_leaves_what_is_not(self, give: Give, batch: UUID, now: datetime) -> None:
        late, early, future = give(in_seconds=-10)[0], give(in_seconds=-20)[0], give(in_seconds=1)[0]
        taken = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        assert [row.pk for row in taken] == [early.pk, late.pk]
        assert fresh(future).state == LeaseState.DUE

    def test_returns_rows_as_they_stand_in_the_database(self, give: Give, batch: UUID, now: datetime) -> None:
        give()
        (taken,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        kept = fresh(taken)
        names = [field.attname for field in Errand._meta.concrete_fields]
        assert [getattr(taken, name) for name in names] == [getattr(kept, name) for name in names]
        assert (kept.state, kept.leased_by, kept.lease_until, kept.attempt) == (LeaseState.CLAIMED, "w1", now + LEASE, 1)

    def test_takes_no_more_than_its_limit(self, give: Give, batch: UUID, now: datetime) -> None:
        give(5)
        assert len(claim(Errand.objects.filter(batch=batch), worker="w1", now=now, limit=2)) == 2
        assert Errand.objects.filter(batch=batch, state=LeaseState.DUE).count() == 3

    def test_takes_only_rows_of_the_query_it_was_given(self, give: Give, batch: UUID, now: datetime) -> None:
        mine, _ = give(2)
        taken = claim(Errand.objects.filter(batch=batch, pk=mine.pk), worker="w1", now=now)
        assert [row.pk for row in taken] == [mine.pk]

    def test_never_takes_a_row_in_another_hand(self, give: Give, batch: UUID, now: datetime) -> None:
        give()
        claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        assert claim(Errand.objects.filter(batch=batch), worker="w2", now=now + LEASE - SECOND) == []

    def test_takes_a_row_over_at_the_instant_its_lease_ends(self, give: Give, batch: UUID, now: datetime) -> None:
        give()
        claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        (taken,) = claim(Errand.objects.filter(batch=batch), worker="w2", now=now + LEASE)
        assert (taken.leased_by, taken.attempt) == ("w2", 2)

    def test_is_one_statement_that_writes(self, give: Give, batch: UUID, now: datetime) -> None:
        give(3)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        assert [query["sql"].split()[0] for query in seen if "SAVEPOINT" not in query["sql"]] == ["WITH"]

    @pytest.mark.parametrize("worker", ["", "w" * 65])
    def test_refuses_a_worker_without_a_usable_id(self, worker: str, now: datetime) -> None:
        with pytest.raises(ValueError, match="1 to 64"):
            claim(Errand.objects.all(), worker=worker, now=now)


class TestAWorkerThatHoldsARow:
    @pytest.fixture
    def held(self, give: Give, batch: UUID, now: datetime) -> Errand:
        give()
        return claim(Errand.objects.filter(batch=batch), worker="w1", now=now)[0]

    def test_finishes_it(self, held: Errand, now: datetime) -> None:
        finish(held, worker="w1", now=now + SECOND)
        kept = fresh(held)
        assert (kept.state, kept.done_at, kept.lease_until, kept.leased_by) == (LeaseState.DONE, now + SECOND, None, "")
        assert (held.state, held.done_at) == (kept.state, kept.done_at)

    @pytest.mark.parametrize("verb", [extend, finish])
    def test_sets_with_it_what_the_duty_keeps(self, verb: Callable[..., None], held: Errand, now: datetime) -> None:
        verb(held, worker="w1", now=now, changes={"attempt": 7})
        assert (fresh(held).attempt, held.attempt) == (7, 7)

    def test_may_finish_late_when_nobody_else_took_it(self, held: Errand, now: datetime) -> None:
        finish(held, worker="w1", now=now + 10 * LEASE)
        assert fresh(held).state == LeaseState.DONE

    def test_puts_it_off_with_all_its_attempts_before_it(self, held: Errand, batch: UUID, now: datetime) -> None:
        put_off(held, worker="w1", due_at=now + LEASE)
        kept = fresh(held)
        assert (kept.state, kept.due_at, kept.attempt, kept.lease_until, kept.leased_by) == (LeaseState.DUE, now + LEASE, 0, None, "")
        with pytest.raises(LeaseLost):
            put_off(held, worker="w1", due_at=now)

    def test_keeps_it_while_others_are_closed(self, held: Errand, give: Give, batch: UUID, now: datetime) -> None:
        (waiting,) = give()
        assert close_all(Errand.objects.filter(batch=batch), now=now, changes={}) == 1
        assert (fresh(waiting).state, fresh(waiting).done_at, fresh(held).state) == (LeaseState.DONE, now, LeaseState.CLAIMED)

    def test_has_it_no_longer_than_a_lease_once_the_clock_went_back(self, held: Errand, give: Give, batch: UUID, now: datetime) -> None:
        (waiting,) = give(in_seconds=60)
        back = now - 10 * LEASE
        after_clock_went_back(Errand.objects.filter(batch=batch), now=back, lease=LEASE)
        assert (fresh(held).due_at, fresh(held).lease_until, fresh(waiting).due_at) == (back, back + LEASE, back)

    def test_keeps_it_longer(self, held: Errand, batch: UUID, now: datetime) -> None:
        extend(held, worker="w1", now=now + LEASE - SECOND)
        assert claim(Errand.objects.filter(batch=batch), worker="w2", now=now + LEASE) == []
        assert fresh(held).lease_until == now + 2 * LEASE - SECOND

    def test_gives_it_back_uncounted(self, held: Errand, batch: UUID, now: datetime) -> None:
        release(held, worker="w1")
        (taken,) = claim(Errand.objects.filter(batch=batch), worker="w2", now=now)
        assert taken.attempt == 1

    def test_fails_it_and_it_comes_back_later(self, held: Errand, batch: UUID, now: datetime) -> None:
        fail(held, worker="w1", error="smtp.451", now=now)
        kept = fresh(held)
        assert (kept.state, kept.last_error) == (LeaseState.DUE, "smtp.451")
        assert claim(Errand.objects.filter(batch=batch), worker="w2", now=now) == []
        assert len(claim(Errand.objects.filter(batch=batch), worker="w2", now=kept.due_at)) == 1

    def test_parks_it_after_its_last_attempt(self, held: Errand, now: datetime) -> None:
        fail(held, worker="w1", error="smtp.451", now=now, max_attempts=1)
        kept = fresh(held)
        assert (kept.state, kept.parked_at, kept.last_error) == (LeaseState.PARKED, now, "smtp.451")

    @pytest.mark.clause("7.1")
    def test_cannot_leave_a_sentence_behind_as_an_error(self, held: Errand, now: datetime) -> None:
        with pytest.raises(NotAnErrorCode) as caught:
            fail(held, worker="w1", error="mailbox of hoai.an@example.vn is full", now=now)
        assert "hoai" not in str(caught.value)
        assert fresh(held).last_error == ""


class TestAWorkerThatComesBackLate:
    @pytest.fixture
    def lost(self, give: Give, batch: UUID, now: datetime) -> Errand:
        """A row that w1 still believes to hold, and that w2 has taken over."""
        give()
        (row,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        claim(Errand.objects.filter(batch=batch), worker="w2", now=now + LEASE)
        return row

    @pytest.mark.parametrize(
        "verb",
        [
            lambda row, now: extend(row, worker="w1", now=now),
            lambda row, now: finish(row, worker="w1", now=now),
            lambda row, now: fail(row, worker="w1", error="late", now=now),
            lambda row, now: fail(row, worker="w1", error="late", now=now, max_attempts=1),
            lambda row, now: park(row, worker="w1", error="late", now=now),
            lambda row, now: release(row, worker="w1"),
        ],
        ids=["extend", "finish", "fail", "fail_for_good", "park", "release"],
    )
    def test_changes_nothing(self, lost: Errand, now: datetime, verb: Callable[[Errand, datetime], None]) -> None:
        before = Errand.objects.filter(pk=lost.pk).values().get()
        with pytest.raises(LeaseLost):
            verb(lost, now + LEASE)
        assert Errand.objects.filter(pk=lost.pk).values().get() == before

    def test_is_fenced_off_even_from_its_own_later_claim(self, give: Give, batch: UUID, now: datetime) -> None:
        give()
        (first,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        (second,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now + LEASE)
        with pytest.raises(LeaseLost):
            finish(first, worker="w1", now=now + LEASE)
        finish(second, worker="w1", now=now + LEASE)

    def test_is_fenced_off_from_its_own_claim_after_a_persons_retry(self, give: Give, batch: UUID, now: datetime) -> None:
        give()
        (first,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        stale = fresh(first)
        park(first, worker="w1", error="x", now=now)
        retry(first, now=now)
        (second,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now + SECOND)
        assert second.attempt == stale.attempt == 1
        with pytest.raises(LeaseLost):
            finish(stale, worker="w1", now=now + SECOND)

    def test_cannot_finish_twice(self, give: Give, batch: UUID, now: datetime) -> None:
        give()
        (row,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        finish(row, worker="w1", now=now)
        with pytest.raises(LeaseLost):
            finish(row, worker="w1", now=now)


class TestABatch:
    def test_is_held_as_far_as_each_row_is_still_under_the_lease_it_was_taken_with(self, give: Give, batch: UUID, now: datetime) -> None:
        give(3)
        some = Errand.objects.filter(batch=batch)
        first = claim(some, worker="w1", now=now, limit=2)
        second = claim(some, worker="w1", now=now + SECOND, limit=1)
        again = now + LEASE + SECOND / 2
        (lost,) = claim(some.filter(pk=first[0].pk), worker="w1", now=again)
        with transaction.atomic():
            assert still_held([*first, *second], worker="w1") == [first[1], *second]
            assert still_held([lost], worker="w1") == [lost]
            assert still_held([*first, *second, lost], worker="w2") == []

    def test_is_done_in_one_statement_with_what_the_duty_sets(self, give: Give, batch: UUID, now: datetime) -> None:
        give(2)
        rows = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            finish_all(rows, now=now, changes={"attempt": 7})
        assert len([one for one in asked if one["sql"].startswith("UPDATE")]) == 1
        assert [(fresh(row).state, fresh(row).done_at, fresh(row).attempt) for row in rows] == [(LeaseState.DONE, now, 7)] * 2


class TestARowThatKillsItsWorkers:
    def test_is_set_aside_for_a_person_instead_of_being_taken_for_ever(self, give: Give, batch: UUID, now: datetime) -> None:
        rows = Errand.objects.filter(batch=batch)
        give()
        for round_ in range(3):
            assert len(claim(rows, worker="w1", now=now + round_ * LEASE, max_attempts=3)) == 1
        later = now + 3 * LEASE
        assert claim(rows, worker="w2", now=later, max_attempts=3) == []
        assert park_stranded(rows, now=later - SECOND, max_attempts=3) == 0
        assert park_stranded(rows, now=later, max_attempts=3) == 1
        assert rows.get().last_error == "lease.abandoned"


class TestAParkedRow:
    @pytest.fixture
    def parked(self, give: Give, batch: UUID, now: datetime) -> Errand:
        give()
        (row,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        park(row, worker="w1", error="smtp.unknown", now=now)
        return row

    def test_waits_for_a_person_however_late_it_gets(self, parked: Errand, batch: UUID, now: datetime) -> None:
        assert claim(Errand.objects.filter(batch=batch), worker="w2", now=now + timedelta(days=365)) == []

    def test_is_due_again_with_all_its_attempts_when_a_person_says_so(self, parked: Errand, batch: UUID, now: datetime) -> None:
        retry(parked, now=now + SECOND)
        (row,) = claim(Errand.objects.filter(batch=batch), worker="w2", now=now + SECOND)
        assert (row.attempt, row.parked_at, row.last_error) == (1, None, "smtp.unknown")

    def test_is_retried_once_when_two_people_press_the_button(self, parked: Errand, now: datetime) -> None:
        retry(fresh(parked), now=now)
        with pytest.raises(NotParked):
            retry(parked, now=now)


class TestARowThatSeemedDone:
    @pytest.fixture
    def done(self, give: Give, batch: UUID, now: datetime) -> Errand:
        give()
        (row,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        finish(row, worker="w1", now=now)
        return row

    def test_can_turn_out_not_to_be_and_is_due_again_with_its_attempts_counted_on(self, done: Errand, batch: UUID, now: datetime) -> None:
        reopen(done, error="bounce.soft", due_at=now + SECOND)
        assert claim(Errand.objects.filter(batch=batch), worker="w2", now=now) == []
        (row,) = claim(Errand.objects.filter(batch=batch), worker="w2", now=now + SECOND)
        assert (row.attempt, row.done_at, row.last_error) == (2, None, "bounce.soft")

    def test_is_reopened_once(self, done: Errand, now: datetime) -> None:
        reopen(fresh(done), error="bounce.soft", due_at=now)
        with pytest.raises(NotDone):
            reopen(done, error="bounce.soft", due_at=now)

    def test_can_be_set_aside_for_a_person(self, done: Errand, now: datetime) -> None:
        assert set_aside(done, error="bounce.hard", now=now)
        row = fresh(done)
        assert (row.state, row.parked_at, row.done_at, row.last_error) == (LeaseState.PARKED, now, None, "bounce.hard")

    def test_is_not_taken_out_of_a_workers_hand(self, give: Give, batch: UUID, now: datetime) -> None:
        give()
        (row,) = claim(Errand.objects.filter(batch=batch), worker="w1", now=now)
        assert not set_aside(fresh(row), error="bounce.hard", now=now)
        finish(row, worker="w1", now=now)


class TestTheTable:
    @pytest.mark.parametrize(
        "broken",
        [
            {"state": "lost"},
            {"state": "claimed"},
            {"state": "claimed", "leased_by": "w1", "lease_until": datetime(2026, 1, 1, tzinfo=UTC)},
            {"state": "due", "leased_by": "w1"},
            {"state": "due", "lease_until": datetime(2026, 1, 1, tzinfo=UTC)},
            {"state": "done"},
            {"state": "due", "done_at": datetime(2026, 1, 1, tzinfo=UTC)},
            {"state": "parked"},
            {"state": "due", "parked_at": datetime(2026, 1, 1, tzinfo=UTC)},
        ],
        ids=lambda broken: " ".join(broken) + " " + str(broken["state"]),
    )
    def test_refuses_a_row_that_contradicts_itself(self, give: Give, broken: dict[str, object]) -> None:
        (row,) = give()
        with pytest.raises(IntegrityError), transaction.atomic():
            Errand.objects.filter(pk=row.pk).update(**broken)

    def test_is_reported_when_it_forgets_the_constraints_of_the_lease(self) -> None:
        class Forgetful(Leased):
            class Meta:
                app_label = "forgetful"

        assert [found.id for found in Forgetful.check()] == ["outbox.E001"]
        assert Errand.check() == []


class TestABacklog:
    def test_counts_what_waits_what_is_held_and_what_was_set_aside(self, give: Give, batch: UUID, now: datetime) -> None:
        rows = Errand.objects.filter(batch=batch)
        give(in_seconds=5)
        give(2, in_seconds=-30)
        held, broken = claim(rows, worker="w1", now=now)
        give(3, in_seconds=-20)
        park(broken, worker="w1", error="x", now=now)
        seen = backlog(rows, now=now)
        assert (seen.waiting, seen.claimed, seen.parked, seen.oldest_due_at) == (3, 1, 1, now - 20 * SECOND)
        assert held.state == LeaseState.CLAIMED

    def test_of_nothing_waits_since_never(self, errand_tables: None, db: None, batch: UUID, now: datetime) -> None:
        assert backlog(Errand.objects.filter(batch=batch), now=now).oldest_due_at is None


@pytest.mark.django_db
class TestAHeartbeat:
    def test_says_who_is_alive_and_since_when(self, now: datetime) -> None:
        beat(worker="w1", role="worker", now=now - 60 * SECOND)
        beat(worker="w1", role="worker", now=now)
        beat(worker="w2", role="serve", now=now - 30 * SECOND)
        (alive,) = workers_alive(now=now)
        assert (alive.worker_id, alive.role, alive.started_at, alive.beat_at) == ("w1", "worker", now - 60 * SECOND, now)

    def test_of_workers_long_gone_is_forgotten(self, now: datetime) -> None:
        beat(worker="w1", role="worker", now=now - 60 * SECOND)
        beat(worker="w2", role="worker", now=now)
        assert forget_workers(older_than=now) == 1
        assert [sign.worker_id for sign in Heartbeat.objects.all()] == ["w2"]
