"""The journal's proof and the house's health, for the command line and the console."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from camket.access import queries as access
from camket.duties.custody.rules import Finding
from camket.editions import queries as editions
from camket.journal import exports, signing, verification
from camket.journal import queries as journal
from camket.journal.queries import EntryUnknown, NotYetSequenced
from camket.outbox import queries as outbox
from camket.outbox.rules import ALIVE_WITHIN

__all__ = [
    "EntryUnknown",
    "NotYetSequenced",
    "export_journal",
    "is_ready",
    "journal_page",
    "latest_checkpoint_mark",
    "look_around",
    "prove_entry",
    "verify_journal",
]

_LEAST_FREE_BYTES = 500_000_000
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


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
    """Recompute the whole journal, and return whether it is what every checkpoint says it was."""
    return verification.verify(checkpoints=Path(settings.CAMKET_CHECKPOINTS))


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


def prove_entry(entry_id: UUID) -> Mapping[str, object]:
    """
    Return a proof that an entry stands in the journal, checkable without the house.

    Raises:
        EntryUnknown: There is no such entry.
        NotYetSequenced: It has no place in the tree yet.
    """
    proof = journal.inclusion_proof(entry_id)
    return {
        "entry": str(entry_id),
        "position": proof.position,
        "leaf": proof.leaf.hex(),
        "path": [part.hex() for part in proof.path],
        "size": proof.size,
        "root": proof.root.hex(),
        "key_id": signing.key_id(),
        "public_key": signing.public_key_bytes().hex(),
        "checkpoint": {"size": proof.checkpoint.size, "signature": proof.checkpoint.signature.hex()} if proof.checkpoint else None,
    }


def is_ready(*, now: datetime) -> Mapping[str, bool]:
    """Return which parts of the house are ready to serve: databases, an edition in force, and a living worker."""
    return {"databases": all(_answers(alias) for alias in connections), "edition": _has_edition(), "worker": bool(outbox.workers_alive(now=now))}


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except DatabaseError:
        return False


def _has_edition() -> bool:
    try:
        return bool(editions.in_force())
    except (editions.NoEdition, DatabaseError):
        return False


def look_around(*, now: datetime) -> list[Finding]:
    """
    Look at databases, migrations, edition, secrets, disk, worker, letters and settings, and say how each stands.

    Args:
        now: UTC instant.
    """
    answers = [alias for alias in connections if _answers(alias)]
    findings = [_database(alias, alias in answers) for alias in connections]
    if len(answers) == len(list(connections)):
        tables = _migrations()
        findings.append(tables)
        # on a home that was never started there are no tables to ask
        findings += [_edition(), _worker(now), _staff()] if tables.level == "ok" else []
    return [*findings, _secrets(), _disk(), _carrier(), _controller()]


def _database(alias: str, is_answering: bool) -> Finding:
    vendor = connections[alias].vendor
    if is_answering:
        return Finding(topic=f"database {alias}", level="ok", sentence=f"{vendor} answers")
    return Finding(topic=f"database {alias}", level="error", sentence=f"{vendor} does not answer", hint="start it, or mend CAMKET_DATABASE_URL")


def _migrations() -> Finding:
    missing = 0
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        missing += len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return Finding(
            topic="tables", level="error", sentence=f"{missing} migrations are not applied", hint=f"start `{settings.CAMKET_COMMAND} serve` once"
        )
    return Finding(topic="tables", level="ok", sentence="up to date")


def _edition() -> Finding:
    try:
        return Finding(topic="policy", level="ok", sentence=f"edition {editions.in_force()} is in force")
    except editions.NoEdition:
        return Finding(
            topic="policy",
            level="error",
            sentence="no edition is in force",
            hint=f"run `{settings.CAMKET_COMMAND} policy publish policies/wesoft/edition-1`",
        )


def _worker(now: datetime) -> Finding:
    alive = outbox.workers_alive(now=now)
    if alive:
        return Finding(topic="worker", level="ok", sentence=f"{len(alive)} seen in the last {int(ALIVE_WITHIN.total_seconds())} s")
    hint = f"start `{settings.CAMKET_COMMAND} serve` or `{settings.CAMKET_COMMAND} worker`"
    return Finding(topic="worker", level="warning", sentence="none is running: letters and erasures wait", hint=hint)


def _staff() -> Finding:
    if access.is_first_start():
        hint = f"run `{settings.CAMKET_COMMAND} staff add EMAIL --role privacy_officer`"
        return Finding(topic="staff", level="warning", sentence="nobody is behind the desks", hint=hint)
    people = len(access.staff_list())
    return Finding(topic="staff", level="ok", sentence=f"{people} {'person' if people == 1 else 'people'}")


def _secrets() -> Finding:
    if settings.CAMKET_HOME_FAULT:
        return Finding(topic="home", level="error", sentence="this user cannot use it", hint=settings.CAMKET_HOME_FAULT)
    folder = Path(settings.CAMKET_SECRETS)
    if not folder.is_dir():
        return Finding(
            topic="secrets", level="warning", sentence="there is no secrets folder yet", hint=f"start `{settings.CAMKET_COMMAND} serve` once"
        )
    if folder.stat().st_mode & 0o077:
        return Finding(
            topic="secrets", level="error", sentence="other users of this machine can read the key files", hint="chmod 700 on the secrets folder"
        )
    return Finding(topic="secrets", level="ok", sentence="readable by this user alone")


def _disk() -> Finding:
    home = Path(settings.CAMKET_HOME)
    free = shutil.disk_usage(home if home.is_dir() else home.parent if home.parent.is_dir() else Path("/")).free
    if free < _LEAST_FREE_BYTES:
        return Finding(topic="disk", level="warning", sentence=f"{free // 1_000_000} MB left", hint="make room where CAMKET_HOME is")
    return Finding(topic="disk", level="ok", sentence=f"{free // 1_000_000_000} GB free")


def _carrier() -> Finding:
    url = settings.CAMKET_SMTP_URL
    if not url:
        return Finding(topic="mail", level="warning", sentence="no carrier is set: letters wait", hint="set CAMKET_SMTP_URL")
    if url.startswith("file:"):
        return Finding(
            topic="mail", level="warning", sentence="letters are written to a folder, for development only", hint="set CAMKET_SMTP_URL to smtp://…"
        )
    # where a server stands cannot be known from its name, so this only reminds
    host = urlsplit(url).hostname or ""
    reminder = "" if host in _HERE else f"§ 12.4 promises that the carrier's servers stand in Vietnam: make sure {host} does"
    return Finding(topic="mail", level="ok", sentence="a carrier is set", hint=reminder)


def _controller() -> Finding:
    if not settings.CAMKET_CONTROLLER_EMAIL:
        hint = "set CAMKET_CONTROLLER_EMAIL; letters cannot go out without a sender"
        return Finding(topic="controller", level="warning", sentence="section 5 shows no e-mail address", hint=hint)
    return Finding(topic="controller", level="ok", sentence="the address of section 5 is set")
