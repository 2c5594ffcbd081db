"""What happens to a special case, from its reason to its end. One function is one use case."""

from camket.duties.intake.actions import SentDifferently
from camket.duties.special_cases.actions.closing import add_note, bury_cases, close_case, give_up
from camket.duties.special_cases.actions.deciding import approve, refuse
from camket.duties.special_cases.actions.facts import AlreadyDecided, CaseUnknown, Malformed, NotApart, NotAtWork, OpenerLeft, OwnCase, Sending
from camket.duties.special_cases.actions.opening import ask_again, open_case, take_over
from camket.vault.gate import Refused

__all__ = [
    "AlreadyDecided",
    "CaseUnknown",
    "Malformed",
    "NotApart",
    "NotAtWork",
    "OpenerLeft",
    "OwnCase",
    "Refused",
    "Sending",
    "SentDifferently",
    "add_note",
    "approve",
    "ask_again",
    "bury_cases",
    "close_case",
    "give_up",
    "open_case",
    "refuse",
    "take_over",
]
