"""Writing, opening and reporting on letters, one module per use case."""

from camket.duties.notices.actions.bouncing import BounceUnlikely, report_bounce
from camket.duties.notices.actions.campaigns import (
    CampaignUnknown,
    CannotBeDone,
    NotForThisRole,
    NothingToTell,
    ToldAlready,
    WordsMissing,
    pause_campaign,
    reach_of,
    resume_campaign,
    schedule_campaign,
    stop_campaign,
    unschedule_campaign,
    write_change,
)
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
from camket.duties.notices.actions.opening import OWN_CONSENTS, READ_ANSWER, STOP_ADVERTISING, OpenedLetter, message_id, open_letter, preview_letter
from camket.duties.notices.actions.planning import LookedAt, forget_reaches, look_ahead, plan_letters
from camket.duties.notices.actions.refusing import NoNumbers, import_call_list
from camket.duties.notices.actions.sending import MOST_AT_ONCE, Bundle, Copy, hand_over, open_batch, put_back, report_batch, stand_still, take_batch
from camket.duties.notices.actions.withdrawing import park_letters, stop_advertising, take_back_letter, withdraw_letters
from camket.duties.notices.actions.wording import Wording, wording_of
from camket.duties.notices.actions.writing import NoAddressee, answers_wait, forget_letters, note_agreement, write_letter
from camket.duties.notices.models import Letter
from camket.outbox.actions import LeaseLost, NotParked
from camket.vault.gate import Sealed

__all__ = [
    "MOST_AT_ONCE",
    "OWN_CONSENTS",
    "READ_ANSWER",
    "STOP_ADVERTISING",
    "BounceUnlikely",
    "Bundle",
    "CampaignUnknown",
    "CannotBeDone",
    "Copy",
    "LeaseLost",
    "Letter",
    "LetterHeld",
    "LetterUnknown",
    "LookedAt",
    "NoAddressee",
    "NoNumbers",
    "NotForThisRole",
    "NotParked",
    "NothingToTell",
    "OpenedLetter",
    "Sealed",
    "ToldAlready",
    "Wording",
    "WordsMissing",
    "answers_wait",
    "forget_letters",
    "forget_reaches",
    "give_up_letter",
    "hand_over",
    "hold_letter",
    "import_call_list",
    "keep_letter",
    "look_ahead",
    "message_id",
    "note_agreement",
    "open_batch",
    "open_letter",
    "park_letters",
    "pause_campaign",
    "plan_letters",
    "preview_letter",
    "put_back",
    "put_back_letter",
    "reach_of",
    "report_batch",
    "report_bounce",
    "report_letter",
    "resume_campaign",
    "retry_letter",
    "schedule_campaign",
    "stand_still",
    "stop_advertising",
    "stop_campaign",
    "take_back_letter",
    "take_batch",
    "take_letters",
    "unschedule_campaign",
    "withdraw_letters",
    "wording_of",
    "write_change",
    "write_letter",
]
