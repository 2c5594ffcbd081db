"""The journal for those who read and check it: pages, exports, proofs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from camket.access import queries as access
from camket.journal import checkpoints, exports, published, verification
from camket.journal import queries as journal


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One entry as the console lists it: names of fields and numbers of clauses, never a value."""

    position: int | None
    at: datetime
    act: str
    actor_role: str
    actor_name: str
    clauses: tuple[str, ...]
    outcome: str
    purpose: str
    subjects: int
    edition: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPage:
    """A page of the journal, newest first, with the head it belongs to."""

    entries: tuple[JournalLine, ...]
    size: int
    root: str
    checkpoint_size: int
    checkpoint_at: datetime | None
    next_before: int | None


def verify_journal() -> verification.Verification:
    """Recompute the whole journal, and return whether it is what every checkpoint says it was, and every edition what the journal says of it."""
    found = verification.verify(checkpoints=Path(settings.CAMKET_CHECKPOINTS))
    faults = [*published.faults(), *published.missing()]
    problems = tuple(verification.Problem(code=fault.code, sentence=str(fault)) for fault in faults)
    return replace(found, ok=found.ok and not problems, problems=(*found.problems, *problems))


def journal_page(*, before: int | None, limit: int = 50) -> JournalPage:
    """
    Return a page of the journal, newest first.

    Args:
        before: Only entries before this position; the newest when None.
        limit: At most so many.
    """
    rows = journal.recent(limit=limit, before=before)
    names = {str(staff.id): staff.display_name or staff.role for staff in access.staff_list()}
    head, checkpoint = journal.head(), journal.latest_checkpoint()
    return JournalPage(
        entries=tuple(_line(row, names) for row in rows),
        size=head.size,
        root=head.root.hex(),
        checkpoint_size=checkpoint.size if checkpoint else 0,
        checkpoint_at=checkpoint.at if checkpoint else None,
        next_before=rows[-1].position if len(rows) == limit else None,
    )


def latest_checkpoint_mark() -> str:
    """Return the mark of the latest checkpoint, as receipts print it, or nothing before the first."""
    checkpoint = journal.latest_checkpoint()
    return checkpoint.mark if checkpoint else ""


def _line(row: journal.EntryRow, names: Mapping[str, str]) -> JournalLine:
    return JournalLine(
        position=row.position,
        at=row.at,
        act=row.act,
        actor_role=row.actor.role,
        actor_name=names.get(row.actor.id, ""),
        clauses=tuple(row.clauses),
        outcome=row.outcome,
        purpose=row.purpose,
        subjects=len(row.subjects),
        edition=row.edition,
    )


def export_journal() -> Iterator[bytes]:
    """
    Yield every entry as one line of canonical JSON, for somebody who trusts none of our programs (docs/journal.md).

    Source: policy §7.
    """
    yield from exports.lines()


def prove_entry(entry_id: UUID, *, since: bytes | None = None) -> Mapping[str, Any]:
    """
    Return a proof that an entry stands in the journal, checkable without the house (docs/journal.md).

    Args:
        entry_id: The entry's id.
        since: What the file of an older checkpoint holds: prove also that the journal still begins with what it signed.

    Raises:
        EntryUnknown: There is no such entry.
        NotYetSequenced: It has no place in the tree yet.
        NotYetSigned: No checkpoint covers it yet.
        CheckpointDamaged: `since` is not a checkpoint.
        CheckpointForeign: `since` is not signed by our key.
        HistoryBroken: The journal is not what a checkpoint signed, so there is no proof.

    Source: policy §7; RFC 9162 §2.1.
    """
    return exports.proof(entry_id, since=None if since is None else checkpoints.read(since, name="this file"))
