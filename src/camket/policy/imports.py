"""Reads a compiled policy back from plain values; the writing half is in exports."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from camket.policy.compiled import (
    AskKey,
    ChangeChannel,
    ChangeRule,
    CollectionRule,
    CompiledPolicy,
    ControllerEmail,
    ControllerRule,
    FieldKind,
    FieldRule,
    Grants,
    MeasureId,
    MeasureRule,
    Prohibition,
    PurposeRule,
    RecipientKind,
    RecipientRule,
    RightId,
    RightRule,
    SafeguardId,
    SafeguardRule,
    StatementRule,
    ViolationRule,
)
from camket.policy.document import Statement, Wording, Words
from camket.policy.retain import ClosingEvent, RetainRule, RetentionRules, parse_period
from camket.policy.terms import (
    ClauseNumber,
    CollectionId,
    EditionNumber,
    FieldGrant,
    FieldName,
    LegalBasis,
    Obligation,
    Operation,
    PurposeId,
    RecipientId,
    Redaction,
    RoleId,
)

FORMAT = "camket-policy/1"

K = TypeVar("K")
V = TypeVar("V")


class ExportInvalid(ValueError):
    """The bytes are no compiled policy in its canonical form."""


class _Plain:
    """One JSON object, read with the type that each key must have."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise TypeError("an object is expected")
        self._value: dict[str, object] = value

    def text(self, key: str) -> str:
        return _text(self._value[key])

    def whole(self, key: str) -> int:
        value = self._value[key]
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError("a whole number is expected")
        return value

    def flag(self, key: str) -> bool:
        value = self._value[key]
        if not isinstance(value, bool):
            raise TypeError("true or false is expected")
        return value

    def texts(self, key: str, kind: Callable[[str], V]) -> tuple[V, ...]:
        return tuple(kind(_text(one)) for one in _list(self._value[key]))

    def each(self, key: str, read: "Callable[[_Plain], V]") -> tuple[V, ...]:
        return tuple(read(_Plain(one)) for one in _list(self._value[key]))

    def each_if_any(self, key: str, read: "Callable[[_Plain], V]") -> tuple[V, ...]:
        return self.each(key, read) if key in self._value else ()

    def maybe(self, key: str, read: "Callable[[_Plain], V]") -> V | None:
        value = self._value[key]
        return None if value is None else read(_Plain(value))

    def whole_or_none(self, key: str) -> int | None:
        return None if self._value[key] is None else self.whole(key)

    def lists(self, key: str) -> list[list[object]]:
        return [_list(one) for one in _list(self._value[key])]

    def within(self, key: str) -> "_Plain":
        return _Plain(self._value[key])

    def names(self) -> tuple[str, ...]:
        return tuple(self._value)


def read_policy(value: object) -> CompiledPolicy:
    """
    Return the policy that plain values describe.

    Args:
        value: What a JSON parser gave.

    Raises:
        ValueError, KeyError, TypeError: The values are of another shape; the caller turns them into ExportInvalid.
    """
    plain = _Plain(value)
    if plain.text("format") != FORMAT:
        raise ValueError("another format")
    return CompiledPolicy(
        number=EditionNumber(plain.whole("number")),
        slug=plain.text("slug"),
        authoritative=plain.text("authoritative"),
        languages=plain.texts("languages", str),
        timezone=plain.text("timezone"),
        regime=plain.text("regime"),
        fields=_frozen((one.name, one) for one in plain.each("fields", _field)),
        purposes=_frozen((one.id, one) for one in plain.each("purposes", _purpose)),
        collections=_frozen((one.id, one) for one in plain.each("collections", _collection)),
        recipients=_frozen((one.id, one) for one in plain.each("recipients", _recipient)),
        retention=RetentionRules(timezone=plain.text("timezone"), rules=plain.each("retention", _retain)),
        rights=_frozen((one.id, one) for one in plain.each("rights", _right)),
        violations=_frozen((one.id, one) for one in plain.each("violations", _violation)),
        measures=plain.each("measures", _measure),
        controller=plain.maybe("controller", _controller),
        safeguards=_frozen((one.id, one) for one in plain.each("safeguards", _safeguard)),
        change=plain.maybe("change", _change),
        statements=_frozen((one.id, one) for one in plain.each_if_any("statements", _statement)),
        words=_frozen((language, _words(language, plain.within("words"))) for language in plain.texts("languages", str)),
        table=_rows(plain.lists("table")),
        overruled=_rows(plain.lists("overruled")),
        prohibitions=plain.each("prohibitions", _prohibition),
    )


def _field(one: _Plain) -> FieldRule:
    return FieldRule(
        name=FieldName(one.text("name")),
        kind=FieldKind(one.text("kind")),
        max_length=one.whole("max_length"),
        multiline=one.flag("multiline"),
        clause=_clause(one),
    )


def _purpose(one: _Plain) -> PurposeRule:
    return PurposeRule(id=PurposeId(one.text("id")), basis=LegalBasis(one.text("basis")), article=one.text("article"), clause=_clause(one))


def _collection(one: _Plain) -> CollectionRule:
    return CollectionRule(
        id=CollectionId(one.text("id")),
        fields=one.texts("fields", FieldName),
        purposes=one.texts("purposes", PurposeId),
        required=one.texts("required", FieldName),
        one_of=tuple(tuple(FieldName(_text(name)) for name in group) for group in one.lists("one_of")),
        clause=_clause(one),
    )


def _recipient(one: _Plain) -> RecipientRule:
    return RecipientRule(id=RecipientId(one.text("id")), kind=RecipientKind(one.text("kind")), clause=_clause(one))


def _retain(one: _Plain) -> RetainRule:
    return RetainRule(
        purposes=one.texts("purposes", PurposeId),
        collections=one.texts("collections", CollectionId),
        after=ClosingEvent(one.text("after")),
        keep=parse_period(one.text("keep")),
        clause=_clause(one),
    )


def _right(one: _Plain) -> RightRule:
    return RightRule(id=RightId(one.text("id")), deadline=one.text("deadline"), clause=_clause(one))


def _violation(one: _Plain) -> ViolationRule:
    return ViolationRule(id=one.text("id"), ref=one.text("ref"), clause=_clause(one))


def _measure(one: _Plain) -> MeasureRule:
    return MeasureRule(id=MeasureId(one.text("id")), violations=one.texts("violations", str), clause=_clause(one))


def _controller(one: _Plain) -> ControllerRule:
    return ControllerRule(name=one.text("name"), address=one.text("address"), email=ControllerEmail(one.text("email")), clause=_clause(one))


def _safeguard(one: _Plain) -> SafeguardRule:
    return SafeguardRule(id=SafeguardId(one.text("id")), days=one.whole_or_none("days"), clause=_clause(one))


def _change(one: _Plain) -> ChangeRule:
    return ChangeRule(
        significant=ChangeChannel(one.text("significant")),
        notice_days=one.whole("notice_days"),
        last_updated=one.flag("last_updated"),
        clause=_clause(one),
    )


def _statement(one: _Plain) -> StatementRule:
    return StatementRule(id=Statement(one.text("id")), clauses=one.texts("clauses", ClauseNumber))


def _prohibition(one: _Plain) -> Prohibition:
    return Prohibition(
        roles=frozenset(one.texts("roles", RoleId)),
        operations=frozenset(one.texts("operations", Operation)),
        purposes=frozenset(one.texts("purposes", PurposeId)),
        fields=frozenset(one.texts("fields", FieldName)),
        recipients=frozenset(one.texts("recipients", RecipientId)),
        clause=_clause(one),
    )


def _words(language: str, all_words: _Plain) -> Words:
    kinds = all_words.within(language)
    entries = {(kind, thing): _wording(kinds.within(kind).within(thing)) for kind in kinds.names() for thing in kinds.within(kind).names()}
    return Words(language=language, entries=MappingProxyType(entries))


def _wording(one: _Plain) -> Wording:
    return Wording(label=one.text("label"), why=one.text("why"), hint=one.text("hint"), consent=one.text("consent"))


def _rows(rows: list[list[object]]) -> Mapping[AskKey, Grants]:
    return _frozen(_row(row) for row in rows)


def _row(row: list[object]) -> tuple[AskKey, Grants]:
    role, operation, purpose, recipient, grants = row
    plain = _Plain(grants)
    key = (RoleId(_text(role)), Operation(_text(operation)), PurposeId(_text(purpose)), RecipientId(_text(recipient)))
    return key, _frozen((FieldName(name), _grant(plain.within(name))) for name in plain.names())


def _grant(one: _Plain) -> FieldGrant:
    return FieldGrant(
        clauses=one.texts("clauses", ClauseNumber),
        obligations=frozenset(one.texts("obligations", Obligation)),
        redaction=Redaction(one.text("redaction")),
    )


def _clause(one: _Plain) -> ClauseNumber:
    return ClauseNumber(one.text("clause"))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def _frozen(pairs: Iterable[tuple[K, V]]) -> Mapping[K, V]:
    return MappingProxyType(dict(pairs))
