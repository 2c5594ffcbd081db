"""Bringing the tables of a house that has lived to what this version of the program expects, all of it or nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from camket.journal.actions import record
from camket.policy.terms import Actor

_FIRST_TABLE = "journal_journalentry"


class MadeByNewer(Exception):
    """The tables were made by a newer version of this program, which alone may open them; `migrations` are those unknown here."""

    def __init__(self, migrations: tuple[str, ...]) -> None:
        super().__init__("these tables were made by a newer version of this program: run that one, or restore the backup it made before")
        self.migrations = migrations


class MigrationFailed(Exception):
    """A migration could not be carried out, and nothing was changed; `migration` and `kind` say which one and what happened to it."""

    def __init__(self, *, migration: str, kind: str) -> None:
        super().__init__(f"{migration} failed ({kind}); the tables are as they were")
        self.migration = migration
        self.kind = kind


def has_lived() -> bool:
    """Return whether anything was ever journaled here: a home that was never started has nothing that a migration could harm."""
    connection = connections["default"]
    if _FIRST_TABLE not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {_FIRST_TABLE} LIMIT 1")  # noqa: S608  # the name of a table of ours; by no model, which may be newer than the table
        return cursor.fetchone() is not None


def pending_migrations() -> tuple[str, ...]:
    """
    Return the migrations that are not applied yet, in their order.

    Raises:
        MadeByNewer: Some are applied that this program does not know.
    """
    found: dict[str, None] = {}
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        _require_known(executor)
        # Django notes every migration in each database, also where the router lets none of its tables in
        found.update(dict.fromkeys(_name(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())))
    return tuple(found)


def _require_known(executor: MigrationExecutor) -> None:
    ours = {app for app, _ in executor.loader.disk_migrations}
    applied = MigrationRecorder(executor.connection).applied_migrations()
    unknown = [f"{app}.{name}" for app, name in applied if app in ours and (app, name) not in executor.loader.disk_migrations]
    replaced = {f"{app}.{name}" for one in executor.loader.disk_migrations.values() for app, name in one.replaces}
    if set(unknown) - replaced:
        raise MadeByNewer(tuple(sorted(set(unknown) - replaced)))


def migrate(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """
    Carry out every migration that is pending, in one transaction for each database, and return their names.

    Args:
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        MigrationFailed: One failed; nothing was changed.
        MadeByNewer: The tables are of a newer program.

    Source: policy §7 (7.1: nothing that is kept is lost).
    """
    names = pending_migrations()
    progress = _Progress()
    try:
        with ExitStack() as stack:
            for alias in connections:
                stack.enter_context(_in_one_transaction(alias))
            for alias in connections:
                executor = MigrationExecutor(connections[alias], progress.note)
                executor.migrate(executor.loader.graph.leaf_nodes())
    except Exception as error:  # whatever a migration raises; its message may repeat a row, so only its kind is kept
        raise MigrationFailed(migration=progress.current, kind=type(error).__name__) from error
    record(act="house.upgraded", actor=actor, at=now, facts={"migrations": len(names)})
    return names


class _Progress:
    """Which migration is being carried out."""

    def __init__(self) -> None:
        self.current = "the first migration"

    def note(self, action: str, migration: Migration | None = None, fake: bool | None = None, /) -> None:
        """Remember what Django has begun, and hold it against the constraints once it is done."""
        if migration is None:
            return
        if action == "apply_start":
            self.current = _name(migration)
        elif action == "apply_success":
            for connection in connections.all():
                # otherwise the next change of a table would stumble over rows whose foreign keys nobody has looked at yet
                connection.check_constraints()


@contextmanager
def _in_one_transaction(alias: str) -> Iterator[None]:
    connection: Any = connections[alias]
    # SQLite remakes a table to change it, and can switch its foreign keys off only outside of a transaction
    with connection.constraint_checks_disabled(), transaction.atomic(using=alias, durable=True):
        yield


def _name(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"
