"""Writing, opening and reporting on letters, one module per use case."""

from camket.duties.notices.actions.bouncing import BounceUnlikely, report_bounce
from camket.duties.notices.actions.deciding import (
    give_up_letter,
    hold_letter,
    keep_letter,
    put_back_letter,
    report_letter,
    retry_letter,
    take_letters,
)
from camket.duties.notices.actions.facts import LetterHeld, LetterUnknown
from camket.duties.notices.actions.opening import OWN_CONSENTS, READ_ANSWER, OpenedLetter, message_id, open_letter, preview_letter
from camket.duties.notices.actions.withdrawing import park_letters, take_back_letter, withdraw_letters
from camket.duties.notices.actions.writing import NoAddressee, answers_wait, forget_letters, write_letter
from camket.duties.notices.models import Letter
from camket.outbox.actions import LeaseLost, NotParked

__all__ = [
    "OWN_CONSENTS",
    "READ_ANSWER",
    "BounceUnlikely",
    "LeaseLost",
    "Letter",
    "LetterHeld",
    "LetterUnknown",
    "NoAddressee",
    "NotParked",
    "OpenedLetter",
    "answers_wait",
    "forget_letters",
    "give_up_letter",
    "hold_letter",
    "keep_letter",
    "message_id",
    "open_letter",
    "park_letters",
    "preview_letter",
    "put_back_letter",
    "report_bounce",
    "report_letter",
    "retry_letter",
    "take_back_letter",
    "take_letters",
    "withdraw_letters",
    "write_letter",
]
