"""When a new epoch of keys begins and when an old one is over (policy §4: what is erased dies in the copies too)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from camket.policy.compiled import CompiledPolicy, SafeguardId

DAYS_UNPROMISED = 14


def promised_days(policies: Iterable[CompiledPolicy]) -> int:
    """
    Return after how many days the keys of a copy must be dead: the shortest promise of these editions.

    The shortest, because data stays under the edition it was collected under and one key file wraps the keys of them all.

    Args:
        policies: Every edition that ever came into force; 14 days where none promises anything.

    Source: policy §4 (4.7); house.md §4.
    """
    safeguards = (policy.safeguards.get(SafeguardId.EPOCH_KEYS) for policy in policies)
    return min((one.days for one in safeguards if one is not None and one.days is not None), default=DAYS_UNPROMISED)


def is_step_due(*, begun_at: datetime, timezone: str, now: datetime) -> bool:
    """
    Return whether the epoch that began then belongs to another local day than this one.

    Another, not an earlier: after a clock that ran ahead was set right the steps go on.

    Args:
        begun_at: UTC instant at which the newest epoch began.
        timezone: IANA name of the place whose days count.
        now: UTC instant.
    """
    return _day(begun_at, timezone) != _day(now, timezone)


def is_over(*, begun_at: datetime, days: int, timezone: str, now: datetime) -> bool:
    """
    Return whether an epoch's time is up: at local midnight, never more than its days after it began.

    It is counted from the beginning: a copy made in the epoch's first minute holds keys that may be erased in its second.

    Args:
        begun_at: UTC instant at which the epoch began.
        days: From `promised_days`.
        timezone: IANA name of the place whose days count.
        now: UTC instant.

    Source: policy §4 (4.7).
    """
    return (_day(now, timezone) - _day(begun_at, timezone)).days >= days


def last_day(*, begun_at: datetime, days: int, timezone: str, now: datetime) -> date:
    """
    Return the last local day on which an epoch is not over, or this one where it should be over by now.

    Args:
        begun_at: UTC instant at which the epoch began.
        days: From `promised_days`.
        timezone: IANA name of the place whose days count.
        now: UTC instant.

    Source: policy §4 (4.7).
    """
    return max(_day(begun_at, timezone) + timedelta(days=days - 1), _day(now, timezone))


def _day(instant: datetime, timezone: str) -> date:
    return instant.astimezone(ZoneInfo(timezone)).date()
