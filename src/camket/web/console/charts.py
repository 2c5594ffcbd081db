"""A chart of days as numbers that a template draws: bars side by side, a line for each round number, a date for some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 960, 240
_LEFT, _RIGHT, _BOTTOM, _TOP = 36, 16, 26, 10
_LINES = 4
_DATES_APART = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One thing that is counted by the day; `name` chooses its colour."""

    name: str
    label: str
    values: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many there were on all the days."""
        return sum(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, in the chart's own units, and what it stands for."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line across the chart with its number, or a date below it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything that the template draws."""

    bars: tuple[Bar, ...]
    lines: tuple[Mark, ...]
    dates: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    floor: int = HEIGHT - _BOTTOM


def drawn(days: Sequence[date], series: Sequence[Series], written: Sequence[str]) -> Chart:
    """
    Return the chart of some series over the same days.

    Args:
        days: The days, the oldest first.
        series: What is counted; one value for each day.
        written: Each day as it is written below the chart.
    """
    step = _step(max((value for one in series for value in one.values), default=0))
    top, floor = step * _LINES, HEIGHT - _BOTTOM
    room = (WIDTH - _LEFT - _RIGHT) / len(days)
    thick = room * 0.72 / len(series)
    bars = []
    for number, one in enumerate(series):
        for place, value in enumerate(one.values):
            high = (floor - _TOP) * value / top
            x = _LEFT + place * room + room * 0.14 + number * thick
            if value:
                bars.append(Bar(name=one.name, x=round(x, 1), y=round(floor - high, 1), width=round(thick - 0.8, 1), height=round(high, 1)))
    lines = tuple(Mark(at=round(floor - (floor - _TOP) * number / _LINES, 1), text=str(step * number)) for number in range(_LINES + 1))
    last = len(days) - 1
    dates = tuple(
        Mark(at=round(_LEFT + (place + 0.5) * room, 1), text=written[place]) for place in range(len(days)) if (last - place) % _DATES_APART == 0
    )
    return Chart(bars=tuple(bars), lines=lines, dates=dates)


def _step(most: int) -> int:
    """The round number between two lines: 1, 2 or 5 with noughts, so that four of them hold the most there is."""
    size = 1
    while True:
        for digit in (1, 2, 5):
            if digit * size * _LINES >= most:
                return digit * size
        size *= 10
