"""What the actions of this duty are told, what they tell, and what they refuse."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from camket.duties.intake import rules
from camket.policy.terms import EditionNumber
from camket.vault import gate

DUTY = rules.DUTY


class Malformed(Exception):
    """What was sent is not an inquiry: `errors` says what is wrong with each field, and nothing was kept."""

    def __init__(self, errors: Sequence[rules.FieldError]) -> None:
        super().__init__(f"{len(errors)} faults")
        self.errors = tuple(errors)


class SentDifferently(Exception):
    """The same form or idempotency key came before with another content; nothing was kept of this one."""


class WordingChanged(Exception):
    """What the person agreed to is the wording of an edition that is not in force; nothing was kept."""


class InquiryUnknown(LookupError):
    """There is no such inquiry, or its data has been erased."""


class FileUnknown(LookupError):
    """There is no such file of this inquiry for this member of staff, or its data has been erased."""


class AlreadyResolved(Exception):
    """The inquiry is resolved; reopen it first."""


class AlreadyOpen(Exception):
    """The inquiry is open, so there is nothing to reopen."""


class AnsweredMeanwhile(Exception):
    """A colleague answered since the page was opened on which this answer was written; nothing was kept of it."""


class AnswerGone(Exception):
    """The letter of an answer went out or is going out, or there is no answer of one's own to take back; nothing was changed."""


class NotGiven(Exception):
    """The person has not agreed to this purpose, or has taken their consent back."""


class NotProven(Exception):
    """Nobody has shown yet, by a letter's link and the reading code, that the mailbox is theirs who wrote to us."""


class NotAnAdviser(Exception):
    """Whoever an inquiry should be given to does not answer inquiries, or works here no more."""


class NotUndoable(Exception):
    """There is nothing that this would take back: it was taken back before, its time is over, or it was another's act."""


class NoCode(Exception):
    """What was typed is no reading code at all: it has not six digits. It cost no try."""


class WrongCode(Exception):
    """The reading code is not right; `attempts_left` more may be tried with this link."""

    def __init__(self, attempts_left: int) -> None:
        super().__init__(f"{attempts_left} attempts left")
        self.attempts_left = attempts_left


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a door knows of one sending: its channel and language, what makes it unique, and how much later it is shown and acknowledged."""

    channel: str
    language: str
    key: bytes
    product: str = ""
    delay: timedelta = timedelta(0)
    edition: EditionNumber | None = None  # whose wording was agreed to, where the door knows; a consent is to that and to no other
    said_on: date | None = None  # of what a colleague takes down: the house's day on which it was said; today where none is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How somebody said that they no longer agree: by which channel, and where a colleague takes it down, on which day and in which inquiry."""

    channel: str
    said_on: date | None = None
    said_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """
    What the person is told, once: `delay` is how much later it is acknowledged, `is_repeat` whether the same sending came before, `files` what
    came with it.
    """

    reference: str
    reading_code: str = field(repr=False)
    claim_code: str = field(repr=False)
    letter_expected: bool
    delay: timedelta
    is_repeat: bool
    files: tuple[rules.TakenFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The answers of an inquiry, opened for the person who wrote; none where they have taken back their consent to be advised."""

    reference: str
    consents_token: str = field(repr=False)  # of a link to what they agreed to, good for a day
    answers: tuple[tuple[datetime, gate.Sealed], ...] = ()
    clauses: tuple[str, ...] = ()
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file of an inquiry, opened for a colleague: it leaves the house with the answer that carries it."""

    name: gate.Sealed
    content: gate.SealedBytes
