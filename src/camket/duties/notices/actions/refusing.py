"""The list of numbers that may not be called for advertising is brought up to date."""

from collections.abc import Iterable
from datetime import datetime

from camket.policy.terms import Actor
from camket.vault import gate
from camket.vault.gate import NoNumbers


def import_call_list(*, lines: Iterable[str], actor: Actor, now: datetime) -> gate.CallListImported:
    """
    Put a new do-not-call list in the place of the one in use; whoever is on it is shown without their number where it is for advertising.

    Args:
        lines: A number each; what follows a comma, a semicolon or a tab is not looked at.
        actor: Who ordered it.
        now: UTC instant.

    Returns:
        How many numbers are on the list now, and how many lines were no number.

    Raises:
        NoNumbers: There is no number in any line; the list in use holds.
        OSError: The list's key could not be made; the list in use holds.

    Source: Decree 91/2020; Decree 330/2026 art. 37.5(g), 37.6(b).
    """
    return gate.replace_call_list((_first_cell(line) for line in lines), actor=actor, now=now)


def _first_cell(line: str) -> str:
    for mark in (",", ";", "\t"):
        line = line.partition(mark)[0]
    return line.strip().strip('"')


__all__ = ["NoNumbers", "import_call_list"]
