"""How long data is kept in one edition and in another, need by need: the rule that binds, not the rule as it is written."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from camket.policy.changes.change import ALL_ELSE, Change, ChangeKind, Direction, Scope, Side, joined_changes
from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import Period, RetainRule, RuleMissing
from camket.policy.terms import CollectionId, PurposeId

Need: TypeAlias = tuple[PurposeId, CollectionId | None]  # None stands for whatever has no rule of its own


def retention(old: CompiledPolicy, new: CompiledPolicy) -> Iterator[Change]:
    """
    Yield for which purposes and collections data lives longer, shorter, or from another event on.

    Args:
        old: The edition that came before.
        new: The one that is to follow it.
    """
    before, after = _binding(old), _binding(new)
    needs = (need for need in dict.fromkeys([*after, *before]) if _said(before.get(need)) != _said(after.get(need)))
    return iter(joined_changes(_change(need, before.get(need), after.get(need)) for need in needs))


def _binding(policy: CompiledPolicy) -> Mapping[Need, RetainRule]:
    needs: dict[Need, None] = {(purpose, None): None for one in policy.retention.rules for purpose in one.purposes}
    needs.update({(purpose, name): None for one in policy.retention.rules for purpose in one.purposes for name in one.collections})
    needs.update({(purpose, one.id): None for purpose in policy.purposes for one in policy.collections_for(purpose)})
    found = {}
    for purpose, collection in needs:
        try:
            found[purpose, collection] = policy.retention.rule_for(purpose, collection)
        except RuleMissing:  # of what has a rule of its own in every collection, none is general
            continue
    return found


def _said(rule: RetainRule | None) -> tuple[object, ...] | None:
    return (rule.after, rule.keep.length, rule.clause) if rule else None


def _change(need: Need, before: RetainRule | None, after: RetainRule | None) -> Change:
    direction = _direction(before, after)
    purpose, collection = need
    return Change(
        kind=ChangeKind.RETENTION,
        direction=direction,
        is_significant=direction is Direction.WIDER,
        scope=Scope(purposes=frozenset({purpose}), collections=frozenset({collection or ALL_ELSE})),
        before=_side(before),
        after=_side(after),
    )


def _side(rule: RetainRule | None) -> Side | None:
    return Side(says=(("after", (rule.after,)), ("keep", (rule.keep.iso,))), clauses=(rule.clause,)) if rule else None


def _direction(before: RetainRule | None, after: RetainRule | None) -> Direction:
    if before is None or after is None:
        return Direction.WIDER if before is None else Direction.NARROWER
    if before.after is after.after and before.keep.length == after.keep.length:
        return Direction.MOVED
    is_shorter = before.after is after.after and _never_longer(after.keep, before.keep)
    return Direction.NARROWER if is_shorter else Direction.WIDER


def _never_longer(one: Period, other: Period) -> bool:
    """Whether a period ends no later than another on whatever day both begin; a month has between 28 and 31 days, twelve have 365 or 366."""
    (months, days), (others_months, others_days) = one.length, other.length
    longest = months // 12 * 366 + months % 12 * 31 + days
    shortest = others_months // 12 * 365 + others_months % 12 * 28 + others_days
    return longest <= shortest or (months <= others_months and days <= others_days)
