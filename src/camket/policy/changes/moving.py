"""Whether what is held of somebody can come under a newer edition by their word: a part that takes no yes, and is widened, keeps it where it is."""

from collections.abc import Collection, Mapping
from typing import Final

from camket.policy.changes.change import ALL_ELSE, Change, ChangeKind
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import CollectionId, FieldName, LegalBasis, PurposeId

# What is not of one record or another: whoever agrees to the new wording has seen it, and no purpose is served further by it.
_OF_NO_RECORD: Final = frozenset({ChangeKind.RIGHT, ChangeKind.CONTROLLER})


def stays(
    collection: CollectionId,
    *,
    old: CompiledPolicy,
    new: CompiledPolicy,
    widening: Mapping[PurposeId, Collection[Change]],
    agreed: Collection[PurposeId],
) -> bool:
    """
    Return whether a record stays under its edition whatever its person says: they cannot agree to all that the newer one would do with it.

    It stays where the newer edition does not keep its collection together for all that it was kept for, and where a purpose that asks for no yes
    would reach further into it. Purposes that ask for one wait for it, and are not looked at here.

    Args:
        collection: What it was kept as; all that may be held in one counts, for which fields were answered is inside the seal.
        old: The edition under which it stands.
        new: The newer one.
        widening: For which purposes the newer one does more than the older, and by which changes.
        agreed: To what its person agrees.

    Source: policy §8 (8.5); house.md §4.
    """
    before, after = old.collections.get(collection), new.collections.get(collection)
    if before is None or after is None:
        return True
    if not (set(before.purposes) <= set(after.purposes) and set(before.fields) <= set(after.fields)):
        return True
    return any(
        not _takes_a_yes(purpose, old, new, agreed) and any(reaches(change, collection, before.fields) for change in widening.get(purpose, ()))
        for purpose in after.purposes
    )


def reaches(change: Change, collection: CollectionId, fields: Collection[FieldName]) -> bool:
    """
    Return whether a change that lets more be done for a purpose lets it be done with a record.

    Args:
        change: One that widens the purpose.
        collection: What the record was kept as.
        fields: The names of what it holds, or may hold.
    """
    match change.kind:
        case ChangeKind.PERMISSION | ChangeKind.PROHIBITION:
            return not change.scope.fields.isdisjoint(fields)
        case ChangeKind.RETENTION:
            return bool({collection, ALL_ELSE} & change.scope.collections)
        case ChangeKind.COLLECTION:
            return change.thing == collection
        case kind:
            return kind not in _OF_NO_RECORD


def _takes_a_yes(purpose: PurposeId, old: CompiledPolicy, new: CompiledPolicy, agreed: Collection[PurposeId]) -> bool:
    """Whether it is served by nobody's leave but the person's, or by the law's: a duty follows the edition in force, moved or not."""
    bases = {policy.purposes[purpose].basis for policy in (old, new) if purpose in policy.purposes}
    if not any(basis.is_sticky for basis in bases) or bases == {LegalBasis.CONSENT}:
        return True
    # what rested on something else before, and asks for a yes now, is asked of who gave one
    return purpose in agreed and purpose in new.purposes and new.purposes[purpose].basis is LegalBasis.CONSENT
