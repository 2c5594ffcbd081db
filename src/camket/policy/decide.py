"""Answers one ask from the compiled policy: all or nothing, and refused unless a clause says yes."""

from collections.abc import Iterable
from types import MappingProxyType

from camket.policy.compiled import AskKey, CompiledPolicy, Grants, Prohibition
from camket.policy.grants import clause_order
from camket.policy.terms import CONTROLLER, ROLES, Ask, ClauseNumber, Decision, FieldName, Outcome, RoleId

MOST_REMEMBERED = 4_096  # yeses per edition, and as many noes: about 2 MB each


def decide(policy: CompiledPolicy, *, role: RoleId, ask: Ask) -> Decision:
    """
    Decide whether the policy permits an ask.

    Args:
        policy: The edition that binds.
        role: Who asks.
        ask: What is to be done with which fields, why and for whom.

    Returns:
        PERMITTED only if a clause permits every field and none forbids one; its obligations are still to be met.
        PROHIBITED, with the clauses and the fields, if a clause forbids any field; NOT_COVERED, with the fields that
        no clause speaks of, otherwise; so too for an ask without fields.

    Source: policy §6 (6.5), §7 (7.2, 7.5: only within this policy); Law 91/2025 art. 3.
    """
    key = (role, ask.operation, ask.purpose, ask.recipient)
    row = policy.table.get(key)
    if row is not None and ask.fields and ask.fields <= row.keys():
        return _permit(policy, ask, row)
    covering = [one for one in policy.prohibitions_for(role) if one.covers(key) and not one.fields.isdisjoint(ask.fields)]
    return _prohibit(policy, role, ask, covering) if covering else _find_uncovered(policy, key, ask)


class Decider:
    """
    Decides as `decide` does for one edition, and remembers its answers: the same desk asks the same thing all day.

    A refusal is remembered only if the edition knows every word of the ask, because a stranger can invent any number of others;
    and apart from the yeses, so that no number of them slows a permitted ask.
    """

    def __init__(self, policy: CompiledPolicy) -> None:
        self.policy = policy
        self._permitted: dict[tuple[object, ...], Decision] = {}
        self._refused: dict[tuple[object, ...], Decision] = {}

    @property
    def remembered(self) -> int:
        """How many decisions are kept."""
        return len(self._permitted) + len(self._refused)

    def decide(self, *, role: RoleId, ask: Ask) -> Decision:
        """Return what `decide` returns for the edition, quicker the second time."""
        key = (role, ask.operation, ask.purpose, ask.recipient, ask.fields)
        known = self._permitted.get(key)
        if known is None:
            known = self._refused.get(key)
        if known is not None:
            return known
        decision = decide(self.policy, role=role, ask=ask)
        kept = self._permitted if decision.is_permitted else self._refused
        if len(kept) < MOST_REMEMBERED and self._knows(role, ask):
            kept[key] = decision
        return decision

    def _knows(self, role: RoleId, ask: Ask) -> bool:
        policy = self.policy
        return role in ROLES and ask.purpose in policy.purposes and ask.recipient in policy.recipients and ask.fields <= policy.fields.keys()


def _permit(policy: CompiledPolicy, ask: Ask, row: Grants) -> Decision:
    grants = [row[name] for name in ask.fields]
    clauses, obligations = grants[0].clauses, grants[0].obligations
    for grant in grants:
        if grant is not grants[0]:  # most asks stay within one clause's permit, and need no union
            clauses, obligations = _in_order((*clauses, *grant.clauses)), obligations | grant.obligations
    return Decision(
        outcome=Outcome.PERMITTED,
        edition=policy.number,
        ask=ask,
        clauses=clauses,
        obligations=obligations,
        redactions=MappingProxyType({name: row[name].redaction for name in ask.fields}),
        reason=f"Permitted by clause {' and '.join(clauses)}.",
    )


def _prohibit(policy: CompiledPolicy, role: RoleId, ask: Ask, covering: list[Prohibition]) -> Decision:
    clauses = _in_order(one.clause for one in covering)
    refused = frozenset(name for name in ask.fields if any(name in one.fields for one in covering))
    return Decision(
        outcome=Outcome.PROHIBITED,
        edition=policy.number,
        ask=ask,
        clauses=clauses,
        refused_fields=refused,
        reason=f"Clause {' and '.join(clauses)} forbids {role} to {_deed(policy, ask, refused)}.",
    )


def _find_uncovered(policy: CompiledPolicy, key: AskKey, ask: Ask) -> Decision:
    refused = frozenset(ask.fields.difference(policy.table.get(key, ())))
    return Decision(outcome=Outcome.NOT_COVERED, edition=policy.number, ask=ask, refused_fields=refused, reason=_gap(policy, key[0], ask, refused))


def _gap(policy: CompiledPolicy, role: RoleId, ask: Ask, refused: frozenset[FieldName]) -> str:
    if not ask.fields:
        return "The ask names no field."
    known = {"role": role in ROLES, "purpose": ask.purpose in policy.purposes, "recipient": ask.recipient in policy.recipients}
    unknown = [kind for kind, is_known in known.items() if not is_known]
    if unknown:
        return f"Edition {policy.number} knows no such {' and no such '.join(unknown)}."
    return f"No clause lets {role} {_deed(policy, ask, refused)}."


def _deed(policy: CompiledPolicy, ask: Ask, names: frozenset[FieldName]) -> str:
    """Name only what the edition declares: anything else a stranger typed could be somebody's data."""
    told = [str(name) for name in policy.fields if name in names]
    strange = len(names) - len(told)
    if strange:
        told.append(f"{strange} field{'s' if strange > 1 else ''} that the edition does not name")
    whom = "" if ask.recipient == CONTROLLER else f", for the recipient {ask.recipient}"
    return f"{ask.operation} {', '.join(told)} for the purpose {ask.purpose}{whom}"


def _in_order(clauses: Iterable[ClauseNumber]) -> tuple[ClauseNumber, ...]:
    return tuple(sorted(set(clauses), key=clause_order))
