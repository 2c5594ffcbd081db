"""On which day somebody was last seen: only the day is kept, and it is a day of the house."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from camket.editions import queries as editions


def house_zone() -> tzinfo:
    """Return where the edition in force counts its days; UTC before the first edition."""
    try:
        return ZoneInfo(editions.policy_in_force().timezone)
    except editions.NoEdition:
        return UTC


def day_of(at: datetime) -> date:
    """
    Return the day of an instant by the clock of the house, as its pages tell the time.

    Args:
        at: UTC instant.
    """
    return at.astimezone(house_zone()).date()


def next_day_at(at: datetime) -> datetime:
    """
    Return the instant at which the next day of the house begins.

    Args:
        at: UTC instant.
    """
    zone = house_zone()
    return datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(), tzinfo=zone)
