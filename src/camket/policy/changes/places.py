"""Words of a change with places for the names of things: whoever reads them is told those that touch what is held of them, and no others."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

_OPENS, _CLOSES, _AND, _IS = "\x1c", "\x1d", "\x19", "\x1a"  # stand in no text
_PLACE: Final = re.compile(f"{_OPENS}([a-z]+)([^{_CLOSES}]*){_CLOSES}")
_LAST: Final = {"en": " and ", "vi": " và "}


def place(kind: str, names: Mapping[str, str]) -> str:
    """
    Return a place in a text that takes those of some names that its reader has.

    Args:
        kind: What is named: field, purpose or collection.
        names: What each thing is called there, by its id, in the order in which they are read.
    """
    return f"{_OPENS}{kind}{''.join(f'{_AND}{id}{_IS}{name}' for id, name in names.items())}{_CLOSES}"


def filled(words: str, *, own: Mapping[str, Collection[str]], language: str) -> str:
    """
    Return a text with its places filled: a line below the first of which nothing is the reader's falls away.

    Args:
        words: With any number of places, or none.
        own: The ids that are the reader's, by kind; of a kind that is not among them every name is told.
        language: Of the text: `vi` or `en`.
    """
    first, *rest = words.split("\n")
    kept = [line for line in rest if all(_own(found, own) for found in _PLACE.finditer(line))]
    # that a change is told means that something of it is theirs
    return "\n".join(_PLACE.sub(lambda found: together(_own(found, own) or _named(found), language), line) for line in (first, *kept))


def together(names: Sequence[str], language: str) -> str:
    """
    Return names as a sentence lists them.

    Args:
        names: In their order.
        language: `vi` or `en`.
    """
    return _LAST.get(language, ", ").join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))


def _own(found: re.Match[str], own: Mapping[str, Collection[str]]) -> list[str]:
    mine = own.get(found[1])
    return [name for id, name in _pairs(found) if mine is None or id in mine]


def _named(found: re.Match[str]) -> list[str]:
    return [name for _, name in _pairs(found)]


def _pairs(found: re.Match[str]) -> list[tuple[str, str]]:
    return [(id, name) for id, _, name in (one.partition(_IS) for one in found[2].split(_AND)[1:])]
