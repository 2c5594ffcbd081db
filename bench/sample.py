"""One round of one contender: how long, how much processor time, and the middle of each kind of operation. Standard library only."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one round took; `cpu_s` is user and system time of this process and of the database server's processes."""

    operations: int
    wall_s: float
    cpu_s: float
    p50_us: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Operations in a second."""
        return self.operations / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor time for one operation."""
        return self.cpu_s / self.operations * 1e6

    def as_dict(self) -> dict[str, object]:
        """Return what `Sample(**…)` takes back on the other side of a pipe."""
        return asdict(self)


def server_cpu_s(postmaster: int) -> float:
    """Return the processor time of a PostgreSQL server so far: its own, its children's, and those of its children that have ended."""
    if not postmaster:
        return 0.0
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        if stat.parent.name == str(postmaster):
            ticks += sum(map(int, fields[11:15]))  # utime, stime, and those of children that were waited for
        elif fields[1] == str(postmaster):
            ticks += sum(map(int, fields[11:13]))
    return ticks / _TICKS


def tree_cpu_s(root: int) -> float:
    """Return the processor time so far of a process and of all that it started, those that have ended included."""
    stats: dict[int, list[str]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            stats[int(stat.parent.name)] = stat.read_text().rpartition(")")[2].split()
    tree = {root}
    while more := {pid for pid, fields in stats.items() if int(fields[1]) in tree} - tree:
        tree |= more
    return sum(sum(map(int, stats[pid][11:15])) for pid in tree if pid in stats) / _TICKS


def own_cpu_s() -> float:
    """Return the processor time of this process so far, to the microsecond."""
    return time.process_time()


def timed(deeds: Iterable[tuple[str, Callable[[], object]]], *, postmaster: int = 0, then: Callable[[], object] | None = None) -> Sample:
    """
    Do every deed, and return how long they took.

    Args:
        deeds: The kind and what to call; the calls are made one after the other.
        postmaster: Process id of the PostgreSQL server whose processor time counts too; 0 for none.
        then: Called at the end, inside the time: work that was put off by the deeds.
    """
    spans: dict[str, list[int]] = defaultdict(list)
    server, own, begun = server_cpu_s(postmaster), own_cpu_s(), time.perf_counter_ns()
    for kind, deed in deeds:
        start = time.perf_counter_ns()
        deed()
        spans[kind].append(time.perf_counter_ns() - start)
    if then is not None:
        then()
    wall_s = (time.perf_counter_ns() - begun) / 1e9
    cpu_s = own_cpu_s() - own + server_cpu_s(postmaster) - server
    middles = {kind: median(some) / 1000 for kind, some in spans.items()}
    return Sample(operations=sum(map(len, spans.values())), wall_s=wall_s, cpu_s=cpu_s, p50_us=middles)


def whole(operations: int, deed: Callable[[], object], *, postmaster: int = 0) -> Sample:
    """Return how long one call took that does many operations at once, too quick to be timed one by one."""
    sample = timed([("all", deed)], postmaster=postmaster)
    return Sample(operations=operations, wall_s=sample.wall_s, cpu_s=sample.cpu_s, p50_us={"all": sample.wall_s / operations * 1e6})
