"""Who is told: a campaign's letters are planned batch by batch, each with where it got to, so that a crash loses nothing and doubles nobody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from camket.duties.notices.actions.campaigns import NothingToTell, pause_campaign
from camket.duties.notices.actions.concerning import found_among, matters_of, told_before, told_to
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.notices.queries import unreachable_among
from camket.duties.notices.rules import LETTER_OF, NO_ADDRESS, POLICY_REFUSED, carrying, goes_to_the_unproven
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.journal.ids import version_7_of_many
from camket.journal.statements import insert
from camket.outbox.batches import new_row
from camket.policy.terms import THE_HOUSE, Decision, EditionNumber
from camket.vault import gate

State = Campaign.State
PLANNED_AT_ONCE = 4_000  # matters in one batch: a third of a second, some megabytes
# what is being written down at this moment may yet stand before what is there already: whoever comes later is looked at once that has settled
SETTLED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """The next of those who could be told: who, and where to go on; `audience` narrows a service notice to whom it concerns."""

    campaign_id: UUID
    audience: str
    after: UUID | None
    reached: gate.Reached
    is_anew: bool = False  # of those who came since everybody was planned

    @property
    def matters(self) -> tuple[gate.MatterId, ...]:
        """The matters of those found, for whoever knows which of them it concerns."""
        return matters_of(self.reached.addressees)


def look_ahead(*, now: datetime, limit: int = PLANNED_AT_ONCE) -> LookedAt | None:
    """
    Return the next batch of those whom the oldest campaign that is due might tell, or None where none is to be planned now.

    Of a change that is not in force yet, whoever came since everybody was planned is among them.

    Args:
        now: UTC instant; a draft whose time has come begins to be planned.
        limit: At most so many matters.

    Source: policy §8 (8.2).
    """
    Campaign.objects.filter(state=State.DRAFT, starts_at__lte=now).update(state=State.PLANNING)
    campaign = Campaign.objects.filter(state=State.PLANNING).order_by("starts_at", "id").first()
    if campaign is None:
        return _look_anew(now, limit)
    after = gate.MatterId(campaign.cursor) if campaign.cursor else None
    try:
        proven_first = not goes_to_the_unproven(campaign.kind)
        reached = gate.reach(carrying(campaign.purpose), actor=THE_HOUSE, after=after, limit=limit, now=now, proven_first=proven_first)
    except gate.IndexMoves:
        return None  # a matter of minutes; the next look goes on
    except gate.Refused:
        pause_campaign(campaign_id=campaign.id, actor=THE_HOUSE, why=POLICY_REFUSED, now=now)
        return None
    return LookedAt(campaign_id=campaign.id, audience=campaign.audience, after=after, reached=reached)


def _look_anew(now: datetime, limit: int) -> LookedAt | None:
    """Whom a change might be told that came since it was planned; once its edition is in force there is one more look, and then no more."""
    for campaign in Campaign.objects.filter(state=State.RUNNING, looked_last_at__isnull=True).order_by("starts_at", "id"):
        in_force_at = editions.edition(EditionNumber(campaign.edition or 0)).in_force_at
        after, settled = gate.MatterId(campaign.cursor) if campaign.cursor else None, now - SETTLED_AFTER
        try:
            reached = gate.reach_since(carrying(campaign.purpose), actor=THE_HOUSE, after=after, opened_before=settled, limit=limit, now=now)
        except gate.IndexMoves:
            return None
        except gate.Refused:
            pause_campaign(campaign_id=campaign.id, actor=THE_HOUSE, why=POLICY_REFUSED, now=now)
            continue
        if reached.upto is not None:
            return LookedAt(campaign_id=campaign.id, audience=campaign.audience, after=after, reached=reached, is_anew=True)
        if in_force_at is not None and in_force_at <= settled:
            # whoever comes from now on has read the new text
            Campaign.objects.filter(id=campaign.id, state=State.RUNNING, cursor=campaign.cursor).update(looked_last_at=now)
    return None


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
        if campaign.state != (State.RUNNING if looked_at.is_anew else State.PLANNING) or campaign.cursor != looked_at.after:
            return 0  # another worker was quicker, or somebody pressed a button
        if reached.upto is None:
            _run(campaign, reached.decision, now)
            return 0
        could, found = found_among(campaign, reached.addressees, concerned=concerned)
        told = told_to(campaign, found, before=told_before(campaign, found) if looked_at.is_anew else None)
        unreachable = unreachable_among({one.raw_subject for one, _ in told})
        ids = version_7_of_many(len(told), at=now)
        can_go = [one.has_address and not (unreachable and one.subject in unreachable) for one, _ in told]
        insert(Letter, [_row(id, campaign, *one, now, can_go=can) for id, one, can in zip(ids, told, can_go, strict=True)])
        campaign.cursor = reached.upto
        campaign.looked_at += len(told if looked_at.is_anew else reached.addressees)  # some were looked at before
        campaign.planned += len(told)
        campaign.unproven += len(could) - len(found)
        campaign.save(update_fields=["cursor", "looked_at", "planned", "unproven"])
        facts: dict[str, Any] = {"campaign": str(campaign.id), "letters": len(told)}
        if told:
            record(act="campaign.planned", actor=THE_HOUSE, at=now, decision=reached.decision, facts=facts)
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
    reached = gate.reach_again(carrying(campaign.purpose), actor=THE_HOUSE, matters=matters, now=now)
    with transaction.atomic():
        return {one.matter: variant for one, variant in told_to(campaign, reached.addressees)}


def _row(id: UUID, campaign: Campaign, one: gate.Addressee, variant: Variant, now: datetime, *, can_go: bool) -> dict[str, Any]:
    """A letter that waits; to whom no letter can come is closed at once, and told of in the report."""
    return {
        "id": id,
        **new_row(due_at=now, done_at=None if can_go else now),
        "template": LETTER_OF[campaign.kind].template,
        "language": variant.language,
        "subject_id": one.raw_subject,
        "matter_id": one.raw_matter,
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
    """Everybody is planned: it goes out from now on, and of a change whoever came since this began is looked at anew."""
    campaign.state, campaign.planned_at, campaign.began_at = State.RUNNING, now, now
    if campaign.edition:
        campaign.cursor = gate.last_opened(before=(campaign.starts_at or now) - SETTLED_AFTER)
    else:
        campaign.looked_last_at = now
    campaign.save(update_fields=["state", "planned_at", "began_at", "cursor", "looked_last_at"])
    facts: dict[str, Any] = {"campaign": str(campaign.id), "letters": campaign.planned}
    record(act="campaign.began", actor=THE_HOUSE, at=now, decision=decision, facts=facts)


__all__ = ["LookedAt", "NothingToTell", "look_ahead", "plan_letters", "variants_again"]
