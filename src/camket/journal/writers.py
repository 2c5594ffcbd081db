"""Count what each connection writes, with no gap, so that an entry that vanishes before it is sequenced leaves a hole."""

import hashlib
import hmac
import os
import secrets
from typing import NamedTuple
from weakref import WeakKeyDictionary

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from camket.journal.models import WRITER_BYTES


class Count(NamedTuple):
    """The number of an entry within one run of one connection."""

    writer: bytes
    counter: int


class _Commitment:
    """Knows whether the transaction in which a number was taken has been committed."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._is_committed = False

    def __call__(self) -> None:
        # a test harness may run these hooks inside a transaction that it rolls back afterwards: that is no commit
        self._is_committed = not self._connection.in_atomic_block

    def stands(self) -> bool:
        """Return whether the entry is committed, or waits in the transaction that is open now."""
        return self._is_committed or any(hook[1] is self for hook in reversed(self._connection.run_on_commit))


class _Run:
    """Numbers given out by one connection of one process, for as long as none of them was rolled back."""

    def __init__(self) -> None:
        self.writer = secrets.token_bytes(WRITER_BYTES)
        self.counter = 0
        self.process = os.getpid()
        self.last: _Commitment | None = None

    def goes_on(self) -> bool:
        """Return whether the next number would follow a number that exists; a forked child never goes on with its parent's run."""
        return self.process == os.getpid() and self.last is not None and self.last.stands()


_runs: WeakKeyDictionary[BaseDatabaseWrapper, _Run] = WeakKeyDictionary()


def take_counts(connection: BaseDatabaseWrapper, how_many: int) -> list[Count]:
    """
    Return the next numbers of a connection's run, beginning a new run after a rollback.

    A rollback takes its entries with it, and their numbers; going on would leave a gap that looks like a deleted entry.

    Args:
        connection: The connection that writes the entries, inside a transaction.
        how_many: One for each entry.
    """
    run = _runs.get(connection)
    if run is None or not run.goes_on():
        run = _runs[connection] = _Run()
    first = run.counter + 1
    run.counter += how_many
    run.last = _Commitment(connection)
    transaction.on_commit(run.last, using=connection.alias)
    return [Count(writer=run.writer, counter=counter) for counter in range(first, first + how_many)]


def begin_anew() -> None:
    """Let every connection of this process begin a new run: after a restore, its numbers would follow entries that are not there."""
    _runs.clear()


def mac_of(key: bytes, count: Count, leaf: bytes) -> bytes:
    """
    Return the MAC that binds an entry's leaf to its number.

    Args:
        key: The counting key, 32 bytes.
        count: The entry's number.
        leaf: The entry's leaf, 32 bytes.

    Source: RFC 2104 (HMAC) with SHA-256.
    """
    return hmac.digest(key, count.writer + count.counter.to_bytes(8, "big") + leaf, hashlib.sha256)
