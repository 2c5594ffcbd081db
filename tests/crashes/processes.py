"""Processes that live for one act: forked from this one, which has everything loaded already."""

import gc
import multiprocessing
import os
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from django.db import connections

from tests.crashes.power import Tell

_FORK = multiprocessing.get_context("fork")
_LIVES_AT_MOST_SECONDS = 60
KILLED = -9


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How a process ended, and what it told until then."""

    status: int
    told: tuple[str, ...]


def live(work: Callable[[Tell], None], *, look: Callable[[str], None] | None = None) -> Life:
    """
    Do something in a process of its own, and return how that ended.

    Args:
        work: What it does; called with what it can tell us by. An exception is told too, and ends it with status 1.
        look: Called with each thing told, while the process stands still; without it nobody waits for anybody.
    """
    connections.close_all()  # an open connection does not survive a fork
    here, there = _FORK.Pipe()
    process = _FORK.Process(target=_run, args=(work, there, look is not None), daemon=True)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        process.start()  # newer Pythons warn of threads: those of the mail server and of xdist are of no concern to the child
    there.close()
    told = []
    try:
        while here.poll(_LIVES_AT_MOST_SECONDS):
            told.append(here.recv())
            if look is not None:
                look(told[-1])
                here.send(None)
        told.append("it hung")
    except (EOFError, ConnectionError):
        process.join()
    finally:
        process.kill()
        process.join()
    assert process.exitcode is not None
    return Life(status=process.exitcode, told=tuple(told))


def _run(work: Callable[[Tell], None], line: Connection, is_looked_at: bool) -> None:
    gc.disable()  # it would touch, and so copy, every page of the process that runs the tests
    os.fsync = _forgo  # processes are killed here and not the machine: what the kernel has taken stays

    def tell(what: str) -> None:
        line.send(what)
        if is_looked_at:
            line.recv()

    try:
        work(tell)
    except BaseException:  # noqa: BLE001  # whatever ends this process is told to the one that looks on
        tell("".join(traceback.format_exc(limit=-4, chain=False)))
        raise SystemExit(1) from None
    finally:
        connections.close_all()


def _forgo(descriptor: int) -> None:
    """Wait for no medium."""
