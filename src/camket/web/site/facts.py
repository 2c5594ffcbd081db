"""Under which clauses the figures stand that the house publishes of itself: found in the compiled policy, so that a later edition may move them."""

from collections.abc import Mapping

from camket.policy.compiled import CompiledPolicy, RecipientKind, SafeguardId
from camket.policy.terms import ADVISE, ADVISER, CONTROLLER, SYSTEM, Operation, RecipientId, RoleId


def clauses_of_facts(policy: CompiledPolicy) -> Mapping[str, str]:
    """Return the number of the clause for each kind of fact, or an empty text where the edition has none."""
    journal = policy.safeguards.get(SafeguardId.JOURNAL)
    return {
        "answered": _first(policy, ADVISER, Operation.USE, CONTROLLER),
        "erased": _first(policy, SYSTEM, Operation.ERASE, CONTROLLER),
        "disclosed": _disclosing(policy),
        "journal": journal.clause if journal else "",
        "edition": policy.change.clause if policy.change else "",
    }


def _first(policy: CompiledPolicy, role: RoleId, operation: Operation, recipient: RecipientId) -> str:
    """The first clause that lets a role do something with what was kept to advise."""
    grants = policy.table.get((role, operation, ADVISE, recipient), {})
    return next((number for grant in grants.values() for number in grant.clauses), "")


def _disclosing(policy: CompiledPolicy) -> str:
    authorities = {one.id for one in policy.recipients.values() if one.kind is RecipientKind.AUTHORITY}
    given = (
        number
        for (_, operation, _, recipient), grants in policy.table.items()
        if operation is Operation.DISCLOSE and recipient in authorities
        for grant in grants.values()
        for number in grant.clauses
    )
    return next(given, "")
