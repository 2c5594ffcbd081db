"""Looking at the outbox: codes and references, never an address."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, IntegerField, Value, When

from camket.duties.notices.models import Letter
from camket.duties.notices.rules import FAREWELL, INVENTED
from camket.outbox.models import LeaseState
from camket.outbox.queries import Backlog, backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter as the console's list shows it. `state` is due, sending, sent, parked or dropped."""

    id: UUID
    template: str
    language: str
    reference: str
    purpose: str
    state: str
    attempt: int
    due_at: datetime
    written_at: datetime
    sent_at: datetime | None
    error_code: str


def letters(*, limit: int = 100) -> tuple[LetterRow, ...]:
    """Return the letters a person may have to act on first: parked, then waiting, then the newest sent."""
    first = Case(
        When(state=LeaseState.PARKED, then=Value(0)), When(state=LeaseState.DONE, then=Value(2)), default=Value(1), output_field=IntegerField()
    )
    return tuple(_row(letter) for letter in Letter.objects.order_by(first, "-written_at")[:limit])


def letters_of(matter_id: UUID) -> tuple[LetterRow, ...]:
    """Return the letters of one matter, oldest first."""
    return tuple(_row(letter) for letter in Letter.objects.filter(matter_id=matter_id).order_by("written_at", "id"))


def language_of(matter_id: UUID) -> str:
    """Return the language in which a matter's letters are written, or nothing where there are none."""
    return Letter.objects.filter(matter_id=matter_id).order_by("written_at").values_list("language", flat=True).first() or ""


def letter_states(record_ids: list[UUID]) -> dict[UUID, str]:
    """Return the state of the letter that carries each of these records."""
    return {letter.record_id: _state(letter) for letter in Letter.objects.filter(record_id__in=record_ids) if letter.record_id}


def is_settled(letter_id: UUID) -> bool:
    """Return whether a letter has been sent, dropped or parked, or is gone: nothing waits for it any more."""
    return not Letter.objects.filter(id=letter_id, state__in=[LeaseState.DUE, LeaseState.CLAIMED]).exists()


def is_invented(matter_id: UUID) -> bool:
    """Return whether a matter's letters were withdrawn because the person was invented: nothing may ever be sent about it."""
    return Letter.objects.filter(matter_id=matter_id, dropped=INVENTED).exists()


def is_farewell_owed(matter_id: UUID) -> bool:
    """Return whether letters were written about a matter to somebody who is real, and the last one is not yet settled."""
    written = Letter.objects.filter(matter_id=matter_id)
    is_told = written.filter(template=FAREWELL.template, state__in=[LeaseState.DONE, LeaseState.PARKED]).exists()
    return written.exists() and not is_told and not is_invented(matter_id)


def waiting(*, now: datetime) -> Backlog:
    """Return how many letters wait, since when, and how many are parked."""
    return backlog(Letter.objects.all(), now=now)


def _state(letter: Letter) -> str:
    if letter.state == LeaseState.DONE:
        return "dropped" if letter.dropped else "sent"
    return {LeaseState.DUE: "due", LeaseState.CLAIMED: "sending", LeaseState.PARKED: "parked"}[LeaseState(letter.state)]


def _row(letter: Letter) -> LetterRow:
    return LetterRow(
        id=letter.id,
        template=letter.template,
        language=letter.language,
        reference=letter.reference,
        purpose=letter.purpose,
        state=_state(letter),
        attempt=letter.attempt,
        due_at=letter.due_at,
        written_at=letter.written_at,
        sent_at=None if letter.dropped else letter.done_at,
        error_code=letter.dropped or letter.last_error,
    )
