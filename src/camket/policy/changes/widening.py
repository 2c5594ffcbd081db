"""For which purposes a later edition does more with somebody's data than they agreed to, or promises them less."""

from collections.abc import Mapping

from camket.policy.changes.change import Change, ChangeKind
from camket.policy.changes.comparing import difference
from camket.policy.compiled import CompiledPolicy
from camket.policy.document import Statement
from camket.policy.terms import CollectionId, FieldName, Operation, PurposeId

_ABOUT_SERVICES = frozenset({ChangeKind.VIOLATION, ChangeKind.MEASURE})  # and not about data


def widened_purposes(old: CompiledPolicy, new: CompiledPolicy) -> frozenset[PurposeId]:
    """
    Return the purposes for which a yes to one edition does not cover another, because that one reaches further or promises less.

    A change that names no purpose, such as another controller, a safeguard or a right that is gone, counts for every one of them.

    Args:
        old: The edition that was agreed to.
        new: Another one.

    Source: policy §8 (8.4, 8.5).
    """
    return frozenset(widening_changes(old, new))


def widening_changes(old: CompiledPolicy, new: CompiledPolicy) -> Mapping[PurposeId, tuple[Change, ...]]:
    """
    Return, for each purpose for which a yes to one edition does not cover another, the changes because of which it does not.

    Args:
        old: The edition that was agreed to.
        new: Another one.

    Source: policy §8 (8.4, 8.5); GDPR art. 4(11) (a consent is informed).
    """
    found: dict[PurposeId, list[Change]] = {}
    for change in difference(old, new).changes:
        if change.is_significant and not _is_about_no_purpose(change):
            for purpose in _touched(change, old, new):
                found.setdefault(purpose, []).append(change)
    return {purpose: tuple(changes) for purpose, changes in found.items()}


def _is_about_no_purpose(change: Change) -> bool:
    """Whether a change is about services or about what the person does; of what clauses say without a rule, the notice of a breach is about data."""
    is_said_of_others = change.kind is ChangeKind.STATEMENT and change.thing != Statement.BREACH_NOTICE
    return is_said_of_others or change.kind in _ABOUT_SERVICES


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
