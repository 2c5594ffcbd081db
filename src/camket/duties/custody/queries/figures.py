"""The figures of a house at work: how far the journal is, how large the databases are, what memory is taken. None of them counts a growing table."""

import json
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings
from django.db import connections

from camket import __version__
from camket.duties.custody.actions import last_backup_file, stream_file
from camket.journal import queries as journal
from camket.outbox import queries as outbox
from camket.outbox.rules import ALIVE_WITHIN
from camket.vault import gate

_KILO = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Where the journal, the worker and the databases stand."""

    journal_size: int  # entries that have their place
    unsequenced: int
    checkpoint_size: int  # entries that the latest checkpoint covers
    checkpoint_at: datetime | None  # None before the first
    beat_at: datetime | None  # the newest sign of life of any worker; None where none ever gave one
    database_bytes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """One process of the house and the memory it takes, shared pages counted by halves and thirds (PSS)."""

    name: str
    pid: int
    bytes: int


def figures() -> Figures:
    """Return where the journal, the worker and the databases stand."""
    checkpoint = journal.latest_checkpoint()
    return Figures(
        journal_size=journal.head().size,
        unsequenced=journal.count_unsequenced(),
        checkpoint_size=checkpoint.size if checkpoint else 0,
        checkpoint_at=checkpoint.at if checkpoint else None,
        beat_at=outbox.last_beat(),
        database_bytes={alias: _bytes_of(alias) for alias in connections},
    )


def _bytes_of(alias: str) -> int:
    connection = connections[alias]
    if connection.vendor == "sqlite":
        file = str(connection.settings_dict["NAME"])
        return sum(_size(Path(file + ending)) for ending in ("", "-wal"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def seconds_since_worker(*, now: datetime) -> int | None:
    """
    Return how long ago a worker gave a sign of life, or None where that is so long ago that none is alive.

    Args:
        now: UTC instant.
    """
    beat_at = outbox.last_beat()
    return None if beat_at is None or abs(now - beat_at) > ALIVE_WITHIN else max(0, int((now - beat_at).total_seconds()))


def last_backup_at() -> Mapping[str, datetime]:
    """Return when data and keys were last written into a backup from this home, by `data` and `keys`; what was never is left out."""
    try:
        told = json.loads(last_backup_file().read_text("utf-8"))
        return {kind: datetime.fromisoformat(at) for kind, at in told.items() if kind in ("data", "keys")}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # a note, and no more: whoever lost it makes the next backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """That the live stream runs, and how many hold on to it."""

    at: datetime
    held: int


def streaming(*, now: datetime) -> Streaming | None:
    """
    Return how many hold on to the live stream, or None where none gave a sign of life of late.

    Args:
        now: UTC instant.
    """
    try:
        told = json.loads(stream_file().read_text("utf-8"))
        found = Streaming(at=datetime.fromisoformat(told["at"]), held=int(told["held"]))
        return found if abs(now - found.at) <= ALIVE_WITHIN else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def key_epoch() -> tuple[int, datetime] | None:
    """Return the number of the key epoch in use and when it began, or None before the first."""
    return gate.newest_epoch()


_LEAST_FREE_BYTES = 500_000_000
# each of the two databases writes 4 MB into its log before SQLite takes them over into the file, which may grow by as much then
_LEAST_TO_WRITE_BYTES = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of the disk under the home is free."""

    free_bytes: int
    total_bytes: int

    @property
    def is_low(self) -> bool:
        """Whether so little is left that it is kept for what has to be written: the journal, answers, erasures."""
        return self.free_bytes < _LEAST_FREE_BYTES

    @property
    def is_full(self) -> bool:
        """Whether so little is left that writing fails, or will as soon as a few people come."""
        return self.free_bytes < _LEAST_TO_WRITE_BYTES


def room_left() -> Room:
    """Return how much of the disk under the home is free, or of that on which a home would be made."""
    home = Path(settings.CAMKET_HOME)
    usage = shutil.disk_usage(next(place for place in (home, home.parent, Path("/")) if place.is_dir()))
    return Room(free_bytes=usage.free, total_bytes=usage.total)


def versions() -> Mapping[str, str]:
    """Return the versions of the program and of what it stands on, by name."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        database = str(cursor.fetchone()[0])
    name = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    return {"Camket": __version__, "Django": django.get_version(), "Python": platform.python_version(), name: database}


def occupancy() -> tuple[Occupancy, ...]:
    """
    Return the processes that were forked with this one from the same command, and the memory they take; none where the system does not tell.

    A worker that runs as a service of its own is not among them.
    """
    found: list[Occupancy] = []
    here = Path(f"/proc/{os.getpid()}")
    if not here.is_dir():
        return ()
    group, command = os.getpgrp(), (here / "cmdline").read_bytes()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if int((place / "stat").read_text().rsplit(") ", 1)[1].split()[2]) == group and (place / "cmdline").read_bytes() == command:
                found.append(Occupancy(name=(place / "comm").read_text().strip(), pid=int(place.name), bytes=_pss(place)))
        except (OSError, IndexError, ValueError):
            continue  # it ended while we looked
    return tuple(sorted(found, key=lambda one: one.pid))


def _pss(place: Path) -> int:
    lines = (place / "smaps_rollup").read_text().splitlines()
    return next((int(line.split()[1]) * _KILO for line in lines if line.startswith("Pss:")), 0)
