"""Letters are kept from going out: to people who do not exist, by who wrote them, and those that may have gone out before a restore."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from camket.duties.notices.models import Campaign, Letter, TrialLetter
from camket.duties.notices.rules import INVENTED, RESTORED, TAKEN_BACK, UNWANTED
from camket.journal.actions import record
from camket.outbox import actions as outbox
from camket.outbox.batches import close_all
from camket.outbox.models import LeaseState
from camket.policy.terms import ADVERTISE, Actor
from camket.vault import gate

_AT_ONCE = 500  # references in one statement


def withdraw_letters(*, references: Sequence[str], actor: Actor, now: datetime) -> int:
    """
    Close the waiting letters of invented people's matters, so that none goes out, and return how many there were.

    Args:
        references: The matters' public names.
        actor: Who invented them; the journal keeps it, once.
        now: UTC instant.
    """
    count = 0
    with transaction.atomic():
        for start in range(0, len(references), _AT_ONCE):
            waiting = Letter.objects.filter(reference__in=references[start : start + _AT_ONCE], state=LeaseState.DUE)
            count += close_all(waiting, now=now, changes={"dropped": INVENTED})
        if count:
            record(act="letter.withdrawn", actor=actor, at=now, facts={"letters": count, "code": INVENTED})
    return count


def take_back_letter(*, record_id: UUID, now: datetime) -> bool:
    """
    Close the letter that carries a text before anybody took it in hand, in the caller's transaction, and return whether it was still there.

    Args:
        record_id: The sealed record that it carries.
        now: UTC instant.
    """
    untouched = Letter.objects.filter(record_id=record_id, state=LeaseState.DUE, attempt=0, intent_at=None)
    return close_all(untouched, now=now, changes={"dropped": TAKEN_BACK}) == 1


def stop_advertising(*, subjects: Collection[gate.SubjectId], actor: Actor, now: datetime) -> int:
    """
    Close the waiting letters of advertising to these people, in the caller's transaction, and return how many there were.

    What a worker has in hand already is asked of the gate once more before it leaves, which refuses it.

    Args:
        subjects: Those who want none any more.
        actor: Whose hand it was.
        now: UTC instant.

    Source: Decree 91/2020, Decree 330/2026 art. 37.3(d) (at once).
    """
    count = close_all(Letter.objects.filter(subject_id__in=list(subjects), purpose=ADVERTISE), now=now, changes={"dropped": UNWANTED})
    if count:
        record(act="letter.withdrawn", actor=actor, at=now, facts={"letters": count, "code": UNWANTED})
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """What waits for a person since a restore: letters, and notices to many."""

    letters: int
    campaigns: int


def set_aside(*, now: datetime) -> SetAside:
    """
    Set every waiting letter aside for a person, because the house was restored and it may have gone out before.

    Campaigns that were not over stand still until a person lets them go on, none that was to begin at a time begins by itself, and each says
    why, for a draft too may have gone out since. Trial letters are let go: whoever asked for them asks again.

    Args:
        now: UTC instant.

    Source: house.md §9.5 (nobody gets a letter again and again).
    """
    under_way = Campaign.objects.filter(state__in=[Campaign.State.PLANNING, Campaign.State.RUNNING, Campaign.State.PAUSED])
    # a million of a campaign is not for a person to look through one by one: it stands still as a whole
    standing = under_way.update(state=Campaign.State.PAUSED, paused_for=RESTORED)
    standing += Campaign.objects.filter(state=Campaign.State.DRAFT).update(starts_at=None, paused_for=RESTORED)
    TrialLetter.objects.all().delete()
    letters = outbox.park_waiting(Letter.objects.filter(campaign__isnull=True), error=RESTORED, now=now)
    return SetAside(letters=letters, campaigns=standing)
