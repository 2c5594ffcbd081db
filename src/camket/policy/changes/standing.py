"""From when a change holds for what somebody gave before it: in any case, once they agree, or not at all (policy §8)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from camket.policy.changes.change import Change, ChangeKind, Direction
from camket.policy.compiled import CompiledPolicy
from camket.policy.narrowing import follows_in_force
from camket.policy.terms import PurposeId

_OWN = frozenset({ChangeKind.PERMISSION, ChangeKind.RIGHT, ChangeKind.CONTROLLER})  # what can be narrower, or other, to somebody's loss


class When(StrEnum):
    """From when a change holds for what is held of somebody."""

    ANYWAY = "anyway"  # from the day on which the edition comes into force, whatever they do
    AGREED = "agreed"  # once they agree
    LATER = "later"  # never: only for what they give from that day on


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """From when a change, named by its id, holds for somebody, and for which purposes; for all that it is told for where none is named."""

    change: str
    when: When
    purposes: tuple[PurposeId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Yes:
    """How far somebody's word reaches for one purpose: whether they are asked anew, and because of which changes."""

    is_asked: bool
    widening: Collection[Change]


def when_for(change: Change, purpose: PurposeId, *, old: CompiledPolicy, new: CompiledPolicy, yes: Yes) -> When:
    """
    Return from when a change holds for what somebody gave for a purpose.

    Args:
        change: One of the comparison of two editions, which touches them.
        purpose: For which.
        old: The edition that comes first.
        new: The one after it.
        yes: How far their word reaches.

    Source: policy §8 (8.5); house.md §4.
    """
    # how long an answer may be says nothing of those that were given
    follows = change.kind is not ChangeKind.FIELD and follows_in_force(purpose, collected=old, in_force=new)
    if takes_away(change) or follows:
        return When.ANYWAY
    is_of_it = any(_overlap(change, other) for other in yes.widening)
    if yes.is_asked and (is_of_it or change.kind in (ChangeKind.RECIPIENT, ChangeKind.COLLECTION)):
        return When.AGREED
    return When.LATER


def takes_away(change: Change) -> bool:
    """
    Return whether a change lets nothing be done that was not, or is no more than another way to say it: then it holds at once.

    What is taken from the person's own hand is not: of what they gave before, they keep it.

    Args:
        change: One of a comparison.
    """
    if change.is_significant and change.kind in _OWN:
        return False
    grants = Direction.NARROWER if change.kind is ChangeKind.PROHIBITION else Direction.WIDER
    return change.direction is not grants


def _overlap(one: Change, other: Change) -> bool:
    """Whether two changes speak of the same thing, and of something that both scopes have."""
    if (one.kind, one.thing) != (other.kind, other.thing):
        return False
    axes = ("roles", "operations", "recipients", "fields", "collections")
    return all(not getattr(one.scope, axis) or not getattr(one.scope, axis).isdisjoint(getattr(other.scope, axis)) for axis in axes)
