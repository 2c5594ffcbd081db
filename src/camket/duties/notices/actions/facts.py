"""What the actions on letters tell each other and their callers."""

from datetime import timedelta
from uuid import UUID

from camket.duties.notices.models import Letter
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
