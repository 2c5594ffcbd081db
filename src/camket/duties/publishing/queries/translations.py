"""A published edition's translation, with the text that binds beside it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from camket.access.rules import staff_id_of
from camket.editions import queries
from camket.journal import published
from camket.journal import queries as journal
from camket.policy.terms import EditionNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationRow:
    """A translation as it stands, and when it was corrected."""

    edition: EditionNumber
    language: str
    text: str
    revision: int
    corrected_at: tuple[datetime, ...]
    authoritative: str
    binding_text: str


def translation(number: EditionNumber, language: str) -> TranslationRow | None:
    """
    Return a translation of a published edition, or None where there is none: the authoritative text is no translation.

    Args:
        number: The edition.
        language: A language code.
    """
    try:
        row = queries.edition(number)
    except queries.NoEdition:
        return None
    if language == row.authoritative or language not in row.texts:
        return None
    instants = tuple(one.at for one in row.corrections if one.language == language)
    return TranslationRow(
        edition=number,
        language=language,
        text=row.texts[language],
        revision=len(instants) + 1,
        corrected_at=instants,
        authoritative=row.authoritative,
        binding_text=row.texts[row.authoritative],
    )


def last_corrector(row: TranslationRow) -> UUID | None:
    """
    Return which member of staff corrected a translation last, as the journal says; None before the first correction, and where the house did.

    Args:
        row: The translation.
    """
    if not row.corrected_at:
        return None
    this = {"edition": int(row.edition), "language": row.language}
    for entry in journal.at_instant(act=published.CORRECTED, at=row.corrected_at[-1]):
        if this.items() <= dict(entry.facts).items():
            return staff_id_of(entry.actor)
    return None
