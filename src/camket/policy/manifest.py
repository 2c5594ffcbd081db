"""Reads edition.toml: which edition this is, in which languages, under which regime."""

import re
from dataclasses import dataclass, fields
from datetime import date

from camket.policy.diagnostics import Place, Report, quote
from camket.policy.phrases import phrase
from camket.policy.retain import is_timezone
from camket.policy.source import EditionSource, is_readable
from camket.policy.tables import LONGEST_ID, TableReader, TomlInvalid, key_lines, parse_toml
from camket.policy.terms import EditionNumber

MANIFEST = "edition.toml"

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NAME = re.compile(rf"(?=[a-z0-9-]{{1,{LONGEST_ID}}}\Z)[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What edition.toml says; the authoritative language is not among the translations."""

    number: EditionNumber
    slug: str
    authoritative: str
    translations: tuple[str, ...]
    regime: str
    timezone: str

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language of the edition, the authoritative one first."""
        return (self.authoritative, *self.translations)


def read_manifest(source: EditionSource, report: Report) -> Manifest | None:
    """
    Return what edition.toml says, or None, with findings, where it cannot be read.

    Args:
        source: The edition's files by name.
        report: Takes the findings.
    """
    text = source.files.get(MANIFEST)
    start = Place(file=MANIFEST, line=1)
    if text is None:
        report.error(
            start,
            "edition.missing",
            phrase("The edition has no file {manifest}.", manifest=MANIFEST),
            phrase("It names number, slug, languages, regime and timezone."),
        )
        return None
    if not is_readable(MANIFEST, text, report):
        return None
    try:
        table = parse_toml(text)
    except TomlInvalid as problem:
        report.error(
            Place(file=MANIFEST, line=problem.line),
            "edition.bad_toml",
            phrase("{manifest} cannot be read: {problem}.", manifest=MANIFEST, problem=problem),
        )
        return None
    _refuse_days(table, text, report)
    lines = {key: below - 1 for key, below in key_lines(text, -1).items()}  # the first line has none above it
    return _read(TableReader(table, name="edition", place=start, report=report, lines=lines))


def text_file(language: str) -> str:
    """Return the name of the file that holds one language's text."""
    return f"policy.{language}.md"


def written_manifest(manifest: Manifest) -> str:
    """
    Return the edition.toml that says what a manifest says.

    Args:
        manifest: Names and codes only, as `read_manifest` returns them.
    """
    named = ", ".join(f'"{language}"' for language in manifest.translations)
    lines = (
        f"number = {manifest.number}",
        f'slug = "{manifest.slug}"',
        f'authoritative = "{manifest.authoritative}"',
        f"translations = [{named}]",
        f'regime = "{manifest.regime}"',
        f'timezone = "{manifest.timezone}"',
    )
    return "\n".join(lines) + "\n"


def _refuse_days(table: dict[str, object], text: str, report: Report) -> None:
    """Report each day that somebody wrote into edition.toml, and take it out: an edition bears none, so none of it can lie in the past."""
    known, lines = {one.name for one in fields(Manifest)}, key_lines(text, -1)
    for key in [name for name, value in table.items() if name not in known and isinstance(value, date)]:
        report.error(
            Place(file=MANIFEST, line=lines.get(key, 1)),
            "edition.dated",
            phrase("{manifest} gives a day, {key}, and an edition bears none.", manifest=MANIFEST, key=quote(key)),
            phrase("Take it out: the day on which an edition comes into force is named when it is published."),
        )
        del table[key]


def _read(table: TableReader) -> Manifest | None:
    made = Manifest(
        number=EditionNumber(table.integer("number", low=1, high=1_000_000)),
        slug=table.matching("slug", _NAME, phrase('a name of at most {most} characters, such as "wesoft"', most=LONGEST_ID)),
        authoritative=table.matching("authoritative", _LANGUAGE, phrase('a language code such as "vi"')),
        translations=table.identifiers("translations", default=()),
        regime=table.matching("regime", _NAME, phrase('a regime such as "vn-2026"')),
        timezone=table.text("timezone"),
    )
    table.require(is_timezone(made.timezone), "timezone", phrase('must be a timezone such as "Asia/Ho_Chi_Minh"'))
    for language in made.translations:
        fits = _LANGUAGE.fullmatch(language) is not None and language != made.authoritative
        table.require(fits, "translations", phrase('must hold codes of other languages, such as ["en"]'))
    table.close()
    return made if table.is_sound else None
