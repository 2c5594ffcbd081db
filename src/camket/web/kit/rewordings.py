"""The words on forms and pages that differ between two editions, as a page shows them: the sentence that people agree to before all."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from camket.policy.changes import Piece, Rewording

_HEADINGS: Final = {
    "consent": gettext_noop("The sentence that people agree to: %(name)s"),
    "label": gettext_noop("What it is called: %(name)s"),
    "why": gettext_noop("Why it is asked for: %(name)s"),
    "hint": gettext_noop("The hint beside it: %(name)s"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RewordingShown:
    """One wording that differs: what it is, and its pieces word by word."""

    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageReworded:
    """The wordings that differ in one language."""

    language: str
    lines: tuple[RewordingShown, ...]


def reworded(found: Iterable[Rewording]) -> dict[str, Any]:
    """
    Return what a page of a difference shows of the words, in the active language: each language's, and for what another sentence is agreed to.

    Args:
        found: What differs, language by language.
    """
    ordered = tuple(found)
    agreed: dict[str, str] = {}  # by the name that the first language has
    for one in ordered:
        if one.is_of_what_was_agreed_to:
            agreed.setdefault(one.thing, one.name)
    groups = [LanguageReworded(language=language, lines=tuple(map(_shown, lines))) for language, lines in groupby(ordered, lambda one: one.language)]
    return {"reworded": groups, "agreed_otherwise": "; ".join(agreed.values())}


def _shown(one: Rewording) -> RewordingShown:
    heading = gettext_noop("Why no rule stands under clause %(name)s") if one.kind == "clause" else _HEADINGS[one.key]
    return RewordingShown(heading=gettext(heading) % {"name": one.thing if one.kind == "clause" else one.name}, pieces=one.pieces)
