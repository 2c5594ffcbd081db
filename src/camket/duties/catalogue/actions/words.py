"""What these actions refuse."""

from collections.abc import Sequence

from camket.duties.catalogue.rules import TextFault


class Unfit(ValueError):
    """Some of the texts cannot be shown as they are; `faults` holds everything that is wrong, and nothing was changed."""

    def __init__(self, faults: Sequence[TextFault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = tuple(faults)


class Overtaken(Exception):
    """A colleague has changed this since it was read, so it was not overwritten; `now_at` is the revision or version that stands."""

    def __init__(self, now_at: int) -> None:
        super().__init__(f"somebody else was quicker; it stands at {now_at}")
        self.now_at = now_at


class ProductUnknown(LookupError):
    """There is no product of this slug."""
