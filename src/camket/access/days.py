"""The days of the house: by them its pages tell the time, and of when somebody was last seen only the day is kept."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from camket.editions import queries as editions
from camket.policy.days import midnight_after


def house_zone() -> ZoneInfo:
    """Return where the edition in force counts its days; UTC before the first edition."""
    try:
        return ZoneInfo(editions.policy_in_force().timezone)
    except editions.NoEdition:
        return ZoneInfo("UTC")


def day_of(at: datetime) -> date:
    """
    Return the day of an instant by the clock of the house.

    Args:
        at: UTC instant.
    """
    return at.astimezone(house_zone()).date()


def next_day_at(at: datetime) -> datetime:
    """
    Return the UTC instant at which the next day of the house begins.

    Args:
        at: UTC instant.
    """
    zone = house_zone()
    return midnight_after(at.astimezone(zone).date(), zone)
