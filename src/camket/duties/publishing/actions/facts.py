"""What the acts on drafts refuse, and who is written down as having done them."""

from collections.abc import Sequence
from uuid import UUID

from camket.duties.publishing.rules import DraftFault
from camket.policy.terms import Actor


class DraftUnknown(LookupError):
    """There is no such draft."""


class DraftOver(Exception):
    """The draft has been discarded or published: nothing in it changes any more."""


class Overtaken(Exception):
    """A colleague has saved this draft since it was read, so it was not overwritten; `now_at` is the revision that stands."""

    def __init__(self, now_at: int) -> None:
        super().__init__(f"somebody else was quicker; it stands at {now_at}")
        self.now_at = now_at


class Unfit(ValueError):
    """Some of the texts cannot be kept; `faults` holds everything that is wrong, and nothing was changed."""

    def __init__(self, faults: Sequence[DraftFault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = tuple(faults)


def staff_of(actor: Actor) -> UUID | None:
    """Return the id under which a member of staff is kept; None for the house itself."""
    return UUID(actor.id) if actor.id else None
