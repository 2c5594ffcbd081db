"""What the compiler has to say about a text: where, what is wrong, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from camket.policy.phrases import NOTHING, Phrase, phrase
from camket.policy.terms import ClauseNumber

MOST_DIAGNOSTICS = 500
MOST_OPTIONS = 300
_NEAR = 0.6  # of two words, by how much of them is alike
LONGEST_QUOTE = 60  # characters of the author's text that a message repeats


class Severity(StrEnum):
    """Whether an edition can be published despite the finding."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the source something stands; lines count from 1."""

    file: str
    line: int
    clause: ClauseNumber | None = None

    def below(self, lines: int) -> "Place":
        """Return the place some lines further down."""
        return replace(self, line=self.line + lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding: an error keeps the edition from being published, a warning does not."""

    severity: Severity
    file: str
    line: int
    clause: ClauseNumber | None
    code: str
    message: Phrase
    hint: Phrase = NOTHING

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the finding as plain values, ready for JSON."""
        return {
            "severity": self.severity.value,
            "file": self.file,
            "line": self.line,
            "clause": self.clause,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }


# What to do where the finding itself says all else; a finding with more to offer brings its own hint.
_USUAL_HINTS = {
    "edition.bad_toml": phrase("Mend that line; edition.toml holds plain `key = value` lines (TOML)."),
    "edition.other_regime": phrase("Name the same law in edition.toml, or check against the edition's own rule pack (CAMKET_REGIME)."),
    "purpose.unused": phrase("Add a [[permit]] that uses it, or take the purpose out."),
    "recipient.unused": phrase("Add a [[permit]] with operation disclose for it, or take the recipient out."),
    "rule.bad_value": phrase("docs/policy-language.md lists what each key may hold."),
    "rule.missing_key": phrase("Add the key; docs/policy-language.md shows the table whole."),
    "rule.unknown_key": phrase("docs/policy-language.md shows the table with every key it has."),
    "rule.unknown_table": phrase("docs/policy-language.md lists every rule there is; an edition includes no other file."),
    "structure.fence": phrase("Head it rule or words."),
    "words.unknown_key": phrase("docs/policy-language.md lists the words that each kind of thing has."),
    "words.unknown_kind": phrase("docs/policy-language.md lists the kinds of things that have words."),
    "rule.too_many": phrase("Join tables that say the same, or split the policy."),
    "translation.clause_unknown": phrase("Give the clause the authoritative text's number, or take it out of the translation."),
    "translation.preamble": phrase("Translate the preamble, or take it out of both texts."),
    "translation.sections": phrase("Give the translation the same section numbers as the authoritative text."),
    "words.bad_value": phrase("Shorten or complete the wording."),
    "words.unused": phrase("Take it out, or declare what it names with a rule."),
}


class Report:
    """Collects findings while an edition is read, and stops growing when the text is hopeless."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self.has_errors = False

    def error(self, place: Place, code: str, message: Phrase, hint: Phrase = NOTHING) -> None:
        """Record a finding that keeps the edition from being published."""
        self.has_errors = True
        self._add(Severity.ERROR, place, code, message, hint)

    def warning(self, place: Place, code: str, message: Phrase, hint: Phrase = NOTHING) -> None:
        """Record a finding that an author should read before publishing."""
        self._add(Severity.WARNING, place, code, message, hint)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over findings that were made elsewhere."""
        for one in diagnostics:
            self.has_errors = self.has_errors or one.severity is Severity.ERROR
            self._keep(one)

    @property
    def is_full(self) -> bool:
        """Whether further findings would only be dropped: nobody reads five hundred, so looking for more is idle."""
        return len(self._found) >= MOST_DIAGNOSTICS

    def nearest(self, word: str, options: Iterable[str]) -> Phrase:
        """Return a hint at the word that was probably meant; none once the report is full, for it costs time."""
        return NOTHING if self.is_full else did_you_mean(word, options)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Return every finding once, by file, line, severity and code."""
        found = sorted(set(self._found), key=_position)
        if self.is_full:
            found.append(_too_many(found[-1], Severity.ERROR if self.has_errors else Severity.WARNING))
        return tuple(found)

    def _add(self, severity: Severity, place: Place, code: str, message: Phrase, hint: Phrase) -> None:
        hint = hint or _USUAL_HINTS.get(code, NOTHING)
        found = Diagnostic(severity=severity, file=place.file, line=place.line, clause=place.clause, code=code, message=message, hint=hint)
        self._keep(found)

    def _keep(self, found: Diagnostic) -> None:
        if not self.is_full:
            self._found.append(found)


def quote(text: object) -> str:
    """Return a short, one-line quotation of what the author wrote."""
    shown = str(text)
    short = shown if len(shown) <= LONGEST_QUOTE else shown[:LONGEST_QUOTE] + "…"
    return "'" + "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in short) + "'"


def did_you_mean(word: str, options: Iterable[str]) -> Phrase:
    """
    Return a hint that names the nearest word, or all of them when there are few, or nothing.

    Args:
        word: What the author wrote.
        options: What is known where it stands, in any order.
    """
    known = sorted(options)[:MOST_OPTIONS]
    near = [one for one in get_close_matches(word, known, cutoff=_NEAR) if _is_slip(word, one)] if len(word) <= LONGEST_QUOTE else []
    if near:
        return phrase("Did you mean '{word}'?", word=near[0])
    if 0 < len(known) <= 12:
        return phrase("Known here: {names}.", names=", ".join(known))
    return NOTHING


def _is_slip(word: str, known: str) -> bool:
    """Whether two words are near in what is their own: many ids share a whole part, as lock_service and refuse_service do."""
    mine, theirs = word.split("_"), known.split("_")
    while mine and theirs and mine[-1] == theirs[-1]:
        mine, theirs = mine[:-1], theirs[:-1]
    while mine and theirs and mine[0] == theirs[0]:
        mine, theirs = mine[1:], theirs[1:]
    return not (mine and theirs) or bool(get_close_matches("_".join(mine), ["_".join(theirs)], cutoff=_NEAR))


def _position(one: Diagnostic) -> tuple[str, int, str, str, str]:
    return one.file, one.line, one.severity.value, one.code, one.message


def _too_many(last: Diagnostic, severity: Severity) -> Diagnostic:
    return Diagnostic(
        severity=severity,
        file=last.file,
        line=last.line,
        clause=None,
        code="report.too_many",
        message=phrase("Findings after the first {most} are not looked for.", most=MOST_DIAGNOSTICS),
        hint=phrase("Mend the first ones and compile again."),
    )
