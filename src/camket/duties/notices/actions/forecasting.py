"""How many a notice would go to if it began now: looked at as planning looks, and nothing written."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from camket.duties.notices.actions.campaigns import CampaignUnknown, CannotBeDone
from camket.duties.notices.actions.concerning import found_among, matters_of, reach_for
from camket.duties.notices.actions.planning import PLANNED_AT_ONCE
from camket.duties.notices.models import Campaign
from camket.duties.notices.queries import unreachable_among
from camket.duties.notices.rules import carrying, goes_to_the_unproven
from camket.policy.terms import THE_HOUSE
from camket.vault import gate

_MOST_SECONDS = 1.0  # somebody waits for the page


class Narrow(Protocol):
    """Which of some matters an audience concerns."""

    def __call__(self, *, audience: str, matters: Collection[gate.MatterId]) -> frozenset[gate.MatterId]:
        """Return those whom it concerns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """
    How many would get a letter, how many no letter can reach, and how many never showed that they read the address they gave.

    Of everybody where `is_whole`, else of those who came first, who are `looked_at`.
    """

    letters: int = 0
    unreachable: int = 0
    unproven: int = 0
    looked_at: int = 0
    is_whole: bool = False


def forecast(*, campaign_id: UUID, narrow: Narrow, now: datetime) -> Forecast:
    """
    Return how many a draft would go to if it began now; after a second it ends, and says how far it came. Nothing is opened or written.

    Args:
        campaign_id: Of a draft, or of one that waits for its time.
        narrow: Which of some matters an audience concerns; asked for a notice that has one.
        now: UTC instant.

    Raises:
        CampaignUnknown: There is none by this id.
        CannotBeDone: It has begun: who is told is counted there.
        NothingToTell: The edition that it tells of changes nothing that weighs any more.
        Refused: The policy in force refuses it to everybody.
        IndexMoves: The index of addresses is being rebuilt.

    Source: policy §8 (8.2).
    """
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise CampaignUnknown
    if campaign.state != Campaign.State.DRAFT:
        raise CannotBeDone(campaign.state)
    began, after, counted = time.monotonic(), None, Forecast()
    while not counted.is_whole and (after is None or time.monotonic() - began < _MOST_SECONDS):
        proven_first = not goes_to_the_unproven(campaign.kind)
        reached = gate.reach(carrying(campaign.purpose), actor=THE_HOUSE, after=after, limit=PLANNED_AT_ONCE, now=now, proven_first=proven_first)
        after = reached.upto
        counted = _with(counted, campaign, reached, narrow)
    return counted


def _with(counted: Forecast, campaign: Campaign, reached: gate.Reached, narrow: Narrow) -> Forecast:
    concerned = narrow(audience=campaign.audience, matters=matters_of(reached.addressees)) if campaign.audience else None
    could, found = found_among(campaign, reached.addressees, concerned=concerned)
    reach = reach_for(campaign)
    told = [one for one in found if reach is None or reach.of(*one.held).changes]
    lost = unreachable_among({one.raw_subject for one in told})
    can_go = sum(one.has_address and one.subject not in lost for one in told)
    return Forecast(
        letters=counted.letters + can_go,
        unreachable=counted.unreachable + len(told) - can_go,
        unproven=counted.unproven + len(could) - len(found),
        looked_at=counted.looked_at + len(reached.addressees),
        is_whole=reached.upto is None,
    )
