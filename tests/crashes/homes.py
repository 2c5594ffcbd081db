"""A home as it stood at one moment, put back before each history: both databases, key files, checkpoints and ledger."""

import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from tests import stage
from tests.crashes.power import DRAWN

_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations' ORDER BY 1"
_TABLES_OF_A_FILE = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
_SEQUENCES = "SELECT quote_ident(sequencename), coalesce(last_value, 1), last_value IS NOT NULL FROM pg_sequences WHERE schemaname = 'public'"
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"

Rows = dict[str, Counter[Any]]


class Home:
    """The databases of this run and a folder; `take` remembers how they stand, `put_back` makes them stand so again."""

    def __init__(self, folder: Path, *, name: str = "kept") -> None:
        self.folder = folder
        self._kept = folder.with_name(f"{folder.name}-{name}")
        self._databases = {alias: _kept_database(alias, self._kept) for alias in stage.ALIASES}

    def take(self) -> None:
        """Remember how everything stands; nobody may be connected."""
        connections.close_all()
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.folder, self._kept / "home")
        for database in self._databases.values():
            database.take()

    def put_back(self) -> None:
        """Make everything stand as it was taken."""
        connections.close_all()
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept / "home", self.folder)
        for database in self._databases.values():
            database.put_back()

    def stands(self) -> object:
        """Return how everything stands: every row of each table, every byte of each file, as they are for whoever comes after a kill."""
        files = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return files, {alias: database.read() for alias, database in self._databases.items()}

    def left(self) -> object:
        """Return in what it differs from how it was taken: how many rows of each table are new or gone, which files have another size."""
        files, kept = _sizes(self.folder), _sizes(self._kept / "home")
        changed = {path: files.get(path) for path in files.keys() | kept.keys() if files.get(path) != kept.get(path)}
        return changed, {alias: database.left() for alias, database in self._databases.items()}

    def wait_for_the_dead(self) -> None:
        """Return once no server process works for a client that was killed: it would hold its locks until it notices."""
        for database in self._databases.values():
            database.wait_for_the_dead()

    def close(self) -> None:
        """Let go of the databases."""
        for database in self._databases.values():
            database.close()


def _sizes(folder: Path) -> dict[str, int]:
    """The size of each file by its name, without what is drawn at random for a file that is not whole yet."""
    return {DRAWN.sub("", str(one.relative_to(folder))): one.stat().st_size for one in folder.rglob("*") if one.is_file()}


def _differing(rows: Rows, kept: Rows) -> dict[str, tuple[int, int]]:
    counts = {table: ((rows[table] - kept[table]).total(), (kept[table] - rows[table]).total()) for table in kept}
    return {table: found for table, found in counts.items() if found != (0, 0)}


def _kept_database(alias: str, folder: Path) -> Any:
    name = str(connections[alias].settings_dict["NAME"])
    return _KeptFile(Path(name), folder / f"{alias}.sqlite3") if stage.DATABASE == "sqlite" else _KeptTables(name)


class _KeptFile:
    def __init__(self, file: Path, kept: Path) -> None:
        self._file, self._kept = file, kept
        self._rows: Rows = {}

    def _sides(self) -> Iterator[tuple[Path, Path]]:
        for ending in ("", "-wal"):
            yield self._file.with_name(self._file.name + ending), self._kept.with_name(self._kept.name + ending)

    def take(self) -> None:
        for file, kept in self._sides():
            if file.exists():
                shutil.copy(file, kept)
        self._rows = self.read()

    def read(self) -> Rows:
        with closing(sqlite3.connect(self._file)) as line:
            tables = [name for (name,) in line.execute(_TABLES_OF_A_FILE)]
            return {name: Counter(line.execute(f'SELECT * FROM "{name}"')) for name in tables}  # noqa: S608  # names from the file itself

    def left(self) -> dict[str, tuple[int, int]]:
        return _differing(self.read(), self._rows)

    def put_back(self) -> None:
        self._file.with_name(f"{self._file.name}-shm").unlink(missing_ok=True)
        for file, kept in self._sides():
            file.unlink(missing_ok=True)
            if kept.exists():
                shutil.copy(kept, file)

    def wait_for_the_dead(self) -> None:
        """A killed process lets go of a file at once."""

    def close(self) -> None:
        """Nothing is held open."""


class _KeptTables:
    """Rows rather than files: making a database from a template takes longer than a whole history."""

    def __init__(self, name: str) -> None:
        # no trigger, no foreign key: rows as they were
        self._line = psycopg.connect(stage.address_of(name), autocommit=True, options="-c session_replication_role=replica")
        self._rows: dict[str, bytes] = {}
        self._sequences: list[tuple[str, int, bool]] = []

    def take(self) -> None:
        tables = [table for (table,) in self._line.execute(_TABLES).fetchall()]
        self._rows = {table: _read(self._line, table) for table in tables}
        self._sequences = self._line.execute(_SEQUENCES).fetchall()

    def read(self) -> Rows:
        return {table: Counter(_read(self._line, table).splitlines()) for table in self._rows}

    def left(self) -> dict[str, tuple[int, int]]:
        return _differing(self.read(), {table: Counter(rows.splitlines()) for table, rows in self._rows.items()})

    def put_back(self) -> None:
        with self._line.transaction():
            self._line.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(sql.SQL(table)) for table in self._rows))
            for table, rows in self._rows.items():
                if rows:
                    with self._line.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.SQL(table))) as copy:
                        copy.write(rows)
            for name, value, is_called in self._sequences:
                self._line.execute("SELECT setval(%s, %s, %s)", [name, value, is_called])

    def close(self) -> None:
        self._line.close()

    def wait_for_the_dead(self) -> None:
        for _ in range(6000):
            if self._line.execute(_OTHERS).fetchone() == (0,):
                return
            threading.Event().wait(0.005)
        raise AssertionError("a server process outlives its client")


def _read(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.SQL(table))) as copy:
        return b"".join(bytes(part) for part in copy)


@pytest.fixture
def home(transactional_db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home without keys on the databases of this run, empty; nobody is connected."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = folder / "secrets", folder / "checkpoints"
    monkeypatch.setattr("camket.jobs.campaigns.TURN_SECONDS", 600)  # who is looked at stands still, and must not run out of time for it
    connections.close_all()
    made = Home(folder)
    yield made
    made.close()
