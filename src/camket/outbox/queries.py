"""Who is working, and how much waits: frozen rows for the doors."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet

from camket.outbox.models import Heartbeat, Leased, LeaseState
from camket.outbox.rules import ALIVE_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker process and its last sign of life."""

    worker_id: str
    role: str
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much of one duty's due rows waits, is being done, or was set aside."""

    waiting: int  # due at or before the instant asked about
    claimed: int
    parked: int
    oldest_due_at: datetime | None  # of the waiting rows; None when none waits


def workers_alive(*, now: datetime, within: timedelta = ALIVE_WITHIN) -> list[WorkerRow]:
    """
    List the workers that gave a sign of life of late.

    Args:
        now: UTC instant.
        within: How old the last sign may be.

    Returns:
        The workers, in the order of their ids.
    """
    # a sign from further in the future is of before the clock was set back
    alive = Heartbeat.objects.filter(beat_at__gt=now - within, beat_at__lte=now + within).order_by("worker_id")
    return [WorkerRow(worker_id=w.worker_id, role=w.role, started_at=w.started_at, beat_at=w.beat_at) for w in alive]


def last_beat() -> datetime | None:
    """Return when a worker last gave a sign of life, or None where none ever did; it can be asked of tables that an older program made."""
    found: datetime | None = Heartbeat.objects.aggregate(newest=Max("beat_at"))["newest"]
    return found


def backlog(queryset: QuerySet[Leased], *, now: datetime) -> Backlog:
    """
    Count the rows of one duty by where they stand, in one query.

    Args:
        queryset: The duty's rows.
        now: UTC instant; rows due later are not yet waiting.

    Returns:
        The counts, and since when the oldest row waits.
    """
    waits = Q(state=LeaseState.DUE, due_at__lte=now)
    # what is done is not looked at: there is more of it every day
    figures = (
        queryset.filter(state__in=[LeaseState.DUE, LeaseState.CLAIMED, LeaseState.PARKED])
        .order_by()
        .aggregate(
            waiting=Count("pk", filter=waits),
            claimed=Count("pk", filter=Q(state=LeaseState.CLAIMED)),
            parked=Count("pk", filter=Q(state=LeaseState.PARKED)),
            oldest_due_at=Min("due_at", filter=waits),
        )
    )
    return Backlog(**figures)
