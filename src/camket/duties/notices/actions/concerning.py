"""What a campaign tells to whom: what changes for each, put into a variant for all to whom the same changes, without what they were told before."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from uuid import UUID

from camket.duties.notices.actions.campaigns import reach_of
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.notices.rules import HARD, goes_to_the_unproven
from camket.editions import queries as editions
from camket.policy.changes import Concern, Reach
from camket.policy.languages import spoken
from camket.policy.terms import EditionNumber
from camket.vault import gate

_NOTHING = Concern()
_EVERYBODY = Concern()  # of a service notice: nothing changes, it is told to all alike
_TOLD = ("changes", "to_agree", "purposes", "fields", "collections", "standings")
_MATTERS_AT_ONCE = 5_000  # in one statement


@dataclass(slots=True, kw_only=True)
class Before:
    """What a campaign has told already, by matter; `closed` are the matters of letters that reached nobody."""

    told: dict[UUID, Concern] = field(default_factory=dict)
    closed: set[UUID] = field(default_factory=set)

    def rest(self, concern: Concern, one: gate.Addressee, reach: Reach) -> Concern:
        """
        Return what of it is new to whoever has this address, and note it as told; nothing where none of that weighs.

        Args:
            concern: What changes for them.
            one: Whoever it is.
            reach: Which of the changes weigh.
        """
        is_closed = one.matter in self.closed or not (one.has_address or self.closed.isdisjoint(one.matters))
        if is_closed or one.matter in self.told:
            return _NOTHING
        known = [self.told[matter] for matter in one.matters if matter in self.told]
        changes = tuple(name for name in concern.changes if not any(name in some.changes for some in known))
        to_agree = tuple(name for name in concern.to_agree if not any(name in some.to_agree for some in known))
        if not to_agree and not any(map(reach.weighs, changes)):
            return _NOTHING
        told = changes or concern.changes
        new = replace(concern, changes=told, to_agree=to_agree, standings=tuple(each for each in concern.standings if each.change in told))
        if one.has_address:
            self.told[one.matter] = new
        else:
            self.closed.add(one.matter)
        return new


def told_before(campaign: Campaign, found: Collection[gate.Addressee]) -> Before:
    """
    Return what was told already to those who have these addresses; one query for some thousands of matters.

    Args:
        campaign: By which.
        found: Those who could be told.
    """
    before = Before()
    matters = list({matter for one in found for matter in (one.matter, *one.matters)})
    for start in range(0, len(matters), _MATTERS_AT_ONCE):
        some = Letter.objects.filter(campaign=campaign, matter_id__in=matters[start : start + _MATTERS_AT_ONCE])
        for matter, dropped, bounce, changes, to_agree in some.values_list(
            "matter_id", "dropped", "bounce_kind", "variant__changes", "variant__to_agree"
        ):
            if dropped or bounce == HARD:
                before.closed.add(matter)
            else:
                before.told[matter] = Concern(changes=tuple(changes), to_agree=tuple(to_agree))
    return before


def matters_of(addressees: Sequence[gate.Addressee]) -> tuple[gate.MatterId, ...]:
    """
    Return the matters of people, for whoever knows which of these something concerns.

    Args:
        addressees: Those who could be told.
    """
    return tuple(matter for one in addressees for matter in one.matters)


def found_among(
    campaign: Campaign, addressees: Sequence[gate.Addressee], *, concerned: frozenset[gate.MatterId] | None
) -> tuple[Sequence[gate.Addressee], Sequence[gate.Addressee]]:
    """
    Return those of its audience, and of these whom it may be sent: who has an address and never showed that they read it is told of changes alone.

    Args:
        campaign: Which.
        addressees: Those who could be told.
        concerned: The matters that a notice with an audience concerns; everybody when None.
    """
    could = addressees if concerned is None else [one for one in addressees if not concerned.isdisjoint(one.matters)]
    return could, could if goes_to_the_unproven(campaign.kind) else [one for one in could if one.is_proven or not one.has_address]


def told_to(campaign: Campaign, found: Collection[gate.Addressee], *, before: Before | None = None) -> list[tuple[gate.Addressee, Variant]]:
    """
    Return those whom a campaign concerns, each with what they are told.

    Args:
        campaign: Which.
        found: Those who could be told.
        before: What it has told already, to be left out; all is told when None.
    """
    reach = reach_for(campaign)
    otherwise = editions.policy_in_force().authoritative
    variants: dict[tuple[str, Concern], Variant] = {}
    told = []
    for one in found:
        concern = reach.of(*one.held) if reach else _EVERYBODY
        if reach and before and concern.changes:
            concern = before.rest(concern, one, reach)
        if reach and not concern.changes:
            continue
        key = (spoken(one.language, otherwise=otherwise), concern)
        if key not in variants:
            variants[key] = _variant(campaign, *key)
        told.append((one, variants[key]))
    return told


def reach_for(campaign: Campaign) -> Reach | None:
    """Return the two editions that a campaign tells of, compared; None for one that tells of no change."""
    return _reach(EditionNumber(campaign.edition)) if campaign.edition else None


@lru_cache(maxsize=4)
def _reach(edition: EditionNumber) -> Reach:
    # what was written was compared; that there is nothing to tell any more cannot be
    return reach_of(edition)


def forget_reaches() -> None:
    """Drop what is kept in memory: for tests that publish other texts under the same number."""
    _reach.cache_clear()


def variant_of(campaign: Campaign, language: str, concern: Concern) -> Variant:
    """
    Return what a campaign tells all whom the same concerns; it is not kept.

    Args:
        campaign: Which.
        language: Of the letter.
        concern: What changes for them.
    """
    told = {
        "changes": list(concern.changes),
        "to_agree": list(concern.to_agree),
        "purposes": list(concern.purposes),
        "fields": list(concern.fields),
        "collections": list(concern.collections),
        "standings": [[one.change, str(one.when), list(one.purposes)] for one in concern.standings],
    }
    digest = hashlib.sha256(json.dumps(list(told.values())).encode()).hexdigest()
    return Variant(campaign=campaign, language=language, digest=digest, **told)


def _variant(campaign: Campaign, language: str, concern: Concern) -> Variant:
    new = variant_of(campaign, language, concern)
    told = {name: getattr(new, name) for name in _TOLD}
    found, _ = Variant.objects.get_or_create(campaign=campaign, language=language, digest=new.digest, defaults=told)
    return found
