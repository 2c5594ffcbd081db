"""A backup: everything but what opens it, as rows and files; and, apart from it, the epoch keys that do."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connections, models, router, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from camket import __version__
from camket.duties.custody.actions.archive import Archive, Member, written
from camket.journal import queries as journal
from camket.journal.actions import record
from camket.policy.terms import Actor
from camket.vault import gate

FileThere = FileExistsError

ROWS_AT_ONCE = 2_000
# rows that may be megabytes long are read and written a few at a time
_FEW_AT_ONCE = {"vault.file": 4}
EPOCHS_FOLDER = "epochs"
LEDGER = "ledger/erasures.jsonl"
# what is of one machine and one moment: workers that lived there, sessions that were open
_PASSING = frozenset({"outbox.heartbeat", "access.desksession"})


def back_up(*, path: Path, recipient: str, actor: Actor, now: datetime) -> int:
    """
    Write a backup of databases, ledger and keys into a new file, while the house serves, and return how many rows it holds.

    The tables are read as they are: also those that an older version of the program made, before they are migrated.

    The epoch keys are not in it: alone it opens nothing of what people wrote, and what is erased dies in it with its epoch.

    Args:
        path: The new file.
        recipient: Public key (age) of whoever may open it; not sealed when empty.
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        FileThere: There is a file already; it is left as it was.
        RecipientUnknown: The recipient is no such key.
        OSError: The medium is full, gone or not writable.

    Source: policy §4 (4.7), §7 (7.1); house.md §4.
    """
    rows = write_backup(path=path, recipient=recipient, now=now)
    remember_backup(rows=rows, is_sealed=bool(recipient), actor=actor, now=now)
    return rows


def remember_backup(*, rows: int, is_sealed: bool, actor: Actor, now: datetime) -> None:
    """
    Journal that a backup was made.

    Args:
        rows: How many rows it holds.
        is_sealed: Whether it can be opened by one key alone.
        actor: Who ordered it.
        now: UTC instant.
    """
    record(act="backup.made", actor=actor, at=now, facts={"rows": rows, "is_sealed": is_sealed})


def write_backup(*, path: Path, recipient: str, now: datetime) -> int:
    """
    Do what `back_up` does, without journaling it: before an upgrade the journal's own tables may be older than the program.

    Args:
        path: As `back_up` takes it.
        recipient: As `back_up` takes it.
        now: UTC instant.

    Raises:
        FileThere, RecipientUnknown, OSError: As from `back_up`.
    """
    rows = 0
    with written(path, recipient=recipient) as archive:
        facts: dict[str, Any] = {"format": 1, "kind": "data", "made_at": now.isoformat(), "program": __version__, "migrations": {}}
        # before the rows and after them: the index may be rebuilt meanwhile, and tokens are worth nothing without the key they were made with
        files = dict(_secrets(is_epoch=False))
        # the data before its keys: a key is committed before what it opens, so none of these rows is without its own
        for alias in ("default", "keys"):
            with _snapshot(alias):
                facts["migrations"][alias] = sorted(MigrationRecorder(connections[alias]).applied_migrations())
                facts |= _facts_of_data() if alias == "default" else {"epochs": sorted(gate.epochs_in_use())}
                rows += _add_rows(archive, alias)
        # after the keys: a key destroyed since the data was read has its line here
        ledger = gate.ledger_copy()
        archive.add(Member(name=LEDGER, content=ledger))
        for name, content in (files | dict(_secrets(is_epoch=False))).items():
            archive.add(Member(name=f"secrets/{name}", content=content))
        archive.finish(facts)
    _note("data", now)
    return rows


def last_backup_file() -> Path:
    """Return the file in which this home notes when a backup was last made from it."""
    return Path(settings.CAMKET_HOME) / "last-backup.json"


def _note(kind: str, now: datetime) -> None:
    """Beside the journal, which knows it too: looking through all of it for a page of the console would take too long."""
    with suppress(OSError):  # the backup was made, whether or not there is room for the note
        try:
            told = dict(json.loads(last_backup_file().read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            told = {}
        fresh = last_backup_file().with_suffix(".new")
        fresh.write_text(json.dumps({**told, kind: now.isoformat()}), "utf-8")
        fresh.replace(last_backup_file())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysCopied:
    """How many epoch keys were written, and the day by which the copy has to be destroyed."""

    epochs: int
    destroy_by: date


def back_up_keys(*, path: Path, recipient: str, actor: Actor, now: datetime) -> KeysCopied:
    """
    Write the epoch keys that a backup of the same day needs into a new file.

    With that backup they open everything in it: keep them elsewhere, and no longer than the policy promises. They open no backup of earlier days.

    Args:
        path: The new file.
        recipient: Public key (age) of whoever may open it; not sealed when empty.
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        FileThere: There is a file already; it is left as it was.
        RecipientUnknown: The recipient is no such key.
        OSError: The medium is full, gone or not writable.

    Source: policy §4 (4.7); house.md §4.
    """
    numbers, destroy_by = gate.epochs_to_copy(now=now)
    wanted = {epoch_file(number) for number in numbers}
    files = {name: content for name, content in _secrets(is_epoch=True) if name in wanted}
    with written(path, recipient=recipient) as archive:
        for name, content in files.items():
            archive.add(Member(name=f"secrets/{name}", content=content))
        archive.finish({"format": 1, "kind": "keys", "made_at": now.isoformat(), "program": __version__})
    _note("keys", now)
    record(act="keys.copied", actor=actor, at=now, facts={"epochs": len(files), "is_sealed": bool(recipient)})
    return KeysCopied(epochs=len(files), destroy_by=destroy_by)


def epoch_file(number: int) -> str:
    """
    Return where the key of an epoch lies below the secrets.

    Args:
        number: The epoch's.
    """
    return f"{EPOCHS_FOLDER}/{number:06d}.key"


def _secrets(*, is_epoch: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the key files by their place below the secrets."""
    folder = Path(settings.CAMKET_SECRETS)
    for file in sorted(folder.rglob("*.key")):
        if (file.parent.name == EPOCHS_FOLDER) == is_epoch and not file.name.startswith("."):
            yield file.relative_to(folder).as_posix(), file.read_bytes()


@contextmanager
def _snapshot(alias: str) -> Iterator[None]:
    """Read one database as it is at one instant, while others write."""
    connection = connections[alias]
    if connection.vendor != "sqlite":
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # not Django's own: that one would keep every writer waiting
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _facts_of_data() -> Mapping[str, Any]:
    checkpoint = journal.latest_checkpoint()
    return {"journal": journal.head().size, "checkpoint": checkpoint.size if checkpoint else 0}


def _add_rows(archive: Archive, alias: str) -> int:
    count = 0
    for model in kept_tables(_as_they_are(alias), alias):
        columns = columns_of(model)
        at_once = _FEW_AT_ONCE.get(model._meta.label_lower, ROWS_AT_ONCE)
        rows = model._base_manager.using(alias).order_by("pk").values_list(*columns).iterator(chunk_size=at_once)
        for number, page in enumerate(_pages(rows, at_once), 1):
            lines = [json.dumps(list(columns)), *(json.dumps([_plain(value) for value in row]) for row in page)]
            name = f"tables/{alias}/{model._meta.label_lower}/{number:06d}.jsonl"
            archive.add(Member(name=name, content="\n".join(lines).encode()))
            count += len(page)
    return count


def _as_they_are(alias: str) -> Any:
    """The tables as this program knows them, or as they were before a migration that is still to come."""
    executor = MigrationExecutor(connections[alias])
    graph = executor.loader.graph
    if not executor.migration_plan(graph.leaf_nodes()):
        return apps
    applied = {node for node in executor.loader.applied_migrations if node in graph.nodes}
    heads = [node for node in applied if not any(child.key in applied for child in graph.node_map[node].children)]
    return executor.loader.project_state(heads).apps


def kept_tables(registry: Any, alias: str) -> list[type[models.Model]]:
    """
    Return the tables of the house that a backup holds, of one database.

    Args:
        registry: The apps as they are, or as they were when a backup was made.
        alias: Which database.
    """
    ours = [app.label for app in apps.get_app_configs() if app.name.startswith("camket.")]
    found = [model for model in registry.get_models(include_auto_created=True) if model._meta.app_label in ours and not model._meta.proxy]
    return [model for model in found if model._meta.label_lower not in _PASSING and router.db_for_write(model) == alias]


def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """Return the names under which a table's columns are read and written."""
    return tuple(column.attname for column in model._meta.concrete_fields if column.column)


def _pages(rows: Iterator[Any], at_once: int) -> Iterator[list[Any]]:
    page: list[Any] = []
    for row in rows:
        page.append(row)
        if len(page) == at_once:
            yield page
            page = []
    if page:
        yield page


def _plain(value: Any) -> Any:
    """Write a value as JSON; each column knows how to read its own back."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
