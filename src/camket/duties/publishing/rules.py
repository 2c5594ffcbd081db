"""What a draft may hold, what identifies it, and who may do what with it; pure, no Django, no clock."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from camket.policy.compiler import Compilation
from camket.policy.days import midnight
from camket.policy.desks import unserved
from camket.policy.diagnostics import Diagnostic, Report, Severity
from camket.policy.faults import TextFault
from camket.policy.languages import LANGUAGES
from camket.policy.manifest import MANIFEST, Manifest, read_manifest, text_file
from camket.policy.phrases import phrase
from camket.policy.regimes import Regime
from camket.policy.source import EditionSource
from camket.policy.terms import OPERATOR, PRIVACY_OFFICER, EditionNumber, RoleId
from camket.policy.values import looks_personal
from camket.policy.writing import IN_PARAGRAPHS, has_unseen, normalised

MOST_TEXT_BYTES = 400_000  # of one language as UTF-8; two of them and the form around them fit into one request
MOST_MANIFEST_BYTES = 4_000
MOST_LANGUAGES = 2  # as many as one request carries

DAY_PASSED = "edition.day_passed"

LONGEST_REASON = 1_000  # characters
REASON_IN: Final = {language: f"reason_{language}" for language in LANGUAGES}  # what a reason in each language is called, in a form and as it is kept
UNNOTED: Final = ""  # the language of a reason that was written before it was asked for in each

WRITERS: frozenset[RoleId] = frozenset({PRIVACY_OFFICER})
CONFIRMERS: frozenset[RoleId] = frozenset({OPERATOR, PRIVACY_OFFICER})

_SECOND_PERSON = "publishing.second_person"
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NUMBER_LINE = re.compile(r"^\s*number\s*=", re.MULTILINE)


def asks_for_second(regime: Regime, *, now: datetime) -> bool:
    """
    Return whether the law asks on the day of an instant, where it counts its days, that a second person confirms what is published.

    Args:
        regime: The law; one that does not speak of it asks for nobody.
        now: UTC instant.

    Source: docs/decisions/0018-publishing.md.
    """
    return regime.flag(_SECOND_PERSON, now.astimezone(ZoneInfo(regime.timezone)).date())


def reason_fault(reason: str, field: str) -> TextFault | None:
    """
    Return what keeps a reason from being kept, or None.

    Args:
        reason: Tidied.
        field: What it is called.

    Returns:
        A fault whose code is required, too_long, bad_character or personal.
    """
    if not reason:
        return TextFault(field=field, code="required")
    if len(reason) > LONGEST_REASON:
        return TextFault(field=field, code="too_long", limit=LONGEST_REASON)
    if has_unseen(reason, allowed=IN_PARAGRAPHS):
        return TextFault(field=field, code="bad_character")
    return TextFault(field=field, code="personal") if looks_personal(reason) else None


def reason_in(reasons: Mapping[str, str], language: str) -> str:
    """
    Return a reason as a page in a language says it: in that one, or as it was written where nobody noted in which; nothing where there is none.

    Args:
        reasons: By language.
        language: The page's.
    """
    return reasons.get(language) or reasons.get(UNNOTED, "")


def tidy(text: str) -> str:
    """Return a text as it is kept: without a byte order mark, with line feeds only, and with one at its end."""
    plain = normalised(text).rstrip("\n")
    return plain + "\n" if plain else ""


def draft_faults(manifest: str, texts: Mapping[str, str]) -> tuple[TextFault, ...]:
    """
    Return what keeps a draft from being kept at all; that it does not compile does not.

    Args:
        manifest: Its edition.toml.
        texts: Its texts by language.

    Returns:
        Faults whose `field` is a language or "manifest", and whose code is too_long (in bytes), bad_character, damaged, missing or unknown_language.
    """
    found = [_fault("manifest", manifest, MOST_MANIFEST_BYTES)]
    found += [_fault(language, text, MOST_TEXT_BYTES) for language, text in texts.items()]
    found += [TextFault(field=language, code="unknown_language") for language in texts if not _LANGUAGE.fullmatch(language)]
    if not 1 <= len(texts) <= MOST_LANGUAGES:
        found.append(TextFault(field="manifest", code="missing"))
    return tuple(one for one in found if one)


def _fault(field: str, text: str, limit: int) -> TextFault | None:
    if len(text) > limit or len(text.encode("utf-8", "surrogatepass")) > limit:
        return TextFault(field=field, code="too_long", limit=limit)
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return TextFault(field=field, code="bad_character")
    return TextFault(field=field, code="damaged") if "\N{REPLACEMENT CHARACTER}" in text else None


def source_of(manifest: str, texts: Mapping[str, str]) -> EditionSource:
    """
    Return a draft as the compiler reads an edition's folder.

    Args:
        manifest: Its edition.toml.
        texts: Its texts by language, rules and words included.
    """
    return EditionSource(files={MANIFEST: manifest, **{text_file(language): text for language, text in texts.items()}})


def read_plain_manifest(manifest: str) -> Manifest | None:
    """Return what an edition.toml says, or None where it cannot be read."""
    return read_manifest(EditionSource(files={MANIFEST: manifest}), Report())


def draft_hash(manifest: str, texts: Mapping[str, str]) -> str:
    """
    Return what identifies a draft's content: SHA-256 in hex over its edition.toml and each of its texts.

    Args:
        manifest: Its edition.toml.
        texts: Its texts by language.
    """
    total = hashlib.sha256()
    for name, text in sorted({"": manifest, **texts}.items()):
        part = text.encode("utf-8", "surrogatepass")
        total.update(f"{name} {len(part)}\n".encode() + part)
    return total.hexdigest()


def text_hash(text: str) -> str:
    """Return what identifies one text of a draft to whoever opened it: SHA-256 in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def taken_over(mine: Mapping[str, str], theirs: Mapping[str, str], opened: Mapping[str, str]) -> dict[str, str]:
    """
    Return what somebody typed, with the saved text in place of each one that they left as they had opened it.

    Args:
        mine: What was typed, by name.
        theirs: What is saved by now, by the same names.
        opened: The hash of each text as it was opened.
    """
    return {name: theirs[name] if text_hash(text) == opened.get(name) else text for name, text in mine.items()}


def clashing(mine: Mapping[str, str], theirs: Mapping[str, str], opened: Mapping[str, str]) -> frozenset[str]:
    """
    Return the texts of which saving would wipe out what its author never had before them.

    Args:
        mine: What was typed, by name.
        theirs: What is saved by now, by the same names.
        opened: The hash of each text as it was opened.
    """
    return frozenset(name for name, text in mine.items() if text != theirs[name] and text_hash(theirs[name]) != opened.get(name))


def number_findings(manifest: str, due: EditionNumber) -> tuple[Diagnostic, ...]:
    """
    Return the finding that a draft bears another number than the next edition has, or nothing.

    Args:
        manifest: Its edition.toml.
        due: The number of the next edition.
    """
    said = read_plain_manifest(manifest)
    if said is None or said.number == due:
        return ()
    line = _NUMBER_LINE.search(manifest)
    finding = Diagnostic(
        severity=Severity.ERROR,
        file=MANIFEST,
        line=manifest.count("\n", 0, line.end()) + 1 if line else 1,
        clause=None,
        code="edition.number",
        message=phrase("The draft is numbered {number}, and the next edition is {due}.", number=said.number, due=due),
        hint=phrase("Write number = {due}.", due=due),
    )
    return (finding,)


def day_findings(at: datetime | None, *, timezone: str, now: datetime, severity: Severity) -> tuple[Diagnostic, ...]:
    """
    Return the finding that an edition is to come into force on a day that has passed, or nothing; an earlier hour of today means now.

    Args:
        at: UTC instant from which it is to be in force; None for as soon as may be.
        timezone: Whose days the edition counts. A day that has not passed in UTC has not passed either: so do scripts count.
        now: UTC instant.
        severity: An error where it is to be published for that day, a warning where it is only checked.
    """
    today = min(midnight(now.astimezone(zone).date(), zone) for zone in (ZoneInfo(timezone), ZoneInfo("UTC")))
    if at is None or at >= today:
        return ()
    finding = Diagnostic(
        severity=severity,
        file=MANIFEST,
        line=1,
        clause=None,
        code=DAY_PASSED,
        message=phrase("The day on which it is to come into force has passed: {day}.", day=at.astimezone(ZoneInfo(timezone)).date().isoformat()),
        hint=phrase("Name today or a later day, or none: then it comes into force as soon as it may."),
    )
    return (finding,)


def for_this_house(found: Compilation) -> Compilation:
    """
    Return what compiling gave, with what the desks of the house could not do under it; where nobody could write to the house, no policy.

    Args:
        found: From `compile_edition`.
    """
    if found.policy is None:
        return found
    report = Report()
    report.extend((*found.diagnostics, *unserved(found.policy, found.documents)))
    return replace(found, policy=None if report.has_errors else found.policy, diagnostics=report.sorted())
