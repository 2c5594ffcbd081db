"""From when a new edition may be in force, and why not earlier."""

from dataclasses import dataclass
from datetime import datetime

from camket.editions import queries
from camket.policy.retain import Period, end_of
from camket.policy.terms import EditionNumber
from camket.vault import gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Earliest:
    """The first instant from which a new edition may be in force."""

    at: datetime
    reason: str  # now, notice, or waiting: an edition published before comes into force only then
    notice_days: int = 0
    timezone: str = "UTC"
    clause: str = ""  # that promises the notice
    edition: EditionNumber | None = None  # the one in force


def earliest_due(now: datetime) -> Earliest:
    """
    Return from when an edition that is published now may be in force: at once, or once a promised notice has run, and never before one that waits.

    Args:
        now: UTC instant of publishing.

    Source: policy §8 (8.2); docs/decisions/0013-coming-into-force.md.
    """
    found = _after_notice(now)
    last = queries.last_due_at()
    if last is not None and last > found.at:
        return Earliest(at=last, reason="waiting", timezone=found.timezone, edition=found.edition)
    return found


def _after_notice(now: datetime) -> Earliest:
    """When the notice that the edition in force promises has run; now where it promises none, or where there is nobody to tell."""
    try:
        number = queries.in_force()
    except queries.NoEdition:
        return Earliest(at=now, reason="now")
    policy = queries.compiled(number)
    days = policy.change.notice_days if policy.change else 0
    if not days or policy.change is None or not gate.holds_anybody():
        return Earliest(at=now, reason="now", timezone=policy.timezone, edition=number)
    at = end_of(Period(days=days), after=now, timezone=policy.timezone)
    return Earliest(at=at, reason="notice", notice_days=days, timezone=policy.timezone, clause=policy.change.clause, edition=number)
