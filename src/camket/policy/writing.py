"""
How a text that somebody at a desk or a program writes is tidied before it is judged and kept. What people send us is cleaned more strictly, by
`values`; an edition's own files are taken as they are but for their line ends.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from itertools import chain, groupby
from typing import Final, Literal, TypeAlias

NormalForm: TypeAlias = Literal["NFC", "NFD", "NFKC", "NFKD"]

IN_PARAGRAPHS: Final = frozenset("\n\t")  # the control characters that a text of several lines may hold
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_SHORT: Final = 500  # characters; no order of so few marks takes long
_HEAP: Final = 30  # marks upon one letter: more than any script has (UAX #15 §13)


def composed(text: str, form: NormalForm = "NFC") -> str:
    """
    Return a text in one of the normal forms of Unicode, in a time that grows with its length and no faster.

    The library puts marks heaped upon one letter in order in the square of their number, and lets no other thread go on meanwhile: a text of a
    megabyte stops a process for minutes. Of heaps the order is made here, and the library finds them in it.

    Args:
        text: Anything.
        form: Which form.

    Source: Unicode Standard §3.11 (D108, D109: canonical ordering).
    """
    # what is composed already, as nearly every text is, and what is out of order are told apart at a glance
    if len(text) > _SHORT and not unicodedata.is_normalized(form, text) and _heaps().search(text):
        text = _in_order(text, "NFD" if form in ("NFC", "NFD") else "NFKD")
    return unicodedata.normalize(form, text)  # noqa: TID251  # short, or in order by now


def _in_order(text: str, apart: NormalForm) -> str:
    """The text with each sign taken apart by itself, and the marks upon a letter in the order of the standard."""
    signs = chain.from_iterable(unicodedata.normalize(apart, one) for one in text)  # noqa: TID251  # one sign by itself
    runs = (sorted(run, key=unicodedata.combining) if is_mark else run for is_mark, run in groupby(signs, key=_is_mark))
    return "".join(chain.from_iterable(runs))


def _is_mark(char: str) -> bool:
    return unicodedata.combining(char) > 0


@cache
def _heaps() -> re.Pattern[str]:
    """So many marks in a row, of all that Unicode knows below its last planes."""
    marks = "".join(char for char in map(chr, range(0x300, 0x20000)) if unicodedata.category(char).startswith("M"))
    return re.compile(f"[{marks}]{{{_HEAP}}}")


def line_feeds(text: str) -> str:
    """Return a text with line feeds for line ends: a form brings CRLF, an old file CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def normalised(text: str) -> str:
    """Return a file's text without a byte order mark and with line feeds only, so that no editor changes an edition's identity."""
    return line_feeds(text.removeprefix("\ufeff"))


def one_line(text: str) -> str:
    """Return a text of one line, such as a name: in NFC, with single spaces between its words and none around them."""
    return " ".join(composed(text).split())


def paragraphs(text: str) -> str:
    """Return a text of any number of lines: in NFC, with line feeds for line ends and nothing around it."""
    return composed(line_feeds(text).strip())


def has_unseen(text: str, *, allowed: Collection[str] = ()) -> bool:
    """
    Return whether there is a character in a text that nobody sees: a control or formatting character, half of a pair, a separator of lines.

    Args:
        text: Tidied.
        allowed: Characters among those that have an honest use in it.
    """
    return any(unicodedata.category(char) in _UNSEEN and char not in allowed for char in text)
