"""The threat model as its test reads it: sections, lines, and the tests that each line names."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.papers import code_spans
from tests.house.tree import ROOT, parsed

KINDS = ("learns", "changes", "stopped or shown", "remains")
SHOWN_BY = "shown by"
_NO_TEST = re.compile(r"no test: \S.{15,}")  # a reason, not a shrug


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of one threat: who, which of the four questions, the answer, and what shows it."""

    who: str
    kind: str
    answer: str
    shown_by: str

    @property
    def tests(self) -> tuple[str, ...]:
        """The names of the tests that show it."""
        return tuple(span for span in code_spans(self.shown_by) if "::" in span)

    @property
    def is_backed(self) -> bool:
        """Whether it names a test, or says plainly why there is none."""
        return bool(self.tests) or _NO_TEST.search(self.shown_by) is not None


def lines(text: str) -> Iterator[Line]:
    """Yield every line of every table whose last column says what shows it."""
    who, is_ours = "", False
    for row in text.splitlines():
        if row.startswith("## "):
            who, is_ours = row.removeprefix("## ").strip(), False
        cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")] if row.startswith("| ") else []
        if cells and cells[-1] == SHOWN_BY:
            is_ours = True
        elif cells and is_ours and len(cells) >= 3:
            yield Line(who=who, kind=cells[0], answer=" | ".join(cells[1:-1]), shown_by=cells[-1])
        elif not row.startswith("|"):
            is_ours = False


def sections(text: str) -> set[str]:
    """Return everybody of whom the document has a table of lines."""
    return {line.who for line in lines(text)}


def is_there(name: str, *, root: Path = ROOT) -> bool:
    """
    Return whether a test of this name stands in its file, where pytest looks for one.

    Args:
        name: `tests/path.py::Class::test`, or without a class.
        root: The checkout.
    """
    place, *parts = name.split("::")
    path = root / place
    if not re.fullmatch(r"tests/(\w+/)*test_\w+\.py", place) or not path.is_file():
        return False
    within: ast.AST = parsed(path)
    for part in parts:
        wanted = (ast.FunctionDef, ast.AsyncFunctionDef) if part is parts[-1] else (ast.ClassDef,)
        found = [node for node in ast.iter_child_nodes(within) if isinstance(node, wanted) and node.name == part]
        if not found or not part.startswith("test_" if part is parts[-1] else "Test"):
            return False
        within = found[-1]
    return bool(parts)
