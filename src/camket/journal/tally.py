"""Counts of what the processes of one house do: how many, never about whom. They are shared by every process that is forked once counting began."""

import fcntl
import mmap
import os
import struct
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_SLOT_BYTES = 256
_SLOTS = 4096  # one megabyte of memory at most, of which only what is written on is taken
_NUMBER = struct.Struct("=d")
_NAME_BYTES = _SLOT_BYTES - _NUMBER.size


def name_of(metric: str, labels: Mapping[str, str]) -> str:
    """
    Return the name under which a count is kept, as OpenMetrics writes it.

    Args:
        metric: What is counted.
        labels: Which of them: words of the program, never what somebody sent.
    """
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{metric}{{{inner}}}" if inner else metric


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _file_in_memory() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("camket-tally")
    with tempfile.TemporaryFile() as file:  # elsewhere than on Linux: a file without a name
        return os.dup(file.fileno())


class Tally:
    """
    Counts that forked processes add to at once.

    They lie in memory that the processes share, not in a file: a full disk must not stand in anybody's way for a figure. The lock is the
    kernel's and is let go when its holder dies.
    """

    def __init__(self) -> None:
        self._file = _file_in_memory()
        os.ftruncate(self._file, _SLOTS * _SLOT_BYTES)
        self._memory = mmap.mmap(self._file, _SLOTS * _SLOT_BYTES)
        self._places: dict[str, int] = {}
        self._threads = threading.Lock()
        os.register_at_fork(after_in_child=self._after_fork)

    def _after_fork(self) -> None:
        self._threads = threading.Lock()  # a thread that held it does not live on in the child

    def add(self, amounts: Mapping[str, float]) -> None:
        """
        Add to some counts, all of them or, where there is no room left for a new one, those that there are.

        Args:
            amounts: How much, by the name that `name_of` made.
        """
        with self._alone():
            for name, amount in amounts.items():
                place = self._place_of(name)
                if place is not None:
                    start = place * _SLOT_BYTES + _NAME_BYTES
                    (count,) = _NUMBER.unpack_from(self._memory, start)
                    _NUMBER.pack_into(self._memory, start, count + amount)

    def read(self) -> Mapping[str, float]:
        """Return every count by its name."""
        with self._alone():
            self._look()
            return {name: _NUMBER.unpack_from(self._memory, place * _SLOT_BYTES + _NAME_BYTES)[0] for name, place in self._places.items()}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _place_of(self, name: str) -> int | None:
        if name not in self._places:
            self._look()  # another process may have begun this count
        if name not in self._places:
            written, place = name.encode(), len(self._places)
            if place >= _SLOTS or len(written) > _NAME_BYTES:
                return None
            self._memory[place * _SLOT_BYTES : place * _SLOT_BYTES + len(written)] = written
            self._places[name] = place
        return self._places[name]

    def _look(self) -> None:
        for place in range(len(self._places), _SLOTS):
            written = self._memory[place * _SLOT_BYTES : place * _SLOT_BYTES + _NAME_BYTES].rstrip(b"\0")
            if not written:
                return
            self._places[written.decode()] = place


THE_TALLY = Tally()
