"""For which purposes a later edition does more with somebody's data than they agreed to, or promises them less."""

from collections.abc import Mapping

from camket.policy.changes.change import HOLDS_AT_ONCE, Change, ChangeKind
from camket.policy.changes.comparing import difference
from camket.policy.compiled import CompiledPolicy
from camket.policy.document import Statement
from camket.policy.terms import CollectionId, FieldName, Operation, PurposeId


def widened_purposes(old: CompiledPolicy, new: CompiledPolicy) -> frozenset[PurposeId]:
    """
    Return the purposes for which a yes to one edition does not cover another, because that one does more with what was given, or promises less.

    Another controller, or a right that is gone, counts for every one of them.

    Args:
        old: The edition that was agreed to.
        new: Another one.

    Source: policy §8 (8.4, 8.5).
    """
    return frozenset(widening_changes(old, new))


def widening_changes(old: CompiledPolicy, new: CompiledPolicy) -> Mapping[PurposeId, tuple[Change, ...]]:
    """
    Return, for each purpose for which a yes to one edition does not cover another, the changes because of which it does not.

    What is only asked for from now on is none of them: to that somebody agrees when they give it.

    Args:
        old: The edition that was agreed to.
        new: Another one.

    Source: policy §8 (8.4, 8.5); GDPR art. 4(11) (a consent is informed).
    """
    return _by_purpose(old, new, is_of_what_was_given=True)


def reaching_changes(old: CompiledPolicy, new: CompiledPolicy) -> Mapping[PurposeId, tuple[Change, ...]]:
    """
    Return, for each purpose for which an edition reaches further than another or promises less, the changes by which it does, whatever they touch.

    Args:
        old: The one edition.
        new: The other.

    Source: policy §8 (8.4, 8.5).
    """
    return _by_purpose(old, new, is_of_what_was_given=False)


def _by_purpose(old: CompiledPolicy, new: CompiledPolicy, *, is_of_what_was_given: bool) -> Mapping[PurposeId, tuple[Change, ...]]:
    found: dict[PurposeId, list[Change]] = {}
    for change in difference(old, new).changes:
        if not change.is_significant or _is_about_no_purpose(change) or (is_of_what_was_given and not _is_of_what_was_given(change, old)):
            continue
        touched = _touched(change, old, new)
        if is_of_what_was_given and change.kind is ChangeKind.COLLECTION:
            touched &= _newly_served(change)
        for purpose in touched:
            found.setdefault(purpose, []).append(change)
    return {purpose: tuple(changes) for purpose, changes in found.items()}


def _is_about_no_purpose(change: Change) -> bool:
    """Whether a change is about services or about what the person does; of what clauses say without a rule, the notice of a breach is about data."""
    is_said_of_others = change.kind is ChangeKind.STATEMENT and change.thing != Statement.BREACH_NOTICE
    return is_said_of_others or change.kind in (ChangeKind.VIOLATION, ChangeKind.MEASURE)


def _is_of_what_was_given(change: Change, old: CompiledPolicy) -> bool:
    """Whether a change can do anything to what was given under the old edition, and does not hold for the whole house at once."""
    if change.kind in HOLDS_AT_ONCE or change.kind is ChangeKind.FIELD:
        return False
    if change.kind not in (ChangeKind.PERMISSION, ChangeKind.PROHIBITION):
        return True
    could_be_given = {name for rule in old.collections.values() for name in rule.fields}
    return change.scope.operations != {Operation.COLLECT} and not could_be_given.isdisjoint(change.scope.fields)


def _newly_served(change: Change) -> frozenset[PurposeId]:
    """The purposes that a collection comes to serve."""
    before, after = (frozenset(side.of("purposes")) if side else frozenset[str]() for side in (change.before, change.after))
    return frozenset(PurposeId(one) for one in after - before)


def _touched(change: Change, old: CompiledPolicy, new: CompiledPolicy) -> frozenset[PurposeId]:
    if change.scope.purposes:
        return change.scope.purposes
    collections = [policy.collections for policy in (old, new)]
    match change.kind:
        case ChangeKind.PURPOSE:
            return frozenset({PurposeId(change.thing)})
        case ChangeKind.RECIPIENT:  # that somebody new may receive data is told by what they may be given; not so that they become something else
            given = (purpose for (_, operation, purpose, to) in new.table if operation is Operation.DISCLOSE and to == change.thing)
            return frozenset(given) if change.before and change.after else frozenset()
        case ChangeKind.COLLECTION:
            name = CollectionId(change.thing)
            return frozenset(purpose for known in collections if name in known for purpose in known[name].purposes)
        case ChangeKind.FIELD:
            field = FieldName(change.thing)
            return frozenset(purpose for known in collections for rule in known.values() if field in rule.fields for purpose in rule.purposes)
        case _:
            return frozenset({*old.purposes, *new.purposes})
