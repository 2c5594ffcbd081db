"""What the acts on drafts refuse."""


class DraftUnknown(LookupError):
    """There is no such draft."""


class DraftOver(Exception):
    """The draft has been discarded or published: nothing in it changes any more."""
