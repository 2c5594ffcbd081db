"""Who may write keys beside whom: writers beside each other, whoever begins a new generation alone, and one keeper of the keys at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connections

KEYS = "keys"
_PLACE = 0x63616D6B6574  # "camket", in the number space of PostgreSQL's advisory locks


def share() -> None:
    """
    Keep every beginning of a new generation waiting until this transaction of the keys database ends.

    Call it first: what is read afterwards, such as the newest epoch, is then true until the commit. On SQLite the transaction is
    alone anyway.
    """
    _take("pg_advisory_xact_lock_shared")


def hold() -> None:
    """Wait for every transaction that shares, and keep new ones waiting until this transaction of the keys database ends."""
    _take("pg_advisory_xact_lock")


def _take(function: str) -> None:
    connection = connections[KEYS]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [_PLACE])


@contextmanager
def alone(*, waits: bool) -> Iterator[bool]:
    """
    Be the one process that keeps the keys, for the length of a block; a process that is killed lets go.

    It spares double work and double lines in the journal. What two keepers could break between them `share` and `hold` protect.

    Args:
        waits: Whether to wait for another keeper.

    Yields:
        Whether this process is the one; when it did not wait, another may be at it.
    """
    folder = Path(settings.CAMKET_SECRETS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "keeping.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
