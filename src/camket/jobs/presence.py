"""Who has the home open: whatever serves or works holds a lock on it, which the kernel lets go however the process ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

FILE_NAME = "running.lock"


class HomeBusy(Exception):
    """Somebody has the home open in a way that excludes what was asked; the message says who."""


@contextmanager
def open_home(home: Path) -> Iterator[None]:
    """
    Hold the home open beside others who serve or work, for the length of a block; processes that are forked in it hold it too.

    Args:
        home: The home's folder.

    Raises:
        HomeBusy: It is being upgraded.
    """
    with _locked(home, fcntl.LOCK_SH, f"this home is being upgraded: wait until `{settings.CAMKET_COMMAND} upgrade` is done"):
        yield


@contextmanager
def alone_in_home(home: Path) -> Iterator[None]:
    """
    Hold the home for oneself for the length of a block.

    Args:
        home: The home's folder.

    Raises:
        HomeBusy: Something serves or works in it, or upgrades it.
    """
    command = settings.CAMKET_COMMAND
    with _locked(home, fcntl.LOCK_EX, f"this house is running, or being upgraded: stop `{command} serve` and every `{command} worker` first"):
        yield


@contextmanager
def _locked(home: Path, kind: int, sentence: str) -> Iterator[None]:
    with (home / FILE_NAME).open("a") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeBusy(sentence) from error
        yield
