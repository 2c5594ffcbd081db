"""What the desk keeps for itself: filters that staff gave a name, and texts that answers begin with. Nothing here is about anybody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from camket.duties.intake.models import CannedText, SavedFilter
from camket.duties.intake.queries.filters import InboxFilter, filter_of
from camket.duties.intake.queries.rows import colleagues, name_in
from camket.duties.intake.rules import canned_hash
from camket.journal.objects import fetch_objects
from camket.policy.terms import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterRow:
    """A filter under its owner's name for it."""

    id: int
    name: str
    chosen: InboxFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A text of the company's, with places such as {name} still open."""

    id: int
    language: str
    title: str
    body: str
    changed_at: datetime
    changed_by: str
    changed_by_id: UUID

    @property
    def seen(self) -> str:
        """What identifies it to whoever reads it before they change it."""
        return canned_hash(language=self.language, title=self.title, body=self.body)


def saved_filters(*, actor: Actor) -> tuple[FilterRow, ...]:
    """
    Return the filters that a member of staff saved, in the order of their names.

    Args:
        actor: Whose; nobody sees another's.
    """
    rows = fetch_objects(SavedFilter, "staff_id = %s ORDER BY name", UUID(actor.id))
    return tuple(FilterRow(id=row.id, name=row.name, chosen=filter_of(row.chosen)) for row in rows)


def canned_texts(*, language: str = "") -> tuple[TextRow, ...]:
    """
    Return the company's texts in the order of their titles; two queries.

    Args:
        language: Only those in this language; all of them when empty.
    """
    rows = CannedText.objects.filter(**({"language": language} if language else {})).order_by("language", "title")
    names = colleagues() if rows else {}
    return tuple(
        TextRow(
            id=row.id,
            language=row.language,
            title=row.title,
            body=row.body,
            changed_at=row.changed_at,
            changed_by=name_in(names, row.changed_by_id),
            changed_by_id=row.changed_by_id,
        )
        for row in rows
    )
