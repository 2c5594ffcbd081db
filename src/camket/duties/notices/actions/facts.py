"""What the actions on letters tell each other and their callers."""

from uuid import UUID

from camket.duties.notices.models import Letter


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
