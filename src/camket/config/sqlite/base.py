"""
Django's SQLite back end with a write lock for the process: threads queue for it fairly instead of polling a busy file (house.md §9.1).

A transaction waits for other processes in short naps: SQLite's own grow to a tenth of a second, in which whoever comes later is served first.
"""

import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base, features, operations

_LOCKED = "database is locked"
_WAIT_SECONDS = 5.0  # SQLite's own patience where the settings name none
_NAP_SECONDS = 0.0005  # between two looks whether another process has let go
_LONGEST_REMEMBERED = 8192  # characters of a statement
_locks: dict[str, threading.Lock] = {}
_locks_guard = threading.Lock()


def _lock_of(name: str) -> threading.Lock:
    with _locks_guard:
        return _locks.setdefault(name, threading.Lock())


class _Cursor(base.SQLiteCursorWrapper):
    """A cursor that remembers how SQLite's marks stand in a statement: finding them costs Django more than SQLite takes for most of ours."""

    def convert_query(self, query: str, *, param_names: Sequence[str] | None = None) -> str:
        """Return a statement with SQLite's marks in it."""
        if param_names is None and len(query) <= _LONGEST_REMEMBERED:
            return _with_marks(query)
        converted: str = super().convert_query(query, param_names=param_names)
        return converted


@lru_cache(maxsize=1024)
def _with_marks(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseFeatures(features.DatabaseFeatures):
    """What this SQLite can do, without asking the driver for its limits: the bundled one has no word for them, and Django 6.1 would ask."""

    max_query_params = 999


class DatabaseOperations(operations.DatabaseOperations):
    """The same for what is only said of a statement in a log or a test."""

    def _quote_params_for_last_executed_query(self, params: Sequence[object]) -> tuple[object, ...]:
        quoted: tuple[object, ...] = ()
        for start in range(0, len(params), DatabaseFeatures.max_query_params):
            chunk = params[start : start + DatabaseFeatures.max_query_params]
            cursor = self.connection.connection.cursor()
            try:
                quoted += tuple(cursor.execute("SELECT " + ", ".join(["QUOTE(?)"] * len(chunk)), list(chunk)).fetchone())  # only marks
            finally:
                cursor.close()
        return quoted


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that holds the process's write lock for as long as its transaction is open."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: threading.Lock | None = None

    def create_cursor(self, name: str | None = None) -> _Cursor:
        """Return a cursor of ours."""
        cursor: _Cursor = self.connection.cursor(factory=_Cursor)
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        self._take()
        try:
            self._begin()
        except BaseException:
            self._give_back()
            raise

    def _begin(self) -> None:
        patience_ms = self._sqlites_patience()
        ends_at_seconds = time.monotonic() + patience_ms / 1000
        self._let_sqlite_wait(0)
        try:
            while True:
                try:
                    super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave Django's hooks out
                    return
                except OperationalError as error:
                    if str(error) != _LOCKED or time.monotonic() >= ends_at_seconds:
                        raise
                time.sleep(_NAP_SECONDS)
        finally:
            self._let_sqlite_wait(patience_ms)

    def _sqlites_patience(self) -> int:
        (milliseconds,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        return int(milliseconds)

    def _let_sqlite_wait(self, milliseconds: int) -> None:
        self.connection.execute(f"PRAGMA busy_timeout = {milliseconds}")

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # the stubs leave Django's hooks out
        finally:
            self._give_back_when_closed()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # the stubs leave Django's hooks out
        finally:
            self._give_back_when_closed()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # the stubs leave Django's hooks out
        finally:
            self._give_back()

    def _take(self) -> None:
        if self._held is None:
            lock = _lock_of(str(self.settings_dict["NAME"]))
            # as long as SQLite itself waits for other processes: a thread that queues behind one of those must not wait for ever
            if not lock.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", _WAIT_SECONDS)):
                raise OperationalError(_LOCKED)
            self._held = lock

    def _give_back_when_closed(self) -> None:
        # a COMMIT that failed as busy leaves the transaction open: the lock stays until it is rolled back
        if self.connection is None or not self.connection.in_transaction:
            self._give_back()

    def _give_back(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.release()
