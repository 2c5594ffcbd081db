"""Until when something must be done by law: the period of the day on which the clock started, counted in the days that the law counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from camket.policy.compiled import CompiledPolicy
from camket.policy.days import midnight_after
from camket.policy.regimes import Regime, ValueMissing
from camket.policy.retain import Period, end_of

HOLIDAYS = "calendar.holidays"  # whose public holidays are no working days, as a country's two letters
ROLL = "calendar.holiday_roll"  # "next_working_day" where a last day that is free moves on to the next that is not
_ROLLS = "next_working_day"
ACKNOWLEDGED = "dsr.ack"  # how soon a person is told that their request has come in
_OWN = ".own"  # of a right's clocks, the one for what a company does in its own systems
_PERIODS = {"days": "days", "weeks": "weeks", "months": "months", "years": "years"}
_LONGEST = 3_660  # working days; no clock of the law runs for longer


def due_at(regime: Regime, key: str, *, started_at: datetime) -> datetime:
    """
    Return the instant by which something must be done: exclusive, at that instant it is late.

    Args:
        regime: The law as dated data. What came in on a day keeps the values of that day, whatever the law says later.
        key: A period of the regime, such as "dsr.access.own"; in hours, working days, days, weeks, months or years.
        started_at: UTC instant at which the clock started, such as that of a request's arrival.

    Returns:
        For hours, so many after the start. For days and longer, the local midnight that ends the last day; the first day is the one after
        the start. The clock never pauses.

    Raises:
        ValueMissing: The regime has no such period on that day, or no holidays where it counts working days.
        ValueError: `started_at` carries no timezone.

    Source: house.md §9.10; Decree 356/2025 art. 5; Regulation (EEC, Euratom) 1182/71 art. 3.
    """
    if started_at.tzinfo is None:
        raise ValueError("started_at must carry its timezone")
    place = ZoneInfo(regime.timezone)
    first = started_at.astimezone(place).date()
    found = regime.on(key, first)
    amount = regime.number(key, first)
    if found.unit == "hours":
        return started_at.astimezone(UTC) + timedelta(hours=amount)
    if found.unit == "working_days":
        return midnight_after(_nth_working_day(regime, first, amount), place)
    if found.unit not in _PERIODS:
        raise ValueMissing(f"{regime.id} gives {key} in {found.unit}, which is no length of time")
    ends = end_of(Period(**{_PERIODS[found.unit]: amount}), after=started_at, timezone=regime.timezone)
    last = (ends - timedelta(microseconds=1)).astimezone(place).date()
    return midnight_after(_rolled(regime, first, last), place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """By when one thing must be done for a person; `due_at` is exclusive, `last_on` the local day before it."""

    right: str  # id of the right that would be exercised; empty for the acknowledgement
    due_at: datetime
    last_on: date


def dues(policy: CompiledPolicy, regime: Regime, *, started_at: datetime) -> tuple[Due, ...]:
    """
    Return by when a person's request must be acknowledged and, right by right, fulfilled, the soonest first.

    A right whose clock the law did not have on that day has none; nobody knows a day for it.

    Args:
        policy: The edition, which names the rights and their clocks.
        regime: The law as dated data; a request keeps the values of the day on which it came in.
        started_at: UTC instant at which the request came in.

    Source: policy §9 (9.2, 9.3, 9.4, 9.5, 9.6, 9.7, 9.8, 9.9, 9.10, 9.11); Decree 356/2025 art. 5.
    """
    clocks = [("", ACKNOWLEDGED), *((right, rule.deadline + _OWN) for right, rule in policy.rights.items())]
    found = [one for right, key in clocks if (one := _due(regime, right, key, started_at)) is not None]
    return tuple(sorted(found, key=lambda one: one.due_at))


def _due(regime: Regime, right: str, key: str, started_at: datetime) -> Due | None:
    try:
        ends = due_at(regime, key, started_at=started_at)
    except ValueMissing:
        return None
    last_on = (ends - timedelta(microseconds=1)).astimezone(ZoneInfo(regime.timezone)).date()
    return Due(right=right, due_at=ends, last_on=last_on)


def is_working_day(country: str, day: date) -> bool:
    """
    Return whether offices are open on a day: no weekend and no public holiday, or a weekend's day that is worked in place of another.

    Args:
        country: Two letters (ISO 3166-1).
        day: A local day.
    """
    return _calendar(country, day.year).is_working_day(day)


@lru_cache(maxsize=64)
def _calendar(country: str, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, years=year)


def _country(regime: Regime, day: date) -> str:
    value = regime.on(HOLIDAYS, day).value
    if not isinstance(value, str):
        raise ValueMissing(f"{regime.id} names no country whose holidays count")
    return value


def _nth_working_day(regime: Regime, first: date, amount: int) -> date:
    country, day, left = _country(regime, first), first, amount
    for _ in range(_LONGEST):
        if left <= 0:
            break
        day += timedelta(days=1)
        left -= is_working_day(country, day)
    return day


def _rolled(regime: Regime, first: date, last: date) -> date:
    """The last day, moved on where the law of the first day lets a free last day end on the next that is worked."""
    if not regime.knows(ROLL) or regime.on(ROLL, first).value != _ROLLS:
        return last
    country = _country(regime, first)
    while not is_working_day(country, last):
        last += timedelta(days=1)
    return last
