"""On which day somebody was last seen: only the day is kept, and it is a day of the house."""

from datetime import UTC, date, datetime, tzinfo
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
