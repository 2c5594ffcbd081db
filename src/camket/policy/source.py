"""Reads the source of an edition: Markdown for people, with the rule and the words for the machine under each clause."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from camket.policy.diagnostics import Diagnostic, Place, Report, quote
from camket.policy.document import Clause, Document, Section, Statement, Words
from camket.policy.phrases import Phrase, phrase
from camket.policy.tables import TomlInvalid, parse_toml
from camket.policy.terms import ClauseNumber
from camket.policy.wordings import WordsDraft
from camket.policy.writing import normalised

LARGEST_FILE = 1_000_000  # characters

# nothing that was matched is given back: a line that is none in the end would cost the square of its length
_FENCE = re.compile(r" {0,3}(`{3,}+|~{3,}+)[ \t]*+([^\s`]*+)[^`]*+")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_SECTION = re.compile(r"(\d{1,3})\.[ \t]+(\S.*)", re.ASCII)
_CLAUSE = re.compile(r"(\d{1,3})\.(\d{1,3})(\.?)[ \t]+(\S.*)", re.ASCII)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and half characters that cannot be written out again
_ESCAPED_BYTE = 0xDC00  # what Python adds to a byte that is no UTF-8 (PEP 383)
_BLOCKS = ("rule", "words")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSource:
    """The texts of one edition's folder, by file name."""

    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBlock:
    """What stands between one pair of rule fences; `line` is that of the opening fence."""

    place: Place
    text: str
    tables: Mapping[str, object]  # read by many: nobody changes it in place


class ParsedText(NamedTuple):
    """What one language's file says, and what is wrong with it."""

    document: Document
    rules: tuple[RuleBlock, ...]
    words: Words
    diagnostics: tuple[Diagnostic, ...]

    @property
    def is_read(self) -> bool:
        """Whether the file could be read at all."""
        return not any(one.code.startswith("source.") for one in self.diagnostics)


@lru_cache(maxsize=8)  # a page of the desk asks for the same few again and again; a policy is public
def parse_document(language: str, file: str, text: str) -> ParsedText:
    """
    Return the document, the rule blocks and the words of one language's file; a bad text becomes findings, never an exception.

    Args:
        language: Code of the language, such as "vi".
        file: Name of the file, for findings.
        text: Its whole content.

    Returns:
        What could be read, and the findings.
    """
    report = Report()
    reader = _Reader(language, file, report)
    if is_readable(file, text, report):
        reader.read(text)
    return ParsedText(reader.document(), tuple(reader.rules), reader.words.finish(language), report.sorted())


def is_readable(file: str, text: str, report: Report) -> bool:
    """
    Return whether a text is small and clean enough to be read at all, reporting where it is not.

    Args:
        file: Its name, for the findings.
        text: As it was read; a byte that was no UTF-8 stands in it as a lone surrogate.
        report: Takes the findings.
    """
    start = Place(file=file, line=1)
    if len(text) > LARGEST_FILE:
        report.error(
            start,
            "source.too_large",
            phrase("The file is longer than {most} characters.", most=LARGEST_FILE),
            phrase("A policy is a text that people read."),
        )
        return False
    bad = _NO_TEXT.search(text)
    if bad is not None:
        place = Place(file=file, line=text.count("\n", 0, bad.start()) + 1)
        byte = ord(bad.group()) - _ESCAPED_BYTE
        is_byte = 0x80 <= byte <= 0xFF  # as whoever read the file marks it
        message = (
            phrase("The file is no UTF-8 text: the byte {byte} stands here.", byte=f"0x{byte:02X}")
            if is_byte
            else phrase("The file holds a character that no text holds.")
        )
        report.error(place, "source.bad_character", message, phrase("Save it as UTF-8 text."))
    return bad is None


@dataclass(slots=True, kw_only=True)
class _ClauseDraft:
    number: ClauseNumber
    line: int
    lines: list[str]
    reason: str | None = None
    says: frozenset[Statement] = frozenset()
    rule_count: int = 0

    def finish(self) -> Clause:
        markdown = "\n".join(self.lines).strip()
        return Clause(number=self.number, paragraphs_markdown=markdown, line=self.line, informative_reason=self.reason, says=self.says)


@dataclass(slots=True, kw_only=True)
class _SectionDraft:
    number: int
    title: str
    line: int
    clauses: list[_ClauseDraft] = field(default_factory=list)

    @property
    def next_clause(self) -> int:
        """The number that is due after the last one, whatever came before it: one slip is told of once."""
        return int(self.clauses[-1].number.partition(".")[2]) + 1 if self.clauses else 1

    def finish(self) -> Section:
        return Section(number=self.number, title=self.title, clauses=tuple(one.finish() for one in self.clauses))


class _Reader:
    """Goes through one file line by line; each line costs the same however hostile the ones before it were."""

    def __init__(self, language: str, file: str, report: Report) -> None:
        self._language = language
        self._file = file
        self._report = report
        self._title = ""
        self._preamble = _ClauseDraft(number=ClauseNumber(""), line=1, lines=[])
        self._sections: list[_SectionDraft] = []
        self._line = 0
        self._is_fresh = True  # whether a paragraph may begin on this line
        self.rules: list[RuleBlock] = []
        self.words = WordsDraft(report)

    def read(self, text: str) -> None:
        lines = normalised(text).split("\n")
        while self._line < len(lines):
            content = lines[self._line]
            self._line += 1
            fence = _FENCE.fullmatch(content)
            if fence:
                self._read_fence(lines, fence.group(1), fence.group(2))
                self._is_fresh = True
            else:
                self._read_line(content)
        self._check_whole()

    def document(self) -> Document:
        sections = tuple(one.finish() for one in self._sections)
        preamble = self._preamble.finish()
        return Document(
            language=self._language,
            title=self._title,
            preamble=preamble.paragraphs_markdown,
            preamble_reason=preamble.informative_reason,
            sections=sections,
        )

    def _read_line(self, content: str) -> None:
        heading = _HEADING.fullmatch(content)
        clause = _CLAUSE.fullmatch(content) if self._sections else None
        if heading:
            self._read_heading(len(heading.group(1)), heading.group(2).strip())
        elif clause and self._is_fresh:
            self._open_clause(clause)
        else:
            self._add_text(content, clause)
        self._is_fresh = heading is not None or not content.strip()

    def _read_heading(self, level: int, title: str) -> None:
        section = _SECTION.fullmatch(title)
        if level == 1 and not self._title and not self._sections and title:
            self._title = title
        elif level == 2 and section:
            self._open_section(int(section.group(1)), section.group(2).strip())
        else:
            self._error(
                "structure.heading",
                phrase("The heading {title} is not one this text can have.", title=quote(title)),
                phrase("One '# Title' opens the text; each section is '## 4. Its title'; inside a clause use lists, not headings."),
            )

    def _open_section(self, number: int, title: str) -> None:
        expected = self._sections[-1].number + 1 if self._sections else 1
        self._sections.append(_SectionDraft(number=number, title=title, line=self._line))
        if number != expected:
            self._error(
                "structure.section_number",
                phrase("Section {number} stands where section {expected} is due.", number=number, expected=expected),
                phrase("Number the sections from 1, without gaps and without repetition."),
            )

    def _open_clause(self, found: re.Match[str]) -> None:
        section = self._sections[-1]
        number = ClauseNumber(f"{int(found.group(1))}.{int(found.group(2))}")
        expected = ClauseNumber(f"{section.number}.{section.next_clause}")
        section.clauses.append(_ClauseDraft(number=number, line=self._line, lines=[found.group(4)]))
        if found.group(3):
            self._error(
                "structure.clause_number",
                phrase("The clause is numbered '{number}.', with a full stop at the end.", number=number),
                phrase("Write '{number} '.", number=number),
            )
        elif number != expected:
            self._error(
                "structure.clause_number",
                phrase("Clause {number} stands where clause {expected} is due.", number=number, expected=expected),
                phrase("Number the clauses of a section from 1, without gaps and without repetition."),
            )

    def _add_text(self, content: str, run_on: re.Match[str] | None) -> None:
        draft = self._current()
        if draft is not None:
            draft.lines.append(content)
        elif content.strip():
            self._error(
                "structure.loose_text",
                phrase("The text {content} belongs to no clause.", content=quote(content)),
                phrase("Begin it with its number, such as '4.1 '."),
            )
        if draft is not None and run_on and self._is_next_clause(run_on):
            self._error(
                "structure.run_on",
                phrase("Clause {number} begins inside another paragraph.", number=f"{run_on.group(1)}.{run_on.group(2)}"),
                phrase("Leave an empty line before it."),
            )

    def _is_next_clause(self, found: re.Match[str]) -> bool:
        section = self._sections[-1]
        return (int(found.group(1)), int(found.group(2))) == (section.number, section.next_clause)

    def _current(self) -> _ClauseDraft | None:
        if not self._sections:
            return self._preamble
        clauses = self._sections[-1].clauses
        return clauses[-1] if clauses else None

    def _read_fence(self, lines: list[str], mark: str, info: str) -> None:
        opened = self._line
        while self._line < len(lines) and not _closes(lines[self._line], mark):
            self._line += 1
        inner = "\n".join(lines[opened : self._line])
        place = Place(file=self._file, line=opened, clause=self._clause_number())
        if self._line == len(lines):
            self._report.error(
                place,
                "structure.open_fence",
                phrase("The block that begins here is never closed."),
                phrase("Close it with a line '{mark}'.", mark=mark),
            )
            return
        self._line += 1
        if info == "rule":
            self._read_rule(inner, place)
        elif info == "words":
            self._read_words(inner, place)
        else:
            self._keep_code(lines[opened - 1 : self._line], info, place)

    def _keep_code(self, block: list[str], info: str, place: Place) -> None:
        if info.lower().rstrip("s") in ("rule", "word"):
            self._report.error(
                place, "structure.fence", phrase("A block is headed {info}.", info=quote(info)), self._report.nearest(info.lower(), _BLOCKS)
            )
        for line in block:
            self._add_text(line, None)

    def _read_rule(self, inner: str, place: Place) -> None:
        draft = self._current()
        if draft is None:
            self._report.error(
                place,
                "rule.homeless",
                phrase("A rule block stands before the section's first clause."),
                phrase("Move it under the clause it carries out."),
            )
            return
        draft.rule_count += 1
        tables = self._toml(inner, place, "rule.bad_toml")
        if tables is None:
            return
        if "rule" in tables:
            draft.reason = self._reason(tables, draft, place)
            draft.says = self._says(tables, draft, place)
        elif draft is self._preamble:
            self._report.error(
                place,
                "rule.in_preamble",
                phrase("The preamble cannot carry a rule."),
                phrase('Write rule = "none" and why, and move the rule to a clause.'),
            )
        else:
            self.rules.append(RuleBlock(place=place, text=inner, tables=tables))

    def _reason(self, tables: Mapping[str, object], draft: _ClauseDraft, place: Place) -> str | None:
        why = tables.get("why")
        if tables["rule"] != "none":
            self._report.error(
                place,
                "rule.bad_none",
                phrase("rule cannot be {value}.", value=quote(tables["rule"])),
                phrase('It is rule = "none", or tables such as [[permit]].'),
            )
        elif set(tables) - {"rule", "why", "says"} or draft.rule_count > 1:
            self._report.error(
                place,
                "rule.none_and_more",
                phrase('The clause says rule = "none" and carries a rule as well.'),
                phrase("Remove the one or the other."),
            )
        elif not isinstance(why, str) or not why.strip():
            self._report.error(
                place,
                "rule.none_without_why",
                phrase('rule = "none" does not say why.'),
                phrase('Add why = "…": the reason no machine is bound by it.'),
            )
        else:
            return why.strip()
        return None

    def _says(self, tables: Mapping[str, object], draft: _ClauseDraft, place: Place) -> frozenset[Statement]:
        named = tables.get("says")
        if "says" not in tables:
            return frozenset()
        if draft is self._preamble or not isinstance(named, list) or not named or not all(one in list(Statement) for one in named):
            self._report.error(
                place,
                "rule.bad_value",
                phrase("'says' must be a list of what a clause can say."),
                phrase("A clause can say: {names}.", names=", ".join(Statement)),
            )
            return frozenset()
        return frozenset(Statement(one) for one in named)

    def _read_words(self, inner: str, place: Place) -> None:
        tables = self._toml(inner, place, "words.bad_toml")
        if tables is not None:
            self.words.add(tables, inner, place)

    def _toml(self, inner: str, place: Place, code: str) -> dict[str, object] | None:
        try:
            return parse_toml(inner)
        except TomlInvalid as problem:
            self._report.error(
                place.below(problem.line),
                code,
                phrase("The block cannot be read: {problem}.", problem=problem),
                phrase('It is TOML: key = "value", [[table]].'),
            )
            return None

    def _check_whole(self) -> None:
        start = Place(file=self._file, line=1)
        if not self._title:
            self._report.error(start, "structure.no_title", phrase("The text has no title."), phrase("Begin it with '# Title'."))
        if not self._sections:
            self._report.error(start, "structure.no_section", phrase("The text has no section."), phrase("A section is '## 1. Its title'."))
        for section in self._sections:
            if not section.clauses:
                place = Place(file=self._file, line=section.line)
                self._report.error(
                    place,
                    "structure.empty_section",
                    phrase("Section {number} has no clause.", number=section.number),
                    phrase("Write '{number}.1 ' and its text.", number=section.number),
                )

    def _clause_number(self) -> ClauseNumber | None:
        draft = self._current()
        return draft.number or None if draft is not None else None

    def _error(self, code: str, message: Phrase, hint: Phrase) -> None:
        self._report.error(Place(file=self._file, line=self._line, clause=self._clause_number()), code, message, hint)


def _closes(line: str, mark: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(mark) and set(stripped) == {mark[0]} and len(line) - len(line.lstrip(" ")) <= 3
