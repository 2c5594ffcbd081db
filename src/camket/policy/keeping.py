"""How long data of an older edition is kept under a newer one: the shortest that binds; for a duty of law, as the one in force says (policy §8)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from camket.policy.compiled import CompiledPolicy
from camket.policy.narrowing import follows_in_force
from camket.policy.retain import RuleMissing, erase_after
from camket.policy.terms import ClauseNumber, CollectionId, PurposeId


def kept_until(
    *,
    purpose: PurposeId,
    collection: CollectionId,
    closed_at: datetime,
    collected: CompiledPolicy,
    in_force: CompiledPolicy,
    agreed: CompiledPolicy | None = None,
    between: Collection[CompiledPolicy] = (),
) -> tuple[datetime, ClauseNumber]:
    """
    Return the instant after which a record must be gone, and the clause that says so.

    Args:
        purpose: Why the record was held.
        collection: Which collection it belongs to.
        closed_at: UTC instant at which the need closed.
        collected: The edition that the record stands under.
        in_force: The edition in force.
        agreed: The edition to which the person said yes for this purpose, where they did: a later one than the record's binds as well.
        between: Editions that came into force since, before the one in force: what one of them shortened stays short.

    Raises:
        RuleMissing: No edition that binds has a period for it.

    Source: policy §4 (4.2, 4.3, 4.4, 4.5), §8 (8.5); house.md §4; Law 91/2025 art. 3.3.
    """
    later = [agreed] if agreed and agreed.number > collected.number else []
    told = dict(_periods(purpose, collection, closed_at, (collected, *later, *between, in_force)))
    if not told:
        raise RuleMissing(purpose=purpose, collection=collection)
    if in_force.number in told and follows_in_force(purpose, collected=collected, in_force=in_force):
        return told[in_force.number]
    return min(told.values(), key=lambda found: found[0])


def _periods(
    purpose: PurposeId, collection: CollectionId, closed_at: datetime, policies: Iterable[CompiledPolicy]
) -> Iterable[tuple[int, tuple[datetime, ClauseNumber]]]:
    for policy in policies:
        try:
            instant = erase_after(purpose=purpose, collection=collection, closed_at=closed_at, rules=policy.retention)
        except RuleMissing:
            continue
        if instant is not None:
            yield policy.number, (instant, policy.retention.rule_for(purpose, collection).clause)
