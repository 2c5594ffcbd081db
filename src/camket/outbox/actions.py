"""The verbs of the lease: claim, extend, finish, fail, release, put off, park, retry, and the workers' heartbeat."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from django.db import connections, transaction
from django.db.models import Model, Q, QuerySet

from camket.journal.objects import objects_of
from camket.journal.statements import Statement, Value, change, written
from camket.outbox.models import Heartbeat, Leased, LeaseState
from camket.outbox.rules import LEASE, MAX_ATTEMPTS, due_again_at, error_code

LeasedT = TypeVar("LeasedT", bound=Leased)
NO_CHANGES: Mapping[str, Value] = MappingProxyType({})


class LeaseLost(Exception):
    """The row is no longer in this worker's hand: its lease ran out and another took it, or a person moved it. Nothing was changed."""


class NotDone(Exception):
    """Only a row that seemed done can turn out not to be; this one is not, or no longer. Nothing was changed."""


class NotParked(Exception):
    """Only a parked row can be tried again by a person; this one is not, or no longer. Nothing was changed."""


def claim(
    queryset: QuerySet[LeasedT], *, worker: str, now: datetime, limit: int = 20, lease: timedelta = LEASE, max_attempts: int = MAX_ATTEMPTS
) -> list[LeasedT]:
    """
    Take due rows into a worker's hand, in one statement, so that no two workers ever hold the same row.

    Rows whose lease ran out are taken too, until they have been tried `max_attempts` times: then `park_stranded` sets them aside.

    Args:
        queryset: The duty's rows that this worker knows how to do; its order and slices are not used.
        worker: Id of the worker process, not empty, at most 64 characters.
        now: UTC instant; rows due at or before it are taken.
        limit: At most so many rows.
        lease: How long the rows are this worker's.
        max_attempts: Claims after which an abandoned row is left for `park_stranded`.

    Returns:
        The rows, oldest due first, each with its attempt counted.

    Raises:
        ValueError: `worker` is empty or too long.
    """
    if not 0 < len(worker) <= 64:
        raise ValueError("a worker's id has 1 to 64 characters")
    using = queryset.db
    abandoned = Q(state=LeaseState.CLAIMED, lease_until__lte=now, attempt__lt=max_attempts)
    due = queryset.filter(Q(state=LeaseState.DUE) | abandoned, due_at__lte=now).order_by("due_at", "pk")
    with transaction.atomic(using=using):
        picked = due.select_for_update(skip_locked=True, of=("self",)).values("pk")[:limit]
        rows = _take(picked, using=using, worker=worker, until=now + lease)
    return sorted(rows, key=lambda row: (row.due_at, row.id.int))


def _take(picked: QuerySet[LeasedT, dict[str, object]], *, using: str, worker: str, until: datetime) -> list[LeasedT]:
    connection = connections[using]
    model, quote = picked.model, connection.ops.quote_name
    chosen, chosen_params = picked.query.get_compiler(using=using).as_sql()
    table, key = quote(model._meta.db_table), quote("id")
    # MATERIALIZED: PostgreSQL may otherwise run the LIMIT once per joined row and lock more than was asked for
    # only quoted names of the model and Django's own compiled query stand in the text; every value is a parameter
    statement = (
        f"WITH picked(picked_id) AS MATERIALIZED ({chosen}) "  # noqa: S608  # see above
        f"UPDATE {table} SET {quote('state')} = %s, {quote('leased_by')} = %s, {quote('lease_until')} = %s, "
        f"{quote('attempt')} = {quote('attempt')} + 1 "
        f"WHERE {key} IN (SELECT picked_id FROM picked) RETURNING *"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*chosen_params, str(LeaseState.CLAIMED), worker, written(connection, until)])
        return objects_of(model, [column[0] for column in cursor.description], cursor.fetchall(), connection)


def extend(row: Leased, *, worker: str, now: datetime, lease: timedelta = LEASE, changes: Mapping[str, Value] = NO_CHANGES) -> None:
    """
    Keep a row in the worker's hand for longer, for work that takes more than one lease.

    Args:
        row: A row as `claim` returned it.
        worker: Id of the worker that claimed it.
        now: UTC instant from which the new lease counts.
        lease: How long the row stays this worker's.
        changes: What the duty sets with it in columns of its own.

    Raises:
        LeaseLost: Another worker has the row, or it is no longer claimed.
    """
    _move(row, worker=worker, state=str(LeaseState.CLAIMED), leased_by=worker, lease_until=now + lease, **changes)


def finish(row: Leased, *, worker: str, now: datetime, changes: Mapping[str, Value] = NO_CHANGES) -> None:
    """
    Record that a row was done.

    A lease that ran out while nobody else took the row still counts: the work is done, and doing it again would be the worse error.

    Args:
        row: A row as `claim` returned it.
        worker: Id of the worker that claimed it.
        now: UTC instant at which it was done.
        changes: What the duty sets with it in columns of its own.

    Raises:
        LeaseLost: Another worker has the row, or it is no longer claimed.
    """
    _move(row, worker=worker, state=str(LeaseState.DONE), done_at=now, last_error="", **changes)


def fail(row: Leased, *, worker: str, error: str, now: datetime, max_attempts: int = MAX_ATTEMPTS) -> None:
    """
    Record that an attempt failed: the row comes back later, or is parked for a person when it has had its attempts.

    Args:
        row: A row as `claim` returned it.
        worker: Id of the worker that claimed it.
        error: A code such as "smtp.451", never a message.
        now: UTC instant of the failure.
        max_attempts: Attempts after which the row is parked.

    Raises:
        LeaseLost: Another worker has the row, or it is no longer claimed.
        NotAnErrorCode: `error` is not a code.
    """
    _require_claimed(row)
    if row.attempt >= max_attempts:
        park(row, worker=worker, error=error, now=now)
        return
    again_at = due_again_at(row_id=row.id, attempt=row.attempt, now=now)
    _move(row, worker=worker, state=str(LeaseState.DUE), due_at=again_at, last_error=error_code(error))


def release(row: Leased, *, worker: str, error: str | None = None) -> None:
    """
    Give a row back untouched, for a worker that is asked to stop: it is due at once and the attempt is not counted.

    Args:
        row: A row as `claim` returned it, on which nothing was done.
        worker: Id of the worker that claimed it.
        error: A code that says for what it waits; what was said before stays when None.

    Raises:
        LeaseLost: Another worker has the row, or it is no longer claimed.
        NotAnErrorCode: `error` is not a code.
    """
    _require_claimed(row)
    said = {} if error is None else {"last_error": error_code(error)}
    _move(row, worker=worker, state=str(LeaseState.DUE), attempt=row.attempt - 1, **said)


def put_off(row: Leased, *, worker: str, due_at: datetime) -> None:
    """
    Give a row back that it is too early for: it is due again later, with all its attempts before it.

    Args:
        row: A row as `claim` returned it.
        worker: Id of the worker that claimed it.
        due_at: UTC instant from which it is due.

    Raises:
        LeaseLost: Another worker has the row, or it is no longer claimed.
    """
    _move(row, worker=worker, state=str(LeaseState.DUE), due_at=due_at, attempt=0, last_error="")


def park(row: Leased, *, worker: str, error: str, now: datetime) -> None:
    """
    Set a row aside for a person, because trying again by machine would be wrong.

    Args:
        row: A row as `claim` returned it.
        worker: Id of the worker that claimed it.
        error: A code such as "smtp.unknown", never a message.
        now: UTC instant.

    Raises:
        LeaseLost: Another worker has the row, or it is no longer claimed.
        NotAnErrorCode: `error` is not a code.
    """
    _move(row, worker=worker, state=str(LeaseState.PARKED), parked_at=now, last_error=error_code(error))


def park_stranded(queryset: QuerySet[LeasedT], *, now: datetime, max_attempts: int = MAX_ATTEMPTS) -> int:
    """
    Set aside the rows that keep dying in their workers' hands, so that one poisoned row cannot stop a worker for ever.

    Args:
        queryset: The duty's rows.
        now: UTC instant; only leases that ended at or before it count as abandoned.
        max_attempts: Claims after which an abandoned row is parked.

    Returns:
        How many rows were parked, each with the error "lease.abandoned".
    """
    stranded = queryset.filter(state=LeaseState.CLAIMED, lease_until__lte=now, attempt__gte=max_attempts)
    return stranded.update(state=LeaseState.PARKED, parked_at=now, lease_until=None, leased_by="", last_error="lease.abandoned")


def park_waiting(queryset: QuerySet[LeasedT], *, error: str, now: datetime) -> int:
    """
    Set aside everything that waits or is in a worker's hand, and return how many rows that was.

    Args:
        queryset: The duty's rows.
        error: A code such as "house.restored", never a message.
        now: UTC instant.

    Raises:
        NotAnErrorCode: `error` is not a code.
    """
    waiting = queryset.filter(state__in=[LeaseState.DUE, LeaseState.CLAIMED])
    return waiting.update(state=LeaseState.PARKED, parked_at=now, lease_until=None, leased_by="", last_error=error_code(error))


def retry(row: Leased, *, now: datetime) -> None:
    """
    Put a parked row back among the due ones, with all its attempts before it, because a person decided so.

    Args:
        row: A parked row.
        now: UTC instant from which it is due.

    Raises:
        NotParked: The row is not parked; somebody may have been quicker.
    """
    changes = {"state": LeaseState.DUE, "due_at": now, "attempt": 0, "parked_at": None}
    if not _rows(row).filter(pk=row.pk, state=LeaseState.PARKED).update(**changes):
        raise NotParked("the row is not parked")
    _mirror(row, changes)


def reopen(row: Leased, *, error: str, due_at: datetime) -> None:
    """
    Put a row that seemed done back among the due ones, with its attempts counted on, because it turned out not to be done.

    Args:
        row: A row that is done.
        error: A code that says why, never a message.
        due_at: UTC instant from which it is due.

    Raises:
        NotDone: The row is not done; somebody may have been quicker.
        NotAnErrorCode: `error` is not a code.
    """
    changes = {"state": LeaseState.DUE, "due_at": due_at, "done_at": None, "last_error": error_code(error)}
    if not _rows(row).filter(pk=row.pk, state=LeaseState.DONE).update(**changes):
        raise NotDone("the row is not done")
    _mirror(row, changes)


def set_aside(row: Leased, *, error: str, now: datetime) -> bool:
    """
    Park a row that no worker holds, done or not, because something was learnt of it that a person must know; return whether it was free.

    Args:
        row: Any row; one in a worker's hand is left there.
        error: A code that says why, never a message.
        now: UTC instant.

    Raises:
        NotAnErrorCode: `error` is not a code.
    """
    changes = {"state": LeaseState.PARKED, "parked_at": now, "done_at": None, "last_error": error_code(error)}
    if not _rows(row).filter(pk=row.pk).exclude(state=LeaseState.CLAIMED).update(**changes):
        return False
    _mirror(row, changes)
    return True


def _require_claimed(row: Leased) -> None:
    # a row that this worker itself let go has no attempt left to count from
    if row.state != LeaseState.CLAIMED:
        raise LeaseLost("the row is no longer in this worker's hand")


def _move(row: Leased, *, worker: str, **changes: Value) -> None:
    changes = {"lease_until": None, "leased_by": "", **changes}
    # the lease's own end is the fence: no later claim has the same one, not even this worker's; the attempt would not do, a retry resets it
    if not change(_moving(type(row), tuple(changes)), *changes.values(), row.pk, str(LeaseState.CLAIMED), worker, row.lease_until):
        raise LeaseLost("the row is no longer in this worker's hand")
    _mirror(row, changes)


@lru_cache
def _moving(model: type[Leased], names: tuple[str, ...]) -> Statement:
    # names come from the model and from here, values go apart
    named = ", ".join(f"{name} = %s" for name in names)
    text = f'UPDATE "{model._meta.db_table}" SET {named} WHERE id = %s AND state = %s AND leased_by = %s AND lease_until = %s'  # noqa: S608  # see above
    return Statement(text=text)


def _rows(row: Leased) -> QuerySet[Leased]:
    model: type[Leased] = type(row)
    return model._default_manager.using(row._state.db)


def _mirror(row: Model, changes: Mapping[str, object]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)


def beat(*, worker: str, role: str, now: datetime) -> None:
    """
    Record that a worker process is alive.

    Args:
        worker: Id of the worker process.
        role: What the process does, at most 20 characters.
        now: UTC instant.
    """
    # the clock was set back: a worker that seems to begin in the future would be refused its signs of life until then
    Heartbeat.objects.filter(worker_id=worker, started_at__gt=now).update(started_at=now, beat_at=now)
    sign = Heartbeat(worker_id=worker, role=role, started_at=now, beat_at=now)
    Heartbeat.objects.bulk_create([sign], update_conflicts=True, unique_fields=["worker_id"], update_fields=["role", "beat_at"])


def forget_workers(*, older_than: datetime) -> int:
    """
    Delete the heartbeats of workers that are long gone.

    Args:
        older_than: UTC instant; heartbeats before it go.

    Returns:
        How many were deleted.
    """
    return Heartbeat.objects.filter(beat_at__lt=older_than).delete()[0]


def forget_worker(*, worker: str) -> None:
    """
    Delete the heartbeat of a worker that ends.

    Args:
        worker: Id of the worker process.
    """
    Heartbeat.objects.filter(worker_id=worker).delete()
