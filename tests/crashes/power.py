"""Fault points: every place at which a process of these tests can be killed, counted in the order in which it comes to them."""

import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

Tell = Callable[[str], None]
_CHANGES_A_NAME = frozenset({"os.rename", "os.link", "os.remove", "os.mkdir", "os.chmod", "os.truncate"})
DRAWN = re.compile(r"(?<=\.)[0-9a-f]{16}$")  # what is drawn at random for the name of a file that is not whole yet
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Fuse:
    """Kills this process, with no word of farewell, when it has come to so many points."""

    def __init__(self, points: int, tell: Tell) -> None:
        self._left = points
        self._tell = tell

    def burn(self, place: str) -> None:
        """Come to one more point; `place` is told before the end, so that a failing test can name it."""
        if self._left == 0:
            self._tell(place)
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


BEFORE_COMMIT = ": before COMMIT"
_PASSES = (" in a transaction: ", ": before SELECT", ": before BEGIN", ": after COMMIT", ": before fsync")


def is_lasting(place: str) -> bool:
    """Return whether the step that follows a point may leave something that outlives a kill at the next point."""
    return not any(mark in place for mark in _PASSES)


def lay(burn: Tell, folder: Path) -> None:
    """
    Make a point of every statement, before and after every COMMIT of both databases, and before every effect on files or network.

    For a process that exists only to be killed: nothing here can be taken away again.

    Args:
        burn: Called with the place at each point.
        folder: Secrets and checkpoints stand under it; files elsewhere are of no interest.
    """
    for alias in connections:
        _watch_database(connections[alias], alias, burn)
    _watch_names(folder.resolve(), burn)
    _watch_medium(burn)


def _watch_database(connection: BaseDatabaseWrapper, alias: str, burn: Tell) -> None:
    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # Django calls it so
        within = " in a transaction" if connection.in_atomic_block and not sql.startswith("BEGIN") else ""
        burn(f"{alias}{within}: before {' '.join(sql.split())[:90]}")
        return run(sql, params, many, context)

    real = connection._commit

    def commit() -> None:
        burn(alias + BEFORE_COMMIT)
        real()
        burn(f"{alias}: after COMMIT")

    connection.execute_wrappers.append(execute)
    connection._commit = commit  # type: ignore[method-assign]  # the one place through which both back ends commit


def _watch_names(folder: Path, burn: Tell) -> None:
    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            burn("network: before connecting")
        is_change = event in _CHANGES_A_NAME or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES)
        if is_change and isinstance(arguments[0], str | os.PathLike) and Path(os.fspath(arguments[0])).is_relative_to(folder):
            burn(f"files: before {event} of {DRAWN.sub('', Path(os.fspath(arguments[0])).name)}")

    sys.addaudithook(hear)


def _watch_medium(burn: Tell) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        burn("files: before fsync")
        real(descriptor)

    os.fsync = fsync  # the process dies with it
