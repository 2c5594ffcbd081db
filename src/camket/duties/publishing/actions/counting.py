"""Counting what the policy answered: a little at a time, from where the last count ended, so that no page reads the journal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction

from camket.duties.publishing.models import AnswerCount, AnswersCounted, GapCount
from camket.journal import queries as journal
from camket.journal.queries import Answered, EntryRow

AT_ONCE = 1_000  # entries counted in one transaction
IN_A_TURN = 10  # transactions of one call, so that a long journal does not keep the worker from everything else

_LONGEST_FIELDS = 400
_GAP = ("edition", "role", "operation", "purpose", "recipient", "fields", "day")
_ANSWER = ("edition", "clause", "outcome", "day")

Counts = dict[tuple[Any, ...], tuple[int, datetime]]


def count_answers(*, now: datetime) -> int:
    """
    Count what the journal says was answered since the last count, and return how many entries were looked at.

    Safe to call from many processes at once, and to be killed in: the counts and the place up to which they go are written together.

    Args:
        now: UTC instant.

    Source: docs/decisions/0019-coverage.md.
    """
    looked_at = 0
    for _ in range(IN_A_TURN):
        seen = _count_some(now)
        looked_at += seen
        if seen < AT_ONCE:
            break
    return looked_at


def recount_answers(*, now: datetime) -> int:
    """
    Forget every count and count the whole journal anew, and return how many entries were looked at.

    Args:
        now: UTC instant.
    """
    with transaction.atomic():
        _place()
        AnswerCount.objects.all().delete()
        GapCount.objects.all().delete()
        AnswersCounted.objects.update(position=0)
    looked_at = 0
    while seen := _count_some(now):
        looked_at += seen
    return looked_at


def _count_some(now: datetime) -> int:
    with transaction.atomic():
        place = _place()
        found = journal.answered_from(place.position, limit=AT_ONCE)
        _add(AnswerCount, _ANSWER, _answers(found))
        _add(GapCount, _GAP, _gaps(found.gaps))
        AnswersCounted.objects.update(position=found.until, counted_at=now)
    return found.until - place.position


def _place() -> AnswersCounted:
    """Where the last count ended, held until this transaction ends."""
    AnswersCounted.objects.get_or_create(id=1)
    return AnswersCounted.objects.select_for_update().get(id=1)


def _answers(found: Answered) -> Counts:
    return _counted(((int(edition), str(clause), outcome, _day(at)), at) for at, outcome, edition, clauses in found.answers for clause in clauses)


def _gaps(rows: Iterable[EntryRow]) -> Counts:
    return _counted(
        (
            (int(row.edition or 0), row.actor.role, row.operation, row.purpose, row.recipient, " ".join(row.fields)[:_LONGEST_FIELDS], _day(row.at)),
            row.at,
        )
        for row in rows
    )


def _day(at: datetime) -> Any:
    return at.astimezone(UTC).date()


def _counted(happened: Iterable[tuple[tuple[Any, ...], datetime]]) -> Counts:
    many: Counter[tuple[Any, ...]] = Counter()
    last: dict[tuple[Any, ...], datetime] = {}
    for key, at in happened:
        many[key] += 1
        last[key] = max(at, last.get(key, at))
    return {key: (count, last[key]) for key, count in many.items()}


def _add(table: type[models.Model], columns: tuple[str, ...], counts: Mapping[tuple[Any, ...], tuple[int, datetime]]) -> None:
    """Add to what stands: nobody else writes, for whoever counts holds the place."""
    if not counts:
        return
    days = {key[-1] for key in counts}
    stands = {row[:-2]: row[-2:] for row in table._default_manager.filter(day__in=days).values_list(*columns, "count", "last_at")}
    rows = []
    for key, (count, last_at) in counts.items():
        before, at = stands.get(key, (0, last_at))
        rows.append(table(**dict(zip(columns, key, strict=True)), count=before + count, last_at=max(at, last_at)))
    table._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=list(columns), update_fields=["count", "last_at"])
