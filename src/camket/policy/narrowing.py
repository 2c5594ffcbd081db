"""What an older edition permits once a newer one is in force: a newer one takes away at once, and never adds (policy §8)."""

from dataclasses import replace
from types import MappingProxyType

from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import SUBJECT, Decision, Operation, PurposeId, Redaction, RoleId

# How much of a field each shows; of two that show as much of different parts, only that there is one may be shown.
SHOWN = {Redaction.FULL: 3, Redaction.MASKED: 2, Redaction.LAST4: 2, Redaction.EXISTS: 1}


def serves_the_person(role: RoleId, operation: Operation) -> bool:
    """
    Return whether more of it is better for whom the data is about: their own hand on it, and its end.

    Args:
        role: Who asks.
        operation: What is to be done.
    """
    return operation is Operation.ERASE or (role == SUBJECT and operation is not Operation.COLLECT)


def follows_in_force(purpose: PurposeId, *, collected: CompiledPolicy, in_force: CompiledPolicy) -> bool:
    """
    Return whether what may be done with data for a purpose is up to the edition in force alone: where both rest it on a duty of law or on defence.

    A purpose that was such a duty and is a contract now, or the other way round, follows nothing: the edition of collection binds.

    Args:
        purpose: What it is to be used for.
        collected: The edition that the data stands under.
        in_force: The edition in force.

    Source: policy §8 (8.5); house.md §4.
    """
    rules = (policy.purposes.get(purpose) for policy in (collected, in_force))
    return all(rule is not None and not rule.basis.is_sticky for rule in rules)


def narrowed(binding: Decision, in_force: Decision) -> Decision:
    """
    Return what holds for data of an older edition: permitted only where both editions permit, on the conditions of both, showing the less of both.

    Args:
        binding: The answer of the edition under which the data was collected.
        in_force: The answer of the edition in force to the same ask.

    Returns:
        The decision of the edition that speaks: of the one in force where it alone refuses, else of the binding one.

    Source: policy §8 (8.5); house.md §4.
    """
    if not binding.is_permitted:
        return binding
    if not in_force.is_permitted:
        return in_force
    if binding.redactions == in_force.redactions and in_force.obligations <= binding.obligations:
        return binding
    shown = {name: _less(redaction, in_force.redactions[name]) for name, redaction in binding.redactions.items()}
    return replace(binding, obligations=binding.obligations | in_force.obligations, redactions=MappingProxyType(shown))


def _less(one: Redaction, other: Redaction) -> Redaction:
    if one is not other and SHOWN[one] == SHOWN[other]:
        return Redaction.EXISTS
    return one if SHOWN[one] <= SHOWN[other] else other
