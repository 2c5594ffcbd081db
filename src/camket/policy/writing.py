"""
How a text that somebody at a desk or a program writes is tidied before it is judged and kept. What people send us is cleaned more strictly, by
`values`; an edition's own files are taken as they are but for their line ends.
"""

import unicodedata
from collections.abc import Collection
from typing import Final

IN_PARAGRAPHS: Final = frozenset("\n\t")  # the control characters that a text of several lines may hold
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def line_feeds(text: str) -> str:
    """Return a text with line feeds for line ends: a form brings CRLF, an old file CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def normalised(text: str) -> str:
    """Return a file's text without a byte order mark and with line feeds only, so that no editor changes an edition's identity."""
    return line_feeds(text.removeprefix("\ufeff"))


def one_line(text: str) -> str:
    """Return a text of one line, such as a name: in NFC, with single spaces between its words and none around them."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def paragraphs(text: str) -> str:
    """Return a text of any number of lines: in NFC, with line feeds for line ends and nothing around it."""
    return unicodedata.normalize("NFC", line_feeds(text).strip())


def has_unseen(text: str, *, allowed: Collection[str] = ()) -> bool:
    """
    Return whether there is a character in a text that nobody sees: a control or formatting character, half of a pair, a separator of lines.

    Args:
        text: Tidied.
        allowed: Characters among those that have an honest use in it.
    """
    return any(unicodedata.category(char) in _UNSEEN and char not in allowed for char in text)
