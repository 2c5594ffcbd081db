"""The journal for those who read and check it: pages, exports, proofs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from camket.access import queries as access
from camket.access.rules import may_enter
from camket.journal import checkpoints, exports, published, searching, verification
from camket.journal import queries as journal
from camket.journal.searching import Wanted
from camket.policy.terms import COMMAND_LINE, Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One entry as the console lists it: names of fields and numbers of clauses, never a value."""

    id: UUID
    number: int | None  # 1 for the first; None until it has its place in the tree
    at: datetime
    act: str
    actor_role: str
    actor_name: str  # of a member of staff, for those who may know it
    clauses: tuple[str, ...]
    fields: tuple[str, ...]
    outcome: str  # of what a clause permits and a missing consent or approval still refused, UNMET
    purpose: str
    subjects: int
    edition: int | None
    desks: tuple[str, ...] = ()  # from which a colleague was turned away
    is_typed: bool = False  # at the server's command line, where the program by itself has the same role


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPage:
    """A page of the journal, newest first, with the head it belongs to."""

    entries: tuple[JournalLine, ...]
    size: int
    root: str
    checkpoint_size: int
    checkpoint_at: datetime | None
    older: UUID | None  # the entry that the following page goes on from
    looked_back_to: datetime | None  # where the search has come to, though less than a page was found


def verify_journal() -> verification.Verification:
    """Recompute the whole journal, and return whether it is what every checkpoint says it was, and every edition what the journal says of it."""
    found = verification.verify(checkpoints=Path(settings.CAMKET_CHECKPOINTS))
    faults = [*published.faults(), *published.missing()]
    problems = tuple(verification.Problem(code=fault.code, sentence=str(fault)) for fault in faults)
    return replace(found, ok=found.ok and not problems, problems=(*found.problems, *problems))


def journal_page(*, wanted: Wanted, actor: Actor, older_than: UUID | None, limit: int = 50) -> JournalPage:
    """
    Return a page of the journal, newest first; six queries, however long it is.

    Args:
        wanted: What is looked for.
        actor: Who reads: colleagues are named to those who look through their access anyway, to others they are roles.
        older_than: Only entries older than this one; the newest when None.
        limit: At most so many.
    """
    found = searching.search(wanted, older_than=older_than, limit=limit)
    return _page(found, actor)


def journal_entry(*, place: UUID | int, actor: Actor) -> JournalPage:
    """
    Return the page of the journal with the one entry of an id or a number, or with none where there is none.

    Args:
        place: Its id, or its number, 1 for the first.
        actor: Who reads.
    """
    rows = searching.by_place(place - 1 if isinstance(place, int) else place)
    return _page(searching.Found(rows=rows, older=None, looked_back_to=None), actor)


def _page(found: searching.Found, actor: Actor) -> JournalPage:
    names = {one.actor.id: one.name for one in access.staff_list()} if may_enter(actor.role, "access_review") else {}
    head, checkpoint = journal.head(), journal.latest_checkpoint()
    return JournalPage(
        entries=tuple(_line(row, names) for row in found.rows),
        size=head.size,
        root=head.root.hex(),
        checkpoint_size=checkpoint.size if checkpoint else 0,
        checkpoint_at=checkpoint.at if checkpoint else None,
        older=found.older,
        looked_back_to=found.looked_back_to,
    )


def latest_checkpoint_mark() -> str:
    """Return the mark of the latest checkpoint, as receipts print it, or nothing before the first."""
    checkpoint = journal.latest_checkpoint()
    return checkpoint.mark if checkpoint else ""


def _line(row: journal.EntryRow, names: Mapping[str, str]) -> JournalLine:
    is_unmet = row.act == searching.REFUSED and row.outcome == searching.PERMITTED
    desks = row.facts.get("desks", ())
    return JournalLine(
        id=row.id,
        number=None if row.position is None else row.position + 1,
        at=row.at,
        act=row.act,
        actor_role=row.actor.role,
        actor_name=names.get(row.actor.id, ""),
        clauses=tuple(row.clauses),
        fields=tuple(row.fields),
        outcome=searching.UNMET if is_unmet else row.outcome,
        purpose=row.purpose,
        subjects=len(row.subjects),
        edition=row.edition,
        desks=tuple(desks) if row.act == "desk.refused" and isinstance(desks, list) else (),
        is_typed=row.actor == COMMAND_LINE,
    )


def export_journal() -> Iterator[bytes]:
    """
    Yield every entry as one line of canonical JSON, for somebody who trusts none of our programs (docs/journal.md).

    Source: policy §7 (7.3).
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

    Source: policy §7 (7.3); RFC 9162 §2.1.
    """
    return exports.proof(entry_id, since=None if since is None else checkpoints.read(since, name="this file"))
