"""Which characters of a text nobody sees, although they change what is read or how it is read."""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from camket.policy.diagnostics import Place, Report
from camket.policy.document import Document
from camket.policy.phrases import phrase

# controls, marks of direction and joiners, what has no meaning or a private one, and the two ends of a line that no editor shows as one
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})
_ORDINARY: Final = frozenset("\t\n")
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")  # as TOML writes a character; an HTML entity is the same in Markdown


def check_characters(file: str, text: str, report: Report, document: Document | None = None) -> None:
    """
    Report each line in which a character stands, itself or written as an escape, that no reader sees: with a mark of direction a clause reads
    otherwise than it is signed. Vietnamese and English are written without any of them.

    Args:
        file: Name of the file, for findings.
        text: Its content, with line feeds only.
        report: Takes the findings.
        document: What was read of it, so that a finding can name its clause.

    Source: Unicode Technical Report 36 §2.5, 3.5; CVE-2021-42574.
    """
    clauses = document.clauses if document else ()
    starts = [clause.line for clause in clauses]
    for number, line in enumerate(text.split("\n"), 1):
        if line.isprintable() and "&" not in line and "\\" not in line:
            continue
        for character in _unseen(line):
            at = bisect_right(starts, number)
            clause = clauses[at - 1].number if at and not line.startswith("#") else None
            _tell(character, Place(file=file, line=number, clause=clause), report)
            break  # where one is, there are many


def _unseen(line: str) -> Iterator[str]:
    shown = html.unescape(_ESCAPE.sub(lambda found: _written(found.group(1) or found.group(2)), line))
    return (one for one in shown if unicodedata.category(one) in _UNSEEN and one not in _ORDINARY)


def _written(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _tell(character: str, place: Place, report: Report) -> None:
    code = f"U+{ord(character):04X}"
    named = unicodedata.name(character, "")
    report.error(
        place,
        "source.bad_character",
        phrase("A character stands here that nobody sees: {character}.", character=f"{code} {named}" if named else code),
        phrase("Take it out, so that everybody reads what is signed; if it cannot be found, type the line anew."),
    )
