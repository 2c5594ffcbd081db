"""The law as dated data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from camket.policy.diagnostics import did_you_mean, quote
from camket.policy.retain import is_timezone
from camket.policy.tables import TomlInvalid, parse_toml

Amount: TypeAlias = int | bool | str | tuple[str, ...]

_COUNTRY = re.compile(r"[a-z]{2}")
_KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_REGIME_KEYS = frozenset({"id", "name", "timezone", "value"})
_VALUE_KEYS = frozenset({"key", "value", "unit", "basis", "confidence", "effective_from", "effective_until"})


class RegimeInvalid(ValueError):
    """The text is no regime; the message says what to mend."""


class Confidence(StrEnum):
    """How well a value is founded: law read, commentary read, from memory, or our own reading."""

    S1 = "S1"
    S2 = "S2"
    M = "M"
    I = "I"  # noqa: E741  (the mark that the sources use)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeValue:
    """One number or word of the law, in force from a day until another (exclusive; None while open-ended)."""

    key: str
    value: Amount
    unit: str
    basis: str
    confidence: Confidence
    effective_from: date
    effective_until: date | None

    def holds_on(self, day: date) -> bool:
        """Return whether the value is in force on a day."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)


class ValueMissing(LookupError):
    """The regime has no such value on that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A country's rules as data; a request keeps the values that were in force when it was received."""

    id: str
    name: str
    timezone: str
    values: Mapping[str, tuple[RegimeValue, ...]]  # by key, the earliest first

    def on(self, key: str, day: date) -> RegimeValue:
        """
        Return the value in force on a day.

        Args:
            key: Such as "dsr.access.own".
            day: The local day on which the clock started.

        Raises:
            ValueMissing: The regime knows no such key, or nothing of it was in force on that day.
        """
        for one in self.values.get(key, ()):
            if one.holds_on(day):
                return one
        raise ValueMissing(f"{self.id} has no value {key} on {day.isoformat()}")

    def number(self, key: str, day: date) -> int:
        """
        Return a whole number in force on a day, in the unit that the value names.

        Raises:
            ValueMissing: There is no such value on that day, or it is no whole number.
        """
        value = self.on(key, day).value
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueMissing(f"{self.id} has no whole number {key}")
        return value

    def flag(self, key: str, day: date) -> bool:
        """Return whether the regime says yes to a key on a day; a regime that does not speak of it says no."""
        return any(one.holds_on(day) and one.value is True for one in self.values.get(key, ()))

    def latest(self, key: str) -> RegimeValue | None:
        """Return the newest value of a key, in force or still to come; None where the regime knows no such key."""
        found = self.values.get(key, ())
        return found[-1] if found else None

    def knows(self, key: str) -> bool:
        """Return whether the regime has the key at any time."""
        return key in self.values

    def deadlines(self) -> tuple[str, ...]:
        """Return the names that a right's deadline can have."""
        return tuple(sorted(key.removesuffix(".own") for key in self.values if key.endswith(".own")))


def jurisdiction_of(regime: str) -> str:
    """
    Return whose law a rule pack holds, by the beginning of its name: "VN" for vn-2026, "EU" for eu-gdpr; nothing where it begins otherwise.

    Args:
        regime: The rule pack's id, as an edition names it.

    Source: ISO 3166-1 alpha-2, in which EU is reserved for the European Union.
    """
    country, dash, _ = regime.partition("-")
    return country.upper() if dash and _COUNTRY.fullmatch(country) else ""


def parse_regime(text: str) -> Regime:
    """
    Return the regime that a TOML text describes.

    Args:
        text: The content of a file such as regimes/vn-2026.toml.

    Raises:
        RegimeInvalid: The text is not TOML, lacks something, or contradicts itself; the message says where.
    """
    try:
        table = parse_toml(text)
    except TomlInvalid as problem:
        raise RegimeInvalid(f"line {problem.line}: {problem}") from None
    _refuse_unknown(table, _REGIME_KEYS, "the regime")
    timezone = _text(table, "timezone", "the regime")
    if not is_timezone(timezone):
        raise RegimeInvalid(f"{quote(timezone)} is no timezone")
    entries = table.get("value")
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise RegimeInvalid("the regime has no [[value]] tables")
    values = _by_key([_read_value(one) for one in entries])
    return Regime(id=_text(table, "id", "the regime"), name=_text(table, "name", "the regime"), timezone=timezone, values=values)


def _read_value(entry: Mapping[str, object]) -> RegimeValue:
    key = _text(entry, "key", "a [[value]]")
    if _KEY.fullmatch(key) is None:
        raise RegimeInvalid(f"{quote(key)} is no key: use lower-case words with full stops between them")
    _refuse_unknown(entry, _VALUE_KEYS, key)
    confidence = _text(entry, "confidence", key)
    if confidence not in list(Confidence):
        raise RegimeInvalid(f"the confidence of {key} must be one of {', '.join(Confidence)}")
    starts, ends = _day(entry, "effective_from", key), _day(entry, "effective_until", key) if "effective_until" in entry else None
    if ends is not None and ends <= starts:
        raise RegimeInvalid(f"{key} ends before it begins")
    return RegimeValue(
        key=key,
        value=_amount(entry.get("value"), key),
        unit=_text(entry, "unit", key),
        basis=_text(entry, "basis", key),
        confidence=Confidence(confidence),
        effective_from=starts,
        effective_until=ends,
    )


def _by_key(values: list[RegimeValue]) -> Mapping[str, tuple[RegimeValue, ...]]:
    found: dict[str, list[RegimeValue]] = {}
    for one in sorted(values, key=lambda value: (value.key, value.effective_from)):
        earlier = found.setdefault(one.key, [])
        if earlier and earlier[-1].holds_on(one.effective_from):
            raise RegimeInvalid(f"two values of {one.key} are in force on {one.effective_from.isoformat()}")
        earlier.append(one)
    return MappingProxyType({key: tuple(dated) for key, dated in found.items()})


def _amount(value: object, key: str) -> Amount:
    if isinstance(value, int | bool) or (isinstance(value, str) and value):
        return value
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return tuple(str(one) for one in value)
    raise RegimeInvalid(f"the value of {key} must be a whole number, true or false, a text, or a list of texts")


def _text(table: Mapping[str, object], key: str, whose: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RegimeInvalid(f"{whose} lacks the text '{key}'")
    return value.strip()


def _day(table: Mapping[str, object], key: str, whose: str) -> date:
    value = table.get(key)
    if type(value) is not date:
        raise RegimeInvalid(f"'{key}' of {whose} must be a day such as 2026-01-01")
    return value


def _refuse_unknown(table: Mapping[str, object], known: frozenset[str], whose: str) -> None:
    for key in table.keys() - known:
        raise RegimeInvalid(f"{whose} has no key {quote(key)}. {did_you_mean(key, known)}".strip())
