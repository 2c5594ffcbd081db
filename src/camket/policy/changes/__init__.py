"""What differs between two editions: in meaning, thing by thing, and in text, word by word."""

from camket.policy.changes.change import ALL_ELSE, Change, ChangeKind, Difference, Direction, Scope, Side
from camket.policy.changes.comparing import difference
from camket.policy.changes.concerning import WHOLE_TEXT, Concern, Held, Holding, Reach, change_id
from camket.policy.changes.moving import reaches, stays
from camket.policy.changes.places import filled, place, together
from camket.policy.changes.sentences import sentence
from camket.policy.changes.standing import Standing, When
from camket.policy.changes.steps import OutOfStep, StepKind, out_of_step
from camket.policy.changes.texts import Passage, Piece, PieceKind, pieces_by_line, text_difference
from camket.policy.changes.widening import reaching_changes, widened_purposes, widening_changes
from camket.policy.changes.wordings import Rewording, words_difference

__all__ = [
    "ALL_ELSE",
    "WHOLE_TEXT",
    "Change",
    "ChangeKind",
    "Concern",
    "Difference",
    "Direction",
    "Held",
    "Holding",
    "OutOfStep",
    "Passage",
    "Piece",
    "PieceKind",
    "Reach",
    "Rewording",
    "Scope",
    "Side",
    "Standing",
    "StepKind",
    "When",
    "change_id",
    "difference",
    "filled",
    "out_of_step",
    "pieces_by_line",
    "place",
    "reaches",
    "reaching_changes",
    "sentence",
    "stays",
    "text_difference",
    "together",
    "widened_purposes",
    "widening_changes",
    "words_difference",
]
