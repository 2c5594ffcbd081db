"""Drafts as the desk shows them: what is written, and what the compiler says of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from camket.duties.publishing.models import Draft
from camket.duties.publishing.queries.editions import TextDifference
from camket.duties.publishing.queries.source import read_regime
from camket.duties.publishing.rules import draft_hash, for_this_house, number_findings, read_plain_manifest, source_of
from camket.editions import queries
from camket.editions.queries import NoEdition
from camket.policy import changes
from camket.policy.changes import Change, OutOfStep, Passage, Rewording
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import Compilation, compile_edition
from camket.policy.diagnostics import Diagnostic, Severity
from camket.policy.document import Document
from camket.policy.manifest import Manifest, text_file, written_manifest
from camket.policy.source import parse_document
from camket.policy.terms import ClauseNumber, EditionNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A draft without its texts."""

    id: int
    number: int
    based_on: int | None
    revision: int
    started_at: datetime
    changed_at: datetime
    changed_by: UUID | None
    discarded_at: datetime | None
    published_as: int | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be written."""
        return self.discarded_at is None and self.published_as is None

    @property
    def state(self) -> str:
        """Where it stands: `open`, `discarded` or `published`."""
        if self.published_as is not None:
            return "published"
        return "open" if self.discarded_at is None else "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow(DraftLine):
    """A draft with its texts, by language, in the order in which its edition.toml would name them."""

    manifest: str
    texts: Mapping[str, str]

    @property
    def hash(self) -> str:
        """What identifies its content."""
        return draft_hash(self.manifest, self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextEdition:
    """With what a draft of the next edition begins."""

    number: EditionNumber
    based_on: EditionNumber
    manifest: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLine:
    """Where a clause stands in each language; None where that language lacks it."""

    number: ClauseNumber
    section: int
    title: str  # of its section, in the authoritative language
    lines: Mapping[str, int | None]

    @property
    def is_missing_somewhere(self) -> bool:
        """Whether a translation lacks it, or the authoritative text does."""
        return None in self.lines.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the compiler says of a draft."""

    policy: CompiledPolicy | None
    findings: tuple[Diagnostic, ...]
    clauses: tuple[ClauseLine, ...]
    documents: Mapping[str, Document]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What keeps it from being published."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What its author should read before publishing."""
        return tuple(one for one in self.findings if one.severity is Severity.WARNING)


_LINE = ("id", "number", "based_on", "revision", "started_at", "changed_at", "changed_by", "discarded_at", "published_as")


def draft_lines() -> tuple[DraftLine, ...]:
    """Return every draft without its texts, the one that was changed last first."""
    return tuple(DraftLine(**row) for row in Draft.objects.order_by("-changed_at", "-id").values(*_LINE))


def draft(draft_id: int) -> DraftRow | None:
    """
    Return a draft with its texts, or None where there is none.

    Args:
        draft_id: Which one.
    """
    rows = list(Draft.objects.filter(id=draft_id).values(*_LINE, "manifest", "texts__language", "texts__text"))
    if not rows:
        return None
    texts = {row["texts__language"]: row["texts__text"] for row in rows}
    said = read_plain_manifest(rows[0]["manifest"])
    binding = said.authoritative if said else ""
    ordered = {language: texts[language] for language in sorted(texts, key=lambda language: (language != binding, language))}
    return DraftRow(**{name: rows[0][name] for name in (*_LINE, "manifest")}, texts=ordered)


def next_number() -> EditionNumber:
    """Return the number that the next published edition will have."""
    return EditionNumber((queries.newest() or 0) + 1)


def base_of_next() -> NextEdition:
    """
    Return the newest edition's texts under the next number.

    Raises:
        NoEdition: None is published yet.
    """
    newest = queries.newest()
    if newest is None:
        raise NoEdition("no edition is published: the first one is published from its folder")
    number = EditionNumber(newest + 1)
    manifest = manifest_of(queries.compiled(newest), number)
    return NextEdition(number=number, based_on=newest, manifest=manifest, texts=dict(queries.edition(newest).texts))


def is_unchanged(row: DraftRow) -> bool:
    """
    Return whether a draft says what the newest edition says, word for word and under the same law.

    Args:
        row: The draft.

    Raises:
        NoEdition: None is published yet.
    """
    base = base_of_next()
    return (row.manifest, dict(row.texts)) == (base.manifest, dict(base.texts))


def manifest_of(policy: CompiledPolicy, number: EditionNumber) -> str:
    """
    Return the edition.toml with which a policy would compile under a number.

    Args:
        policy: A published edition's.
        number: Which number it is to bear.
    """
    manifest = Manifest(
        number=number,
        slug=policy.slug,
        authoritative=policy.authoritative,
        translations=tuple(language for language in policy.languages if language != policy.authoritative),
        regime=policy.regime,
        timezone=policy.timezone,
    )
    return written_manifest(manifest)


def check_draft(*, manifest: str, texts: Mapping[str, str], regime_file: Path) -> Checked:
    """
    Return what the compiler says of a draft, kept or not; nothing is stored.

    Args:
        manifest: Its edition.toml.
        texts: Its texts by language.
        regime_file: The law's rule pack.

    Raises:
        SourceMissing: There is no such rule pack.
        RegimeInvalid: The rule pack cannot be read.
    """
    found = _compiled(manifest, tuple(texts.items()), regime_file)
    extra = number_findings(manifest, next_number())
    documents = found.documents or {language: parse_document(language, text_file(language), text).document for language, text in texts.items()}
    return Checked(
        policy=None if extra else found.policy,
        findings=(*extra, *found.diagnostics),
        clauses=_clauses([documents[language] for language in texts if language in documents]),
        documents=documents,
    )


def text_difference_to(old: EditionNumber, texts: Mapping[str, str], language: str) -> tuple[str, tuple[Passage, ...]]:
    """
    Return where a draft's text differs from a published edition's, and the language of both: the one asked for where each has it.

    Args:
        old: The published edition.
        texts: The draft's texts by language, the one that binds first.
        language: `vi` or `en`.

    Raises:
        NoEdition: The edition is not published.
    """
    return _text_difference_to(queries.edition(old), texts, language)


def text_differences_to(old: EditionNumber, texts: Mapping[str, str]) -> tuple[TextDifference, ...]:
    """
    Return where a draft's texts differ from a published edition's in each language that both have, first those that bind.

    Args:
        old: The published edition.
        texts: The draft's texts by language, the one that binds first.

    Raises:
        NoEdition: The edition is not published.

    Source: policy §8 (8.1).
    """
    row, binding = queries.edition(old), next(iter(texts))
    found = [_text_difference_to(row, texts, one) for one in texts if one == binding or one in row.texts]
    return tuple(TextDifference(language=one, is_binding=one == binding, passages=passages) for one, passages in found)


def _text_difference_to(row: queries.EditionRow, texts: Mapping[str, str], language: str) -> tuple[str, tuple[Passage, ...]]:
    ours, theirs = (language, language) if language in row.texts and language in texts else (row.authoritative, next(iter(texts)))
    before = parse_document(ours, text_file(ours), row.texts[ours]).document
    after = parse_document(theirs, text_file(theirs), texts[theirs]).document
    return theirs, changes.text_difference(before, after)


def out_of_step_with(old: EditionNumber, texts: Mapping[str, str], differing: Collection[Change]) -> tuple[OutOfStep, ...]:
    """
    Return the clauses of a draft of which one language, or the rules, changed against a published edition while the rest stayed.

    Args:
        old: The published edition.
        texts: The draft's texts by language, the one that binds first.
        differing: What differs in meaning; nothing where the draft has errors.

    Raises:
        NoEdition: The edition is not published.
    """
    row = queries.edition(old)
    before = {language: parse_document(language, text_file(language), text).document for language, text in row.texts.items()}
    after = {language: parse_document(language, text_file(language), text).document for language, text in texts.items()}
    return changes.out_of_step(before, after, authoritative=next(iter(texts)), changes=differing)


def words_difference_to(old: EditionNumber, texts: Mapping[str, str]) -> tuple[Rewording, ...]:
    """
    Return the words on forms and pages that a draft has otherwise than a published edition, in each language that both have.

    Args:
        old: The published edition.
        texts: The draft's texts by language, the one that binds first; they need not compile.

    Raises:
        NoEdition: The edition is not published.
    """
    words = {language: parse_document(language, text_file(language), text).words for language, text in texts.items()}
    return changes.words_difference(queries.compiled(old).words, words)


@lru_cache(maxsize=8)
def _compiled(manifest: str, texts: tuple[tuple[str, str], ...], regime_file: Path) -> Compilation:
    """Check, preview, difference and question follow each other with the same text: it is compiled once."""
    return for_this_house(compile_edition(source_of(manifest, dict(texts)), read_regime(regime_file)))


def _clauses(documents: Sequence[Document]) -> tuple[ClauseLine, ...]:
    """Every clause of any language, once, in the order of the first one; what only a later one has follows its section."""
    found: dict[ClauseNumber, ClauseLine] = {}
    for document in documents:
        for section in document.sections:
            for clause in section.clauses:
                lines = {one.language: at.line if (at := one.clause(clause.number)) else None for one in documents}
                line = ClauseLine(number=clause.number, section=section.number, title=section.title, lines=lines)
                found.setdefault(clause.number, line)
    return tuple(sorted(found.values(), key=lambda one: (one.section, int(str(one.number).partition(".")[2]))))
