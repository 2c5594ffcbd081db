"""What another edition changes for one person, for their own page: the changes that a letter tells them, in the words of the pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from camket.duties.publishing import queries as editions
from camket.policy.changes import Concern, Difference, Held, Reach, Standing, When
from camket.policy.terms import EditionNumber, PurposeId
from camket.web.kit.change_words import ChangeShown, Lister, read_aloud
from camket.web.kit.policy_labels import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChanges:
    """The changes from one edition to another that touch a person's details, by when they hold for them."""

    old: EditionNumber
    new: EditionNumber
    anyway: tuple[ChangeShown, ...] = ()
    agreed: tuple[ChangeShown, ...] = ()
    later: tuple[ChangeShown, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether anything changes for them."""
        return bool(self.anyway or self.agreed or self.later)


def own_changes(held: Held, old: EditionNumber, new: EditionNumber, language: str) -> OwnChanges:
    """
    Return what changes for somebody from one published edition to another, in the active language.

    Args:
        held: What is held of them, by names alone.
        old: The edition that comes first.
        new: The one after it.
        language: The active language: `vi` or `en`.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.2, 8.5).
    """
    reach = _reach(old, new)
    concern = reach.of(held)
    told: Mapping[When, list[ChangeShown]] = {when: [] for when in When}
    for one in concern.standings:
        if one.change in reach.changes:
            told[one.when].append(_shown(one, concern, reach, language))
    return OwnChanges(old=old, new=new, anyway=tuple(told[When.ANYWAY]), agreed=tuple(told[When.AGREED]), later=tuple(told[When.LATER]))


def own_widening(held: Held, old: EditionNumber, new: EditionNumber, purpose: PurposeId, language: str) -> tuple[ChangeShown, ...]:
    """
    Return what would newly be done with what is held of somebody once they say yes for one purpose, in the active language.

    What an edition in between took away, and the new one gives back, is new to them as well.

    Args:
        held: What is held of them, by names alone.
        old: The published edition that they agreed to.
        new: The published one that they are asked for.
        purpose: Of their consent.
        language: The active language: `vi` or `en`.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.5); GDPR art. 4(11) (a consent is informed).
    """
    found: dict[str, ChangeShown] = {}  # by the change: what two editions have alike is told once
    for number in (old, *editions.between(old, new)):
        reach = _reach(number, new)
        concern = reach.of(held)
        for one in concern.standings:
            is_asked = one.when is When.AGREED and purpose in (one.purposes or reach.touched(one.change, held))
            if is_asked and one.change not in found:
                found[one.change] = _shown(replace(one, purposes=one.purposes and (purpose,)), concern, reach, language)
    return tuple(found.values())


@lru_cache(maxsize=64)
def _reach(old: EditionNumber, new: EditionNumber) -> Reach:
    # told on a page, a change need not weigh
    return Reach(
        old=editions.compiled(old),
        new=editions.compiled(new),
        widened_since=lambda agreed: editions.widening(agreed, new),
        policy_of=editions.compiled,
        is_raised=True,
    )


def forget_reaches() -> None:
    """Drop what is kept in memory: for tests that publish other texts under the same number."""
    _reach.cache_clear()


def _shown(one: Standing, concern: Concern, reach: Reach, language: str) -> ChangeShown:
    labels = Labels(reach.new, language, before=reach.old)
    own = {"field": concern.fields, "collection": concern.collections, "purpose": one.purposes or concern.purposes}
    alone = Difference(old=reach.old.number, new=reach.new.number, changes=(reach.changes[one.change],))
    return read_aloud(alone, old=reach.old, new=reach.new, language=language, listed=_only(own, labels))[0]


def _only(own: Mapping[str, Collection[str]], labels: Labels) -> Lister:
    def listed(kind: str, names: Collection[str]) -> str:
        return labels.listed(kind, [one for one in names if one in own[kind]])

    return listed
