"""Clocks as the desks show them: the law's, by when a person's request must be answered, and the one by which a page tells the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from camket.duties.publishing import queries as editions
from camket.duties.special_cases.queries import CaseRow
from camket.duties.special_cases.rules import OWN_RIGHT
from camket.policy.compiled import CompiledPolicy
from camket.policy.deadlines import Due, dues
from camket.web.kit.words import within_sentence

_RUNNING = ("waiting", "open", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One day of the law on a page: what must be done by its end, and whether it has passed."""

    label: str
    last_on: date
    is_past: bool


def clocks_of(row: CaseRow, *, language: str, now: datetime) -> tuple[Clock, ...]:
    """
    Return the law's clocks of a living case in which a person exercises a right, the soonest first; none for any other case.

    Args:
        row: The case. Its clocks started when it was opened, under the law as it stood on that day.
        language: `vi` or `en`.
        now: UTC instant.
    """
    policy = editions.policy_in_force()
    told = {"": gettext("Say that it has come in")}
    by_day: dict[date, list[Due]] = {}
    for one in _dues(policy, row):
        by_day.setdefault(one.last_on, []).append(one)
    return tuple(
        Clock(
            label=", ".join(told.get(one.right) or within_sentence(policy.label("right", one.right, language)) for one in same),
            last_on=day,
            is_past=same[0].due_at <= now,
        )
        for day, same in by_day.items()
    )


def soonest(rows: Sequence[CaseRow]) -> dict[str, date]:
    """Return, by the case's reference, the last day of the shortest of the law's clocks for fulfilling a right; which right it is, people know."""
    policy = editions.policy_in_force()
    found = {row.reference: next((one.last_on for one in _dues(policy, row) if one.right), None) for row in rows}
    return {reference: last_on for reference, last_on in found.items() if last_on is not None}


def _dues(policy: CompiledPolicy, row: CaseRow) -> tuple[Due, ...]:
    if row.ground != OWN_RIGHT or row.state not in _RUNNING:
        return ()
    return dues(policy, editions.house_regime(), started_at=row.opened_at)


def last_day(deadline: datetime, zone: ZoneInfo) -> date | None:
    """
    Return the day at whose end something must be done: a midnight reads like the day that begins with it. None where it is due at another time.

    Args:
        deadline: UTC instant.
        zone: Where days are counted.
    """
    due = deadline.astimezone(zone)
    return due.date() - timedelta(days=1) if due.time() == time.min else None


def offset_words(zone: ZoneInfo, at: datetime) -> str:
    """
    Return by how much the clock of a page is ahead of UTC, as it is written beside a time: UTC+7.

    Args:
        zone: Where the edition in force counts its days.
        at: UTC instant, for clocks are put forward and back.
    """
    ahead = at.astimezone(zone).utcoffset() or timedelta(0)
    hours, rest = divmod(int(ahead.total_seconds()) // 60, 60)
    return f"UTC{hours:+d}" + (f":{rest:02d}" if rest else "")
