"""Telling many of a change: planned and sent by the worker, which may die at any statement."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from camket.access.actions import add_staff
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Campaign, Letter
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.jobs.campaigns import plan_due, send_due
from camket.jobs.pacing import Pace
from camket.journal.models import JournalEntry
from camket.policy.advertising import advertising_law
from camket.policy.terms import OPERATOR, PRIVACY_OFFICER, THE_HOUSE, Actor
from tests.advertising import write_edition
from tests.cast import AN, BINH
from tests.crashes.scenes import HOUR, NEVER, VICTIM, WHOLE, Act, receive, send, settle_in
from tests.duties.notices.campaigning import TWO, arrive, confirm_addresses, publish_second, words_for


def _officer(now: datetime) -> Actor:
    row = add_staff(email="dung@staff.example.vn", role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now)
    return Actor(role=PRIVACY_OFFICER, id=str(row.id))


def _leave_a_campaign(now: datetime) -> None:
    settle_in(now)
    receive(AN, now)
    send(now)
    shutil.rmtree(Path(settings.CAMKET_SECRETS).parent / "policies", ignore_errors=True)
    publish_second(Path(settings.CAMKET_SECRETS).parent, now=now)
    actor = _officer(now)
    campaign_id = notices.write_change(edition=TWO, words=words_for(), actor=actor, now=now)
    notices.schedule_campaign(campaign_id=campaign_id, at=now + HOUR, actor=actor, now=now)


def _plan(now: datetime) -> None:
    plan_due(now=now)


def _leave_a_plan(now: datetime) -> None:
    _leave_a_campaign(now)
    _plan(now + HOUR)


def _leave_somebody_new(now: datetime) -> None:
    """An was told; Bình writes before the edition is in force."""
    _leave_a_plan(now)
    Letter.objects.filter(campaign__isnull=False).update(state="done", done_at=now + HOUR)
    receive(BINH, now + HOUR)
    send(now + HOUR)


def _is_planned_anew() -> str:
    """Bình's letter is there exactly when the journal says so and the campaign got past him; An was told once."""
    letters = Letter.objects.filter(campaign__isnull=False)
    found = (letters.count(), *_acts("campaign.planned"), Campaign.objects.get().planned, len(set(letters.values_list("matter_id", flat=True))))
    return {(1, 1, 1, 1): NEVER, (2, 2, 2, 2): WHOLE}.get(found, f"letters, acts, counted, people: {found}")


def _send(now: datetime) -> None:
    send_due(worker=VICTIM, pace=Pace(per_minute=0), now=now)


def _acts(*names: str) -> tuple[int, ...]:
    return tuple(JournalEntry.objects.filter(act=name).count() for name in names)


def _is_planned() -> str:
    """A letter is there exactly when the journal says that it was planned; after the last batch the campaign is under way."""
    found = (Letter.objects.filter(campaign__isnull=False).count(), *_acts("campaign.planned"), Campaign.objects.get().planned)
    whole = Campaign.objects.get().planned_at is not None and _acts("campaign.began") == (1,)
    if whole != (Campaign.objects.get().state in ("running", "done")):
        return "the state and the journal disagree"
    return {(0, 0, 0): NEVER, (1, 1, 1): WHOLE if whole else NEVER}.get(found, f"letters, acts, counted: {found}")


def _is_sent() -> str:
    told = JournalEntry.objects.filter(act="letter.sent").count() - 1  # the acknowledgement went before
    found = (Letter.objects.get(campaign__isnull=False).state, told)
    ends = {("due", 0): NEVER, ("claimed", 0): NEVER, ("done", 1): WHOLE}
    return ends.get(found, f"state, times the journal says sent: {found}")


def _leave_advertising(now: datetime) -> None:
    """An agreed to advertising under an edition that knows it; a letter of it is planned."""
    settle_in(now)
    with tempfile.TemporaryDirectory() as place:
        regime = read_regime(Path(settings.CAMKET_REGIME_FILE))
        publishing.publish_edition(path=write_edition(Path(place), number=2), regime=regime, actor=THE_HOUSE, now=now)
    arrive(AN.values("full_name", "email", "message"), now=now, nonce="an", consents=("advise", "advertise"))
    confirm_addresses(now=now)
    send(now)
    actor, told = _officer(now), {language: {"title": "x", "text": "x"} for language in ("vi", "en")}
    law = advertising_law(regime, now.date())
    campaign_id = notices.write_advertising(words=told, audience="", law=law, actor=actor, now=now)
    notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=actor, now=now)
    _plan(now)


_FAR_OFF = datetime(2100, 1, 1, tzinfo=UTC)  # the same however often it is sent


def _write_from_a_program(now: datetime) -> None:
    told = {language: {"title": "x", "text": "x"} for language in ("vi", "en")}
    sent = notices.NoticeSent(submission=b"order-7".ljust(32, b"."), words=told, audience="", starts_at=_FAR_OFF, is_ours=False)
    notices.write_from_program(sent=sent, actor=Actor(role=OPERATOR, id=str(UUID(int=7))), now=now)


def _is_written() -> str:
    """A notice that a program sent is there exactly when it is scheduled, known by its key, and journaled twice."""
    rows = [(bool(row.submission), row.starts_at is not None) for row in Campaign.objects.all()]
    found = (rows, *_acts("campaign.written", "campaign.scheduled"))
    return NEVER if found == ([], 0, 0) else WHOLE if found == ([(True, True)], 1, 1) else f"notices, acts: {found}"


CAMPAIGN_ACTS = (
    Act(name="write a notice from a program", prepare=settle_in, perform=_write_from_a_program, ended=_is_written, is_taken_up=False),
    Act(name="send advertising", prepare=_leave_advertising, perform=_send, ended=_is_sent, after=HOUR, letters=1),
    Act(name="plan a campaign", prepare=_leave_a_campaign, perform=_plan, ended=_is_planned, after=HOUR, letters=1),
    Act(name="plan whoever came since", prepare=_leave_somebody_new, perform=_plan, ended=_is_planned_anew, after=2 * HOUR, letters=1),
    Act(name="send a campaign", prepare=_leave_a_plan, perform=_send, ended=_is_sent, after=HOUR, letters=1),
)
