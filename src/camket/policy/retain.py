"""How long a record lives after the need for it has ended (policy §4)."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from camket.policy.days import midnight_after
from camket.policy.phrases import phrase
from camket.policy.terms import ClauseNumber, CollectionId, PurposeId

LONGEST_PERIOD_YEARS = 100

_PERIOD = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)


class ClosingEvent(StrEnum):
    """What ends the need for a record, so that its time begins to run."""

    INQUIRY_CLOSED = "inquiry.closed"
    SERVICE_ENDED = "service.ended"
    CASE_CLOSED = "case.closed"
    LOG_WRITTEN = "log.written"
    REQUEST_CLOSED = "request.closed"


class RuleMissing(Exception):
    """No retention rule speaks of this purpose and collection; the compiler should have refused the edition."""

    def __init__(self, *, purpose: PurposeId, collection: CollectionId | None) -> None:
        super().__init__(f"no retention rule for purpose {purpose!r} and collection {collection!r}")
        self.purpose = purpose
        self.collection = collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A calendar period: years and months first (clamped to the month's last day), then weeks and days."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0

    @property
    def iso(self) -> str:
        """The period as ISO 8601 writes it, such as "P1Y6M"."""
        parts = ((self.years, "Y"), (self.months, "M"), (self.weeks, "W"), (self.days, "D"))
        return "P" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0D")

    @property
    def length(self) -> tuple[int, int]:
        """Its months and its days: two periods that are written differently and always end on the same day give the same."""
        return self.years * 12 + self.months, self.weeks * 7 + self.days

    @property
    def shortest_days(self) -> int:
        """The fewest days the period can last, to compare it with another."""
        months, days = self.length
        return months * 365 // 12 + days

    def after(self, day: date) -> date:
        """
        Return the day that lies this period after another.

        Args:
            day: The day to start from, in the calendar of the place.

        Raises:
            OverflowError: The day would lie after the year 9999.
        """
        months = day.month - 1 + self.years * 12 + self.months
        year, month = day.year + months // 12, months % 12 + 1
        if year > date.max.year:
            raise OverflowError("the period ends after the year 9999")
        moved = date(year, month, min(day.day, monthrange(year, month)[1]))
        return moved + timedelta(days=self.weeks * 7 + self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainRule:
    """One clause's word on how long: for these purposes, in these collections (none named: all), after this event."""

    purposes: tuple[PurposeId, ...]
    collections: tuple[CollectionId, ...]
    after: ClosingEvent
    keep: Period
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """Every retention rule of an edition, and the timezone in which its days end."""

    timezone: str
    rules: tuple[RetainRule, ...]
    _by_need: Mapping[tuple[PurposeId, CollectionId | None], RetainRule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[tuple[PurposeId, CollectionId | None], RetainRule] = {}
        for rule in self.rules:
            for purpose in rule.purposes:
                for collection in rule.collections or (None,):
                    found.setdefault((purpose, collection), rule)
        object.__setattr__(self, "_by_need", MappingProxyType(found))

    def rule_for(self, purpose: PurposeId, collection: CollectionId | None) -> RetainRule:
        """
        Return the rule that binds a need: the one that names the collection, else the purpose's general one.

        Args:
            purpose: Why the record is held.
            collection: Which collection the record belongs to; None asks for the general rule.

        Raises:
            RuleMissing: No rule speaks of them.
        """
        rule = self._by_need.get((purpose, collection)) or self._by_need.get((purpose, None))
        if rule is None:
            raise RuleMissing(purpose=purpose, collection=collection)
        return rule


def erase_after(*, purpose: PurposeId, collection: CollectionId, closed_at: datetime | None, rules: RetentionRules) -> datetime | None:
    """
    Return the instant after which a record must be gone, or None while its need is open.

    Args:
        purpose: Why the record is held.
        collection: Which collection it belongs to.
        closed_at: UTC instant at which the need closed; None while it is open.
        rules: The retention rules of the edition the record was collected under.

    Returns:
        The local midnight that ends the period's last day, as a UTC instant (exclusive: at that instant it is due).

    Raises:
        RuleMissing: No rule speaks of the purpose and collection.
        ValueError: `closed_at` carries no timezone.
        OverflowError: The period ends after the year 9999.

    Source: policy §4 (4.2, 4.3, 4.4, 4.5); Law 91/2025 art. 3.3 and 14.1; GDPR art. 5(1)(e).
    """
    rule = rules.rule_for(purpose, collection)
    if closed_at is None:
        return None
    if closed_at.tzinfo is None:
        raise ValueError("closed_at must carry its timezone")
    return end_of(rule.keep, after=closed_at, timezone=rules.timezone)


def end_of(period: Period, *, after: datetime, timezone: str) -> datetime:
    """
    Return the local midnight that ends the last day of a period, as a UTC instant: exclusive, at that instant it is over.

    Args:
        period: A calendar period.
        after: UTC instant; the period begins with the end of its local day.
        timezone: IANA name of the place whose days are meant.

    Raises:
        OverflowError: The period ends after the year 9999.

    Source: house.md §9.10.
    """
    place = ZoneInfo(timezone)
    last_day = period.after(after.astimezone(place).date())
    return midnight_after(last_day, place)


def parse_period(text: str) -> Period:
    """
    Return the calendar period that an ISO 8601 text of years, months, weeks and days means.

    Args:
        text: Such as "P90D", "P12M" or "P1Y".

    Raises:
        ValueError: The text is no such period, or longer than a hundred years.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(phrase("it is not a period of days, weeks, months or years, such as P90D"))
    years, months, weeks, days = (int(number or 0) for number in found.groups())
    if years + months / 12 + weeks / 52 + days / 365 > LONGEST_PERIOD_YEARS:
        raise ValueError(phrase("it is longer than {years} years", years=LONGEST_PERIOD_YEARS))
    return Period(years=years, months=months, weeks=weeks, days=days)


def is_timezone(name: str) -> bool:
    """Return whether the name is an IANA timezone that this installation knows."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True
