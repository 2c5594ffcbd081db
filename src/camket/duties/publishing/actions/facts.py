"""What the acts on drafts refuse, and who is written down as having done them."""

from uuid import UUID

from camket.policy.terms import Actor


class DraftUnknown(LookupError):
    """There is no such draft."""


class DraftOver(Exception):
    """The draft has been discarded or published: nothing in it changes any more."""


def staff_of(actor: Actor) -> UUID | None:
    """Return the id under which a member of staff is kept; None for the house itself."""
    return UUID(actor.id) if actor.id else None
