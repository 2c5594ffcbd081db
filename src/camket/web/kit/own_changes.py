"""What another edition changes for one person, for their own page: the changes that a letter tells them, in the words of the pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from camket.duties.publishing import queries as editions
from camket.policy.changes import Change, ChangeKind, Concern, Difference, Held, Reach, Scope, Side, Standing, When
from camket.policy.retain import parse_period
from camket.policy.terms import EditionNumber, PurposeId
from camket.web.kit.change_words import ChangeShown, Lister, read_aloud
from camket.web.kit.policy_labels import Labels

_ANY_DAY = date(2026, 1, 1)  # from which periods are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChanges:
    """The changes from one edition to another that touch a person's details, by when they hold for them."""

    old: EditionNumber
    new: EditionNumber
    anyway: tuple[ChangeShown, ...] = ()
    agreed: tuple[ChangeShown, ...] = ()
    waiting: tuple[ChangeShown, ...] = ()  # they agreed to these: they begin with a yes to the rest that is asked
    later: tuple[ChangeShown, ...] = ()
    asked: frozenset[PurposeId] = frozenset()  # for which a new yes is asked

    @property
    def is_any(self) -> bool:
        """Whether anything changes for them."""
        return bool(self.anyway or self.agreed or self.waiting or self.later)


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
    waiting: list[ChangeShown] = []
    asked = frozenset(concern.to_agree)
    for one in concern.standings:
        if one.change in reach.changes:
            waits = one.when is When.AGREED and asked.isdisjoint(one.purposes or reach.touched(one.change, held))
            (waiting if waits else told[one.when]).append(_shown(one, concern, reach, language))
    return OwnChanges(
        old=old,
        new=new,
        anyway=tuple(told[When.ANYWAY]),
        agreed=tuple(told[When.AGREED]),
        waiting=tuple(waiting),
        later=tuple(told[When.LATER]),
        asked=asked,
    )


def asked_anew(held: Held, old: EditionNumber, new: EditionNumber) -> frozenset[PurposeId]:
    """
    Return for which purposes somebody's yes to one edition is asked anew: something of theirs comes under a later one by it.

    Args:
        held: What is held of them, by names alone.
        old: A published edition that they agreed to.
        new: The later one.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.5).
    """
    since = (old, *editions.between(old, new))
    return frozenset(purpose for number in since for purpose in _reach(number, new).of(held).to_agree)


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
    found: dict[tuple[ChangeKind, str, Scope], tuple[Change, ChangeShown]] = {}  # of one thing what binds now is told, and that once
    for number in (old, *editions.between(old, new)):
        reach = _reach(number, new)
        concern = reach.of(held)
        for one in concern.standings:
            if one.when is not When.AGREED or purpose not in (one.purposes or reach.touched(one.change, held)):
                continue
            change = reach.changes[one.change]
            of = change.kind, change.thing, change.scope
            if of not in found or _does_less(change.before, found[of][0].before):
                found[of] = change, _shown(replace(one, purposes=one.purposes and (purpose,)), concern, reach, language)
    return tuple(shown for _, shown in found.values())


def _does_less(one: Side | None, other: Side | None) -> bool:
    """Whether one edition let less be done than another, of the same thing: of several that passed, the least holds for who said nothing since."""
    if one is None or other is None:
        return one is None and other is not None
    periods = [parse_period(side.of("keep")[0]) for side in (one, other) if side.of("keep")]
    return len(periods) == 2 and periods[0].after(_ANY_DAY) < periods[1].after(_ANY_DAY)


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
