"""Editions as the doors show them: the text with its clauses, dates, hash and signature; and checks on drafts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from camket.duties.publishing.queries.source import read_edition, read_regime
from camket.duties.publishing.rules import day_findings, for_this_house
from camket.editions import queries
from camket.editions.queries import NoEdition
from camket.journal import signing
from camket.policy import changes
from camket.policy.changes import Difference, Passage, Rewording
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import Compilation, compile_edition
from camket.policy.diagnostics import Severity
from camket.policy.document import Clause, Document, Words, render_html
from camket.policy.dpv import as_dpv
from camket.policy.exports import as_json
from camket.policy.manifest import text_file
from camket.policy.source import parse_document
from camket.policy.terms import ClauseNumber, EditionNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseHtml:
    """A clause ready to be shown; the reason why it carries no rule is in another language where the text's own has none."""

    number: ClauseNumber
    html: str
    informative_reason: str
    reason_language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionHtml:
    """A section ready to be shown."""

    number: int
    title: str
    clauses: tuple[ClauseHtml, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage:
    """An edition in one language, ready to be shown."""

    language: str
    title: str
    preamble_html: str
    sections: tuple[SectionHtml, ...]
    is_authoritative: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionLine:
    """An edition by its number, dates, hash and signature."""

    number: EditionNumber
    hash: str
    previous_hash: str
    key_id: str
    signature: str
    published_at: datetime
    due_at: datetime | None
    in_force_at: datetime | None
    languages: tuple[str, ...]
    corrected_at: Mapping[str, datetime]  # when a translation was last corrected, by language

    @property
    def hash_short(self) -> str:
        """The first eight digits of the hash, enough to compare by eye."""
        return self.hash[:8]


def edition_in_force() -> EditionNumber:
    """
    Return the number of the edition in force.

    Raises:
        NoEdition: None is yet.
    """
    return queries.in_force()


def policy_in_force() -> CompiledPolicy:
    """
    Return the edition in force, compiled.

    Raises:
        NoEdition: None is yet.
    """
    return queries.policy_in_force()


def edition_line(number: EditionNumber) -> EditionLine:
    """
    Return an edition's dates, hash and signature.

    Raises:
        NoEdition: It is not published.
    """
    row = queries.edition(number)
    return EditionLine(
        number=number,
        hash=row.hash,
        previous_hash=row.previous_hash,
        key_id=row.key_id,
        signature=row.signature.hex(),
        published_at=row.published_at,
        due_at=row.due_at,
        in_force_at=row.in_force_at,
        languages=(row.authoritative, *(language for language in row.texts if language != row.authoritative)),
        corrected_at={one.language: one.at for one in row.corrections},
    )


def edition_to_come() -> EditionLine | None:
    """Return the next edition that is published and not in force yet, or None."""
    try:
        return edition_line(EditionNumber(queries.in_force() + 1))
    except NoEdition:
        return None


def edition_lines() -> tuple[EditionLine, ...]:
    """Return every published edition, newest first."""
    newest = queries.newest() or 0
    return tuple(edition_line(EditionNumber(number)) for number in range(newest, 0, -1))


def compiled(number: EditionNumber) -> CompiledPolicy:
    """
    Return an edition's executable value, for doors that draw forms from it.

    Raises:
        NoEdition: It is not published.
    """
    return queries.compiled(number)


def compiled_json(number: EditionNumber) -> bytes:
    """
    Return an edition's canonical JSON.

    Raises:
        NoEdition: It is not published.
    """
    return as_json(queries.compiled(number))


@lru_cache(maxsize=8)
def dpv(number: EditionNumber, language: str) -> str:
    """
    Return an edition in the W3C's vocabulary, named by where it is published.

    Args:
        number: Which edition.
        language: Of the address, `vi` or `en`; the document speaks every language of the edition.

    Raises:
        NoEdition: It is not published.
    """
    return as_dpv(queries.compiled(number), address=f"{settings.CAMKET_URL}/{language}/policy/editions/{number}")


def policy_page(number: EditionNumber, language: str) -> PolicyPage:
    """
    Return an edition's text in a language, or in the authoritative one where it has no such translation.

    Args:
        number: The edition's.
        language: The code of the language asked for.

    Raises:
        NoEdition: It is not published.
    """
    return _policy_page(number, language, queries.newest_text(number))


@lru_cache(maxsize=32)
def _policy_page(number: EditionNumber, language: str, _newest_text: int) -> PolicyPage:
    row = queries.edition(number)
    return page_of(row.texts, row.authoritative, language)


def page_of(texts: Mapping[str, str], authoritative: str, language: str) -> PolicyPage:
    """
    Return a policy's text in a language, published or not, or in the authoritative one where it has no such translation.

    Args:
        texts: Its texts by language.
        authoritative: The language that binds.
        language: `vi` or `en`.
    """
    spoken = language if language in texts else authoritative
    parsed = parse_document(spoken, text_file(spoken), texts[spoken])
    document, original = parsed.document, parse_document(authoritative, "", texts[authoritative]).document
    sections = tuple(
        SectionHtml(number=section.number, title=section.title, clauses=tuple(_clause(clause, parsed.words, original) for clause in section.clauses))
        for section in document.sections
    )
    return PolicyPage(
        language=spoken,
        title=document.title,
        preamble_html=render_html(document.preamble),
        sections=sections,
        is_authoritative=spoken == authoritative,
    )


def _clause(clause: Clause, words: Words, original: Document) -> ClauseHtml:
    bound = original.clause(clause.number)
    reason = bound.informative_reason or "" if bound else ""
    own = words.of("clause", clause.number).why if reason else ""
    return ClauseHtml(
        number=clause.number,
        html=render_html(clause.paragraphs_markdown),
        informative_reason=own or reason,
        reason_language=words.language if own else original.language,
    )


def difference(old: EditionNumber, new: EditionNumber) -> Difference:
    """
    Return in what one published edition means something else than another.

    Args:
        old: The edition to begin with.
        new: The edition to compare with it; it may be the earlier one.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.4).
    """
    return changes.difference(queries.compiled(old), queries.compiled(new))


def text_difference(old: EditionNumber, new: EditionNumber, language: str) -> tuple[str, tuple[Passage, ...]]:
    """
    Return what differs between the texts of two editions, and the language of both: the one asked for where each has it, else the one that binds.

    Args:
        old: The edition to begin with.
        new: The edition to compare with it; it may be the earlier one.
        language: The code of the language asked for.

    Raises:
        NoEdition: One of them is not published.
    """
    return _text_difference(old, new, language, (queries.newest_text(old), queries.newest_text(new)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDifference:
    """Where two texts of one language differ, and whether it is the language that binds."""

    language: str
    is_binding: bool
    passages: tuple[Passage, ...]


def text_differences(old: EditionNumber, new: EditionNumber) -> tuple[TextDifference, ...]:
    """
    Return where the texts of two editions differ in each language that both have, first those that bind: whoever reads a translation sees them too.

    Args:
        old: A published edition.
        new: The one to compare with it.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8 (8.1).
    """
    newest = (queries.newest_text(old), queries.newest_text(new))
    before, after = queries.as_published(old), queries.as_published(new)
    languages = [after.authoritative, *(one for one in after.texts if one != after.authoritative and one in before.texts)]
    found = [_text_difference(old, new, one, newest) for one in languages]
    return tuple(TextDifference(language=one, is_binding=one == after.authoritative, passages=passages) for one, passages in found)


@lru_cache(maxsize=32)
def _text_difference(old: EditionNumber, new: EditionNumber, language: str, _newest_texts: tuple[int, int]) -> tuple[str, tuple[Passage, ...]]:
    rows = [queries.edition(number) for number in (old, new)]
    spoken = [language if all(language in row.texts for row in rows) else row.authoritative for row in rows]
    before, after = (parse_document(tongue, "", row.texts[tongue]).document for row, tongue in zip(rows, spoken, strict=True))
    return spoken[1], changes.text_difference(before, after)


def words_difference(old: EditionNumber, new: EditionNumber) -> tuple[Rewording, ...]:
    """
    Return the words on forms and pages that differ between two published editions, in each language that both have.

    Args:
        old: The edition to begin with.
        new: The edition to compare with it; it may be the earlier one.

    Raises:
        NoEdition: One of them is not published.

    Source: policy §8.
    """
    return changes.words_difference(queries.compiled(old).words, queries.compiled(new).words)


def forget_pages() -> None:
    """Drop the pages kept in memory: for tests that publish other texts under the same number."""
    _policy_page.cache_clear()
    _text_difference.cache_clear()


def authoritative_text(number: EditionNumber) -> str:
    """
    Return an edition's text in its authoritative language with the rules in it, as it was published: half of what its fingerprint covers.

    Raises:
        NoEdition: It is not published.
    """
    row = queries.edition(number)
    return row.texts[row.authoritative]


def public_key() -> str:
    """
    Return the public half of the key that signs editions, in hexadecimal.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.
    """
    return signing.public_key_bytes().hex()


def check_edition(*, path: Path, regime_file: Path, at: datetime | None = None, now: datetime | None = None) -> Compilation:
    """
    Return what an edition's folder compiles to, with all that is wrong, falls short of the law or leaves a desk idle; nothing is published.

    Args:
        path: The edition's folder, or a file within it.
        regime_file: The law's rule pack.
        at: UTC instant from which it is to be in force, where that is to be checked as well.
        now: UTC instant; only needed beside `at`.

    Raises:
        SourceMissing: One of them is not there.
        RegimeInvalid: The rule pack cannot be read.
    """
    found = for_this_house(compile_edition(read_edition(path), read_regime(regime_file)))
    zone = found.policy.timezone if found.policy else "UTC"
    passed = day_findings(at, timezone=zone, now=now, severity=Severity.WARNING) if now else ()
    return replace(found, diagnostics=(*passed, *found.diagnostics))
