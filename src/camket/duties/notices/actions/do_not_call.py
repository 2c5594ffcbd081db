"""The list of numbers that may not be called for advertising is brought up to date, and asked for one number."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from camket.access.actions import spend_budget
from camket.access.rules import require_role
from camket.duties.notices.rules import CALL_LIST_KEEPERS, LineFault, call_list_faults, first_cell
from camket.journal.actions import record
from camket.policy.terms import PHONE, Actor
from camket.policy.values import canonical_identity
from camket.vault import gate
from camket.vault.gate import NoNumbers

MOST_ASKED = 60  # numbers in an hour, by one colleague: enough for a morning of calls, too few to read the list out of it
_HOUR = timedelta(hours=1)


class LinesUnread(ValueError):
    """Some lines are no number, and it was said that all of them must be; `faults` says which. The list in use holds."""

    def __init__(self, faults: Sequence[LineFault]) -> None:
        super().__init__("some lines are no telephone number")
        self.faults = tuple(faults)


class NoNumber(ValueError):
    """What was asked about is no telephone number. It is not repeated here."""


class AskedEnough(Exception):
    """This colleague asked for as many numbers as an hour allows."""


def import_call_list(*, lines: Iterable[str], actor: Actor, now: datetime, must_all_be_numbers: bool = False) -> gate.CallListImported:
    """
    Put a new do-not-call list in the place of the one in use; whoever is on it is shown without their number where it is for advertising.

    Args:
        lines: A number each; what follows a comma, a semicolon or a tab is not looked at.
        actor: Who ordered it: an operator, a privacy officer, or the command line.
        now: UTC instant.
        must_all_be_numbers: Whether one line that is none, and not empty, keeps the whole from being imported.

    Returns:
        How many numbers are on the list now, and how many lines were no number.

    Raises:
        NotForThisRole: Somebody else asks.
        LinesUnread: A line is no number, and all had to be; the list in use holds.
        NoNumbers: There is no number in any line; the list in use holds.
        OSError: The list's key could not be made; the list in use holds.

    Source: Decree 91/2020; Decree 330/2026 art. 37.5(g), 37.6(b).
    """
    require_role(actor, CALL_LIST_KEEPERS)
    if must_all_be_numbers:
        lines = [*lines]
        if faults := call_list_faults(lines):
            raise LinesUnread(faults)
        lines = [line for line in lines if line.strip()]
    return gate.replace_call_list((first_cell(line) for line in lines), actor=actor, now=now)


def ask_call_list(*, number: str, actor: Actor, now: datetime) -> bool:
    """
    Tell whether one number is on the do-not-call list in use; the journal keeps that it was asked, and what the answer was, never the number.

    Args:
        number: As somebody typed it.
        actor: An operator or a privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        NoNumber: It is no telephone number.
        AskedEnough: They asked for as many as an hour allows.
        KeyFileMissing: The list's key is gone.

    Source: Decree 91/2020; Decree 330/2026 art. 37.6(b).
    """
    require_role(actor, CALL_LIST_KEEPERS)
    if canonical_identity(PHONE, number) is None:
        raise NoNumber
    if not spend_budget(key=b"call list|" + actor.id.encode(), limit=MOST_ASKED, window=_HOUR, now=now):
        raise AskedEnough
    is_listed = bool(gate.listed_among([number]))
    record(act="call_list.asked", actor=actor, at=now, facts={"code": "listed" if is_listed else "not.listed"})
    return is_listed


__all__ = ["MOST_ASKED", "AskedEnough", "LinesUnread", "NoNumber", "NoNumbers", "ask_call_list", "import_call_list"]
