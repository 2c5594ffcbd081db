"""What happens to an inquiry, from its arrival to its end. One function is one use case."""

from camket.duties.intake.actions.answering import add_note, answer_inquiry, take_down
from camket.duties.intake.actions.closing import assign, bury_inquiries, hand_over, reopen_inquiry, resolve_inquiry
from camket.duties.intake.actions.desk import Done, reopen, resolve, take_on, undo
from camket.duties.intake.actions.facts import (
    AlreadyOpen,
    AlreadyResolved,
    AnsweredMeanwhile,
    AnswerGone,
    FileUnknown,
    InquiryUnknown,
    Malformed,
    NoCode,
    NotAnAdviser,
    NotGiven,
    NotProven,
    NotUndoable,
    OpenedFile,
    Read,
    Received,
    SentDifferently,
    Submission,
    WordingChanged,
    WrongCode,
)
from camket.duties.intake.actions.fingerprints import fingerprint, is_repeated
from camket.duties.intake.actions.opening_files import open_file
from camket.duties.intake.actions.own import MOST_FILTERS, ChangedSince, TextUnknown, forget_filter, keep_filter, keep_text, remove_text
from camket.duties.intake.actions.own_hand import agree_by_link, look_at_advertising, look_at_consents, stop_advertising_by_link, take_back_by_link
from camket.duties.intake.actions.reading import look_at_link, read_answers
from camket.duties.intake.actions.receiving import receive_inquiry
from camket.duties.intake.actions.taking_back import take_back_answer
from camket.duties.intake.actions.withdrawing import finish_withdrawals, withdraw_consent
from camket.vault.gate import Refused

__all__ = [
    "MOST_FILTERS",
    "AlreadyOpen",
    "AlreadyResolved",
    "AnswerGone",
    "AnsweredMeanwhile",
    "ChangedSince",
    "Done",
    "FileUnknown",
    "InquiryUnknown",
    "Malformed",
    "NoCode",
    "NotAnAdviser",
    "NotGiven",
    "NotProven",
    "NotUndoable",
    "OpenedFile",
    "Read",
    "Received",
    "Refused",
    "SentDifferently",
    "Submission",
    "TextUnknown",
    "WordingChanged",
    "WrongCode",
    "add_note",
    "agree_by_link",
    "answer_inquiry",
    "assign",
    "bury_inquiries",
    "fingerprint",
    "finish_withdrawals",
    "forget_filter",
    "hand_over",
    "is_repeated",
    "keep_filter",
    "keep_text",
    "look_at_advertising",
    "look_at_consents",
    "look_at_link",
    "open_file",
    "read_answers",
    "receive_inquiry",
    "remove_text",
    "reopen",
    "reopen_inquiry",
    "resolve",
    "resolve_inquiry",
    "stop_advertising_by_link",
    "take_back_answer",
    "take_back_by_link",
    "take_down",
    "take_on",
    "undo",
    "withdraw_consent",
]
