"""A house's two databases, and everything that can be made of them: text, files, statistics, a standby that follows along."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pysqlite3

from tests import stage

IS_POSTGRES = stage.DATABASE == "postgres"
_VIEWS = {"pg_stats": "COPY (SELECT * FROM pg_stats) TO STDOUT", "pg_stat_activity": "COPY (SELECT * FROM pg_stat_activity) TO STDOUT"}
_HOLD = """
import sys
import pysqlite3
held = [pysqlite3.connect(path, timeout=20) for path in sys.argv[1:]]
print([connection.execute("PRAGMA user_version").fetchall() for connection in held], flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """Where the two databases are: two files, or two addresses."""

    default: str
    keys: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Bases":
        """Return where a house keeps its databases."""
        home = Path(environment["CAMKET_HOME"])
        if IS_POSTGRES:
            return cls(default=environment["CAMKET_DATABASE_URL"], keys=environment["CAMKET_KEYS_DATABASE_URL"])
        return cls(default=str(home / "data.sqlite3"), keys=str(home / "keys.sqlite3"))

    @contextmanager
    def opened(self, alias: str) -> Iterator[Any]:
        """Yield a connection beside the house, as somebody with a shell could open one."""
        place: str = getattr(self, alias)
        with closing(psycopg.connect(place) if IS_POSTGRES else pysqlite3.connect(place, timeout=20)) as connection:
            yield connection

    def run(self, alias: str, *statements: str) -> None:
        """Run statements and commit them."""
        with self.opened(alias) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def rows(self, alias: str, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.opened(alias) as connection:
            found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return found

    def tables(self, alias: str) -> list[str]:
        """Return the names of the tables."""
        where = "pg_tables WHERE schemaname = 'public'" if IS_POSTGRES else "sqlite_master WHERE type = 'table'"
        return sorted(name for (name,) in self.rows(alias, f"SELECT {'tablename' if IS_POSTGRES else 'name'} FROM {where}"))  # noqa: S608  # our words

    def naming(self, ids: set[UUID]) -> dict[str, int]:
        """Return how many rows of each table name one of some ids, in whatever column and spelling."""
        spelled = {text for id in ids for text in (str(id), id.hex)}
        found = {}
        for alias in stage.ALIASES:
            for table in self.tables(alias):
                rows = self.rows(alias, f"SELECT * FROM {table}")  # noqa: S608  # a name that the database itself told
                count = sum(any(text in _readable(value) for value in row for text in spelled) for row in rows)
                found |= {table: count} if count else {}
        return found


def _readable(value: Any) -> str:
    return bytes(value).decode(errors="replace") + bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def as_text(bases: Bases) -> Iterator[tuple[str, bytes]]:
    """Yield each database as text, with a name: what pg_dump writes, or every row that SQLite tells."""
    for alias in stage.ALIASES:
        if IS_POSTGRES:
            yield f"pg_dump of {alias}", stage.postgres_program("pg_dump", "--dbname", getattr(bases, alias)).encode()
        else:
            every = [row for table in bases.tables(alias) for row in bases.rows(alias, f"SELECT * FROM {table}")]  # noqa: S608  # names it told
            yield f"rows of {alias}", "\n".join(_readable(value) for row in every for value in row).encode()


def statistics(bases: Bases) -> Iterator[tuple[str, bytes]]:
    """Yield what PostgreSQL's planner remembers of each database's columns, and which statements it shows to a monitor."""
    for alias in stage.ALIASES:
        with bases.opened(alias) as connection:
            connection.execute("ANALYZE")
            connection.commit()
            for view, query in _VIEWS.items():
                with connection.cursor().copy(query) as lines:
                    yield f"{view} of {alias}", b"".join(bytes(line) for line in lines)


def copy_files(bases: Bases, folder: Path) -> Bases:
    """Copy SQLite's databases into a folder, one way each, while the house serves, and return where the copies are."""
    with bases.opened("default") as connection:
        connection.execute("VACUUM INTO ?", [str(folder / "data.sqlite3")])
    with bases.opened("keys") as connection, closing(pysqlite3.connect(folder / "keys.sqlite3")) as copy:
        connection.backup(copy)
    return Bases(default=str(folder / "data.sqlite3"), keys=str(folder / "keys.sqlite3"))


@contextmanager
def held_open(bases: Bases) -> Iterator[None]:
    """
    Keep SQLite's databases open for the length of a block, so that their write-ahead logs stay, with whatever passed through them.

    By a process that reads no file besides: whoever closes a database's file a second time loses the locks on it.
    """
    command = [sys.executable, "-c", _HOLD, *(getattr(bases, alias) for alias in stage.ALIASES)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            yield
        finally:
            holder.stdin.close()


@contextmanager
def with_rollback_journals(copies: Bases) -> Iterator[None]:
    """Have SQLite keep old pages beside the copies, as it does where a write-ahead log cannot be used, while every row is written anew."""
    open_ones = []
    for alias in stage.ALIASES:
        tables = copies.tables(alias)
        connection = pysqlite3.connect(getattr(copies, alias), isolation_level=None)
        open_ones.append(connection)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA cache_size = 1")  # so that it spills, journal first
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for table in tables:
            first = connection.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchone()[0]  # noqa: S608  # names that the database told
            connection.execute(f'UPDATE {table} SET "{first}" = "{first}"')  # noqa: S608  # the same
    try:
        yield
    finally:
        for connection in open_ones:
            connection.execute("ROLLBACK")
            connection.close()


def wal_file() -> str:
    """Return the name of the file in which PostgreSQL writes its log ahead just now; nothing for SQLite."""
    if not IS_POSTGRES:
        return ""
    with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
        (name,) = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchall()[0]
    return str(name)


def left_behind(environment: Mapping[str, str], *, since: str) -> list[Path]:
    """
    Return every place where something of a visit could lie: the home, what the house printed, and the database server's own files.

    Args:
        environment: Of the house.
        since: From `wal_file`, before the visit: older files of the log cannot hold anything of it, and other tests leave a gigabyte.
    """
    home = Path(environment["CAMKET_HOME"])
    places = [home, *home.parent.glob(f"{home.name}.log")]
    if IS_POSTGRES:
        with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            folder = Path(str(connection.execute("SHOW data_directory").fetchall()[0][0]))
        places += server_files(folder, Bases.of(environment), since=since)
    return places


def server_files(folder: Path, bases: Bases, *, since: str = "") -> list[Path]:
    """
    Return where a PostgreSQL server keeps a house's databases, its write-ahead log and its own log, and what belongs to all databases.

    Args:
        folder: Its data directory.
        bases: The house's databases.
        since: The first file of the write-ahead log that is wanted.
    """
    with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
        names = [urlsplit(getattr(bases, alias)).path.strip("/") for alias in stage.ALIASES]
        ids = connection.execute("SELECT oid FROM pg_database WHERE datname = ANY(%s)", [names]).fetchall()
    files = [path for path in folder.iterdir() if path.is_file()]
    newest = wal_file()  # those with later names are old ones, kept for later use
    wal = [path for path in (folder / "pg_wal").iterdir() if path.is_file() and since <= path.name <= newest]
    return [*(folder / "base" / str(id) for (id,) in ids), *wal, folder / "global", *files]


def log_everything(bases: Bases) -> None:
    """Have PostgreSQL write every statement of these databases into its log, with the values that are bound to it."""
    for alias in stage.ALIASES:
        name = urlsplit(getattr(bases, alias)).path.strip("/")
        for setting in ("log_statement = 'all'", "log_parameter_max_length = -1", "log_parameter_max_length_on_error = -1"):
            bases.run(alias, f"ALTER DATABASE {name} SET {setting}")


class Standby:
    """A second PostgreSQL server that began as a base backup of the first and follows its write-ahead log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, original: Bases) -> list[Path]:
        """Return where the standby keeps a house's databases, logs and all, once it has caught up and written them out."""
        self.bases(original)
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        return [*server_files(self.folder / "data", original), self.folder / "log"]

    def bases(self, original: Bases) -> Bases:
        """Return where the standby has its copies of a house's databases, once it has caught up."""
        with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
            (reached,) = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchall()[0]
        deadline = time.monotonic() + 30
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            while not connection.execute("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn", [reached]).fetchall()[0][0]:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
        return Bases(**{alias: self._address(urlsplit(getattr(original, alias)).path.strip("/")) for alias in stage.ALIASES})

    def _address(self, database: str) -> str:
        return f"postgresql://postgres:@/{database}?host={self.folder}"


@contextmanager
def standby() -> Iterator[Standby]:
    """Make a standby of the test server, and stop it when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="camket-standby-"))  # a short path: a socket lies in it
    data = folder / "data"
    stage.give_to_server(folder)
    arguments = ("--pgdata", str(data), "--checkpoint", "fast", "--wal-method", "stream", "--write-recovery-conf")
    stage.postgres_program("pg_basebackup", "--dbname", os.environ["CAMKET_TEST_POSTGRES_URL"], *arguments)
    control = ("--pgdata", str(data), "--wait", "--silent")
    try:
        stage.postgres_program("pg_ctl", *control, "--log", str(folder / "log"), "--options", f"-h '' -k {folder}", "start")
        yield Standby(folder)
    finally:
        stage.postgres_program("pg_ctl", *control, "--mode", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
