"""When a matter may go, told from its needs and the editions that bind its records."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from camket.policy.compiled import CompiledPolicy
from camket.policy.keeping import kept_until
from camket.policy.retain import RuleMissing
from camket.policy.terms import ClauseNumber, CollectionId, EditionNumber, PurposeId

FAREWELL_WAITS = timedelta(days=3)
COLLECT_WITHIN = timedelta(hours=24)


def gone_after(
    needs: Iterable[tuple[PurposeId, datetime | None]],
    records: Iterable[tuple[CollectionId, EditionNumber]],
    policy_of: Callable[[EditionNumber], CompiledPolicy],
    in_force: EditionNumber,
) -> tuple[datetime | None, frozenset[ClauseNumber]]:
    """
    Return the instant after which a matter must be gone, None while a need is open, and the clauses that say so.

    A matter's records share one key, so it lives as long as the longest-kept of them.

    Args:
        needs: Each need's purpose and the instant it closed.
        records: Each record's collection and the edition it was collected under.
        policy_of: Returns an edition's compiled value.
        in_force: The edition in force: a shorter period of its holds at once, a longer one keeps nothing that came before.

    Raises:
        RuleMissing: A need's purpose has no retention rule in an edition that binds.

    Source: policy §4; Law 91/2025 art. 3.3, 14.
    """
    needs, kept = list(needs), sorted(set(records))
    if any(closed_at is None for _, closed_at in needs):
        return None, frozenset()
    instants: list[datetime] = []
    clauses: set[ClauseNumber] = set()
    closed = [(purpose, closed_at) for purpose, closed_at in needs if closed_at is not None]
    for purpose, closed_at in closed:
        for collection, edition in kept:
            policy = policy_of(edition)
            rule = policy.collections.get(collection)
            if rule is None or purpose not in rule.purposes:
                continue
            instant, clause = kept_until(purpose=purpose, collection=collection, closed_at=closed_at, collected=policy, in_force=policy_of(in_force))
            instants.append(instant)
            clauses.add(clause)
    if not instants and kept and needs:
        raise RuleMissing(purpose=needs[0][0], collection=kept[0][0])
    return max(instants, default=max((closed_at for _, closed_at in closed), default=None)), frozenset(clauses)
