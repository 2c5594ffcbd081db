"""Who is told: a campaign's letters are planned batch by batch, each with where it got to, so that a crash loses nothing and doubles nobody."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import uuid6
from django.db import transaction

from camket.duties.notices.actions.campaigns import NothingToTell, pause_campaign, reach_of
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.notices.queries import is_unreachable
from camket.duties.notices.rules import EMAIL, LETTER_OF, NO_ADDRESS, POLICY_REFUSED, spoken
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.journal.statements import insert
from camket.policy.changes import Concern, Reach
from camket.policy.terms import SYSTEM, Actor, Ask, Decision, EditionNumber, Operation, PurposeId, RecipientId
from camket.vault import gate

State = Campaign.State
PLANNED_AT_ONCE = 2_000  # matters in one batch: a tenth of a second, some megabytes
_HOUSE = Actor(role=SYSTEM)
_EVERYBODY = Concern()  # of a service notice: nothing changes, it is told to all alike


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """The next of those who could be told: who, and where to go on; `audience` narrows a service notice to whom it concerns."""

    campaign_id: UUID
    audience: str
    after: UUID | None
    reached: gate.Reached

    @property
    def matters(self) -> tuple[gate.MatterId, ...]:
        """The matters of those found, for whoever knows which of them it concerns."""
        return tuple(matter for one in self.reached.addressees for matter in one.matters)


def carrying(purpose: str) -> Ask:
    """Return the ask under which a campaign's letters go out: an address, for its purpose, to whoever carries letters."""
    return Ask(operation=Operation.DISCLOSE, fields=frozenset({EMAIL}), purpose=PurposeId(purpose), recipient=RecipientId("mail_carrier"))


def look_ahead(*, now: datetime, limit: int = PLANNED_AT_ONCE) -> LookedAt | None:
    """
    Return the next batch of those whom the oldest campaign that is due might tell, or None where none is to be planned now.

    Args:
        now: UTC instant; a draft whose time has come begins to be planned.
        limit: At most so many matters.

    Source: policy §8 (8.2).
    """
    Campaign.objects.filter(state=State.DRAFT, starts_at__lte=now).update(state=State.PLANNING)
    campaign = Campaign.objects.filter(state=State.PLANNING).order_by("starts_at", "id").first()
    if campaign is None:
        return None
    after = gate.MatterId(campaign.cursor) if campaign.cursor else None
    try:
        reached = gate.reach(carrying(campaign.purpose), actor=_HOUSE, after=after, limit=limit, now=now)
    except gate.IndexMoves:
        return None  # a matter of minutes; the next look goes on
    except gate.Refused:
        pause_campaign(campaign_id=campaign.id, actor=_HOUSE, why=POLICY_REFUSED, now=now)
        return None
    return LookedAt(campaign_id=campaign.id, audience=campaign.audience, after=after, reached=reached)


def plan_letters(*, looked_at: LookedAt, now: datetime, concerned: frozenset[gate.MatterId] | None = None) -> int:
    """
    Write the letters of a batch and where it got to, in one transaction, and return how many; after the last batch the campaign runs.

    Args:
        looked_at: From `look_ahead`.
        now: UTC instant.
        concerned: The matters that a service notice with an audience concerns; everybody found when None.
    """
    reached = looked_at.reached
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(id=looked_at.campaign_id)
        if campaign.state != State.PLANNING or campaign.cursor != looked_at.after:
            return 0  # another worker was quicker, or somebody pressed a button
        if reached.upto is None:
            _run(campaign, reached.decision, now)
            return 0
        found = reached.addressees if concerned is None else [one for one in reached.addressees if not concerned.isdisjoint(one.matters)]
        told = _told(campaign, found)
        unreachable = is_unreachable({one.subject for one, _ in told})
        insert(Letter, [_row(campaign, one, variant, now, can_go=one.has_address and one.subject not in unreachable) for one, variant in told])
        campaign.cursor = reached.upto
        campaign.looked_at += len(reached.addressees)
        campaign.planned += len(told)
        campaign.save(update_fields=["cursor", "looked_at", "planned"])
        facts: dict[str, Any] = {"campaign": str(campaign.id), "letters": len(told)}
        if told:
            record(act="campaign.planned", actor=_HOUSE, at=now, decision=reached.decision, facts=facts)
    return len(told)


def variants_again(*, campaign: Campaign, matters: Collection[gate.MatterId], now: datetime) -> Mapping[UUID, Variant]:
    """
    Return what a campaign tells now to those who were planned before, by their matters; whom it concerns no more is not among them.

    Args:
        campaign: Which.
        matters: Of their letters.
        now: UTC instant.

    Raises:
        Refused: The policy in force refuses it to everybody.
    """
    reached = gate.reach_again(carrying(campaign.purpose), actor=_HOUSE, matters=matters, now=now)
    with transaction.atomic():
        return {one.matter: variant for one, variant in _told(campaign, reached.addressees)}


def _told(campaign: Campaign, found: Collection[gate.Addressee]) -> list[tuple[gate.Addressee, Variant]]:
    """Those whom it concerns, each with what they are told."""
    reach = reach_for(campaign)
    otherwise = editions.compiled(editions.in_force()).authoritative
    variants: dict[tuple[str, Concern], Variant] = {}
    told = []
    for one in found:
        concern = reach.of(*one.held) if reach else _EVERYBODY
        if reach and not concern.changes:
            continue
        key = (spoken(one.language, otherwise=otherwise), concern)
        if key not in variants:
            variants[key] = _variant(campaign, *key)
        told.append((one, variants[key]))
    return told


def reach_for(campaign: Campaign) -> Reach | None:
    """Return the two editions that a campaign tells of, compared; None for a service notice."""
    return _reach(EditionNumber(campaign.edition)) if campaign.edition else None


@lru_cache(maxsize=4)
def _reach(edition: EditionNumber) -> Reach:
    # what was written was compared; that there is nothing to tell any more cannot be
    return reach_of(edition)


def forget_reaches() -> None:
    """Drop what is kept in memory: for tests that publish other texts under the same number."""
    _reach.cache_clear()


def _variant(campaign: Campaign, language: str, concern: Concern) -> Variant:
    content = json.dumps([list(concern.changes), list(concern.to_agree)])
    found, _ = Variant.objects.get_or_create(
        campaign=campaign,
        language=language,
        digest=hashlib.sha256(content.encode()).hexdigest(),
        defaults={"changes": list(concern.changes), "to_agree": list(concern.to_agree)},
    )
    return found


def _row(campaign: Campaign, one: gate.Addressee, variant: Variant, now: datetime, *, can_go: bool) -> dict[str, Any]:
    """A letter that waits; to whom no letter can come is closed at once, and told of in the report."""
    return {
        "id": UUID(int=uuid6.uuid7().int),
        "state": "due" if can_go else "done",
        "due_at": now,
        "leased_by": "",
        "attempt": 0,
        "last_error": "",
        "done_at": None if can_go else now,
        "template": LETTER_OF[campaign.kind].template,
        "language": variant.language,
        "subject_id": one.subject,
        "matter_id": one.matter,
        "purpose": campaign.purpose,
        "reference": one.reference,
        "written_at": now,
        "unanswered": 0,
        "bounce_kind": "",
        "bounce": "",
        "bounce_mark": "",
        "dropped": "" if can_go else NO_ADDRESS,
        "campaign_id": campaign.id,
        "variant_id": variant.id,
    }


def _run(campaign: Campaign, decision: Decision, now: datetime) -> None:
    """Everybody is planned: it goes out from now on."""
    campaign.state, campaign.planned_at, campaign.began_at = State.RUNNING, now, now
    campaign.save(update_fields=["state", "planned_at", "began_at"])
    facts: dict[str, Any] = {"campaign": str(campaign.id), "letters": campaign.planned}
    record(act="campaign.began", actor=_HOUSE, at=now, decision=decision, facts=facts)


__all__ = ["LookedAt", "NothingToTell", "carrying", "forget_reaches", "look_ahead", "plan_letters", "variants_again"]
