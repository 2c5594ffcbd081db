"""
The verbs of the lease for many rows at once: a statement or two for a batch, with the same fence against a late worker.

What a duty's statements may not write of its due rows they leave to these: every column of the lease but the instant at which a row is due.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from camket.journal.statements import Statement, Value, change, change_each, fetch
from camket.outbox.actions import NO_CHANGES
from camket.outbox.models import Leased, LeaseState
from camket.outbox.rules import MAX_ATTEMPTS, due_again_at, error_code

LeasedT = TypeVar("LeasedT", bound=Leased)


def still_held(rows: Sequence[LeasedT], *, worker: str) -> list[LeasedT]:
    """
    Return those of a batch that are still in this worker's hand, locked until the caller's transaction ends.

    Args:
        rows: Rows of one table as `claim` returned them.
        worker: Id of the worker that claimed them.
    """
    held = set[UUID]()
    for until in {row.lease_until for row in rows}:  # one, of rows that were claimed together
        # the lease's own end is the fence: a later claim has a later one; it may have been cut short meanwhile, by a clock that was set back
        mine = [row.id for row in rows if row.lease_until == until]
        held.update(id for (id,) in fetch(_holding(type(rows[0])), mine, str(LeaseState.CLAIMED), worker, until))
    return [row for row in rows if row.id in held]


def finish_all(rows: Sequence[LeasedT], *, now: datetime, changes: Mapping[str, Value] = NO_CHANGES) -> None:
    """
    Record that rows were done.

    Args:
        rows: As `still_held` returned them, in the same transaction.
        now: UTC instant at which they were done.
        changes: What the duty sets with it in columns of its own.
    """
    _set(rows, state=str(LeaseState.DONE), done_at=now, last_error="", **changes)


def park_all(rows: Sequence[LeasedT], *, error: str, now: datetime) -> None:
    """
    Set rows aside for a person.

    Args:
        rows: As `still_held` returned them, in the same transaction.
        error: A code such as "smtp.unknown", never a message.
        now: UTC instant.

    Raises:
        NotAnErrorCode: `error` is not a code.
    """
    _set(rows, state=str(LeaseState.PARKED), parked_at=now, last_error=error_code(error))


def fail_all(rows: Sequence[LeasedT], *, error: str, now: datetime, max_attempts: int = MAX_ATTEMPTS) -> None:
    """
    Record that an attempt failed with each of these rows: they come back later, each in its own time, or are parked.

    Args:
        rows: As `still_held` returned them, in the same transaction.
        error: A code such as "smtp.451", never a message.
        now: UTC instant of the failure.
        max_attempts: Attempts after which a row is parked.

    Raises:
        NotAnErrorCode: `error` is not a code.
    """
    spent = [row for row in rows if row.attempt >= max_attempts]
    park_all(spent, error=error, now=now)
    again = [row for row in rows if row.attempt < max_attempts]
    _due(again, {row.pk: due_again_at(row_id=row.pk, attempt=row.attempt, now=now) for row in again}, error=error_code(error), tries=0)


def release_all(rows: Sequence[LeasedT], *, due_at: Mapping[UUID, datetime], error: str | None = None) -> None:
    """
    Give rows back that were not tried; the attempt is not counted.

    Args:
        rows: As `still_held` returned them, in the same transaction.
        due_at: UTC instant from which each may be taken again, by its id; a row that is not named is due as it was.
        error: A code that says for what they wait; what was said before stays when None.
    """
    _due(rows, {row.pk: due_at.get(row.pk, row.due_at) for row in rows}, error=None if error is None else error_code(error), tries=1)


def new_row(*, due_at: datetime, done_at: datetime | None = None) -> dict[str, Any]:
    """
    Return the lease's columns of a row that nobody has had in hand, for a statement that writes rows without building them.

    Args:
        due_at: UTC instant from which it may be taken.
        done_at: UTC instant at which it was done, where there is nothing to do.
    """
    state = LeaseState.DUE if done_at is None else LeaseState.DONE
    return {"state": str(state), "due_at": due_at, "leased_by": "", "attempt": 0, "last_error": "", "done_at": done_at}


def close_all(queryset: QuerySet[LeasedT], *, now: datetime, changes: Mapping[str, Any]) -> int:
    """
    Close the rows that wait or are parked, so that nobody does them any more, and return how many that was.

    It is one statement: a worker that claims a row at the same moment was first, or finds it closed.

    Args:
        queryset: The duty's rows; one in a worker's hand, or done, is left as it is.
        now: UTC instant.
        changes: What the duty keeps of why, in columns of its own.
    """
    free = queryset.filter(state__in=[LeaseState.DUE, LeaseState.PARKED])
    return free.update(state=LeaseState.DONE, done_at=now, parked_at=None, **changes)


def retry_all(queryset: QuerySet[LeasedT], *, now: datetime, changes: Mapping[str, Any]) -> int:
    """
    Put the parked rows back among the due ones, with all their attempts before them, because a person decided so, and return how many that was.

    Args:
        queryset: The duty's rows; what is not parked is left as it is.
        now: UTC instant from which they are due.
        changes: What the duty sets anew in columns of its own.
    """
    return queryset.filter(state=LeaseState.PARKED).update(state=LeaseState.DUE, due_at=now, attempt=0, parked_at=None, **changes)


def after_clock_went_back(queryset: QuerySet[LeasedT], *, now: datetime, lease: timedelta) -> None:
    """
    Make due now what was to wait until an instant that the clock has not reached again, and let no lease last longer than one taken now.

    Args:
        queryset: The duty's rows.
        now: UTC instant, by the clock as it is since it was set back.
        lease: How long rows of this duty are a worker's.
    """
    queryset.filter(state__in=[LeaseState.DUE, LeaseState.CLAIMED], due_at__gt=now).update(due_at=now)
    queryset.filter(state=LeaseState.CLAIMED, lease_until__gt=now + lease).update(lease_until=now + lease)


@lru_cache
def _holding(model: type[Leased]) -> Statement:
    # the name comes from the model, values go apart
    table = model._meta.db_table
    text = f'SELECT id FROM "{table}" WHERE id IN ({{}}) AND state = %s AND leased_by = %s AND lease_until <= %s'  # noqa: S608  # see above
    return Statement(text=text, columns=(UUID,), is_locking=True)


@lru_cache
def _ending(model: type[Leased], names: tuple[str, ...]) -> Statement:
    # names come from the model and from here, values go apart
    named = "".join(f", {name} = %s" for name in names)
    return Statement(text=f"UPDATE \"{model._meta.db_table}\" SET lease_until = NULL, leased_by = ''{named} WHERE id IN ({{}})")  # noqa: S608  # see above


def _set(rows: Sequence[Leased], **changes: Value) -> None:
    if rows:
        change(_ending(type(rows[0]), tuple(changes)), *changes.values(), [row.id for row in rows])


@lru_cache
def _again(model: type[Leased]) -> Statement:
    # the name comes from the model, values go apart
    return Statement(
        text=f'UPDATE "{model._meta.db_table}" SET state = %s, due_at = %s, last_error = coalesce(%s, last_error), '  # noqa: S608  # see above
        "attempt = attempt - %s, lease_until = NULL, leased_by = '' WHERE id = %s"
    )


def _due(rows: Sequence[Leased], due_at: Mapping[UUID, datetime], *, error: str | None, tries: int) -> None:
    if rows:
        change_each(_again(type(rows[0])), [(str(LeaseState.DUE), due_at[row.id], error, tries, row.id) for row in rows])
