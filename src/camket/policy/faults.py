"""Why what a colleague typed is not kept: what is wrong with a text, and that somebody else was quicker."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFault:
    """What is wrong with one text, as a code that a door puts into a sentence; the rules that find the faults of a text say which codes there are."""

    field: str
    code: str
    limit: int = 0  # what the text may not be longer than, where it is too long


class Unfit(ValueError):
    """Some of the texts cannot be kept; `faults` holds everything that is wrong, and nothing was changed."""

    def __init__(self, faults: Sequence[TextFault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = tuple(faults)


class Overtaken(Exception):
    """A colleague has changed this since it was read, so it was not overwritten; `now_at` is the revision or version that stands."""

    def __init__(self, now_at: int) -> None:
        super().__init__(f"somebody else was quicker; it stands at {now_at}")
        self.now_at = now_at
