"""Puts together everything in which two editions mean something else."""

from camket.policy.changes.change import Change, Difference
from camket.policy.changes.keeping import retention
from camket.policy.changes.reach import permissions, prohibitions
from camket.policy.changes.things import collections, fields, measures, promises, purposes, recipients, rights, statements, violations
from camket.policy.compiled import CompiledPolicy
from camket.policy.grants import clause_order

# In the order in which a reader wants to know: what weighs comes first within each.
_PARTS = (permissions, retention, recipients, purposes, fields, collections, measures, violations, prohibitions, rights, statements, promises)


def difference(old: CompiledPolicy, new: CompiledPolicy) -> Difference:
    """
    Return everything in which one edition means something else than another: who may do what, how long, with which rights and promises.

    Words are no meaning (`words_difference` tells of them): labels and the wordings beside tick boxes, the order of rules, and how a
    rule is split over several blocks make no difference.
    That a rule stands under another clause does, for a decision names its clauses; it weighs nothing.

    Args:
        old: The edition that binds so far.
        new: The edition that is to follow it, or any other.

    Source: policy §8 (8.4).
    """
    changes = [change for part in _PARTS for change in sorted(part(old, new), key=_rank)]
    return Difference(old=old.number, new=new.number, changes=tuple(changes))


def _rank(change: Change) -> tuple[object, ...]:
    """What weighs first, then as the clauses are counted."""
    scope, clauses = change.scope, tuple(clause_order(one) for one in change.clauses)
    named = [
        sorted(one) for one in (scope.purposes, scope.roles, scope.operations, scope.fields, scope.recipients, scope.collections, scope.violations)
    ]
    return (not change.is_significant, clauses, change.thing, named, change.direction)
