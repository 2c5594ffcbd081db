"""
What the tests ask over and over and what always has the same answer: each edition is compiled, hashed and read back once.

Only functions whose answer follows from what they are given are remembered, each by all of it: another text or another law is another question.
"""

from collections.abc import Callable, Hashable
from importlib import import_module
from typing import Any

import pytest

MOST = 64  # answers of one function; a test that asks about hundreds of editions asks for itself


def remembered(function: Callable[..., Any], question: Callable[..., Hashable]) -> Callable[..., Any]:
    """
    Return a function that answers as another does, from memory where the question was answered before; an exception is raised anew each time.

    Args:
        function: Its answer follows from its arguments and is never changed by whoever gets it.
        question: Returns all that the answer follows from, for the same arguments.
    """
    known: dict[Hashable, Any] = {}

    def answer(*arguments: Any, **named: Any) -> Any:
        asked = question(*arguments, **named)
        if asked not in known:
            if len(known) >= MOST:
                known.clear()
            known[asked] = function(*arguments, **named)
        return known[asked]

    return answer


class Itself:
    """A value that stands for nothing but itself, for one that cannot be hashed; it is held, so that no other takes its place."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other._value is self._value

    def __hash__(self) -> int:
        return id(self._value)


def _of_source(source: Any, regime: Any) -> Hashable:
    return (*sorted(source.files.items()), repr(regime))


def _of_rows(edition: Any, translations: Any) -> Hashable:
    row = (edition.number, edition.slug, edition.authoritative, edition.text, bytes(edition.compiled), edition.hash)
    return (*row, *((one.language, one.text, one.hash) for one in translations))


def remember_editions(patch: pytest.MonkeyPatch) -> None:
    """Let the rooms that publish and read editions ask this memory for the length of a test run."""
    # by name and late: these modules hold tables, which exist only once Django is set up
    publishing, storing = import_module("camket.duties.publishing.actions.editions"), import_module("camket.editions.actions")
    queries = import_module("camket.editions.queries")
    patch.setattr(publishing, "compile_edition", remembered(publishing.compile_edition, _of_source))
    patch.setattr(publishing, "edition_hash", remembered(publishing.edition_hash, lambda text, policy: (text, Itself(policy))))
    patch.setattr(storing, "as_json", remembered(storing.as_json, lambda policy: (Itself(policy),)))
    patch.setattr(queries.reading, "read_genuine", remembered(queries.reading.read_genuine, _of_rows))
