"""Keeps child processes running until it is asked to stop; each is forked from this one, which has everything loaded already."""

import gc
import logging
import mmap
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.context import ForkProcess
from types import FrameType

from camket.jobs.lifeline import call_process, die_with
from camket.jobs.pacing import Rest

log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 0.1
_LEAST_SECONDS_BETWEEN_STARTS = 1.0  # a child that cannot start must not keep the machine busy
_STOP_WITHIN_SECONDS = 10.0
# forked, not started anew: loading everything once halves the time to the first page, and the memory is shared
_FORK = multiprocessing.get_context("fork")

Work = Callable[[], None]


class Name(StrEnum):
    """What the processes are called: a closed list, so that the log may tell which one ended."""

    PAGES = "pages"
    STREAM = "stream"
    WORKER = "worker"
    SENDER = "sender"


@dataclass(slots=True, kw_only=True)
class _Child:
    name: str
    work: Work = field(repr=False)
    process: ForkProcess | None = None
    started_at_seconds: float = float("-inf")  # of the monotonic clock

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def keep_running(self) -> None:
        """Start the process where there is none, unless it was started a moment ago."""
        if self.is_alive:
            return
        if time.monotonic() - self.started_at_seconds < _LEAST_SECONDS_BETWEEN_STARTS:
            return
        self.started_at_seconds = time.monotonic()
        if self.process is not None and self.process.exitcode is not None:  # nobody else tells that it was killed, for want of memory say
            log.error("camket-%s ended (%d) and is started again", self.name, self.process.exitcode)
            self.process = None
        process = _FORK.Process(target=_live, args=(self.name, self.work, os.getpid()), name=self.name)
        try:
            process.start()
        except OSError as error:  # no room for another process just now: the others go on, and it is tried again
            log.error("a process could not be started (errno %d); the others go on", error.errno or 0)
            return
        self.process = process


def _live(name: str, work: Work, parent_pid: int) -> None:
    die_with(parent_pid)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # the supervisor's handlers are not the child's
    call_process(f"camket-{name}")
    work()


class Bell:
    """
    How one child asks the supervisor for a helper, and sees whether one is there.

    Two bytes of memory that all of them share, and no lock: one that is killed while it holds it would stop all others.
    """

    _RUNG, _ANSWERED = 0, 1

    def __init__(self) -> None:
        self._bytes = mmap.mmap(-1, 2)

    def ring(self) -> None:
        """Ask for a helper; where one is there already, nothing comes of it."""
        self._bytes[self._RUNG] = 1

    def take_ring(self) -> bool:
        """Return whether somebody rang since this was last asked."""
        was_rung = bool(self._bytes[self._RUNG])
        self._bytes[self._RUNG] = 0
        return was_rung

    def answer(self, *, is_there: bool) -> None:
        """Let whoever rings see whether a helper is there."""
        self._bytes[self._ANSWERED] = is_there

    @property
    def is_answered(self) -> bool:
        """Whether a helper is there, or was a moment ago."""
        return bool(self._bytes[self._ANSWERED])


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """A child that comes when its bell is rung, and goes by itself: with 0 when all is done, else none comes for a while."""

    name: str
    work: Work = field(repr=False)
    bell: Bell = field(repr=False)


class _OnCall:
    """A helper's process, and how long none is started after one that failed."""

    def __init__(self, helper: Helper) -> None:
        self.child = _Child(name=helper.name, work=helper.work)
        self._bell = helper.bell
        self._rest = Rest()

    def mind(self) -> None:
        """Note how the last one ended, start one where somebody rang, and tell whether one is there."""
        ended = self.child.process
        if ended is not None and not self.child.is_alive:
            if ended.exitcode == 0:
                self._rest.end()
            else:
                self._rest.begin(at=time.monotonic())
            self.child.process = None
        if self._bell.take_ring() and not self._rest.is_on(at=time.monotonic()):
            self._bell.answer(is_there=True)  # before it begins: whoever rang leaves it its part
            self.child.keep_running()
        self._bell.answer(is_there=self.child.is_alive)


class Supervisor:
    """
    Keeps its children running, and calls a helper when one of them asks for it.

    The process that runs it must hold no open connection and no second thread when it starts: neither survives a fork.
    """

    def __init__(self, works: Mapping[str, Work], *, helper: Helper | None = None) -> None:
        self._children = [_Child(name=name, work=work) for name, work in works.items()]
        self._on_call = _OnCall(helper) if helper else None
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
                if self._on_call is not None:
                    self._on_call.mind()
                time.sleep(_LOOK_EVERY_SECONDS)
        finally:
            self._end_children()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self._is_stopping = True

    def _end_children(self) -> None:
        everybody = [*self._children, self._on_call.child] if self._on_call else self._children
        processes = [child.process for child in everybody if child.process is not None]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + _STOP_WITHIN_SECONDS
        for process in processes:
            process.join(max(0.1, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
