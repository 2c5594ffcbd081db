"""What the actions on letters tell each other and their callers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from camket.duties.notices.models import Campaign, Letter
from camket.duties.notices.rules import HARD, dead_address
from camket.journal.statements import Statement

LETTER_LEASE = timedelta(seconds=90)  # longer than the sending of one letter may take
# committed before the first byte leaves, and once it is known what came of it
INTENDED = Statement(text="UPDATE notices_letter SET intent_at = %s, unanswered = unanswered + 1 WHERE id IN ({})")
ANSWERED = Statement(text="UPDATE notices_letter SET unanswered = 0 WHERE id IN ({})")


class LetterUnknown(LookupError):
    """There is no such letter."""


class LetterHeld(Exception):
    """A letter cannot go out now, or ever: `code` says why, `is_final` whether trying again could help."""

    def __init__(self, code: str, *, is_final: bool) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final


def letter_by_id(letter_id: UUID) -> Letter:
    """
    Return a letter of the outbox.

    Args:
        letter_id: Its id.

    Raises:
        LetterUnknown: There is no such letter.
    """
    letter = Letter.objects.filter(id=letter_id).first()
    if letter is None:
        raise LetterUnknown
    return letter


def lock_campaign(campaign_id: UUID) -> str:
    """
    Return where a campaign stands, and let nobody end it or have it go on until the caller's transaction is over.

    It is locked before any of its letters, by everybody: so nobody waits for each other.

    Args:
        campaign_id: Which.
    """
    return Campaign.objects.select_for_update(no_key=True).values_list("state", flat=True).get(id=campaign_id)


def go_on(campaign_id: UUID) -> None:
    """
    Let a campaign that was done go on, for a letter that goes out again.

    Args:
        campaign_id: Which; in the caller's transaction, locked.
    """
    Campaign.objects.filter(id=campaign_id, state=Campaign.State.DONE).update(state=Campaign.State.RUNNING, ended_at=None)


def mark_dead(letters: Sequence[Letter], *, code: str, now: datetime) -> None:
    """
    Keep with refused letters that their address is no mailbox, where the carrier said so.

    Args:
        letters: All to whom the carrier answered alike.
        code: What it answered.
        now: UTC instant.
    """
    if status := dead_address(code):
        Letter.objects.filter(id__in=[one.id for one in letters]).update(bounce_kind=HARD, bounce=status, bounced_at=now)
