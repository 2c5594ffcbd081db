"""What a check of the house's health says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

CLOCKS_MAY_DIFFER_BY = timedelta(minutes=1)

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: how it stands, in a sentence, and what would mend it."""

    topic: str
    level: Level
    sentence: str
    hint: str = ""


def is_healthy(findings: list[Finding]) -> bool:
    """Return whether nothing looked at is an error; warnings do not stop the house."""
    return all(finding.level != "error" for finding in findings)


def judge_clocks(*, now: datetime, databases: Mapping[str, datetime], newest: datetime | None) -> Finding:
    """
    Return how this machine's clock stands beside the databases' and beside what was done last.

    Args:
        now: UTC instant by this machine's clock.
        databases: UTC instant by each database's clock, by its name.
        newest: UTC instant of the newest act or sign of life that the house knows of; None where there is none.

    Source: house.md §9.10 (every period is counted by this clock).
    """
    if newest is not None and newest - now > CLOCKS_MAY_DIFFER_BY:
        return Finding(
            topic="clocks",
            level="error",
            sentence=f"this machine's clock is {_span(newest - now)} behind the newest thing the house has done",
            hint="set the clock, or whatever is due waits that long; if the clock is right, it was ahead before: look at what was erased meanwhile",
        )
    apart = {name: at - now for name, at in databases.items() if abs(at - now) > CLOCKS_MAY_DIFFER_BY}
    for name, span in apart.items():
        side = "ahead of" if span > timedelta() else "behind"
        sentence = f"the clock of database {name} is {_span(abs(span))} {side} this machine's"
        return Finding(topic="clocks", level="warning", sentence=sentence, hint="let both machines set their clocks by the network (NTP)")
    return Finding(topic="clocks", level="ok", sentence="this machine, the databases and the journal agree")


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 60 // 24} days"
