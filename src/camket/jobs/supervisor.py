"""Keeps child processes running until it is asked to stop; each is forked from this one, which has everything loaded already."""

import gc
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from types import FrameType

from camket.jobs.lifeline import call_process, die_with

_LOOK_EVERY_SECONDS = 0.1
_LEAST_SECONDS_BETWEEN_STARTS = 1.0  # a child that cannot start must not keep the machine busy
_STOP_WITHIN_SECONDS = 10.0
# forked, not started anew: loading everything once halves the time to the first page, and the memory is shared
_FORK = multiprocessing.get_context("fork")

Work = Callable[[], None]


@dataclass(slots=True, kw_only=True)
class _Child:
    name: str
    work: Work = field(repr=False)
    process: ForkProcess | None = None
    started_at_seconds: float = float("-inf")  # of the monotonic clock

    def keep_running(self) -> None:
        """Start the process where there is none, unless it was started a moment ago."""
        if self.process is not None and self.process.is_alive():
            return
        if time.monotonic() - self.started_at_seconds < _LEAST_SECONDS_BETWEEN_STARTS:
            return
        self.started_at_seconds = time.monotonic()
        self.process = _FORK.Process(target=_live, args=(self.name, self.work, os.getpid()), name=self.name)
        self.process.start()


def _live(name: str, work: Work, parent_pid: int) -> None:
    die_with(parent_pid)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # the supervisor's handlers are not the child's
    call_process(f"camket-{name}")
    work()


class Supervisor:
    """
    Keeps its children running.

    The process that runs it must hold no open connection and no second thread when it starts: neither survives a fork.
    """

    def __init__(self, works: Mapping[str, Work]) -> None:
        self._children = [_Child(name=name, work=work) for name, work in works.items()]
        self._is_stopping = False

    def run(self) -> None:
        """Start every child, start again what ends, and stop all of them on SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        gc.collect()  # what preparing the home left behind
        gc.freeze()  # a child that looked for garbage there would copy every page that it shares
        try:
            while not self._is_stopping:
                for child in self._children:
                    child.keep_running()
                time.sleep(_LOOK_EVERY_SECONDS)
        finally:
            self._end_children()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self._is_stopping = True

    def _end_children(self) -> None:
        processes = [child.process for child in self._children if child.process is not None]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + _STOP_WITHIN_SECONDS
        for process in processes:
            process.join(max(0.1, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
