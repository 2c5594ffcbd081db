"""A member of staff sees a campaign's letter in their own mailbox before anybody else does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from camket.access.queries import staff_by_id
from camket.access.rules import require_role
from camket.duties.notices.actions.campaigns import CampaignUnknown
from camket.duties.notices.actions.concerning import reach_for, variant_of
from camket.duties.notices.actions.opening import message_id
from camket.duties.notices.actions.wording import Wording, wording_of
from camket.duties.notices.models import Campaign, TrialLetter, Variant
from camket.duties.notices.queries import clause_of
from camket.duties.notices.rules import CAMPAIGNERS, ROUTE_FAULTS, TRIAL_MARKS
from camket.journal.actions import record
from camket.outbox import actions as outbox
from camket.policy.advertising import AdvertisingLaw, labelled
from camket.policy.languages import LANGUAGES
from camket.policy.terms import ADVERTISE, NOTIFY, Actor
from camket.vault.gate import Sealed

_LEASE = timedelta(seconds=110)
_MOST_TRIES = 5
_AT_ONCE = 10


class TriedEnough(Exception):
    """Some trial letters of this campaign to this colleague wait still; more of them would tell nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A trial letter as it leaves."""

    row: TrialLetter
    message_id: str
    to: Sealed
    wording: Wording


def ask_for_trial(*, campaign_id: UUID, actor: Actor, now: datetime) -> None:
    """
    Put a campaign's letter in each language into the outbox, to whoever asks.

    Args:
        campaign_id: Which.
        actor: A privacy officer or an operator.
        now: UTC instant.

    Raises:
        NotForThisRole, CampaignUnknown: Somebody else asks, or there is none.
        TriedEnough: What they asked for before has not gone out yet.
    """
    require_role(actor, CAMPAIGNERS)
    with transaction.atomic():
        if not Campaign.objects.select_for_update().filter(id=campaign_id).exists():
            raise CampaignUnknown
        mine = TrialLetter.objects.filter(campaign_id=campaign_id, staff_id=UUID(actor.id))
        if mine.filter(state__in=["due", "claimed"]).exists():
            raise TriedEnough
        mine.delete()
        TrialLetter.objects.bulk_create(
            TrialLetter(campaign_id=campaign_id, language=one, staff_id=UUID(actor.id), asked_at=now, due_at=now) for one in LANGUAGES
        )
        record(act="campaign.tried", actor=actor, at=now, facts={"campaign": str(campaign_id)})


def sample_of(campaign: Campaign, language: str) -> Wording:
    """
    Return a campaign's letter with everything that it could tell anybody; each person gets only what touches them.

    Args:
        campaign: Which.
        language: Its language code.
    """
    reach = reach_for(campaign)
    if reach is None:
        return wording_of(Variant(campaign=campaign, language=language), campaign, clause=clause_of(campaign.purpose))
    sample = variant_of(campaign, language, reach.everything())
    # nobody's: whatever it can name is named
    sample.purposes = sample.fields = sample.collections = None
    return wording_of(sample, campaign)


def preview_campaign(*, campaign_id: UUID, language: str) -> tuple[str, str]:
    """
    Return subject and text of a campaign's letter, with everything that it could tell anybody and no link; nobody's data is in it.

    Args:
        campaign_id: Which.
        language: Its language code.

    Raises:
        CampaignUnknown: There is no such campaign.
    """
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise CampaignUnknown
    found = sample_of(campaign, language)
    return found.subject, found.with_link("…")


def preview_advertising(*, words: Mapping[str, Mapping[str, str]], law: AdvertisingLaw, language: str) -> tuple[str, str]:
    """
    Return subject and text of advertising that is being written, with the label that the law asks for.

    Args:
        words: As for `write_advertising`.
        law: Of the day.
        language: One of its languages.
    """
    told = {language: {**words[language], "title": labelled(words[language]["title"], law=law, language=language)}}
    found = sample_of(Campaign(kind=Campaign.Kind.ADVERTISING, purpose=ADVERTISE, words=told), language)
    return found.subject, found.with_link("…")


def preview_service(*, words: Mapping[str, Mapping[str, str]], language: str) -> tuple[str, str]:
    """
    Return subject and text of a service notice that is being written.

    Args:
        words: As for `write_service`.
        language: One of its languages.
    """
    found = sample_of(Campaign(kind=Campaign.Kind.SERVICE, purpose=NOTIFY, words=words), language)
    return found.subject, found.with_link("…")


def take_trials(*, worker: str, now: datetime) -> list[Trial]:
    """
    Take due trial letters into a worker's hand; those to colleagues who have gone are closed.

    Args:
        worker: Id of the worker.
        now: UTC instant.
    """
    outbox.park_stranded(TrialLetter.objects.all(), now=now, max_attempts=_MOST_TRIES)
    taken = []
    claimed = outbox.claim(TrialLetter.objects.all(), worker=worker, now=now, limit=_AT_ONCE, lease=_LEASE, max_attempts=_MOST_TRIES)
    for row in claimed:
        staff = staff_by_id(row.staff_id)
        if not staff.is_active:
            outbox.finish(row, worker=worker, now=now)
            continue
        found = sample_of(row.campaign, row.language)
        wording = replace(found, subject=TRIAL_MARKS[row.language] + found.subject)
        taken.append(Trial(row=row, message_id=message_id(row.id), to=Sealed(staff.email), wording=wording))
    return taken


def put_trial_back(*, trial: Trial, worker: str) -> None:
    """
    Give a trial letter back that was taken but not tried; it is due at once and the attempt is not counted.

    Args:
        trial: In this worker's hand.
        worker: Id of the worker.

    Raises:
        LeaseLost: Another worker holds it by now.
    """
    outbox.release(trial.row, worker=worker)


def report_trial(*, trial: Trial, worker: str, outcome: str, code: str, now: datetime) -> None:
    """
    Record what the carrier answered to a trial letter.

    Args:
        trial: In this worker's hand.
        worker: Id of the worker.
        outcome: accepted, deferred, refused or unknown.
        code: A short code.
        now: UTC instant.

    Raises:
        LeaseLost: Another worker holds it by now.
    """
    if outcome in ("accepted", "unknown"):
        outbox.finish(trial.row, worker=worker, now=now)
    elif outcome == "refused":
        outbox.park(trial.row, worker=worker, error=code, now=now)
    elif code in ROUTE_FAULTS:
        outbox.release(trial.row, worker=worker, error=code)
    else:
        outbox.fail(trial.row, worker=worker, error=code, now=now, max_attempts=_MOST_TRIES)
