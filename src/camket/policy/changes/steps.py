"""Where a text and what goes with it moved apart from one edition to the next: a translation left behind, or a rule without its text."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from camket.policy.changes.change import Change
from camket.policy.document import Document
from camket.policy.terms import ClauseNumber


class StepKind(StrEnum):
    """What stayed where it was while the other moved."""

    TRANSLATION = "translation"  # the text that binds differs, a translation of it does not
    BINDING = "binding"  # a translation differs, the text that binds does not
    TEXT = "text"  # what the rules say differs, the text that binds does not


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfStep:
    """A clause of which one part moved and another did not; `language` is the translation's, or that of the text that binds where its rule moved."""

    clause: ClauseNumber
    kind: StepKind
    language: str


def out_of_step(
    old: Mapping[str, Document], new: Mapping[str, Document], *, authoritative: str, changes: Collection[Change] = ()
) -> tuple[OutOfStep, ...]:
    """
    Return the clauses whose texts and rules did not change together, in the order of the new text that binds; each may be meant so.

    A correction of one language alone is no fault, and a rule can say more exactly what the text said already: a person looks.

    Args:
        old: The documents of the edition so far, by language.
        new: Those of the one that is to follow it.
        authoritative: The language that binds.
        changes: What differs in meaning between the two.
    """
    if authoritative not in old or authoritative not in new:
        return ()
    ruled = {number for one in changes for number in _said_in(one)}
    return tuple(one for clause in new[authoritative].clauses for one in _of_clause(clause.number, old, new, authoritative, clause.number in ruled))


def _said_in(change: Change) -> Iterable[ClauseNumber]:
    """The clauses that say a thing on both sides: where it came or went, the text of one edition alone speaks of it."""
    if change.before is None or change.after is None:
        return change.clauses
    return {*change.before.clauses, *change.after.clauses}


def _of_clause(
    number: ClauseNumber, old: Mapping[str, Document], new: Mapping[str, Document], authoritative: str, is_ruled_otherwise: bool
) -> Iterator[OutOfStep]:
    moved = {language: _has_moved(number, old.get(language), new.get(language)) for language in new}
    binds = moved[authoritative]
    if binds is None:
        return
    for language, has_moved in moved.items():
        if language != authoritative and has_moved is not None and has_moved != binds:
            yield OutOfStep(clause=number, kind=StepKind.TRANSLATION if binds else StepKind.BINDING, language=language)
    if is_ruled_otherwise and not binds:
        yield OutOfStep(clause=number, kind=StepKind.TEXT, language=authoritative)


def _has_moved(number: ClauseNumber, old: Document | None, new: Document | None) -> bool | None:
    """Whether a clause reads otherwise than before; None where one of the two texts has none of this number."""
    before, after = (document.clause(number) if document else None for document in (old, new))
    return None if before is None or after is None else before.paragraphs_markdown != after.paragraphs_markdown
