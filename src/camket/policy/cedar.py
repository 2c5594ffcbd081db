"""Writes the compiled policy in Cedar, the language of an engine that is not ours, so that its answers can be held against ours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from camket.policy.compiled import CompiledPolicy, Prohibition
from camket.policy.grants import clause_order
from camket.policy.terms import ROLES, ClauseNumber, FieldGrant, Obligation, Operation, Redaction

LONGEST_LIST = 110  # characters in one line; the members of a longer list stand one below the other

Box: TypeAlias = tuple[frozenset[str], ...]  # words along each axis; it means every combination of them

# Fields are joined first and operations last: that gives back the permits that an author wrote, where each is one list of each.
_AXES = ("Role", "Action", "Purpose", "Recipient", "Field")
_JOINED = ("Field", "Recipient", "Purpose", "Role", "Action")
_BREAK = ",\n  "
_ENDING = frozenset('"\\')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """One Cedar policy, before it is written."""

    effect: str
    clause: ClauseNumber
    box: Box
    obligations: frozenset[Obligation] = frozenset()
    redaction: Redaction = Redaction.FULL


def as_cedar(policy: CompiledPolicy) -> str:
    """
    Return the policy in Cedar: what its clauses permit before any prohibition is taken out, and what they forbid.

    That a prohibition beats a permit is left to the engine that reads it, so its answers are a second opinion on our table.

    Args:
        policy: Any compiled policy; a policy and what `from_json` reads of its JSON give the same text.

    Returns:
        Cedar policies in the order of the clauses. Principal is the role, action the operation, resource the field; the
        context holds purpose and recipient. Each carries `@clause`; a permit also `@obligations` and `@redact`, where it has any.

    Source: Cedar policy language, version 4.
    """
    order = _Order(policy)
    statements = sorted((*_permits(policy), *_forbids(policy)), key=order.of_statement)
    head = f"// Edition {policy.number} of {_quoted(policy.slug)}: what its clauses permit and forbid.\n"
    return "\n".join([head, *(_written(one, order) for one in statements)])


def cedar_schema(policy: CompiledPolicy) -> str:
    """
    Return the Cedar schema under which `as_cedar` is valid: the words that the edition knows, and no other.

    Args:
        policy: Any compiled policy.

    Returns:
        A schema of enumerated entities. Where the edition declares nothing of a kind, the kind is left open, because Cedar
        has no empty enumeration; then no policy names one either.

    Source: Cedar schema language, version 4.
    """
    order = _Order(policy)
    kinds = "".join(_entity(kind, order.words(kind)) for kind in _AXES if kind != "Action")
    return (
        f"// Edition {policy.number} of {_quoted(policy.slug)}: the words it knows.\n\n{kinds}\n"
        f"action {', '.join(_quoted(word) for word in order.words('Action'))} appliesTo {{\n"
        "  principal: Role,\n  resource: Field,\n  context: { purpose: Purpose, recipient: Recipient },\n};\n"
    )


class _Order:
    """Knows the words of an edition in the order of its text, roles by the alphabet; whatever else a table holds comes last."""

    def __init__(self, policy: CompiledPolicy) -> None:
        known: tuple[Iterable[str], ...] = (sorted(ROLES), Operation, policy.purposes, policy.recipients, policy.fields)
        self._ranks: Mapping[str, Mapping[str, int]] = {
            axis: {str(word): rank for rank, word in enumerate(words)} for axis, words in zip(_AXES, known, strict=True)
        }

    def words(self, axis: str) -> tuple[str, ...]:
        return tuple(self._ranks[axis])

    def sorted(self, axis: str, words: Iterable[str]) -> list[str]:
        return sorted(words, key=lambda word: self._rank(axis, word))

    def of_statement(self, one: _Statement) -> tuple[object, ...]:
        ranks = [[self._rank(axis, word) for word in self.sorted(axis, words)] for axis, words in zip(_AXES, one.box, strict=True)]
        return clause_order(one.clause), one.clause, one.effect == "permit", ranks, sorted(one.obligations), one.redaction

    def _rank(self, axis: str, word: str) -> tuple[int, str]:
        return self._ranks[axis].get(word, len(self._ranks[axis])), word


def _permits(policy: CompiledPolicy) -> Iterator[_Statement]:
    cells: dict[tuple[ClauseNumber, frozenset[Obligation], Redaction], set[Box]] = {}
    for clause, cell, grant in _granted(policy):
        cells.setdefault((clause, grant.obligations, grant.redaction), set()).add(cell)
    for (clause, obligations, redaction), boxes in cells.items():
        for box in reduce(_joined, _JOINED, boxes):
            yield _Statement(effect="permit", clause=clause, box=box, obligations=obligations, redaction=redaction)


def _granted(policy: CompiledPolicy) -> Iterator[tuple[ClauseNumber, Box, FieldGrant]]:
    for table in (policy.table, policy.overruled):
        for key, row in table.items():
            for name, grant in row.items():
                for clause in grant.clauses:
                    yield clause, tuple(frozenset({str(word)}) for word in (*key, name)), grant


def _joined(boxes: set[Box], axis: str) -> set[Box]:
    """Join the boxes that differ along this axis only."""
    at = _AXES.index(axis)
    found: dict[Box, frozenset[str]] = {}
    for box in boxes:
        others = (*box[:at], *box[at + 1 :])
        found[others] = found.get(others, frozenset()) | box[at]
    return {(*others[:at], words, *others[at:]) for others, words in found.items()}


def _forbids(policy: CompiledPolicy) -> Iterator[_Statement]:
    for one in policy.prohibitions:
        box = _box(one)
        if all(box):  # "*" of a kind of which the edition declares nothing forbids nothing, and Cedar has no empty list
            yield _Statement(effect="forbid", clause=one.clause, box=box)


def _box(one: Prohibition) -> Box:
    return tuple(frozenset(str(word) for word in words) for words in (one.roles, one.operations, one.purposes, one.recipients, one.fields))


def _written(one: _Statement, order: _Order) -> str:
    roles, operations, purposes, recipients, fields = (
        [f"{axis}::{_quoted(word)}" for word in order.sorted(axis, words)] for axis, words in zip(_AXES, one.box, strict=True)
    )
    action = f"action == {operations[0]}" if len(operations) == 1 else f"action in {_listed(operations, margin='  ')}"
    scope = [_scoped("principal", roles), action, _scoped("resource", fields)]
    conditions = [_condition("principal", roles)] if len(roles) > 1 else []
    conditions += [_condition("resource", fields)] if len(fields) > 1 else []
    conditions += [_condition("context.purpose", purposes), _condition("context.recipient", recipients)]
    asked = "".join(f"\nwhen {{ {condition} }}" for condition in conditions)
    return f"{_annotations(one)}{one.effect} (\n  {_BREAK.join(scope)}\n){asked};\n"


def _annotations(one: _Statement) -> str:
    said: dict[str, str] = {"clause": one.clause}
    if one.obligations:
        said["obligations"] = ", ".join(sorted(one.obligations))
    if one.redaction is not Redaction.FULL:
        said["redact"] = one.redaction
    return "".join(f"@{name}({_quoted(value)})\n" for name, value in said.items())


def _scoped(place: str, entities: list[str]) -> str:
    return f"{place} == {entities[0]}" if len(entities) == 1 else place


def _condition(place: str, entities: list[str]) -> str:
    return f"{place} == {entities[0]}" if len(entities) == 1 else f"{_listed(entities)}.contains({place})"


def _listed(members: Sequence[str], *, margin: str = "") -> str:
    line = f"[{', '.join(members)}]"
    below = f",\n{margin}  ".join(members)
    return line if len(line) <= LONGEST_LIST else f"[\n{margin}  {below}\n{margin}]"


def _entity(kind: str, words: Sequence[str]) -> str:
    return f"entity {kind} enum {_listed([_quoted(word) for word in words])};\n" if words else f"entity {kind};\n"


def _quoted(text: str) -> str:
    """Write a string of Cedar: whatever is no plain ASCII is escaped, so that no name can end its string or hide in it."""
    return '"' + "".join(one if " " <= one <= "~" and one not in _ENDING else f"\\u{{{ord(one):x}}}" for one in text) + '"'
