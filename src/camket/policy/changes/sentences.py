"""Says a difference in one plain English sentence, in the words that scripts use: for the command line, and for whoever has no page before them."""

from collections.abc import Iterable

from camket.policy.changes.change import ALL_ELSE, Change, ChangeKind, Direction, Side
from camket.policy.terms import CONTROLLER

_DECLARED = {
    Direction.WIDER: "is new",
    Direction.NARROWER: "is gone",
}


def sentence(change: Change) -> str:
    """
    Return what a change comes to, with the ids of things as the rules write them.

    Args:
        change: One of a `Difference`.

    Returns:
        A sentence without a full stop, such as "adviser may use phone for advise".
    """
    if change.kind is ChangeKind.PERMISSION:
        return _told(change, f"{_deed(change, 'may', 'may no longer')}{_given_to(change)}")
    if change.kind is ChangeKind.PROHIBITION:
        return _told(change, f"{_deed(change, 'may never', 'is no longer forbidden to')}{_given_to(change)}")
    if change.kind is ChangeKind.RETENTION:
        return _told(change, f"{_kept(change)} for {_listed(change.scope.purposes)} {'is kept' if change.after else 'has no period any more'}")
    if change.kind is ChangeKind.MEASURE:
        verb = "may be taken" if change.after else "may no longer be taken"
        return _told(change, f"the measure {change.thing} {verb} for {_listed(change.scope.violations)}")
    named = change.thing if change.thing == change.kind else f"{change.kind} {change.thing}"
    return _told(change, f"{named} {_DECLARED[change.direction]}" if change.before is None or change.after is None else named)


def _deed(change: Change, may: str, may_not: str) -> str:
    scope = change.scope
    verb = may if change.after else may_not
    return f"{_listed(scope.roles)} {verb} {_listed(scope.operations)} {_listed(scope.fields)} for {_listed(scope.purposes)}"


def _given_to(change: Change) -> str:
    return "" if change.scope.recipients == {CONTROLLER} else f", for the recipient {_listed(change.scope.recipients)}"


def _kept(change: Change) -> str:
    names = change.scope.collections - {ALL_ELSE}
    return f"what is collected ({_listed(names)})" if names else "whatever has no period of its own"


def _told(change: Change, what: str) -> str:
    """The sentence with what is said now and, where both editions speak, what was said before."""
    before, after = change.before, change.after
    if before and after and before.says == after.says:
        return f"{what}: under {_clauses(after)}, before under {_clauses(before)}"
    if before and after:
        return f"{what}: {'; '.join(f'{aspect} {_values(before, aspect)} -> {_values(after, aspect)}' for aspect in change.aspects)}"
    side = after or before
    told = [f"{aspect} {_values(side, aspect)}" for aspect in change.aspects if side and side.of(aspect) not in _USUAL]
    return f"{what} ({'; '.join(told)})" if told else what


_USUAL = ((), ("full",))  # what goes without saying


def _values(side: Side, aspect: str) -> str:
    return ", ".join(side.of(aspect)) or "none"


def _clauses(side: Side) -> str:
    return " and ".join(f"§{number}" for number in side.clauses)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
