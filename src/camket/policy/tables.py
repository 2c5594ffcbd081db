"""Reads TOML that somebody typed: guarded against hostile text, with a sentence for every slip."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from camket.policy.diagnostics import Place, Report, quote
from camket.policy.phrases import NOTHING, Phrase, phrase
from camket.policy.terms import ClauseNumber

LARGEST_BLOCK = 64 * 1024  # characters; a rule block is a screenful
LONGEST_LINE = 4_000  # characters
MOST_DOTS = 200  # in a line; the parser's cost grows with the square of a dotted key
UNREADABLE = "unreadable"  # stands in for an id that cannot be read
LONGEST_TEXT = 500  # characters, of a name, an address or a citation
LONGEST_LIST = 100  # lists are multiplied with each other

LONGEST_ID = 40  # characters: so long are the columns that keep one beside data

_IDENTIFIER = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_ID - 1}}}")
_LINE_IN_MESSAGE = re.compile(r"\(?at line (\d+), column \d+\)?")

_NO_LINES: Mapping[str, int] = MappingProxyType({})

E = TypeVar("E", bound=StrEnum)
W = TypeVar("W")


class TomlInvalid(ValueError):
    """The text is no TOML that we read; `line` counts from 1 within it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse_toml(text: str) -> dict[str, object]:
    """
    Return the tables of a TOML text.

    Args:
        text: What stands between the fences, or a whole small file.

    Returns:
        The top-level table.

    Raises:
        TomlInvalid: The text is too large, too deep, or not TOML.
    """
    _refuse_monsters(text)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TomlInvalid("it is nested too deeply", 1) from None
    except ValueError as problem:  # TOMLDecodeError, and int() on thousands of digits
        raise _as_invalid(str(problem), text) from None


def is_identifier(word: str) -> bool:
    """Return whether the word can name a field, a purpose or another declared thing."""
    return _IDENTIFIER.fullmatch(word) is not None


def _refuse_monsters(text: str) -> None:
    if len(text) > LARGEST_BLOCK:
        raise TomlInvalid(f"it is longer than {LARGEST_BLOCK} characters", 1)
    for line, content in enumerate(text.split("\n"), 1):
        if len(content) > LONGEST_LINE:
            raise TomlInvalid(f"a line is longer than {LONGEST_LINE} characters", line)
        if content.count(".") > MOST_DOTS:
            raise TomlInvalid(f"a line has more than {MOST_DOTS} full stops", line)


def _as_invalid(message: str, text: str) -> TomlInvalid:
    found = _LINE_IN_MESSAGE.search(message)
    line = int(found.group(1)) if found else max(1, len(text.rstrip("\n").split("\n")))
    told = _LINE_IN_MESSAGE.sub("", message).replace("(at end of document)", "at its end").strip() or "it is not TOML"
    return TomlInvalid(quote(told).strip("'"), line)


class TableReader:
    """Takes the keys of one table, one by one; what was not taken when it closes is a slip of the author."""

    def __init__(self, table: Mapping[str, object], *, name: str, place: Place, report: Report, lines: Mapping[str, int] = _NO_LINES) -> None:
        self._table = table
        self._lines = lines  # how far below the place each key stands, where that is known
        self._taken: set[str] = set()
        self._name = name
        self._report = report
        self.place = place
        self.is_sound = True
        self.is_kept = False  # whether the rule that it makes is among the edition's, if only so that others may name it

    @property
    def asked(self) -> frozenset[str]:
        """Every key that was asked for so far, whether it is there or not."""
        return frozenset(self._taken)

    def text(self, key: str) -> str:
        """Return a text that is not blank."""
        value = self._take(key, None)
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
            return self._wrong(key, phrase("must be text of 1 to {most} characters", most=LONGEST_TEXT), "?")
        return value.strip()

    def optional_text(self, key: str) -> str:
        """Return a text that is not blank, or an empty one when the key is absent."""
        self._taken.add(key)
        return self.text(key) if key in self._table else ""

    def matching(self, key: str, pattern: re.Pattern[str], what: Phrase) -> str:
        """Return a text of a given shape; `what` describes it to the author."""
        value = self._take(key, None)
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            return self._wrong(key, phrase("must be {what}", what=what), UNREADABLE)
        return value

    def nearest(self, word: str, options: Iterable[str]) -> Phrase:
        """Return a hint at the word that was probably meant."""
        return self._report.nearest(word, options)

    def require(self, holds: bool, key: str, what: Phrase, hint: Phrase = NOTHING) -> None:
        """Report a value that has its type but not its sense."""
        if self.is_sound and not holds:
            self._wrong(key, what, None, hint)

    @property
    def clause(self) -> ClauseNumber:
        """The clause that the table stands under."""
        return self.place.clause or ClauseNumber("")

    def identifier(self, key: str) -> str:
        """Return an id: lower-case letters, digits and underscores."""
        value = self._take(key, None)
        if not isinstance(value, str) or not is_identifier(value):
            return self._wrong(
                key, phrase("must be an id of at most {most} lower-case letters, digits and '_', such as \"full_name\"", most=LONGEST_ID), UNREADABLE
            )
        return value

    def identifiers(self, key: str, *, default: tuple[str, ...] | None = None, wildcard: bool = False) -> tuple[str, ...]:
        """Return a list of ids without repetition; with `wildcard`, also the list ["*"]."""
        value = self._take(key, default)
        if value is default and default is not None:
            return default
        if wildcard and value == ["*"]:
            return ("*",)
        return self._id_list(key, value, empty_ok=default == ())

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return a list of lists of ids; none when the key is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            return self._wrong(key, phrase('must be a list of lists of ids, such as [["email", "phone"]]'), ())
        return tuple(self._id_list(key, group, empty_ok=False) for group in value)

    def choice(self, key: str, kind: type[E], *, default: E | None = None) -> E:
        """Return one of a closed set of words."""
        value = self._take(key, default)
        options = [one.value for one in kind]
        if isinstance(value, str) and value in options:
            return kind(value)
        return self._wrong(key, phrase("cannot be {value}", value=quote(value)), next(iter(kind)), self._report.nearest(str(value), options))

    def choices(self, key: str, kind: type[E], *, default: tuple[E, ...] | None = None, wildcard: bool = False) -> tuple[E, ...]:
        """Return a list out of a closed set of words; with `wildcard`, ["*"] means all of them."""
        words = self.identifiers(key, default=default, wildcard=wildcard)
        if words == ("*",):
            return tuple(kind)
        options = [one.value for one in kind]
        for word in words:
            if word not in options:
                self._wrong(key, phrase("cannot hold {word}", word=quote(word)), None, self._report.nearest(word, options))
        return tuple(kind(word) for word in words if word in options)

    def integer(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number within bounds."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return self._wrong(key, phrase("must be a whole number from {low} to {high}", low=low, high=high), low)
        return value

    def optional_integer(self, key: str, *, low: int, high: int) -> int | None:
        """Return a whole number within bounds, or None when the key is absent."""
        self._taken.add(key)
        return self.integer(key, low=low, high=high) if key in self._table else None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Return true or false."""
        value = self._take(key, default)
        return value if isinstance(value, bool) else self._wrong(key, phrase("must be true or false"), False)

    def parsed(self, key: str, parse: Callable[[str], W]) -> W | None:
        """Return what `parse` makes of the text, or None where it raises ValueError, best of a phrase."""
        value = self.text(key)
        try:
            return parse(value)
        except ValueError as problem:
            return self._wrong(
                key, phrase("cannot be {value}: {problem}", value=quote(value), problem=problem.args[0] if problem.args else problem), None
            )

    def misplaced(self, meant: Iterable[str]) -> None:
        """Report that the table stands under another kind's heading; `meant` are those whose keys it has."""
        message = phrase("What stands under [[{name}]] are the keys of {names}.", name=self._name, names=headings(meant))
        self._report.error(self.place, "rule.misplaced", message, phrase("Head it so, or put what [[{name}]] needs in its place.", name=self._name))

    def close(self) -> None:
        """Report what nobody asked for."""
        for key in sorted(set(self._table) - self._taken)[:LONGEST_LIST]:
            self.is_sound = False
            message = phrase("[[{name}]] has no key {key}.", name=self._name, key=quote(key))
            self._report.error(self._at(key), "rule.unknown_key", message, self._report.nearest(key, self._taken))

    def _take(self, key: str, default: object) -> object:
        self._taken.add(key)
        return self._table.get(key, default)

    def _id_list(self, key: str, value: object, *, empty_ok: bool) -> tuple[str, ...]:
        if not isinstance(value, list) or not (value or empty_ok) or len(value) > LONGEST_LIST:
            return self._wrong(key, phrase('must be a list of ids, such as ["email"]'), ())
        if not all(isinstance(one, str) and is_identifier(one) for one in value):
            return self._wrong(key, phrase("must hold ids of at most {most} lower-case letters, digits and '_'", most=LONGEST_ID), ())
        if len(set(value)) != len(value):
            return self._wrong(key, phrase("names something twice"), ())
        return tuple(value)

    def _wrong(self, key: str, what: Phrase, instead: W, hint: Phrase = NOTHING) -> W:
        self.is_sound = False
        absent = key not in self._table
        code = "rule.missing_key" if absent else "rule.bad_value"
        message = (
            phrase("[[{name}]] needs the key '{key}': it {what}.", name=self._name, key=key, what=what)
            if absent
            else phrase("'{key}' in [[{name}]] {what}.", key=key, name=self._name, what=what)
        )
        self._report.error(self._at(key), code, message, NOTHING if absent else hint)
        return instead

    def _at(self, key: str) -> Place:
        return self.place.below(self._lines.get(key, 0))


def headings(kinds: Iterable[str]) -> str:
    """Return how tables of some kinds are headed, as a list for a message."""
    return " / ".join(f"[[{kind}]]" for kind in kinds)


def header_lines(text: str, names: Iterable[str]) -> dict[str, list[int]]:
    """
    Return, for each table name, the lines (from 0) on which its headers stand, so that a finding can point there.

    Args:
        text: A rule block's TOML.
        names: The tables that are looked for.
    """
    found: dict[str, list[int]] = {name: [] for name in names}
    for line, content in enumerate(text.split("\n")):
        header = _HEADER.match(content)
        if header and header.group(1) in found:
            found[header.group(1)].append(line)
    return found


def header_place(fence: Place, lines: list[int], position: int) -> Place:
    """
    Return where the n-th table of its name stands in a block, or the block's fence where its header was not found.

    Args:
        fence: The line that opens the block.
        lines: Where the headers of this name stand in the block, from 0 on.
        position: Which of them, from 0 on.
    """
    return fence.below(lines[position] + 1) if position < len(lines) else fence


def key_lines(text: str, header: int) -> dict[str, int]:
    """
    Return how many lines below its header (its line from 0, or -1 for a table without one) each key of a table stands.

    Args:
        text: A rule block's TOML.
        header: The line of the table's header in it, from 0 on; -1 for a table without one.
    """
    found: dict[str, int] = {}
    for below, content in enumerate(text.split("\n")[header + 1 :], 1):
        if _HEADER.match(content):
            break
        key = _KEY.match(content)
        if key:
            found.setdefault(key.group(1), below)
    return found


_KEY = re.compile(r"[ \t]*([A-Za-z0-9_-]+)[ \t]*=")
_HEADER = re.compile(r"[ \t]*\[{1,2}[ \t]*([a-z_]+)")
