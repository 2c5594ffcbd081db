"""A campaign is written, started, paused, resumed and stopped: the acts of a person. What a worker does with it stands beside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.access.rules import require_role, staff_id_of
from camket.duties.notices.models import Campaign
from camket.duties.notices.queries.campaigns import deadline_of
from camket.duties.notices.rules import BY_HAND, CAMPAIGNERS, NoticeFault, notice_faults, notice_hash, tidy_words
from camket.editions import queries as editions
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.journal.published import is_raised
from camket.policy.advertising import AdvertisingLaw, is_declared, labelled
from camket.policy.changes import Reach
from camket.policy.languages import LANGUAGES
from camket.policy.terms import ADVERTISE, NOTIFY, SPECIAL_CASE, SYSTEM, Actor, EditionNumber
from camket.policy.writing import paragraphs

State = Campaign.State


class CampaignUnknown(LookupError):
    """There is no such campaign."""


class CannotBeDone(Exception):
    """The campaign stands where this cannot be done; `state` says where. Nothing was changed."""

    def __init__(self, state: str) -> None:
        super().__init__(f"this cannot be done with a campaign that is {state}")
        self.state = state


class ChangedSince(Exception):
    """The notice is no longer the one that was looked at: its words, or whom it concerns. Nothing was changed."""


class TooLate(Exception):
    """At the chosen instant a change cannot be told as early as was promised any more; nobody said that it is told all the same."""


class NothingToTell(Exception):
    """The edition is not published, is the first, or changes nothing that weighs: there is nobody to tell."""


class NoAdvertising(Exception):
    """The edition in force declares no advertising with a consent of its own: nobody could be sent any."""


class ToldAlready(Exception):
    """Everybody whom this change concerns is being told, or was told; `campaign_id` is by which campaign."""

    def __init__(self, campaign_id: UUID) -> None:
        super().__init__("this change is told already")
        self.campaign_id = campaign_id


class WordsMissing(ValueError):
    """A change has no words in one of the languages in which letters are written."""


class Unwritable(ValueError):
    """A service notice cannot be kept; `faults` says which part and why."""

    def __init__(self, faults: Sequence[NoticeFault]) -> None:
        super().__init__("the notice cannot be kept")
        self.faults = tuple(faults)


def reach_of(edition: EditionNumber) -> Reach:
    """
    Return an edition compared with the one before it, ready to be asked whom it concerns; one that was raised to significant weighs as a whole.

    Args:
        edition: A published edition.

    Raises:
        NothingToTell: It is not published, is the first, or changes nothing that weighs.
    """
    if edition <= 1:
        raise NothingToTell
    try:
        old, new = editions.compiled(EditionNumber(edition - 1)), editions.compiled(edition)
    except editions.NoEdition:
        raise NothingToTell from None
    found = Reach(
        old=old,
        new=new,
        widened_since=lambda agreed: editions.widening(agreed, edition),
        policy_of=editions.compiled,
        is_raised=is_raised(edition),
    )
    if not any(map(found.weighs, found.names)):
        raise NothingToTell
    return found


def write_change(
    *, edition: EditionNumber, words: Mapping[str, Mapping[str, Mapping[str, str]]], why: Mapping[str, str] | None = None, actor: Actor, now: datetime
) -> UUID:
    """
    Write the campaign that tells everybody whom a significant change concerns, and return its id; nothing goes out yet.

    Args:
        edition: The published edition that changes something.
        words: For each language of letters: under `changes` each change by its id, under `purposes` the names of purposes, as whoever writes
            it sees them. These words go out.
        why: For each language of letters why a person holds the change to be significant; None where nobody had to, or nothing is to be said of it.
        actor: A privacy officer or an operator.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        NothingToTell: There is no such edition, or it changes nothing that weighs.
        WordsMissing: A change has no words in a language, or why it weighs has none.
        ToldAlready: There is a campaign for this edition that was not stopped.

    Source: policy §8 (8.2); docs/decisions/0020-campaigns.md.
    """
    require_role(actor, CAMPAIGNERS)
    needed = reach_of(edition).names
    if any(not words.get(language, {}).get("changes", {}).get(name) for language in LANGUAGES for name in needed):
        raise WordsMissing
    if why and not all(map(why.get, LANGUAGES)):
        raise WordsMissing
    kept: dict[str, dict[str, Any]] = {
        language: {part: dict(words[language][part]) for part in ("changes", "purposes")} | ({"why": why[language]} if why else {})
        for language in LANGUAGES
    }
    made = Campaign(kind=Campaign.Kind.CHANGE, edition=edition, purpose=SPECIAL_CASE, words=kept, created_at=now, created_by=UUID(actor.id))
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            _note("campaign.written", made, actor, now, {"kind": "change", "edition": int(edition)})
    except IntegrityError:
        raise ToldAlready(Campaign.objects.filter(edition=edition).exclude(state=State.STOPPED).values_list("id", flat=True)[0]) from None
    return made.id


def write_service(
    *,
    words: Mapping[str, Mapping[str, str]],
    audience: str,
    actor: Actor,
    now: datetime,
    campaign_id: UUID | None = None,
    seen: str | None = None,
    is_ours: bool = False,
) -> UUID:
    """
    Write a service notice to those who agreed to be told, or change one that has not gone out yet, and return its id; nothing goes out yet.

    Args:
        words: For each language of letters a `title` and a `text`, written for everybody: nothing of a person.
        audience: Whom of them it concerns: nothing for all, `OPEN_INQUIRIES`, or the slug of a product that they asked about.
        actor: A privacy officer or an operator.
        now: UTC instant.
        campaign_id: The draft that is changed; a new one when None.
        seen: What identified that draft where it was opened to be changed; None where nobody else can have had it.
        is_ours: Whether they say that an address or a number in it is the company's own.

    Raises:
        NotForThisRole: Somebody else asks.
        Unwritable: A text is missing, too long, or holds what cannot stand in a letter, or what seems to be somebody's.
        CampaignUnknown, CannotBeDone: There is no such draft, or it is no draft any more.
        ChangedSince: The draft is another one by now than was opened.

    Source: policy §3 (3.6).
    """
    return _keep(Campaign(kind=Campaign.Kind.SERVICE, purpose=NOTIFY, audience=audience), words, actor, now, campaign_id, seen=seen, is_ours=is_ours)


def write_advertising(
    *,
    words: Mapping[str, Mapping[str, str]],
    audience: str,
    law: AdvertisingLaw,
    actor: Actor,
    now: datetime,
    campaign_id: UUID | None = None,
    seen: str | None = None,
    is_ours: bool = False,
) -> UUID:
    """
    Write advertising to those who agreed to it, or change what has not gone out yet, and return its id; nothing goes out yet.

    Args:
        words: As for a service notice; each title is kept with the label that the law asks for.
        audience: As for a service notice.
        law: Of the day.
        actor: A privacy officer or an operator.
        now: UTC instant.
        campaign_id: The draft that is changed; a new one when None.
        seen: As for a service notice.
        is_ours: As for a service notice.

    Raises:
        NotForThisRole: Somebody else asks.
        NoAdvertising: The edition in force knows none: nobody could be sent it.
        Unwritable: A text is missing, too long, or holds what cannot stand in a letter.
        CampaignUnknown, CannotBeDone: There is no such draft, or it is no draft any more.
        ChangedSince: The draft is another one by now than was opened.

    Source: policy §3 (3.7); Law 91/2025 art. 28; Decree 91/2020; Decree 330/2026 art. 37.
    """
    require_role(actor, CAMPAIGNERS)
    if not is_declared(editions.policy_in_force()):
        raise NoAdvertising
    told = {
        language: {**parts, "title": labelled(title, law=law, language=language) if (title := paragraphs(parts.get("title", ""))) else ""}
        for language, parts in words.items()
    }
    return _keep(
        Campaign(kind=Campaign.Kind.ADVERTISING, purpose=ADVERTISE, audience=audience), told, actor, now, campaign_id, seen=seen, is_ours=is_ours
    )


def _keep(
    draft: Campaign,
    words: Mapping[str, Mapping[str, str]],
    actor: Actor,
    now: datetime,
    campaign_id: UUID | None,
    *,
    seen: str | None,
    is_ours: bool,
) -> UUID:
    """Keep words that go to everybody alike, in a new draft or in one of the same kind."""
    require_role(actor, CAMPAIGNERS)
    tidied = tidy_words(words)
    faults = notice_faults(tidied, is_ours=is_ours)
    if faults:
        raise Unwritable(faults)
    facts: dict[str, Fact] = {"kind": str(draft.kind)}
    if campaign_id is not None:
        if not Campaign.objects.filter(id=campaign_id, kind=draft.kind).exists():
            raise CampaignUnknown
        changes = {"words": tidied, "audience": draft.audience, "starts_at": None, "saved_by": staff_id_of(actor)}
        with transaction.atomic():
            _require_unchanged(campaign_id, seen)
            _move(campaign_id, actor, now, act="campaign.written", states=(State.DRAFT,), changes=changes, facts=facts)
        return campaign_id
    draft.words, draft.created_at, draft.created_by = tidied, now, UUID(actor.id)
    with transaction.atomic():
        draft.save(force_insert=True)
        _note("campaign.written", draft, actor, now, facts)
    return draft.id


def schedule_campaign(
    *, campaign_id: UUID, at: datetime | None, actor: Actor, now: datetime, seen: str | None = None, is_late_known: bool = True
) -> None:
    """
    Say from when a campaign goes out.

    Args:
        campaign_id: Which.
        at: UTC instant; None for at once. One that has passed means at once.
        actor: A privacy officer or an operator.
        now: UTC instant.
        seen: What identified it on the page where it was read; None where whoever lets it go has just written it.
        is_late_known: Whether a change may be told later than was promised: whoever lets it go knows.

    Raises:
        NotForThisRole, CampaignUnknown: Somebody else asks, or there is none.
        CannotBeDone: It is on its way already, or over.
        ChangedSince: It is another one by now than was read.
        TooLate: The promised days would not be kept, and they do not know.

    Source: policy §8 (8.2).
    """
    require_role(actor, CAMPAIGNERS)
    edition = Campaign.objects.filter(id=campaign_id).values_list("edition", flat=True).first()
    last = deadline_of(EditionNumber(edition)) if edition and not is_late_known else None
    if last is not None and max(at or now, now) > last:
        raise TooLate
    with transaction.atomic():
        _require_unchanged(campaign_id, seen)
        _move(campaign_id, actor, now, act="campaign.scheduled", states=(State.DRAFT,), changes={"starts_at": max(at or now, now), "paused_for": ""})


def _require_unchanged(campaign_id: UUID, seen: str | None) -> None:
    # locked, so that whoever changes it comes before or after
    stands = Campaign.objects.select_for_update().filter(id=campaign_id, state=State.DRAFT).first()
    if seen is not None and stands is not None and seen != notice_hash(stands.words, stands.audience):
        raise ChangedSince


def unschedule_campaign(*, campaign_id: UUID, actor: Actor, now: datetime) -> None:
    """
    Take back from when a campaign was to go out, before it did.

    Args:
        campaign_id: Which.
        actor: A privacy officer or an operator.
        now: UTC instant.

    Raises:
        NotForThisRole, CampaignUnknown: Somebody else asks, or there is none.
        CannotBeDone: It is on its way already, or over.
    """
    require_role(actor, CAMPAIGNERS)
    _move(campaign_id, actor, now, act="campaign.unscheduled", states=(State.DRAFT,), changes={"starts_at": None})


def pause_campaign(*, campaign_id: UUID, actor: Actor, now: datetime, why: str = BY_HAND) -> None:
    """
    Let nothing more of a campaign go out until somebody resumes it; what a worker has in hand at this moment still goes.

    Args:
        campaign_id: Which.
        actor: A privacy officer, an operator, or the house itself.
        now: UTC instant.
        why: A code of ours.

    Raises:
        NotForThisRole, CampaignUnknown: Somebody else asks, or there is none.
        CannotBeDone: It is not on its way.
    """
    require_role(actor, CAMPAIGNERS | {SYSTEM})
    changes = {"state": State.PAUSED, "paused_for": why}
    _move(campaign_id, actor, now, act="campaign.paused", states=(State.PLANNING, State.RUNNING), changes=changes, facts={"code": why})


def resume_campaign(*, campaign_id: UUID, actor: Actor, now: datetime) -> None:
    """
    Let a campaign that stands still go on where it was.

    Args:
        campaign_id: Which.
        actor: A privacy officer or an operator.
        now: UTC instant.

    Raises:
        NotForThisRole, CampaignUnknown: Somebody else asks, or there is none.
        CannotBeDone: It does not stand still.
    """
    require_role(actor, CAMPAIGNERS)
    with transaction.atomic():
        planned = Campaign.objects.select_for_update().filter(id=campaign_id).values_list("planned_at", flat=True).first()
        changes = {"state": State.RUNNING if planned else State.PLANNING, "paused_for": ""}
        _move(campaign_id, actor, now, act="campaign.resumed", states=(State.PAUSED,), changes=changes)


def stop_campaign(*, campaign_id: UUID, actor: Actor, now: datetime) -> None:
    """
    End a campaign for good: what has not gone out never will. Of a change another one can be written.

    Args:
        campaign_id: Which.
        actor: A privacy officer or an operator.
        now: UTC instant.

    Raises:
        NotForThisRole, CampaignUnknown: Somebody else asks, or there is none.
        CannotBeDone: It is over.
    """
    require_role(actor, CAMPAIGNERS)
    states = (State.DRAFT, State.PLANNING, State.RUNNING, State.PAUSED)
    _move(campaign_id, actor, now, act="campaign.stopped", states=states, changes={"state": State.STOPPED, "ended_at": now, "paused_for": ""})


def _move(
    campaign_id: UUID,
    actor: Actor,
    now: datetime,
    *,
    act: str,
    states: tuple[State, ...],
    changes: Mapping[str, Any],
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """One statement decides: of two who press at once one is told that it was done before."""
    with transaction.atomic():
        if not Campaign.objects.filter(id=campaign_id, state__in=states).update(**changes):
            state = Campaign.objects.filter(id=campaign_id).values_list("state", flat=True).first()
            raise CannotBeDone(state) if state else CampaignUnknown
        _note(act, Campaign(id=campaign_id), actor, now, facts or {})


def _note(act: str, campaign: Campaign, actor: Actor, now: datetime, facts: Mapping[str, Fact]) -> None:
    record(act=act, actor=actor, at=now, facts={"campaign": str(campaign.id), **facts})
