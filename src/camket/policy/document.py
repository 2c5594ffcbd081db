"""The text of an edition as a value: sections, clauses, and the words shown on screens."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from markdown_it import MarkdownIt

from camket.policy.terms import ClauseNumber


class Statement(StrEnum):
    """What the law wants a policy to say although no machine runs it (docs/policy-language.md)."""

    MEASURE_REASONS = "measure_reasons"
    MEASURE_APPEAL = "measure_appeal"
    MEASURE_LIFTING = "measure_lifting"
    BREACH_NOTICE = "breach_notice"
    SUBJECT_DUTIES = "subject_duties"


WORD_KEYS: Mapping[str, frozenset[str]] = {
    "field": frozenset({"label", "why", "hint"}),
    "purpose": frozenset({"label", "consent"}),
    "collection": frozenset({"label"}),
    "recipient": frozenset({"label"}),
    "role": frozenset({"label"}),
    "right": frozenset({"label"}),
    "violation": frozenset({"label"}),
    "measure": frozenset({"label"}),
    "clause": frozenset({"why"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One numbered thought; where it carries no rule, `informative_reason` says why, and `says` which of the law's wishes it fulfils."""

    number: ClauseNumber
    paragraphs_markdown: str
    line: int
    informative_reason: str | None = None
    says: frozenset[Statement] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A numbered heading and the clauses under it."""

    number: int
    title: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, kw_only=True)  # no slots: what is looked up in it is put together once
class Document:
    """The policy in one language, as a person reads it."""

    language: str
    title: str
    preamble: str
    preamble_reason: str | None = None  # why it carries no rule; always None in a translation
    sections: tuple[Section, ...]

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """Every clause in the order of the text."""
        return tuple(clause for section in self.sections for clause in section.clauses)

    @property
    def says(self) -> frozenset[Statement]:
        """What its clauses say of what the law wants said; a translation says nothing by itself."""
        return frozenset().union(*(clause.says for clause in self.clauses))

    def clause(self, number: ClauseNumber) -> Clause | None:
        """Return the clause with this number, or None where the text has none."""
        return self._by_number.get(number)

    @cached_property
    def _by_number(self) -> Mapping[ClauseNumber, Clause]:
        """The first clause of each number; read anew for each of twenty thousand, as many as fit into a draft, a text took many minutes."""
        return {clause.number: clause for clause in reversed(self.clauses)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words for one declared thing in one language; empty where the author gave none."""

    label: str
    why: str = ""
    hint: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language, looked up by kind ("field", "purpose" …) and id."""

    language: str
    entries: Mapping[tuple[str, str], Wording]

    def of(self, kind: str, name: str) -> Wording:
        """Return the words for one thing, by kind and id; the id stands in for a label that nobody wrote."""
        return self.entries.get((kind, name)) or Wording(label=name)


def render_html(markdown: str) -> str:
    """
    Return the HTML of a piece of the policy, safe to show: raw HTML stays text, links lead to http, https or mailto only.

    Args:
        markdown: A clause's or the preamble's Markdown.

    Returns:
        HTML without script, style, image from elsewhere or foreign markup.
    """
    return str(_MARKDOWN.render(markdown))


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
    made.validateLink = _is_allowed_link  # type: ignore[method-assign]  # the library's own way to set it
    return made


def _is_allowed_link(url: str) -> bool:
    return url.strip().lower().startswith(("http://", "https://", "mailto:"))


_MARKDOWN = _markdown()
