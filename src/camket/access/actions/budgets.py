"""Budgets: how often something may happen under one key. We are nobody's mail bomb, and nobody floods us (house.md §9.4)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import islice

from django.db import connections, router

from camket.access.models import Budget

_AT_ONCE = 500  # keys in one statement


def spend_budget(*, key: bytes, limit: int, window: timedelta, now: datetime, amount: int = 1) -> bool:
    """
    Count an act against a budget and tell whether it was still within it; the first act opens the window.

    Two who ask at once cannot both get the last one: the count and the comparison are one statement. A window that begins more than
    its own length in the future is over: the clock was set back since.

    Args:
        key: What is counted, e.g. b"mail:" and an address, or b"form:" and an address prefix; only its keyed hash is kept.
        limit: How many acts a window allows; 0 allows none.
        window: How long a window lasts, from its first act.
        now: UTC instant.
        amount: How much of the budget the act takes, 1 or more: one where acts are counted, how many megabytes where those are.

    Returns:
        True when the act was counted, False when as much is not left.
    """
    if limit < amount:
        return False
    using = router.db_for_write(Budget)
    connection = connections[using]
    instant = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        outside = [instant(now - window), instant(now + window)]
        opened = [Budget.digest(key, window), instant(now), amount]
        cursor.execute(_spend_statement(using), [*opened, *outside, amount, amount, *outside, instant(now), *outside, limit - amount])
        return cursor.fetchone() is not None


def spend_budgets(*, keys: Collection[bytes], limit: int, window: timedelta, now: datetime) -> frozenset[bytes]:
    """
    Count one act against each of many budgets, in one statement, and return those that were still within theirs.

    Args:
        keys: As for `spend_budget`, each once.
        limit: How many acts a window allows.
        window: How long a window lasts, from its first act.
        now: UTC instant.
    """
    if limit < 1 or not keys:
        return frozenset()
    using = router.db_for_write(Budget)
    connection = connections[using]
    instant = connection.ops.adapt_datetimefield_value
    hashes = {Budget.digest(key, window): key for key in sorted(keys)}
    outside, found = [instant(now - window), instant(now + window)], set()
    with connection.cursor() as cursor:
        waiting = iter(sorted(hashes))
        while some := list(islice(waiting, _AT_ONCE)):
            opened = [value for one in some for value in (one, instant(now), 1)]
            cursor.execute(_spend_statement(using, rows=len(some)), [*opened, *outside, 1, 1, *outside, instant(now), *outside, limit - 1])
            found |= {bytes(one) for (one,) in cursor.fetchall()}
    return frozenset(hashes[one] for one in found)


def budgets_over_at(*, keys: Collection[bytes], window: timedelta) -> Mapping[bytes, datetime]:
    """
    Return when the window of each of many budgets is over; those of which nothing was ever spent are not among them.

    Args:
        keys: As they were spent.
        window: As they were spent.
    """
    hashes = {Budget.digest(key, window): key for key in keys}
    found = Budget.objects.filter(key_hash__in=list(hashes)).values_list("key_hash", "window_start")
    return {hashes[bytes(name)]: start + window for name, start in found}


def _spend_statement(using: str, *, rows: int = 1) -> str:
    quote = connections[using].ops.quote_name
    table = quote(Budget._meta.db_table)
    key, start, count = quote("key_hash"), quote("window_start"), quote("count")
    opened = ", ".join(["(%s, %s, %s)"] * rows)
    is_over = f"({table}.{start} <= %s OR {table}.{start} > %s)"
    # only quoted names of our own table and columns stand in the text; every value is a parameter
    return (
        f"INSERT INTO {table} ({key}, {start}, {count}) VALUES {opened} ON CONFLICT ({key}) DO UPDATE SET "  # noqa: S608  # see above
        f"{count} = CASE WHEN {is_over} THEN %s ELSE {table}.{count} + %s END, "
        f"{start} = CASE WHEN {is_over} THEN %s ELSE {table}.{start} END "
        f"WHERE {is_over} OR {table}.{count} <= %s RETURNING {key}"
    )


def forget_budgets(*, older_than: datetime) -> int:
    """
    Delete budgets whose window opened long ago.

    Args:
        older_than: UTC instant; choose it further back than the longest window in use.

    Returns:
        How many were deleted.
    """
    return Budget.objects.filter(window_start__lt=older_than).delete()[0]
