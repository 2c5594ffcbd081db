"""Says why an ask was answered as it was: per field, what permits it, what forbids it, and what would have been allowed instead."""

from dataclasses import dataclass

from camket.policy.compiled import AskKey, CompiledPolicy
from camket.policy.decide import decide
from camket.policy.grants import clause_order
from camket.policy.terms import Ask, ClauseNumber, Decision, FieldName, Operation, PurposeId, RecipientId, RoleId

MOST_NEAR_PERMITS = 5

_PARTS = ("role", "operation", "purpose", "recipient")


@dataclass(frozen=True, slots=True, kw_only=True)
class NearPermit:
    """Something that is permitted with the same field; `differs` names what the ask would have to change."""

    role: RoleId
    operation: Operation
    purpose: PurposeId
    recipient: RecipientId
    clauses: tuple[ClauseNumber, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldExplanation:
    """What the clauses say of one field of the ask; `permitted_by` stands even where another clause forbids it."""

    field: FieldName
    is_declared: bool
    permitted_by: tuple[ClauseNumber, ...]
    forbidden_by: tuple[ClauseNumber, ...]
    nearest: tuple[NearPermit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision and its grounds, field by field in alphabetical order."""

    decision: Decision
    fields: tuple[FieldExplanation, ...]


def explain(policy: CompiledPolicy, *, role: RoleId, ask: Ask) -> Explanation:
    """
    Explain the answer to an ask, so that a person sees why, or why not.

    Args:
        policy: The edition that binds.
        role: Who asks.
        ask: The same ask that was decided.

    Returns:
        The decision; and for each field the clauses that permit and forbid it and, where it is refused, the nearest
        things that are permitted with it: those that differ in the fewest of role, operation, purpose and recipient.
    """
    key = (role, ask.operation, ask.purpose, ask.recipient)
    fields = tuple(_explain_field(policy, key, name) for name in sorted(ask.fields))
    return Explanation(decision=decide(policy, role=role, ask=ask), fields=fields)


def _explain_field(policy: CompiledPolicy, key: AskKey, name: FieldName) -> FieldExplanation:
    grant = policy.table.get(key, {}).get(name)
    overruled = policy.overruled.get(key, {}).get(name)
    permitted_by = grant.clauses if grant else overruled.clauses if overruled else ()
    forbidding = {one.clause for one in policy.prohibitions_for(key[0]) if one.covers(key) and name in one.fields}
    return FieldExplanation(
        field=name,
        is_declared=name in policy.fields,
        permitted_by=permitted_by,
        forbidden_by=tuple(sorted(forbidding, key=clause_order)),
        nearest=() if grant else _nearest(policy, key, name),
    )


def _nearest(policy: CompiledPolicy, key: AskKey, name: FieldName) -> tuple[NearPermit, ...]:
    found = [_near(other, key, grants[name].clauses) for other, grants in policy.table.items() if name in grants]
    found.sort(key=lambda one: (len(one.differs), one.differs, one.role, one.operation, one.purpose, one.recipient))
    return tuple(found[:MOST_NEAR_PERMITS])


def _near(other: AskKey, key: AskKey, clauses: tuple[ClauseNumber, ...]) -> NearPermit:
    role, operation, purpose, recipient = other
    differs = tuple(part for part, ours, theirs in zip(_PARTS, key, other, strict=True) if ours != theirs)
    return NearPermit(role=role, operation=operation, purpose=purpose, recipient=recipient, clauses=clauses, differs=differs)
