"""Counting rows: many counts in one statement, each within its own index."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from camket.policy.days import midnight


def counted(wanted: Sequence[QuerySet[Any]]) -> tuple[int, ...]:
    """
    Return how many rows each of these queries has, in their order; one statement. A slice is counted as far as it goes.

    Args:
        wanted: Queries of one database.
    """
    pieces: list[str] = []
    params: list[Any] = []
    for query in wanted:
        try:
            text, given = query.values("pk").query.sql_with_params()
        except EmptyResultSet:  # a query that cannot have any
            text, given = "", ()
        pieces.append(f"(SELECT COUNT(*) FROM ({text}) AS counted)" if text else "0")  # noqa: S608  # compiled by Django, each value apart
        params.extend(given)
    if not any(piece != "0" for piece in pieces):
        return (0,) * len(pieces)
    with connections[wanted[0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(pieces)}", params)
        found: tuple[int, ...] = cursor.fetchone()
    return found


def counted_by_day(rows: QuerySet[Any], column: str, *, days: Sequence[date], zone: ZoneInfo) -> Mapping[date, int]:
    """
    Return how many rows there are on each of some days; one statement, which counts each day in the column's index.

    Args:
        rows: Of which.
        column: The instant that says on which day a row counts.
        days: Which days.
        zone: Where days are counted.
    """
    spans = [{f"{column}__gte": midnight(day, zone), f"{column}__lt": midnight(day + timedelta(days=1), zone)} for day in days]
    return dict(zip(days, counted([rows.filter(**span) for span in spans]), strict=True))
