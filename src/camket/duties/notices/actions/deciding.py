"""What becomes of a letter: what the carrier answered, why it was held, and what a person decided about a parked one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from camket.duties.notices.actions.facts import ANSWERED, LETTER_LEASE, LetterHeld, LetterUnknown, go_on, letter_by_id, lock_campaign, mark_dead
from camket.duties.notices.models import Campaign, Letter
from camket.duties.notices.rules import ADDRESS_GONE, GIVEN_UP, HOUR_SPENT, INVENTED, MOST_TRIES, ROUTE_FAULTS, act_of
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.journal.statements import change
from camket.outbox import actions as outbox
from camket.outbox.actions import LeaseLost, NotParked
from camket.outbox.batches import close_all, retry_all
from camket.outbox.models import LeaseState
from camket.policy.terms import THE_HOUSE, Actor

__all__ = [
    "LeaseLost",
    "NotParked",
    "give_up_letter",
    "hold_letter",
    "put_back_letter",
    "report_letter",
    "retry_letter",
    "retry_letters",
    "take_letters",
]


def take_letters(*, worker: str, now: datetime, limit: int = 20) -> list[Letter]:
    """
    Take due letters into a worker's hand, none of a campaign; those that keep dying there are parked first.

    Args:
        worker: The name under which it holds them.
        now: UTC instant; the lease runs from it.
        limit: How many at most.
    """
    own = Letter.objects.filter(campaign__isnull=True)
    outbox.park_stranded(own, now=now, max_attempts=MOST_TRIES)
    return outbox.claim(own, worker=worker, now=now, limit=limit, lease=LETTER_LEASE, max_attempts=MOST_TRIES)


def put_back_letter(*, letter: Letter, worker: str) -> None:
    """
    Give back a letter that was taken but not tried; it is due at once and the attempt is not counted.

    Args:
        letter: As it was taken.
        worker: The name under which it was taken.

    Raises:
        LeaseLost: Another worker holds it by now.
    """
    outbox.release(letter, worker=worker)


def report_letter(*, letter: Letter, worker: str, outcome: str, code: str, now: datetime) -> None:
    """
    Record what the carrier answered.

    Args:
        letter: A letter in this worker's hand.
        worker: Id of the worker.
        outcome: accepted, deferred, refused, or unknown (the connection broke before the answer came).
        code: A short code such as `smtp.250`.
        now: UTC instant.

    Raises:
        LeaseLost: Another worker holds it by now.

    Source: house.md §9.5.
    """
    with transaction.atomic():
        _move_on(letter, worker=worker, outcome=outcome, code=code, now=now)
        facts: dict[str, Fact] = {"letter": str(letter.id), "code": code}
        record(act=act_of(outcome), actor=THE_HOUSE, at=now, subjects=[letter.subject_id], matter=letter.matter_id, facts=facts)


def _move_on(letter: Letter, *, worker: str, outcome: str, code: str, now: datetime) -> None:
    """Take the letter where the answer sends it."""
    if outcome not in ("unknown", "accepted"):
        change(ANSWERED, [letter.id])
    match outcome:
        case "accepted":
            outbox.finish(letter, worker=worker, now=now, changes={"unanswered": 0})
        case "refused":
            outbox.park(letter, worker=worker, error=code, now=now)
            mark_dead([letter], code=code, now=now)
        case _ if code in ROUTE_FAULTS:
            outbox.release(letter, worker=worker, error=code)
        case _:
            outbox.fail(letter, worker=worker, error=code, now=now, max_attempts=MOST_TRIES)


def hold_letter(*, letter: Letter, worker: str, held: LetterHeld, now: datetime) -> None:
    """
    Record why a letter did not go out: dropped where nobody should be troubled with it, parked where a person must look.

    Args:
        letter: As it was taken.
        worker: The name under which it was taken.
        held: Why `open_letter` did not open it.
        now: UTC instant; it is tried again some time after it, where it may be.

    Raises:
        LeaseLost: Another worker holds it by now.
    """
    if held.code in (ADDRESS_GONE, HOUR_SPENT, INVENTED):
        with transaction.atomic():
            outbox.finish(letter, worker=worker, now=now)
            Letter.objects.filter(id=letter.id).update(dropped=held.code)
    elif held.is_final:
        outbox.park(letter, worker=worker, error=held.code, now=now)
    else:
        outbox.fail(letter, worker=worker, error=held.code, now=now, max_attempts=MOST_TRIES)


def retry_letter(*, letter_id: UUID, actor: Actor, now: datetime) -> None:
    """
    Put a parked letter back among the due ones because a person decided so; what came back from its addressee before no longer stands in its way.

    Raises:
        NotParked: It is not parked, or its campaign was stopped.
        LetterUnknown: There is no such letter.
    """
    letter = letter_by_id(letter_id)
    with transaction.atomic():
        if letter.campaign_id and not _is_going_on(letter.campaign_id):
            raise NotParked("the campaign of this letter was stopped")
        outbox.retry(letter, now=now)
        Letter.objects.filter(id=letter_id).update(unanswered=0)
        # whoever tries one letter again believes in the address: the mark that it was dead goes from every letter to this person
        came_back = Letter.objects.filter(subject_id=letter.subject_id, bounced_at__isnull=False)
        came_back.update(bounce_kind="", bounce="", bounced_at=None)
        record(act="letter.retried", actor=actor, at=now, subjects=[letter.subject_id], matter=letter.matter_id, facts={"letter": str(letter_id)})


def retry_letters(*, campaign_id: UUID, actor: Actor, now: datetime) -> int:
    """
    Put all letters of a campaign that are held back among the due ones, and return how many there were; those that came back stay held.

    Args:
        campaign_id: Which.
        actor: Whoever decided so.
        now: UTC instant.

    Raises:
        NotParked: The campaign was stopped.
        LetterUnknown: There is no such campaign.
    """
    if not Campaign.objects.filter(id=campaign_id).exists():
        raise LetterUnknown
    with transaction.atomic():
        if not _is_going_on(campaign_id):
            raise NotParked("the campaign of these letters was stopped")
        held = Letter.objects.filter(campaign=campaign_id, bounced_at__isnull=True)
        many = retry_all(held, now=now, changes={"unanswered": 0})
        if many:
            record(act="letter.retried", actor=actor, at=now, facts={"campaign": str(campaign_id), "letters": many})
    return many


def _is_going_on(campaign_id: UUID) -> bool:
    """Whether a campaign sends its letters still; one that was done goes on for the letter that a person wants to try again."""
    state = lock_campaign(campaign_id)
    go_on(campaign_id)
    return state != Campaign.State.STOPPED


def give_up_letter(*, letter_id: UUID, actor: Actor, now: datetime) -> None:
    """
    Close a parked letter for good because a person decided so.

    Raises:
        NotParked: It is not parked.
        LetterUnknown: There is no such letter.
    """
    letter = letter_by_id(letter_id)
    with transaction.atomic():
        if not close_all(Letter.objects.filter(id=letter_id, state=LeaseState.PARKED), now=now, changes={"dropped": GIVEN_UP}):
            raise NotParked("the letter is not parked")
        record(act="letter.given_up", actor=actor, at=now, subjects=[letter.subject_id], matter=letter.matter_id, facts={"letter": str(letter_id)})
