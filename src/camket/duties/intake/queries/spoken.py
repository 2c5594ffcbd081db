"""On which days of the house what a colleague takes down can have been said."""

from datetime import date, datetime

from camket.access.days import day_of
from camket.duties.intake import rules
from camket.editions import queries as editions
from camket.vault import gate


def earliest_yes(*, now: datetime) -> date:
    """
    Return the first day on which a yes that is taken down now can have been said: the wording that was read out is the one in force.

    Args:
        now: UTC instant at which it is taken down, and from which it holds.

    Source: policy §1 (1.3, 1.7).
    """
    since = editions.edition(editions.in_force()).in_force_at
    first = day_of(now) - rules.TAKEN_DOWN_WITHIN
    return max(first, day_of(since)) if since else first


def faulty_yes(said_on: date | None, *, now: datetime) -> rules.FieldError | None:
    """
    Return what is wrong with the day on which somebody is to have said yes to a colleague, or None.

    Args:
        said_on: The day; None where what was typed is none.
        now: UTC instant at which it is taken down.

    Source: policy §1 (1.3, 1.7); Decree 356/2025 art. 6 (who, when, what content).
    """
    return _fault(said_on, earliest=earliest_yes(now=now), today=day_of(now))


def earliest_no(given: gate.ConsentRow) -> date:
    """
    Return the first day on which a consent can have been taken back: the one on which it was given.

    Args:
        given: The yes.
    """
    return given.said_on or day_of(given.at)


def faulty_no(said_on: date | None, given: gate.ConsentRow, *, now: datetime) -> rules.FieldError | None:
    """
    Return what is wrong with the day on which somebody is to have told a colleague that they no longer agree, or None.

    However long ago it was, it is taken down: a bound would keep a consent in use that its person has taken back, or make a colleague name a
    day that is not true.

    Args:
        said_on: The day; None where what was typed is none.
        given: The yes that it takes back.
        now: UTC instant at which it is taken down.

    Source: policy §9 (9.9).
    """
    return _fault(said_on, earliest=earliest_no(given), today=day_of(now))


def _fault(said_on: date | None, *, earliest: date, today: date) -> rules.FieldError | None:
    if said_on is None:
        return rules.FieldError(field="said_on", code="no_day")
    if said_on > today:
        return rules.FieldError(field="said_on", code="day_to_come")
    # where a clock was set back since, today counts all the same
    return rules.FieldError(field="said_on", code="day_too_early") if said_on < min(earliest, today) else None
