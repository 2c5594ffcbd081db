"""Editions that Hypothesis spoils: the files of a sound one, cut, doubled, turned round and written over as a hurried or hostile author would."""

import re
from collections.abc import Callable, Mapping, Sequence

from hypothesis import strategies as st

from camket.policy.compiler import Compilation
from camket.policy.diagnostics import Severity

ODD = (
    "\ufeff", "\u202e", "\u200b", "\u2028", "\x0c", "\x1b[2J", "\ud800", "\0", "\U0001f382", "٣", "ⅳ", "１．１ ", "ế" * 40, "\r", "\t",
    "\N{REPLACEMENT CHARACTER}",
)  # fmt: skip
NUMBERS = ("0", "-1", "9" * 400, "1e999", "nan", "0x7fffffffffffffff", "1_0", "true", "2020-01-01", "07:00:00", "1.1.1")
VALUES = (
    '""',
    "3",
    "[]",
    "[[]]",
    "{}",
    "{ a = { b = [ { c = 1 } ] } }",
    '["x", 1, true]',
    '"""\n\n"""',
    "[" * 200,
    '"' + "x" * 5_000 + '"',
    "2020-01-01",
)
LINES = (
    "```rule", "```words", "```", "~~~~rule", "## 1. ", "## 999. X", "# Again", "1.1 ", "1.1. x", "[[permit]]", "[[include]]",
    "[permit]", "[field.email]",
    'include = ["../../etc/passwd"]', "a" + ".b" * 190 + " = 1", "<script>alert(1)</script>", "{% include 'x' %}", "%(name)s {0} {name}",
)  # fmt: skip

Files = dict[str, str]


def _cut(text: str, draw: st.DrawFn) -> str:
    start = draw(st.integers(0, len(text)))
    return text[:start] + text[start + draw(st.integers(1, 400)) :]


def _by_line(change: Callable[[list[str], st.DrawFn], None]) -> Callable[[str, st.DrawFn], str]:
    def spoil(text: str, draw: st.DrawFn) -> str:
        lines = text.split("\n")
        change(lines, draw)
        return "\n".join(lines)

    return spoil


def _some_line(lines: Sequence[str], draw: st.DrawFn) -> int:
    return draw(st.integers(0, len(lines) - 1))


def _double(lines: list[str], draw: st.DrawFn) -> None:
    start = _some_line(lines, draw)
    lines[start:start] = lines[start : start + draw(st.integers(1, 12))]


def _swap(lines: list[str], draw: st.DrawFn) -> None:
    one, other = _some_line(lines, draw), _some_line(lines, draw)
    lines[one], lines[other] = lines[other], lines[one]


def _put_in(lines: list[str], draw: st.DrawFn) -> None:
    lines.insert(_some_line(lines, draw), draw(st.sampled_from(LINES)))


def _odd(text: str, draw: st.DrawFn) -> str:
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(ODD)) + text[at:]


def _one_of(pattern: str, replacements: Sequence[str]) -> Callable[[str, st.DrawFn], str]:
    found = re.compile(pattern, re.MULTILINE)

    def spoil(text: str, draw: st.DrawFn) -> str:
        spans = [one.span() for one in found.finditer(text)]
        if not spans:
            return text
        start, end = draw(st.sampled_from(spans))
        return text[:start] + draw(st.sampled_from(replacements)) + text[end:]

    return spoil


SPOILS = (
    _cut, _by_line(_double), _by_line(_swap), _by_line(_put_in), _odd,
    _one_of(r"\d+", NUMBERS), _one_of(r"(?<== ).+$", VALUES), _one_of(r"\b[a-z_]{4,}\b", ("", "x", "id", "*", "email", "controller", "__class__")),
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, files: Mapping[str, str]) -> Files:
    """
    Draw the files of an edition after one to five accidents.

    Args:
        files: A sound edition's.
    """
    made = dict(files)
    for _ in range(draw(st.integers(1, 5))):
        name = draw(st.sampled_from(sorted(made)))
        made[name] = draw(st.sampled_from(SPOILS))(made[name], draw)
    return made


def assert_is_told(found: Compilation, files: Mapping[str, str]) -> None:
    """Assert that what is said of an edition can be acted on: no policy without an error told, each finding with a line that is there and a hint."""
    errors = [one for one in found.diagnostics if one.severity is Severity.ERROR]
    assert (found.policy is None) is bool(errors)
    for one in found.diagnostics:
        lines = len(re.split(r"\r\n|\r|\n", files.get(one.file, "")))
        assert 1 <= one.line <= lines, one
        assert one.message.strip(), one
        assert one.hint.strip(), one
        assert one.message.isprintable(), one
        assert one.hint.isprintable(), one
