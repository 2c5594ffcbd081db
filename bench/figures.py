"""A figure with what was aimed at, and how figures are printed and written."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

AT_LEAST, AT_MOST = "≥", "≤"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number, the median of its rounds; `bound` is what the issue asks for, None where a number is only reported."""

    scene: str
    database: str  # "sqlite", "postgres", or "" where no database is touched
    name: str
    value: float
    unit: str
    low: float | None = None  # the least and the most of the rounds
    high: float | None = None
    cpu_us: float | None = None  # processor time of one operation, the server's included
    sense: str = ""
    bound: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.bound is None:
            return None
        return self.value >= self.bound if self.sense == AT_LEAST else self.value <= self.bound

    def target(self) -> str:
        """Return the target as it is printed."""
        return "" if self.bound is None else f"{self.sense} {_short(self.bound)} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What the figures of one scene on one database have in common."""

    scene: str
    database: str = ""

    def figure(
        self, name: str, values: Sequence[float], unit: str, *, cpu_us: float | None = None, target: tuple[str, float] | None = None
    ) -> Figure:
        """Return a figure out of one value a round."""
        sense, bound = target or ("", None)
        return Figure(
            scene=self.scene,
            database=self.database,
            name=name,
            value=median(values),
            unit=unit,
            low=min(values),
            high=max(values),
            cpu_us=cpu_us,
            sense=sense,
            bound=bound,
        )


def _short(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def rows(figures: Iterable[Figure]) -> list[tuple[str, ...]]:
    """Return the table of figures, its heading first."""
    told = {None: "", True: "met", False: "missed"}
    table = [("scenario", "database", "figure", "median", "range", "CPU µs/op", "target", "")]
    for one in figures:
        between = "" if one.low is None or one.high is None or one.low == one.high else f"{_short(one.low)}-{_short(one.high)}"
        cpu = "" if one.cpu_us is None else _short(one.cpu_us)
        table.append((one.scene, one.database, one.name, f"{_short(one.value)} {one.unit}", between, cpu, one.target(), told[one.is_met]))
    return table


def printed(figures: Iterable[Figure]) -> str:
    """Return the table as it is read in a terminal."""
    table = rows(figures)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table)


def write(path: Path, figures: Iterable[Figure], *, skipped: Sequence[str], quick: bool) -> None:
    """Write every figure as JSON."""
    told = [{**asdict(one), "met": one.is_met} for one in figures]
    path.write_text(json.dumps({"figures": told, "quick": quick, "skipped": list(skipped)}, ensure_ascii=False, indent=1) + "\n")
