"""The journal's proof and the house's health, for the command line and the console."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from camket.access import queries as access
from camket.duties.custody.actions import KEY_FAULTS, require_keys
from camket.duties.custody.rules import Finding, judge_clocks
from camket.editions import queries as editions
from camket.journal import checkpoints, exports, published, verification
from camket.journal import queries as journal
from camket.journal.checkpoints import CheckpointDamaged
from camket.journal.exports import CheckpointForeign, HistoryBroken, NotYetSigned
from camket.journal.queries import EntryUnknown, NotYetSequenced
from camket.outbox import queries as outbox
from camket.outbox.rules import ALIVE_WITHIN
from camket.vault import gate

__all__ = [
    "CheckpointDamaged",
    "CheckpointForeign",
    "EntryUnknown",
    "HistoryBroken",
    "NotYetSequenced",
    "NotYetSigned",
    "can_send_letters",
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


def is_ready(*, now: datetime) -> Mapping[str, bool]:
    """Return which parts of the house are ready: databases, an edition in force that is whole, the keys, a living worker, and mail."""
    return {
        "databases": all(_answers(alias) for alias in connections),
        "edition": _has_edition(),
        "keys": _keys().level == "ok",
        "worker": bool(outbox.workers_alive(now=now)),
        "mail": can_send_letters(),
    }


def can_send_letters() -> bool:
    """Return whether letters can go out: there is a carrier, and an address to send from. Whether the carrier answers is not asked."""
    return bool(settings.CAMKET_SMTP_URL and settings.CAMKET_CONTROLLER_EMAIL)


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except DatabaseError:
        return False


def _has_edition() -> bool:
    try:
        return bool(editions.compiled(editions.in_force()))
    except (editions.NoEdition, editions.EditionTampered, DatabaseError):
        return False


def look_around(*, now: datetime) -> list[Finding]:
    """
    Look at databases, migrations, editions, keys, clocks, disk, worker, letters and settings, and say how each stands; nothing is changed.

    Args:
        now: UTC instant.
    """
    answers = [alias for alias in connections if _answers(alias)]
    findings = [_database(alias, alias in answers) for alias in connections]
    if len(answers) == len(list(connections)):
        tables = _migrations()
        findings.append(tables)
        # on a home that was never started there are no tables to ask
        findings += [_edition(), _keys(), _clocks(now), _worker(now), _staff()] if tables.level == "ok" else []
    return [*findings, _secrets(), _web_key(), _ledger(), _medium(), _disk(), _carrier(), _controller()]


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
        for fault in published.faults():
            return Finding(topic="policy", level="error", sentence=f"edition {fault.number} is not what was published", hint=str(fault))
        number = editions.in_force()
    except editions.NoEdition:
        hint = f"run `{settings.CAMKET_COMMAND} policy publish policies/wesoft/edition-1`"
        return Finding(topic="policy", level="error", sentence="no edition is in force", hint=hint)
    except KEY_FAULTS as error:
        return Finding(topic="policy", level="error", sentence="no signature can be checked", hint=str(error))
    waiting = editions.last_due_at() if editions.newest() != number else None
    later = f"; edition {editions.newest()} comes into force at {waiting:%Y-%m-%dT%H:%M:%SZ}" if waiting else ""
    return Finding(topic="policy", level="ok", sentence=f"edition {number} is in force, signed and journaled{later}")


def _keys() -> Finding:
    try:
        require_keys()
    except KEY_FAULTS as error:
        return Finding(topic="keys", level="error", sentence="a key file is not as it was", hint=str(error))
    except OSError as error:
        return Finding(topic="keys", level="error", sentence="a key file cannot be read", hint=f"{error.filename}: {error.strerror}")
    except DatabaseError:
        return Finding(topic="keys", level="error", sentence="nothing knows which keys there should be", hint="mend the databases first")
    return Finding(topic="keys", level="ok", sentence="every key file is there and the one it was")


def _web_key() -> Finding:
    path = Path(settings.CAMKET_SECRETS) / "web.key"
    if path.is_file():
        return Finding(topic="web key", level="ok", sentence="there")
    # it protects nothing that is kept: a lost one costs a second sign-in
    hint = "the next start makes another; whoever is signed in signs in again, by a new link, and open forms are sent again"
    return Finding(topic="web key", level="warning", sentence=f"{path.name} is not there", hint=hint)


def _ledger() -> Finding:
    try:
        lines = gate.count_ledger_lines()
    except gate.LedgerDamaged as error:
        return Finding(topic="ledger", level="error", sentence="the ledger of erasures is damaged", hint=str(error))
    except OSError as error:
        return Finding(topic="ledger", level="error", sentence="the ledger of erasures cannot be read", hint=f"{error.filename}: {error.strerror}")
    return Finding(topic="ledger", level="ok", sentence=f"{lines} {'line' if lines == 1 else 'lines'} of erasures and withdrawals, each readable")


def _medium() -> Finding:
    folder = Path(settings.CAMKET_CHECKPOINTS)
    if not folder.is_dir():
        return Finding(topic="checkpoints", level="warning", sentence="there is no folder for them yet", hint="start `camket serve` once")
    if not os.access(folder, os.W_OK | os.X_OK):
        hint = f"nothing is erased and no checkpoint is kept until this user may write {folder}"
        return Finding(topic="checkpoints", level="error", sentence="their medium cannot be written", hint=hint)
    return Finding(topic="checkpoints", level="ok", sentence="their medium can be written")


def _clocks(now: datetime) -> Finding:
    acts = [worker.beat_at for worker in outbox.workers_alive(now=now)] + [at for at in (journal.newest_instant(),) if at]
    return judge_clocks(now=now, databases={alias: _clock_of(alias) for alias in connections}, newest=max(acts, default=None))


def _clock_of(alias: str) -> datetime:
    """The instant by a database's own clock; SQLite has none but this machine's."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        told = cursor.fetchone()[0]
    found = told if isinstance(told, datetime) else datetime.fromisoformat(told)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


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
