"""Which of the things that an edition declares differ: fields, purposes, recipients, collections, rights, measures, safeguards and the frame."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from camket.policy.changes.change import Change, ChangeKind, Direction, Scope, Side, joined_changes
from camket.policy.compiled import CollectionRule, CompiledPolicy
from camket.policy.document import Statement
from camket.policy.grants import clause_order
from camket.policy.terms import ClauseNumber, LegalBasis

Sides: TypeAlias = Mapping[str, Side]
# How two sides that say different things compare; the same thing under another clause is never asked about.
Judge: TypeAlias = Callable[[Side, Side], Direction]


def _compared(kind: ChangeKind, old: Sides, new: Sides, *, judge: Judge, against: Direction) -> Iterator[Change]:
    """Yield each thing that differs, in the order of the new edition and then of the old; `against` is the direction that weighs."""
    for thing in dict.fromkeys([*new, *old]):
        before, after = old.get(thing), new.get(thing)
        if before == after:
            continue
        if before is None or after is None:
            direction = Direction.WIDER if before is None else Direction.NARROWER
        else:
            direction = Direction.MOVED if before.says == after.says else judge(before, after)
        yield Change(kind=kind, direction=direction, is_significant=direction is against, thing=thing, before=before, after=after)


def fields(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield the fields that one edition names and the other does not, or that hold something else.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    return _compared(ChangeKind.FIELD, _fields(old), _fields(new), judge=_of_fields, against=Direction.WIDER)


def _fields(policy: CompiledPolicy) -> Sides:
    return {
        name: Side(
            says=(("kind", (one.kind,)), ("max_length", (str(one.max_length),)), ("multiline", ("yes" if one.multiline else "no",))),
            clauses=(one.clause,),
        )
        for name, one in policy.fields.items()
    }


def _of_fields(before: Side, after: Side) -> Direction:
    if before.of("kind") != after.of("kind"):
        return Direction.WIDER
    shorter, longer = int(before.of("max_length")[0]), int(after.of("max_length")[0])
    return Direction.MOVED if shorter == longer else Direction.WIDER if longer > shorter else Direction.NARROWER


def purposes(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield the purposes that are new or gone, or rest on something else: only one that comes to ask for consent is narrower than it was.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    return _compared(ChangeKind.PURPOSE, _purposes(old), _purposes(new), judge=_of_purposes, against=Direction.WIDER)


def _purposes(policy: CompiledPolicy) -> Sides:
    return {
        name: Side(says=(("basis", (one.basis,)), ("article", (one.article,) if one.article else ())), clauses=(one.clause,))
        for name, one in policy.purposes.items()
    }


def _of_purposes(before: Side, after: Side) -> Direction:
    if before.of("basis") == after.of("basis"):
        return Direction.MOVED
    return Direction.NARROWER if after.of("basis") == (LegalBasis.CONSENT,) else Direction.WIDER


def recipients(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield the recipients that are new or gone, or have become something else.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    return _compared(ChangeKind.RECIPIENT, _recipients(old), _recipients(new), judge=lambda _before, _after: Direction.WIDER, against=Direction.WIDER)


def _recipients(policy: CompiledPolicy) -> Sides:
    return {name: Side(says=(("kind", (one.kind,)),), clauses=(one.clause,)) for name, one in policy.recipients.items()}


def collections(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield what is kept together, for what, and which of it must be given, where that differs.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    return _compared(ChangeKind.COLLECTION, _collections(old), _collections(new), judge=_of_collections, against=Direction.WIDER)


def _collections(policy: CompiledPolicy) -> Sides:
    return {name: Side(says=_held(one), clauses=(one.clause,)) for name, one in policy.collections.items()}


def _held(one: CollectionRule) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a collection says, whatever the order in which its lists name things."""
    return (
        ("fields", tuple(sorted(one.fields))),
        ("purposes", tuple(sorted(one.purposes))),
        ("required", tuple(sorted(one.required))),
        ("one_of", tuple(sorted("|".join(sorted(group)) for group in one.one_of))),
    )


def _of_collections(before: Side, after: Side) -> Direction:
    shrinks = all(set(after.of(aspect)) <= set(before.of(aspect)) for aspect in ("fields", "purposes", "required", "one_of"))
    return Direction.NARROWER if shrinks else Direction.WIDER


def rights(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield the rights that are new or gone, or answered by another clock: which of two clocks is the longer, only the law says.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    return _compared(ChangeKind.RIGHT, _rights(old), _rights(new), judge=lambda _before, _after: Direction.NARROWER, against=Direction.NARROWER)


def _rights(policy: CompiledPolicy) -> Sides:
    return {name: Side(says=(("deadline", (one.deadline,)),), clauses=(one.clause,)) for name, one in policy.rights.items()}


def statements(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield what clauses without a rule newly say, or say no more: a promise weighs where it is gone, a duty of the person where it is new.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    for change in _compared(
        ChangeKind.STATEMENT, _statements(old), _statements(new), judge=lambda _before, _after: Direction.MOVED, against=Direction.NARROWER
    ):
        against = Direction.WIDER if change.thing == Statement.SUBJECT_DUTIES else Direction.NARROWER
        yield replace(change, is_significant=change.direction is against)


def _statements(policy: CompiledPolicy) -> Sides:
    return {name: Side(clauses=one.clauses) for name, one in policy.statements.items()}


def violations(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield the conduct that one edition does not accept and the other does not name, or names by another letter.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    return _compared(ChangeKind.VIOLATION, _violations(old), _violations(new), judge=lambda _before, _after: Direction.MOVED, against=Direction.WIDER)


def _violations(policy: CompiledPolicy) -> Sides:
    return {name: Side(says=(("ref", (one.ref,)),), clauses=(one.clause,)) for name, one in policy.violations.items()}


def measures(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield which measure may be taken against which violation, where that differs.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    before, after = _measures(old), _measures(new)
    differing = (pair for pair in dict.fromkeys([*after, *before]) if before.get(pair) != after.get(pair))
    return iter(joined_changes(_measure(pair, before.get(pair), after.get(pair)) for pair in differing))


def _measures(policy: CompiledPolicy) -> Mapping[tuple[str, str], Side]:
    found: dict[tuple[str, str], set[ClauseNumber]] = {}
    for one in policy.measures:
        for violation in one.violations:
            found.setdefault((one.id, violation), set()).add(one.clause)
    return {pair: Side(clauses=tuple(sorted(clauses, key=clause_order))) for pair, clauses in found.items()}


def _measure(pair: tuple[str, str], before: Side | None, after: Side | None) -> Change:
    direction = Direction.MOVED if before and after else Direction.WIDER if after else Direction.NARROWER
    return Change(
        kind=ChangeKind.MEASURE,
        direction=direction,
        is_significant=direction is Direction.WIDER,
        thing=pair[0],
        scope=Scope(violations=frozenset({pair[1]})),
        before=before,
        after=after,
    )


def promises(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield what the company says of itself and binds itself to, where that differs: its name, its protections, how it tells, which law.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    yield from _compared(ChangeKind.CONTROLLER, _controller(old), _controller(new), judge=_of_controllers, against=Direction.WIDER)
    yield from _compared(ChangeKind.SAFEGUARD, _safeguards(old), _safeguards(new), judge=_of_safeguards, against=Direction.NARROWER)
    yield from _compared(ChangeKind.NOTICE, _notice(old), _notice(new), judge=_of_notice, against=Direction.NARROWER)
    yield from _compared(ChangeKind.FRAME, _frame(old), _frame(new), judge=lambda _before, _after: Direction.WIDER, against=Direction.WIDER)


def _controller(policy: CompiledPolicy) -> Sides:
    one = policy.controller
    if one is None:
        return {}
    return {"controller": Side(says=(("name", (one.name,)), ("address", (one.address,)), ("email", (one.email,))), clauses=(one.clause,))}


def _of_controllers(before: Side, after: Side) -> Direction:
    """Somebody else who answers for the data is like a new recipient; the same one who has moved house is not."""
    return Direction.MOVED if before.of("name") == after.of("name") else Direction.WIDER


def _safeguards(policy: CompiledPolicy) -> Sides:
    return {
        name: Side(says=(("days", () if one.days is None else (str(one.days),)),), clauses=(one.clause,)) for name, one in policy.safeguards.items()
    }


def _of_safeguards(before: Side, after: Side) -> Direction:
    """A protection with fewer days reaches further; one that loses its number has lost a promise."""
    if not before.of("days") or not after.of("days"):
        return Direction.WIDER if after.of("days") else Direction.NARROWER
    return Direction.WIDER if int(after.of("days")[0]) < int(before.of("days")[0]) else Direction.NARROWER


def _notice(policy: CompiledPolicy) -> Sides:
    one = policy.change
    if one is None:
        return {}
    says = (("channel", (one.significant,)), ("notice_days", (str(one.notice_days),)), ("last_updated", ("yes" if one.last_updated else "no",)))
    return {"notice": Side(says=says, clauses=(one.clause,))}


def _of_notice(before: Side, after: Side) -> Direction:
    tells_as_much = before.of("channel") == after.of("channel") and after.of("last_updated") >= before.of("last_updated")
    return Direction.WIDER if tells_as_much and int(after.of("notice_days")[0]) >= int(before.of("notice_days")[0]) else Direction.NARROWER


def _frame(policy: CompiledPolicy) -> Sides:
    found = {"regime": policy.regime, "timezone": policy.timezone, "authoritative": policy.authoritative}
    return {name: Side(says=(("value", (value,)),), clauses=()) for name, value in found.items()}
