"""Which permissions and prohibitions differ: who may do what with which fields, why and for whom."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from camket.policy.changes.change import Change, ChangeKind, Direction, Scope, Side, joined_changes
from camket.policy.compiled import AskKey, CompiledPolicy, Prohibition
from camket.policy.grants import clause_order
from camket.policy.narrowing import SHOWN, serves_the_person
from camket.policy.terms import ROLES, ClauseNumber, FieldGrant, FieldName, Operation, RoleId

_AXES = ("roles", "operations", "purposes", "recipients", "fields")


def permissions(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield what is permitted in one edition and not in the other, or on other conditions, or by another clause.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    return iter(joined_changes(_permissions(old, new)))


def _permissions(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    for key in old.table.keys() | new.table.keys():
        before, after = old.table.get(key, {}), new.table.get(key, {})
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name):
                yield _permission(key, name, before.get(name), after.get(name))


def _permission(key: AskKey, name: FieldName, before: FieldGrant | None, after: FieldGrant | None) -> Change:
    role, operation, purpose, recipient = key
    against = Direction.NARROWER if serves_the_person(role, operation) else Direction.WIDER
    direction = _direction(before, after, against=against)
    return Change(
        kind=ChangeKind.PERMISSION,
        direction=direction,
        is_significant=direction is against,
        scope=Scope(
            roles=frozenset({role}),
            operations=frozenset({operation}),
            purposes=frozenset({purpose}),
            recipients=frozenset({recipient}),
            fields=frozenset({name}),
        ),
        before=_side(before),
        after=_side(after),
    )


def _side(grant: FieldGrant | None) -> Side | None:
    if grant is None:
        return None
    return Side(says=(("obligations", tuple(sorted(grant.obligations))), ("redaction", (grant.redaction,))), clauses=grant.clauses)


def _direction(before: FieldGrant | None, after: FieldGrant | None, *, against: Direction) -> Direction:
    """What does more in one respect and less in another goes the way that weighs: nobody is asked to set one off against the other."""
    gives, takes = _does_more(before, after), _does_more(after, before)
    if gives and takes:
        return against
    return Direction.WIDER if gives else Direction.NARROWER if takes else Direction.MOVED


def _does_more(before: FieldGrant | None, after: FieldGrant | None) -> bool:
    """Whether a second grant lets do in some respect what a first did not: on fewer conditions, or seeing more of the field or another part of it."""
    if before is None or after is None:
        return after is not None
    shows_no_more = after.redaction is before.redaction or SHOWN[after.redaction] < SHOWN[before.redaction]
    return not (before.obligations <= after.obligations and shows_no_more)


def prohibitions(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield what is forbidden in one edition and not in the other, or by another clause.

    Only of things that both editions declare: that a wildcard speaks of a new thing too is no change beside the thing itself.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    universe: dict[str, frozenset[str]] = {
        "roles": frozenset(ROLES),
        "operations": frozenset(Operation),
        "purposes": frozenset(old.purposes.keys() & new.purposes.keys()),
        "recipients": frozenset(old.recipients.keys() & new.recipients.keys()),
        "fields": frozenset(old.fields.keys() & new.fields.keys()),
    }
    cells = _cells(_within(old.prohibitions, universe), _within(new.prohibitions, universe), universe, {})
    return iter(joined_changes(change for cell in cells for change in _forbidden(cell)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """Some roles, operations, purposes, recipients and fields, every combination of which is forbidden by the same clauses."""

    parts: Mapping[str, frozenset[str]]
    before: frozenset[ClauseNumber]
    after: frozenset[ClauseNumber]


def _within(rules: Iterable[Prohibition], universe: Mapping[str, frozenset[str]]) -> list[Prohibition]:
    return [replace(one, **{axis: getattr(one, axis) & universe[axis] for axis in _AXES}) for one in rules]


def _cells(
    old: Sequence[Prohibition], new: Sequence[Prohibition], universe: Mapping[str, frozenset[str]], parts: Mapping[str, frozenset[str]]
) -> Iterator[_Cell]:
    """Part the universe axis by axis into values of which the same rules speak; whatever is the same on both sides goes no deeper."""
    left = _AXES[len(parts) :]
    if _spoken(old, left) == _spoken(new, left):
        return
    if not left:
        yield _Cell(parts=parts, before=frozenset(one.clause for one in old), after=frozenset(one.clause for one in new))
        return
    axis = left[0]
    alike: dict[tuple[tuple[int, ...], tuple[int, ...]], set[str]] = {}
    for value in universe[axis]:
        alike.setdefault((_speaking(old, axis, value), _speaking(new, axis, value)), set()).add(value)
    for (ours, theirs), values in alike.items():
        yield from _cells([old[at] for at in ours], [new[at] for at in theirs], universe, {**parts, axis: frozenset(values)})


def _spoken(rules: Sequence[Prohibition], axes: Sequence[str]) -> frozenset[tuple[object, ...]]:
    return frozenset((one.clause, *(getattr(one, axis) for axis in axes)) for one in rules)


def _speaking(rules: Sequence[Prohibition], axis: str, value: str) -> tuple[int, ...]:
    return tuple(at for at, one in enumerate(rules) if value in getattr(one, axis))


def _forbidden(cell: _Cell) -> Iterator[Change]:
    """Yield the change of a cell, apart for each role and operation: whose hand it binds decides whether it weighs."""
    direction = Direction.MOVED if cell.before and cell.after else Direction.WIDER if cell.after else Direction.NARROWER
    for role in cell.parts["roles"]:
        for operation in cell.parts["operations"]:
            against = Direction.WIDER if serves_the_person(RoleId(role), Operation(operation)) else Direction.NARROWER
            parts = {**cell.parts, "roles": frozenset({role}), "operations": frozenset({operation})}
            yield Change(
                kind=ChangeKind.PROHIBITION,
                direction=direction,
                is_significant=direction is against,
                scope=Scope(**parts),  # type: ignore[arg-type]  # sets of names
                before=_by(cell.before),
                after=_by(cell.after),
            )


def _by(clauses: frozenset[ClauseNumber]) -> Side | None:
    return Side(clauses=tuple(sorted(clauses, key=clause_order))) if clauses else None
