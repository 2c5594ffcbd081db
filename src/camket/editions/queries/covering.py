"""Whether a yes to one edition holds under another: what each pair of them differs in is found once and then kept in memory."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from camket.editions.models import Edition
from camket.editions.queries.reading import compiled
from camket.policy.changes import Change, reaching_changes, widening_changes
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import EditionNumber, PurposeId


@lru_cache(maxsize=4096)
def widening(agreed: EditionNumber, later: EditionNumber) -> Mapping[PurposeId, tuple[Change, ...]]:
    """
    Return, for each purpose for which a yes to one edition does not cover what was given by then under a later one, the changes that do more with it.

    What an edition in between took away is gone for whoever said nothing since: where the later one gives it back, that is more than they have.

    Args:
        agreed: The published edition that was agreed to.
        later: Another published one.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.4, 8.5).
    """
    return _since(agreed, later, widening_changes)


@lru_cache(maxsize=4096)
def _reaching(agreed: EditionNumber, later: EditionNumber) -> Mapping[PurposeId, tuple[Change, ...]]:
    return _since(agreed, later, reaching_changes)


def _since(
    agreed: EditionNumber, later: EditionNumber, changes_between: Callable[[CompiledPolicy, CompiledPolicy], Mapping[PurposeId, tuple[Change, ...]]]
) -> Mapping[PurposeId, tuple[Change, ...]]:
    found: dict[PurposeId, tuple[Change, ...]] = {}
    for number in (agreed, *between(agreed, later)):
        for purpose, changes in changes_between(compiled(number), compiled(later)).items():
            known = found.get(purpose, ())
            found[purpose] = known + tuple(change for change in changes if change not in known)
    return MappingProxyType(found)


@lru_cache(maxsize=4096)
def between(earlier: EditionNumber, later: EditionNumber) -> tuple[EditionNumber, ...]:
    """
    Return the editions that bound people after one and before another, in their order; none where the second is not the later one.

    Editions are published in the order of their numbers, and come into force in it: what stands between two never changes any more.

    Args:
        earlier: A published edition.
        later: Another one.
    """
    if later - earlier <= 1:
        return ()
    found = Edition.objects.filter(number__gt=earlier, number__lt=later).order_by("number")
    return tuple(EditionNumber(number) for number in found.values_list("number", flat=True))


@lru_cache(maxsize=4096)
def widened(agreed: EditionNumber, later: EditionNumber) -> frozenset[PurposeId]:
    """
    Return the purposes for which a later edition reaches further than one that was agreed to, or promises less.

    Args:
        agreed: To whose wording somebody agreed.
        later: Of a published edition.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.5).
    """
    return frozenset(widening(agreed, later))


def covers(agreed: EditionNumber, later: EditionNumber, purpose: PurposeId, *, is_collected: bool = False) -> bool:
    """
    Return whether a yes to the wording of one edition holds under another: of those before it, and of those that do no more for the purpose.

    Of data of an earlier edition that did more, no more may be done than the one agreed to lets do; that is for whoever decides.

    Args:
        agreed: To whose wording somebody agreed; 0 where none did.
        later: The edition under which the data stands.
        purpose: What it is to be used for.
        is_collected: Whether it is being given just now: then also what the later one newly asks for is more.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.5); Law 91/2025 art. 9.
    """
    if later <= agreed:
        return True
    return agreed > 0 and purpose not in (_reaching if is_collected else widening)(agreed, later)


def forget_compared() -> None:
    """Drop what is kept in memory of pairs of editions."""
    between.cache_clear()
    widened.cache_clear()
    widening.cache_clear()
    _reaching.cache_clear()
