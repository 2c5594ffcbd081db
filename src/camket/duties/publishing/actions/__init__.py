"""Publishing: from a draft or a folder of texts to the policy in force. One function is one use case."""

from camket.access.rules import NotForThisRole
from camket.duties.publishing.actions.counting import count_answers, recount_answers
from camket.duties.publishing.actions.drafts import discard_draft, restore_draft, save_draft, start_draft
from camket.duties.publishing.actions.editions import (
    AlreadyScheduled,
    TooEarly,
    Unpublishable,
    enact_due,
    publish_edition,
    publish_pending,
)
from camket.duties.publishing.actions.facts import DraftOver, DraftUnknown
from camket.duties.publishing.actions.proposing import (
    BadReason,
    ChangedSince,
    Lowered,
    NothingProposed,
    NotTheSecond,
    ProposedAnew,
    Wish,
    confirm,
    propose,
    refuse,
    withdraw,
)
from camket.duties.publishing.actions.translations import NoTranslation, WordsChanged, correct_translation
from camket.editions.actions import AlreadyPublished, OutOfOrder
from camket.policy.faults import Overtaken, Unfit

__all__ = [
    "AlreadyPublished",
    "AlreadyScheduled",
    "BadReason",
    "ChangedSince",
    "DraftOver",
    "DraftUnknown",
    "Lowered",
    "NoTranslation",
    "NotForThisRole",
    "NotTheSecond",
    "NothingProposed",
    "OutOfOrder",
    "Overtaken",
    "ProposedAnew",
    "TooEarly",
    "Unfit",
    "Unpublishable",
    "Wish",
    "WordsChanged",
    "confirm",
    "correct_translation",
    "count_answers",
    "discard_draft",
    "enact_due",
    "propose",
    "publish_edition",
    "publish_pending",
    "recount_answers",
    "refuse",
    "restore_draft",
    "save_draft",
    "start_draft",
    "withdraw",
]
