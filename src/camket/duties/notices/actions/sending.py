"""A campaign's letters go out in batches: opened by one look through the gate, the intents in one commit, what came of them in another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from camket.access.actions import issue_links
from camket.duties.notices.actions.advertising import enough_for_today
from camket.duties.notices.actions.campaigns import pause_campaign
from camket.duties.notices.actions.facts import ANSWERED, INTENDED, lock_campaign, mark_dead
from camket.duties.notices.actions.opening import link_address, link_purpose, message_id
from camket.duties.notices.actions.planning import variants_again
from camket.duties.notices.actions.wording import Wording, wording_of
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.notices.queries import invented, unreachable_among
from camket.duties.notices.rules import (
    ADDRESS_GONE,
    ANSWER_UNKNOWN,
    CARRIER_REFUSES,
    ENOUGH_TODAY,
    INVENTED,
    MOST_TRIES,
    MOST_UNANSWERED,
    NO_ADDRESS,
    NOT_CONCERNED,
    POLICY_REFUSED,
    ROUTE_FAULTS,
    UNPROVEN,
    act_of,
    carrying,
    goes_to_the_unproven,
)
from camket.journal.actions import Deed, record, record_all
from camket.journal.facts import Fact
from camket.journal.statements import change
from camket.outbox import actions as outbox
from camket.outbox.batches import after_clock_went_back, fail_all, finish_all, park_all, release_all, still_held
from camket.outbox.models import LeaseState
from camket.policy.advertising import AdvertisingLaw
from camket.policy.terms import CONTROLLER, EMAIL, THE_HOUSE, Operation
from camket.vault import gate

State = Campaign.State
BATCH_LEASE = timedelta(seconds=110)  # longer than the slowest batch: twenty seconds of sending, and one letter that takes its full time
MOST_AT_ONCE = 500
_LEFT_BEHIND_AT_ONCE = 5  # who dies twice with the same letters in hand leaves few of them in doubt
_CLOCK_PLAY = timedelta(seconds=90)  # less is no clock set back: two workers' clocks may be a minute apart, and a lease is over soon anyway
_VIEW = "campaign"


@dataclass(slots=True, kw_only=True)
class Batch:
    """Some letters of one campaign in a worker's hand, and the addresses of those that can go."""

    campaign: Campaign
    letters: list[Letter]
    worker: str
    addresses: Mapping[UUID, gate.Sealed] = field(repr=False, default_factory=dict)  # by the letter's id
    clause: str = ""  # under which the addresses were opened
    wordings: Mapping[int, Wording] = field(repr=False, default_factory=dict)  # by the variant's


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One person's copy as it leaves: the wording of its variant, and the link that stands in it for them alone."""

    id: UUID
    variant: int
    message_id: str
    to: gate.Sealed
    link: str = field(repr=False)


def take_batch(*, worker: str, now: datetime, limit: int = MOST_AT_ONCE) -> Batch | None:
    """
    Take due letters of the oldest campaign that runs into a worker's hand, or None where none is due; a campaign without any more is done.

    Args:
        worker: Id of the worker.
        now: UTC instant.
        limit: At most so many.
    """
    for campaign in Campaign.objects.filter(state=State.RUNNING).order_by("began_at", "id"):
        _mind_the_clock(campaign, now)
        of_it = Letter.objects.filter(campaign=campaign)
        with transaction.atomic():  # one write lock for all of it
            outbox.park_stranded(of_it, now=now, max_attempts=MOST_TRIES)
            # apart, so that each is found in the index: what a worker left behind when it died, then what waits
            for state, most in ((LeaseState.CLAIMED, min(limit, _LEFT_BEHIND_AT_ONCE)), (LeaseState.DUE, limit)):
                some = outbox.claim(of_it.filter(state=state), worker=worker, now=now, limit=most, lease=BATCH_LEASE, max_attempts=MOST_TRIES)
                if some:
                    return Batch(campaign=campaign, letters=some, worker=worker)
        _finish(campaign, now)
    return None


def _mind_the_clock(campaign: Campaign, now: datetime) -> None:
    """What was to wait until an instant that the clock has not reached again, since it was set back, is due now; nobody waits for the old hour."""
    passed = None if campaign.seen_at is None else now - campaign.seen_at
    if passed is None or passed > -_CLOCK_PLAY:
        if passed is None or passed >= _CLOCK_PLAY:
            Campaign.objects.filter(id=campaign.id).update(seen_at=now)
        return
    with transaction.atomic():
        after_clock_went_back(Letter.objects.filter(campaign=campaign), now=now, lease=BATCH_LEASE)
        # in which order people came cannot be told any more by where they stand: whoever was told stays told, all are looked at anew
        Campaign.objects.filter(id=campaign.id).update(seen_at=now, cursor=None)


def _finish(campaign: Campaign, now: datetime) -> None:
    if campaign.looked_last_at is None:
        return  # whoever comes until the edition is in force is told too
    with transaction.atomic():
        lock_campaign(campaign.id)  # before it is looked at: whoever lets a letter go out again waits, or is waited for
        if Letter.objects.filter(campaign=campaign, state__in=[LeaseState.DUE, LeaseState.CLAIMED]).exists():
            return
        if Campaign.objects.filter(id=campaign.id, state=State.RUNNING).update(state=State.DONE, ended_at=now):
            record(act="campaign.finished", actor=THE_HOUSE, at=now, facts={"campaign": str(campaign.id), "letters": campaign.planned})


def open_batch(*, batch: Batch, now: datetime) -> None:
    """
    Ask the gate for the addresses of a batch, all at once, and close those letters that cannot go; nothing leaves yet.

    Args:
        batch: In this worker's hand.
        now: UTC instant.

    Source: policy §12 (12.2).
    """
    held: dict[UUID, str] = {one.id: ANSWER_UNKNOWN for one in batch.letters if one.unanswered >= MOST_UNANSWERED}
    nobody = invented({one.matter_id for one in batch.letters})
    held |= {one.id: INVENTED for one in batch.letters if one.matter_id in nobody}
    unreachable = unreachable_among({one.subject_id for one in batch.letters})
    held |= {one.id: NO_ADDRESS for one in batch.letters if one.subject_id in unreachable}
    if not goes_to_the_unproven(batch.campaign.kind):
        proven = gate.proven_among({gate.SubjectId(one.subject_id) for one in batch.letters}, kind=EMAIL)
        held |= {one.id: UNPROVEN for one in batch.letters if one.subject_id not in proven and one.id not in held}
    held |= _concerned_no_more([one for one in batch.letters if one.id not in held], batch.campaign, now)
    going = [one for one in batch.letters if one.id not in held]
    addresses, refused = _addresses(batch, going, now)
    held |= dict.fromkeys(refused, POLICY_REFUSED)
    held |= {one.id: ADDRESS_GONE for one in going if one.id not in addresses and one.id not in held}
    batch.addresses = addresses
    _hold(batch, held, now)


def _concerned_no_more(letters: Sequence[Letter], campaign: Campaign, now: datetime) -> dict[UUID, str]:
    """Whoever has agreed or taken back since is looked at again: what changes for them may be something else, or nothing."""
    oldest = min((one.written_at for one in letters), default=now)
    changed = gate.decided_since([gate.SubjectId(one.subject_id) for one in letters], at=oldest)
    moved = [one for one in letters if one.subject_id in changed]
    if not moved:
        return {}
    try:
        again = variants_again(campaign=campaign, matters=[gate.MatterId(one.matter_id) for one in moved], now=now)
    except gate.Refused:
        return {one.id: POLICY_REFUSED for one in moved}
    told_otherwise = [one for one in moved if one.matter_id in again and one.variant_id != again[one.matter_id].id]
    for one in told_otherwise:
        one.variant = again[one.matter_id]
    Letter.objects.bulk_update(told_otherwise, ["variant"])
    return {one.id: NOT_CONCERNED for one in moved if one.matter_id not in again}


def _addresses(batch: Batch, letters: Sequence[Letter], now: datetime) -> tuple[dict[UUID, gate.Sealed], list[UUID]]:
    """The addresses by letter, and the letters to those whose the policy does not let us use."""
    subjects = list({gate.SubjectId(one.subject_id): None for one in letters})
    if not subjects:
        return {}, []
    ask = replace(carrying(batch.campaign.purpose), operation=Operation.USE, recipient=CONTROLLER)
    try:
        permit = gate.ask(ask, actor=THE_HOUSE, subjects=subjects, now=now, view=_VIEW)
    except gate.Refused:
        return {}, [one.id for one in letters]
    batch.clause = permit.clauses[0] if permit.clauses else ""
    shown = gate.show(permit, now=now, matters=[gate.MatterId(one.matter_id) for one in letters])
    found: dict[UUID, gate.Sealed] = {}
    for row in shown:
        if EMAIL in row.fields:
            found.setdefault(row.matter, row.fields[EMAIL])
    going = [one for one in letters if one.subject_id in permit.subjects]
    refused = [one.id for one in letters if one.subject_id not in permit.subjects]
    return {one.id: found[one.matter_id] for one in going if one.matter_id in found}, refused


def _hold(batch: Batch, held: Mapping[UUID, str], now: datetime) -> None:
    """Close what cannot go; only where an answer was lost twice must a person look."""
    if not held:
        return
    with transaction.atomic():
        mine = still_held([one for one in batch.letters if one.id in held], worker=batch.worker)
        park_all([one for one in mine if held[one.id] == ANSWER_UNKNOWN], error=ANSWER_UNKNOWN, now=now)
        for code in sorted(set(held.values()) - {ANSWER_UNKNOWN}):
            closed = [one for one in mine if held[one.id] == code]
            finish_all(closed, now=now)
            Letter.objects.filter(id__in=[one.id for one in closed]).update(dropped=code)
    batch.letters = [one for one in batch.letters if one.id not in held]


def hand_over(*, batch: Batch, now: datetime, law: AdvertisingLaw | None = None) -> list[Copy]:
    """
    Commit that the letters of a batch are about to leave, and return the copies; what comes of them must be reported.

    One ask for all, in one line of the journal; a letter whose answer was never recorded goes once more with the same Message-ID, and is counted.

    Args:
        batch: Opened, and narrowed to what goes now.
        now: UTC instant.
        law: What holds for advertising today; without it one letter a day goes to an address. Whoever has had as many waits.

    Source: policy §7 (7.3), §12 (12.2); house.md §9.5.
    """
    if not batch.letters:
        return []
    subjects = list({gate.SubjectId(one.subject_id): None for one in batch.letters})
    try:
        permit = gate.ask(carrying(batch.campaign.purpose), actor=THE_HOUSE, subjects=subjects, now=now, view=_VIEW)
    except gate.Refused:
        _hold(batch, {one.id: POLICY_REFUSED for one in batch.letters}, now)
        return []
    _hold(batch, {one.id: POLICY_REFUSED for one in batch.letters if one.subject_id not in permit.subjects}, now)
    batch.wordings = _wordings(batch)
    is_advertising = batch.campaign.kind == Campaign.Kind.ADVERTISING
    purpose = link_purpose(batch.campaign)
    with transaction.atomic():
        if any(one.unanswered for one in batch.letters):  # it is counted with the campaign
            lock_campaign(batch.campaign.id)
        batch.letters = still_held(batch.letters, worker=batch.worker)
        if is_advertising:
            _let_wait(batch, enough_for_today(batch.letters, batch.addresses, law=law, now=now))
        tokens = issue_links(purpose=purpose, targets=[(one.matter_id, one.subject_id) for one in batch.letters], now=now)
        change(INTENDED, now, [one.id for one in batch.letters])
        if doubled := sum(one.unanswered > 0 for one in batch.letters):
            Campaign.objects.filter(id=batch.campaign.id).update(doubled=F("doubled") + doubled)
    return [
        Copy(
            id=one.id,
            variant=one.variant_id or 0,
            message_id=message_id(one.id),
            to=batch.addresses[one.id],
            link=link_address(purpose, one, token),
        )
        for one, token in zip(batch.letters, tokens, strict=True)
    ]


def _let_wait(batch: Batch, letters: Mapping[UUID, datetime]) -> None:
    """Give back, until its address may have one more, what would be too much for it today."""
    release_all([one for one in batch.letters if one.id in letters], due_at=letters, error=ENOUGH_TODAY)
    batch.letters = [one for one in batch.letters if one.id not in letters]


def _wordings(batch: Batch) -> dict[int, Wording]:
    named = {one.variant_id for one in batch.letters if one.variant_id}
    return {one.id: wording_of(one, batch.campaign, clause=batch.clause) for one in Variant.objects.filter(id__in=named)}


def put_back(*, batch: Batch, letters: Collection[UUID], due_at: Mapping[UUID, datetime], is_handed_over: bool = False) -> None:
    """
    Give letters of a batch back that did not leave; the attempt is not counted, and no intent stands against them.

    Args:
        batch: In this worker's hand; it goes on without them.
        letters: Their ids.
        due_at: UTC instant from which each may go, for those that must wait.
        is_handed_over: Whether the intent was committed already.
    """
    if not letters:
        return
    with transaction.atomic():
        if is_handed_over and any(one.unanswered for one in batch.letters if one.id in letters):
            lock_campaign(batch.campaign.id)
        mine = still_held([one for one in batch.letters if one.id in letters], worker=batch.worker)
        release_all(mine, due_at=due_at)
        # the intent did not come true: what was doubtful before stays so, the rest is as if nothing had been
        for before in {one.unanswered for one in mine}:
            Letter.objects.filter(id__in=[one.id for one in mine if one.unanswered == before]).update(unanswered=before)
        if is_handed_over and (spared := sum(one.unanswered > 0 for one in mine)):
            Campaign.objects.filter(id=batch.campaign.id).update(doubled=F("doubled") - spared)
    batch.letters = [one for one in batch.letters if one.id not in letters]


def report_batch(*, batch: Batch, outcomes: Mapping[UUID, tuple[str, str]], now: datetime) -> int:
    """
    Record what the carrier answered to a batch, in one transaction with a line of the journal for each answer, and return how many counted.

    Letters whose lease was lost meanwhile are left to whoever has them.

    Args:
        batch: Handed over.
        outcomes: For each letter: accepted, deferred, refused or unknown, and a short code.
        now: UTC instant.

    Source: house.md §9.5.
    """
    with transaction.atomic():
        mine = still_held([one for one in batch.letters if one.id in outcomes], worker=batch.worker)
        groups: dict[tuple[str, str], list[Letter]] = {}
        for one in mine:
            groups.setdefault(outcomes[one.id], []).append(one)
        change(ANSWERED, [one.id for one in mine if outcomes[one.id][0] not in ("unknown", "accepted")])
        deeds = []
        for (outcome, code), letters in groups.items():
            _move_on(letters, outcome=outcome, code=code, now=now)
            facts: dict[str, Fact] = {"campaign": str(batch.campaign.id), "letters": len(letters), "code": code}
            subjects = list({one.subject_id: None for one in letters})
            deeds.append(Deed(act=act_of(outcome), actor=THE_HOUSE, at=now, subjects=subjects, facts=facts))
        record_all(deeds)
    return len(mine)


def _move_on(letters: Sequence[Letter], *, outcome: str, code: str, now: datetime) -> None:
    match outcome:
        case "accepted":
            finish_all(letters, now=now, changes={"unanswered": 0})
        case "refused":
            park_all(letters, error=code, now=now)
            mark_dead(letters, code=code, now=now)
        case _ if code in ROUTE_FAULTS:
            release_all(letters, due_at={}, error=code)
        case _:
            fail_all(letters, error=code, now=now, max_attempts=MOST_TRIES)


def is_first_try(*, batch: Batch) -> bool:
    """
    Return whether a batch is the first that the carrier was offered of its campaign: nobody was told, and none of its letters was tried before.

    Args:
        batch: Handed over.
    """
    told = Letter.objects.filter(campaign=batch.campaign, state=LeaseState.DONE, dropped="")
    return all(one.attempt <= 1 for one in batch.letters) and not told.exists()


def stand_still(*, campaign_id: UUID, now: datetime) -> None:
    """
    Pause a campaign because the carrier refuses everybody: that says nothing about the people, and a person must look.

    Args:
        campaign_id: Which.
        now: UTC instant.

    Raises:
        CannotBeDone: Somebody paused or stopped it meanwhile.
    """
    pause_campaign(campaign_id=campaign_id, actor=THE_HOUSE, why=CARRIER_REFUSES, now=now)
