"""Reads the rule blocks into typed tables; whether they agree with each other is for the checks."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, TypeGuard, TypeVar

from camket.policy.compiled import (
    ChangeChannel,
    ChangeRule,
    CollectionRule,
    ControllerEmail,
    ControllerRule,
    FieldKind,
    FieldRule,
    MeasureId,
    MeasureRule,
    PurposeRule,
    RecipientKind,
    RecipientRule,
    RightId,
    RightRule,
    SafeguardId,
    SafeguardRule,
    ViolationRule,
)
from camket.policy.diagnostics import Place, Report, quote
from camket.policy.phrases import phrase
from camket.policy.retain import ClosingEvent, RetainRule, parse_period
from camket.policy.source import RuleBlock
from camket.policy.tables import UNREADABLE, TableReader, header_lines, header_place, headings, key_lines
from camket.policy.terms import (
    CONTROLLER,
    ROLES,
    ClauseNumber,
    CollectionId,
    FieldName,
    LegalBasis,
    Obligation,
    Operation,
    PurposeId,
    RecipientId,
    Redaction,
    RoleId,
)

MOST_TABLES = 300  # of one kind, over a whole edition

_DEADLINE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_REF = re.compile(r"[a-zđ]")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What a clause allows, as its author wrote it."""

    roles: tuple[RoleId, ...]
    operations: tuple[Operation, ...]
    purposes: tuple[PurposeId, ...]
    fields: tuple[FieldName, ...]
    recipients: tuple[RecipientId, ...]
    obligations: frozenset[Obligation]
    redact: Redaction
    clause: ClauseNumber

    @property
    def width(self) -> int:
        """How many single grants the permit makes."""
        return len(self.roles) * len(self.operations) * len(self.purposes) * len(self.recipients) * len(self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbid:
    """What a clause forbids, as its author wrote it; ("*",) stands for everything of its kind."""

    roles: tuple[RoleId, ...]
    operations: tuple[Operation, ...]
    purposes: tuple[PurposeId, ...]
    fields: tuple[FieldName, ...]
    recipients: tuple[RecipientId, ...]
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[T]):
    """A rule, and where it stands."""

    rule: T
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Every sound rule of an edition, by kind, in the order of the text."""

    fields: list[Placed[FieldRule]] = field(default_factory=list)
    purposes: list[Placed[PurposeRule]] = field(default_factory=list)
    recipients: list[Placed[RecipientRule]] = field(default_factory=list)
    collections: list[Placed[CollectionRule]] = field(default_factory=list)
    permits: list[Placed[Permit]] = field(default_factory=list)
    forbids: list[Placed[Forbid]] = field(default_factory=list)
    retains: list[Placed[RetainRule]] = field(default_factory=list)
    violations: list[Placed[ViolationRule]] = field(default_factory=list)
    measures: list[Placed[MeasureRule]] = field(default_factory=list)
    rights: list[Placed[RightRule]] = field(default_factory=list)
    controllers: list[Placed[ControllerRule]] = field(default_factory=list)
    safeguards: list[Placed[SafeguardRule]] = field(default_factory=list)
    changes: list[Placed[ChangeRule]] = field(default_factory=list)
    unread_periods: set[tuple[PurposeId, CollectionId | None]] = field(default_factory=set)  # a clause speaks of them, and has a slip of its own
    lost: set[str] = field(default_factory=set)  # kinds of which a table could not be kept: that something of them is lacking follows from its slip


def read_rules(blocks: tuple[RuleBlock, ...], report: Report) -> RuleSet:
    """
    Return the typed rules of an edition's blocks; whatever is unsound is reported and left out.

    Args:
        blocks: In the order of the text, each with its clause and its tables.
        report: Takes the findings.
    """
    rules = RuleSet()
    counts = dict.fromkeys(_READERS, 0)
    for block in blocks:
        lines = header_lines(block.text, _READERS)
        for name, tables in block.tables.items():
            if _names_a_rule(name, tables, block.place, report, rules) and _is_table_list(tables, name, block.place, report, rules):
                counts[name] += len(tables)
                if counts[name] <= MOST_TABLES:
                    for position, table in enumerate(tables):
                        place = header_place(block.place, lines[name], position)
                        below = key_lines(block.text, lines[name][position]) if position < len(lines[name]) else {}
                        _read(TableReader(table, name=name, place=place, report=report, lines=below), name, table, rules)
    for name, count in counts.items():
        if count > MOST_TABLES:
            report.error(
                blocks[0].place,
                "rule.too_many",
                phrase("There are {count} tables [[{name}]]; the most is {most}.", count=count, name=name, most=MOST_TABLES),
            )
    return rules


def _read(table: TableReader, name: str, keys: Iterable[str], rules: RuleSet) -> None:
    """Read one table; where all its keys are another kind's, that is the slip, and what its own kind asks for is not asked."""
    meant = _kinds_with(keys) if len(set(keys) - _keys_of(name)) > 1 else []
    if meant:
        rules.lost.update((name, *meant))
        table.misplaced(meant)
        return
    _READERS[name](table, rules)
    if not table.is_kept:
        rules.lost.add(name)


@cache
def _keys_of(name: str) -> frozenset[str]:
    """Every key that a kind of table has: what its reader asks for."""
    table = TableReader({}, name=name, place=Place(file="", line=1), report=Report())
    _READERS[name](table, RuleSet())
    return table.asked


def _kinds_with(keys: Iterable[str]) -> list[str]:
    return [kind for kind in _READERS if _keys_of(kind).issuperset(keys)]


def _names_a_rule(name: str, tables: object, place: Place, report: Report, rules: RuleSet) -> bool:
    if name in _READERS:
        return True
    kinds = _kinds_with([name])
    if kinds and not _are_tables(tables):
        hint = phrase("Move it below the heading of its table: {names}.", names=headings(kinds))
        report.error(place, "rule.no_heading", phrase("The key {name} stands under no heading.", name=quote(name)), hint)
        return False
    if _are_tables(tables):
        rules.lost.update(kind for table in tables for kind in _kinds_with(table))
    report.error(place, "rule.unknown_table", phrase("There is no rule called {name}.", name=quote(name)), report.nearest(name, _READERS))
    return False


def _are_tables(value: object) -> TypeGuard[list[Mapping[str, object]]]:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _is_table_list(tables: object, name: str, place: Place, report: Report, rules: RuleSet) -> TypeGuard[list[Mapping[str, object]]]:
    fits = _are_tables(tables)
    if not fits:
        rules.lost.add(name)
        report.error(
            place,
            "rule.not_a_list",
            phrase("'{name}' must be headed [[{name}]].", name=name),
            phrase("Two brackets on each side: there may be several."),
        )
    return fits


def _keep(table: TableReader, rule: T, into: list[Placed[T]], *, declares: str = "") -> None:
    """Keep a rule; one that declares an id is kept with its slips, so that those who name it are not told of them again."""
    is_whole = table.is_sound
    table.close()
    table.is_kept = is_whole or bool(declares and declares != UNREADABLE)
    if table.is_kept:
        into.append(Placed(rule=rule, place=table.place))


def _read_field(table: TableReader, rules: RuleSet) -> None:
    rule = FieldRule(
        name=FieldName(table.identifier("id")),
        kind=table.choice("kind", FieldKind),
        max_length=table.integer("max_length", low=1, high=20_000),
        multiline=table.flag("multiline", default=False),
        clause=table.clause,
    )
    _keep(table, rule, rules.fields, declares=rule.name)


def _read_purpose(table: TableReader, rules: RuleSet) -> None:
    basis = table.choice("basis", LegalBasis)
    rule = PurposeRule(id=PurposeId(table.identifier("id")), basis=basis, article=table.optional_text("article"), clause=table.clause)
    table.require(
        basis is LegalBasis.CONSENT or bool(rule.article), "article", phrase("must cite the article that makes this lawful without consent")
    )
    _keep(table, rule, rules.purposes, declares=rule.id)


def _read_recipient(table: TableReader, rules: RuleSet) -> None:
    rule = RecipientRule(id=RecipientId(table.identifier("id")), kind=table.choice("kind", RecipientKind), clause=table.clause)
    _keep(table, rule, rules.recipients, declares=rule.id)


def _read_collection(table: TableReader, rules: RuleSet) -> None:
    rule = CollectionRule(
        id=CollectionId(table.identifier("id")),
        fields=_fields(table.identifiers("fields")),
        purposes=_purposes(table.identifiers("purposes")),
        required=_fields(table.identifiers("required", default=())),
        one_of=tuple(_fields(group) for group in table.groups("one_of")),
        clause=table.clause,
    )
    table.require(set(rule.required) <= set(rule.fields), "required", phrase("names a field that is not among 'fields'"))
    table.require({name for group in rule.one_of for name in group} <= set(rule.fields), "one_of", phrase("names a field that is not among 'fields'"))
    _keep(table, rule, rules.collections)


def _read_permit(table: TableReader, rules: RuleSet) -> None:
    rule = Permit(
        roles=_roles(table, wildcard=False),
        operations=table.choices("operations", Operation),
        purposes=_purposes(table.identifiers("purposes")),
        fields=_fields(table.identifiers("fields")),
        recipients=_recipients(table.identifiers("recipients", default=(CONTROLLER,))),
        obligations=frozenset(table.choices("obligations", Obligation, default=())),
        redact=table.choice("redact", Redaction, default=Redaction.FULL),
        clause=table.clause,
    )
    _keep(table, rule, rules.permits)


def _read_forbid(table: TableReader, rules: RuleSet) -> None:
    rule = Forbid(
        roles=_roles(table, wildcard=True),
        operations=table.choices("operations", Operation, wildcard=True),
        purposes=_purposes(table.identifiers("purposes", wildcard=True)),
        fields=_fields(table.identifiers("fields", wildcard=True)),
        recipients=_recipients(table.identifiers("recipients", wildcard=True)),
        clause=table.clause,
    )
    _keep(table, rule, rules.forbids)


def _read_retain(table: TableReader, rules: RuleSet) -> None:
    purposes = _purposes(table.identifiers("purposes"))
    collections = tuple(CollectionId(one) for one in table.identifiers("collections", default=()))
    after = table.choice("after", ClosingEvent)
    keep = table.parsed("keep", parse_period)
    table.require(table.text("then") == "erase", "then", phrase('can only be "erase"'))
    if keep is None or not table.is_sound:
        rules.unread_periods.update((purpose, collection) for purpose in purposes for collection in collections or (None,))
    if keep is not None:
        _keep(table, RetainRule(purposes=purposes, collections=collections, after=after, keep=keep, clause=table.clause), rules.retains)
    table.is_kept |= bool(purposes)  # what it speaks of is known by then, and nothing else is lacking


def _read_violation(table: TableReader, rules: RuleSet) -> None:
    rule = ViolationRule(
        id=table.identifier("id"), ref=table.matching("ref", _REF, phrase('the letter it has in the text, such as "a"')), clause=table.clause
    )
    _keep(table, rule, rules.violations, declares=rule.id)


def _read_measure(table: TableReader, rules: RuleSet) -> None:
    rule = MeasureRule(id=table.choice("id", MeasureId), violations=table.identifiers("for"), clause=table.clause)
    _keep(table, rule, rules.measures)


def _read_right(table: TableReader, rules: RuleSet) -> None:
    deadline = table.matching("deadline", _DEADLINE, phrase('a key of the regime, such as "dsr.access"'))
    rule = RightRule(id=table.choice("id", RightId), deadline=deadline, clause=table.clause)
    _keep(table, rule, rules.rights)


def _read_controller(table: TableReader, rules: RuleSet) -> None:
    rule = ControllerRule(name=table.text("name"), address=table.text("address"), email=table.choice("email", ControllerEmail), clause=table.clause)
    _keep(table, rule, rules.controllers)


def _read_safeguard(table: TableReader, rules: RuleSet) -> None:
    rule = SafeguardRule(id=table.choice("id", SafeguardId), days=table.optional_integer("days", low=1, high=3_650), clause=table.clause)
    _keep(table, rule, rules.safeguards)


def _read_change(table: TableReader, rules: RuleSet) -> None:
    rule = ChangeRule(
        significant=table.choice("significant", ChangeChannel),
        notice_days=table.integer("notice_days", low=0, high=365),
        last_updated=table.flag("last_updated"),
        clause=table.clause,
    )
    _keep(table, rule, rules.changes)


def _roles(table: TableReader, *, wildcard: bool) -> tuple[RoleId, ...]:
    words = table.identifiers("roles", wildcard=wildcard)
    for word in words:
        table.require(word in ROLES or word == "*", "roles", phrase("names {word}, which is no role", word=quote(word)), table.nearest(word, ROLES))
    return tuple(RoleId(word) for word in words)


def _fields(words: tuple[str, ...]) -> tuple[FieldName, ...]:
    return tuple(FieldName(word) for word in words)


def _purposes(words: tuple[str, ...]) -> tuple[PurposeId, ...]:
    return tuple(PurposeId(word) for word in words)


def _recipients(words: tuple[str, ...]) -> tuple[RecipientId, ...]:
    return tuple(RecipientId(word) for word in words)


_READERS: Mapping[str, Callable[[TableReader, RuleSet], None]] = {
    "field": _read_field,
    "purpose": _read_purpose,
    "recipient": _read_recipient,
    "collection": _read_collection,
    "permit": _read_permit,
    "forbid": _read_forbid,
    "retain": _read_retain,
    "violation": _read_violation,
    "measure": _read_measure,
    "right": _read_right,
    "controller": _read_controller,
    "safeguard": _read_safeguard,
    "change": _read_change,
}
