"""What the actions on letters tell each other and their callers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from camket.duties.notices.models import Letter
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
