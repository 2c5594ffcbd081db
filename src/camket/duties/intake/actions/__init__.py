"""What happens to an inquiry, from its arrival to its end. One function is one use case."""

from camket.duties.intake.actions.answering import add_note, answer_inquiry, take_down
from camket.duties.intake.actions.closing import assign, bury_inquiries, hand_over, reopen_inquiry, resolve_inquiry
from camket.duties.intake.actions.facts import (
    AlreadyResolved,
    InquiryUnknown,
    Malformed,
    NotGiven,
    Read,
    Received,
    SentDifferently,
    Submission,
    WordingChanged,
    WrongCode,
)
from camket.duties.intake.actions.reading import look_at_link, read_answers
from camket.duties.intake.actions.receiving import receive_inquiry
from camket.duties.intake.actions.withdrawing import finish_withdrawals, withdraw_consent
from camket.vault.gate import Refused

__all__ = [
    "AlreadyResolved",
    "InquiryUnknown",
    "Malformed",
    "NotGiven",
    "Read",
    "Received",
    "Refused",
    "SentDifferently",
    "Submission",
    "WordingChanged",
    "WrongCode",
    "add_note",
    "answer_inquiry",
    "assign",
    "bury_inquiries",
    "finish_withdrawals",
    "hand_over",
    "look_at_link",
    "read_answers",
    "receive_inquiry",
    "reopen_inquiry",
    "resolve_inquiry",
    "take_down",
    "withdraw_consent",
]
