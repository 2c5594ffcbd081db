"""The law as dated data, and where a policy falls short of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from camket.policy.compiled import CollectionRule, CompiledPolicy, FieldKind, PurposeRule, RecipientKind, RightId
from camket.policy.diagnostics import Diagnostic, Severity, did_you_mean, quote
from camket.policy.document import Document, Statement
from camket.policy.manifest import text_file
from camket.policy.retain import ClosingEvent, Period, is_timezone
from camket.policy.tables import TomlInvalid, parse_toml
from camket.policy.terms import ClauseNumber, LegalBasis, Obligation, Operation

Amount: TypeAlias = int | bool | str | tuple[str, ...]

_KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_REGIME_KEYS = frozenset({"id", "name", "timezone", "value"})
_VALUE_KEYS = frozenset({"key", "value", "unit", "basis", "confidence", "effective_from", "effective_until"})


_UNSAID = {
    Statement.MEASURE_REASONS: "No clause says that a person is told of a measure against them, with its facts, its scope and how long it lasts.",
    Statement.MEASURE_APPEAL: "No clause says how a measure can be challenged.",
    Statement.MEASURE_LIFTING: "No clause says when a measure is lifted and the service restored.",
    Statement.BREACH_NOTICE: "No clause says who is told, and by when, when data has been leaked or lost.",
    Statement.SUBJECT_DUTIES: "No clause names the person's own duties.",
}


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


def shortfalls(policy: CompiledPolicy, documents: Mapping[str, Document], regime: Regime) -> list[Diagnostic]:
    """
    Return a warning for each way in which a policy falls short of the law, naming the article.

    Args:
        policy: The compiled policy.
        documents: Its texts by language.
        regime: The law it lives under; what the regime does not ask for is not looked for.

    Returns:
        Warnings, none of which keeps the edition from being published: the law is the company's to answer for.
    """
    return list(_Shortfalls(policy, documents, regime).found())


class _Shortfalls:
    """Holds a policy against each requirement that the regime states."""

    def __init__(self, policy: CompiledPolicy, documents: Mapping[str, Document], regime: Regime) -> None:
        self._policy = policy
        self._documents = documents
        self._regime = regime

    def found(self) -> Iterator[Diagnostic]:
        yield from self._rights()
        yield from self._contact()
        yield from self._retention()
        yield from self._changes()
        yield from self._recipients()
        yield from self._authorities()
        yield from self._disclosures()
        yield from self._identity()
        yield from self._statements()

    def _rights(self) -> Iterator[Diagnostic]:
        for right in RightId:
            if right not in self._policy.rights:
                yield from self._short(
                    f"requires.right.{right}",
                    f"No clause says how a person can exercise the right '{right}'.",
                    f'Add a clause with [[right]] id = "{right}".',
                )

    def _contact(self) -> Iterator[Diagnostic]:
        for rule in self._policy.collections.values():
            ways = [name for name in rule.required if self._policy.fields[name].kind in _WAYS_TO_REACH]
            if len(ways) > 1:
                message = f"The collection '{rule.id}' makes {len(ways)} ways to reach a person compulsory ({', '.join(ways)})."
                yield from self._short("requires.choice_of_contact", message, "Require one of them: one_of = [[…]].", rule.clause)

    def _retention(self) -> Iterator[Diagnostic]:
        rules = self._policy.retention.rules
        if not rules:
            yield from self._short("requires.retention_period", "No clause says how long data is kept.", "Add a clause with [[retain]].")
        for purpose, collection in self._unbounded() if rules else ():
            what = f"what is processed for '{purpose.id}'" if collection is None else f"'{collection.id}' for '{purpose.id}'"
            message, clause = f"No clause says how long {what} is kept.", purpose.clause if collection is None else collection.clause
            yield from self._short("requires.retention_period", message, f'Add a clause with [[retain]] purposes = ["{purpose.id}"].', clause)
        floor = self._regime.latest("retention.floor.syslog")
        months = floor.value if floor is not None and isinstance(floor.value, int) else 0
        least = Period(months=months)
        for rule in rules:
            if rule.after is ClosingEvent.LOG_WRITTEN and rule.keep.shortest_days < least.shortest_days:
                message = f"The technical log is kept for {rule.keep.iso}; the law has it kept for {least.iso} at least."
                yield from self._short("retention.floor.syslog", message, f'Set keep = "{least.iso}".', rule.clause)

    def _unbounded(self) -> Iterator[tuple[PurposeRule, CollectionRule | None]]:
        """Each purpose, with each collection that is held for it, of which no retention rule speaks; a purpose may hold no collection."""
        for purpose in self._policy.purposes.values():
            held = self._policy.collections_for(purpose.id)
            ruled = {one for rule in self._policy.retention.rules if purpose.id in rule.purposes for one in rule.collections or (None,)}
            if None not in ruled:
                yield from ((purpose, one) for one in held if one.id not in ruled)
            if not held and not ruled:
                yield purpose, None

    def _changes(self) -> Iterator[Diagnostic]:
        change = self._policy.change
        if change is None:
            yield from self._short(
                "requires.change_clause", "No clause says how people learn of changes to the policy.", "Add a clause with [[change]]."
            )
            return
        notice = self._regime.latest("policy.change.notice_days")
        if notice is not None and isinstance(notice.value, int) and change.notice_days < notice.value:
            told = "without prior notice" if change.notice_days == 0 else f"with {change.notice_days} days' notice"
            yield from self._short(
                "policy.change.notice_days",
                f"The policy may change {told}.",
                f"Give {notice.value} days: notice_days = {notice.value}.",
                change.clause,
            )
        if not change.last_updated:
            yield from self._short(
                "requires.change_clause", "The policy does not promise to show when it last changed.", "Set last_updated = true.", change.clause
            )

    def _recipients(self) -> Iterator[Diagnostic]:
        kinds = {rule.kind for rule in self._policy.recipients.values()}
        if not kinds:
            yield from self._short("requires.recipients", "No clause says who may receive the data.", "Add a clause with [[recipient]].")
        elif RecipientKind.PROCESSOR not in kinds:
            message = "No clause names a processor: whoever carries mail or hosts the data for the company must be named."
            yield from self._short("requires.processors", message, 'Add a clause with [[recipient]] kind = "processor".')

    def _authorities(self) -> Iterator[Diagnostic]:
        asked = self._regime.latest("requires.authorities")
        named = [rule for rule in self._policy.recipients.values() if rule.kind is RecipientKind.AUTHORITY]
        missing = [one for one in _listed(asked) if one not in self._policy.recipients]
        if missing:
            message = f"The policy lets fewer authorities ask than the law does: {', '.join(missing)} not named."
            hint = 'Name them with [[recipient]] kind = "authority", or defend the narrower promise.'
            yield from self._short("requires.authorities", message, hint, named[0].clause if named else None)

    def _disclosures(self) -> Iterator[Diagnostic]:
        for (role, operation, purpose, recipient), grants in self._policy.table.items():
            receiver = self._policy.recipients[recipient]
            if operation is not Operation.DISCLOSE or receiver.kind is not RecipientKind.AUTHORITY:
                continue
            bare = [grant for grant in grants.values() if Obligation.JUSTIFICATION not in grant.obligations]
            if bare and self._policy.purposes[purpose].basis is not LegalBasis.CONSENT:
                message = f"{role} may disclose to {recipient} for '{purpose}' without a recorded justification."
                yield from self._short("requires.justified_disclosure", message, 'Add obligations = ["justification"].', bare[0].clauses[0])

    def _identity(self) -> Iterator[Diagnostic]:
        if self._policy.controller is None:
            yield from self._short(
                "requires.controller", "No clause says who collects the data and how to reach them.", "Add a clause with [[controller]]."
            )
        if not self._policy.safeguards:
            yield from self._short("requires.safeguards", "No clause names a protective measure.", "Add a clause with [[safeguard]].")
        language = self._regime.latest("requires.language")
        if language is not None and language.value not in self._documents:
            yield from self._short("requires.language", f"There is no text in the language '{language.value}'.", "Add a translation.")
        if self._policy.timezone != self._regime.timezone:
            message = f"Days end by the clock of {self._policy.timezone}; the regime counts them in {self._regime.timezone}."
            yield self._warning("law.timezone", message, "Set the timezone in edition.toml.", None)

    def _statements(self) -> Iterator[Diagnostic]:
        original = self._documents.get(self._policy.authoritative)
        said = original.says if original is not None else frozenset()
        for statement, message in _UNSAID.items():
            is_about_measures = statement.startswith("measure_")
            if statement not in said and (self._policy.measures or not is_about_measures):
                clause = self._policy.measures[0].clause if is_about_measures else None
                hint = f'Add a clause that says it, under rule = "none" with says = ["{statement}"].'
                yield from self._short(f"requires.{statement}", message, hint, clause)

    def _short(self, key: str, message: str, hint: str, clause: ClauseNumber | None = None) -> Iterator[Diagnostic]:
        asked = self._regime.latest(key)
        if asked is not None and asked.value is not False:
            doubt = "" if asked.confidence is Confidence.S1 else " (Not read in the law's own text: have counsel confirm it.)"
            yield self._warning("law." + key.removeprefix("requires."), f"{message} Law: {asked.basis}.", hint + doubt, clause)

    def _warning(self, code: str, message: str, hint: str, clause: ClauseNumber | None) -> Diagnostic:
        original = self._documents.get(self._policy.authoritative)
        found = original.clause(clause) if original is not None and clause is not None else None
        file = text_file(self._policy.authoritative)
        return Diagnostic(severity=Severity.WARNING, file=file, line=found.line if found else 1, clause=clause, code=code, message=message, hint=hint)


def _listed(value: RegimeValue | None) -> tuple[str, ...]:
    return value.value if value is not None and isinstance(value.value, tuple) else ()


_WAYS_TO_REACH = frozenset({FieldKind.EMAIL, FieldKind.PHONE, FieldKind.POSTAL})
