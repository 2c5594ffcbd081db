"""How the reading of the mailbox stands in which letters come back: counts and numbers, never a word of a mail."""

from dataclasses import dataclass
from datetime import datetime

from camket.duties.notices.models import Mailbox, OddMail

_MOST_ODD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRow:
    """How the reading stands; `error` is a code, or nothing."""

    read_at: datetime | None  # when it was last read to its end
    error: str
    understood: int
    unbelieved: int
    odd_uids: tuple[int, ...]  # the server's numbers of mails that could not be read, the newest first


def mailbox() -> MailboxRow | None:
    """Return how the reading of the mailbox stands, or None where none was ever read; of several, the one read last. Two queries."""
    found = Mailbox.objects.order_by("-due_at").first()
    if found is None:
        return None
    odd = OddMail.objects.filter(mailbox_id=found.id).order_by("-seen_at", "-uid").values_list("uid", flat=True)[:_MOST_ODD]
    counts = {"understood": found.understood, "unbelieved": found.unbelieved}
    return MailboxRow(read_at=found.read_at, error=found.last_error, odd_uids=tuple(odd), **counts)
