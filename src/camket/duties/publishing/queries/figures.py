"""What the house says of itself in public: figures it holds anyway, each once in a while, never about anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from camket.duties.intake import queries as inquiries
from camket.duties.retention import queries as retention
from camket.journal import entries, publicity, signing
from camket.journal import queries as journal
from camket.journal.checkpoints import CheckpointRow

LOOKED_BACK = timedelta(days=90)
FEWEST_TOLD = 10  # fewer inquiries than these might point at somebody
_EVERY = timedelta(minutes=10)  # what is counted is counted no more often than this, in each process
_ONLY = "figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointLine:
    """A signed head of the journal as pages print it."""

    size: int
    root: str
    at: datetime
    key_id: str

    @property
    def mark(self) -> str:
        """The mark that receipts print: size and first sixteen digits of the root."""
        return f"{self.size} · {self.root[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseFigures:
    """The figures, and the instant for which they hold. `answered` is None where it is smaller than may be told."""

    as_of: datetime
    answered_since: datetime
    answered: int | None
    erased: int
    disclosed: int
    entries: int
    journal_since: datetime | None
    checkpoint: CheckpointLine | None


_HELD: dict[str, HouseFigures] = {}  # of this process; two threads that count at once find the same


def house_figures(*, now: datetime) -> HouseFigures:
    """
    Return the house's figures, at most ten minutes old: no visitor makes the house count.

    Args:
        now: UTC instant.

    Source: policy §7 (7.3).
    """
    held = _HELD.get(_ONLY)
    if held is None or not timedelta(0) <= now - held.as_of < _EVERY:
        held = _HELD[_ONLY] = _figures(now)
    return held


def forget_figures() -> None:
    """Let the figures be counted anew, for a house that has changed under the same process."""
    _HELD.clear()


def _figures(as_of: datetime) -> HouseFigures:
    since = as_of - LOOKED_BACK
    answered, checkpoint = inquiries.count_answered(received_since=since), journal.latest_checkpoint()
    return HouseFigures(
        as_of=as_of,
        answered_since=since,
        answered=answered if answered >= FEWEST_TOLD else None,
        erased=retention.count_erased(),
        disclosed=publicity.count_legal_disclosures(),
        entries=journal.head().size,
        journal_since=publicity.first_instant(),
        checkpoint=_line(checkpoint) if checkpoint else None,
    )


def checkpoint_lines(*, limit: int = 10, before: int | None = None) -> tuple[CheckpointLine, ...]:
    """
    Return signed heads of the journal, newest first.

    Args:
        limit: At most so many.
        before: Only those that cover fewer entries; the newest when None.
    """
    return tuple(_line(row) for row in publicity.newest_checkpoints(limit=limit, before=before))


def checkpoint_files(*, limit: int, before: int | None = None) -> tuple[bytes, ...]:
    """
    Return signed heads as their files hold them, newest first, one line of canonical JSON each (docs/journal.md).

    Args:
        limit: At most so many.
        before: Only those that cover fewer entries; the newest when None.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.
    """
    key = signing.public_key_bytes()
    return tuple(entries.canonical(row.told(key)) for row in publicity.newest_checkpoints(limit=limit, before=before))


def checkpoint_file(size: int) -> bytes | None:
    """
    Return the signed head of so many entries as its file holds it, or None where there is none.

    Args:
        size: How many entries it covers.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.
    """
    row = publicity.checkpoint_of(size)
    return None if row is None else entries.canonical(row.told(signing.public_key_bytes()))


def _line(row: CheckpointRow) -> CheckpointLine:
    return CheckpointLine(size=row.size, root=row.root.hex(), at=row.at, key_id=row.key_id)
