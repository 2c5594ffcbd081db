"""The second opinion: puts the same questions to Cedar and to our own core, and says where they differ."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

import cedarpy

from camket.policy.cedar import as_cedar
from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import decide
from camket.policy.terms import ROLES, Decision, Operation, Outcome
from tests.policy.acts import STRANGE, Cell, asked, cell

ASKED_AT_ONCE = 2_000  # answers held in memory
NOBODY = cedarpy.Entities.from_json_str("[]")  # every entity is known by its name alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody answers about one field, and by which clauses; a refusal without clauses is a gap."""

    is_permitted: bool
    clauses: frozenset[str] = frozenset()
    obligations: frozenset[str] = frozenset()
    redactions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One combination about which the two engines differ, and what each says."""

    cell: Cell
    ours: Opinion
    cedars: Opinion


class Cedar:
    """Cedar's engine with the policies of one edition, parsed once."""

    def __init__(self, text: str) -> None:
        as_json = cedarpy.policies_to_json_str(text)
        self._policies = cedarpy.PolicySet.from_json_str(as_json)
        self._said = {name: one.get("annotations", {}) for name, one in json.loads(as_json)["staticPolicies"].items()}

    def __len__(self) -> int:
        return len(self._said)

    def opinions(self, cells: Iterable[Cell]) -> Iterator[Opinion]:
        """Yield what Cedar answers to each; a policy that fails to evaluate would be passed over in silence, so it fails here."""
        remaining = iter(cells)
        while some := [_request(one) for one in islice(remaining, ASKED_AT_ONCE)]:
            for answer in cedarpy.is_authorized_batch(some, self._policies, NOBODY):
                assert answer.diagnostics.errors == []
                assert answer.decision is not cedarpy.Decision.NoDecision
                yield self._opinion(answer.allowed, [self._said[name] for name in answer.diagnostics.reasons])

    def _opinion(self, is_permitted: bool, said: Sequence[dict[str, str]]) -> Opinion:
        return Opinion(
            is_permitted=is_permitted,
            clauses=frozenset(one["clause"] for one in said),
            obligations=frozenset(word for one in said for word in one.get("obligations", "").split(", ") if word),
            redactions=frozenset(one.get("redact", "full") for one in said if is_permitted),
        )


def our_opinion(decision: Decision) -> Opinion:
    """Return what our core answered about one field, in Cedar's terms."""
    assert bool(decision.clauses) is (decision.outcome is not Outcome.NOT_COVERED)
    return Opinion(
        is_permitted=decision.is_permitted,
        clauses=frozenset(decision.clauses),
        obligations=frozenset(decision.obligations),
        redactions=frozenset(decision.redactions.values()),
    )


def disagreements(policy: CompiledPolicy, cells: Sequence[Cell], text: str | None = None) -> list[Disagreement]:
    """Return where our core and Cedar differ; `text` stands in for the policy's own Cedar."""
    theirs = Cedar(as_cedar(policy) if text is None else text).opinions(cells)
    ours = (our_opinion(decide(policy, role=key[0], ask=asked(key, name))) for key, name in cells)
    asked_both = (Disagreement(cell=one, ours=our, cedars=their) for one, our, their in zip(cells, ours, theirs, strict=True))
    return [one for one in asked_both if one.ours != one.cedars]


def every_cell(policy: CompiledPolicy) -> list[Cell]:
    """Return every combination of what the edition knows, and of one word of each kind that it does not."""
    axes = (sorted(ROLES), Operation, policy.purposes, policy.recipients, policy.fields)
    return [cell(*words) for words in product(*([*map(str, axis), STRANGE] for axis in axes))]


def _request(one: Cell) -> dict[str, object]:
    (role, operation, purpose, recipient), name = one
    told = {"purpose": {"__entity": {"type": "Purpose", "id": purpose}}, "recipient": {"__entity": {"type": "Recipient", "id": recipient}}}
    return {
        "principal": {"type": "Role", "id": str(role)},
        "action": {"type": "Action", "id": str(operation)},
        "resource": {"type": "Field", "id": str(name)},
        "context": told,
    }
