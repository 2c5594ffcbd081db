"""What a check of the house's health says."""

from dataclasses import dataclass
from typing import Literal

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
