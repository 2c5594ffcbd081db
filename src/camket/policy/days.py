"""The days of a place: when one begins there, and which are the last ones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """
    Return the local midnight with which a day begins.

    Args:
        day: Which.
        zone: Where.
    """
    return datetime.combine(day, time.min, tzinfo=zone)


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """
    Return the local midnight that ends a day, as a UTC instant: exclusive, at that instant the day is over.

    Args:
        day: Which.
        zone: Where.

    Raises:
        OverflowError: It is the last day of the year 9999.

    Source: house.md §9.10.
    """
    return midnight(day + timedelta(days=1), zone).astimezone(UTC)


def last_days(many: int, *, now: datetime, zone: ZoneInfo) -> list[date]:
    """
    Return the last days of a place, the oldest first and the one that runs last.

    Args:
        many: How many.
        now: UTC instant.
        zone: Where.
    """
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in reversed(range(many))]
