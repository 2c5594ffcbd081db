"""Write the whole journal down for somebody who trusts none of our programs (docs/journal.md has a verifier of thirty lines)."""

from collections.abc import Iterator

from camket.journal import entries
from camket.journal.models import JournalEntry

DATABASE = "default"
_CHUNK = 1000


def lines() -> Iterator[bytes]:
    """
    Yield every sequenced entry as one line of canonical JSON, first place first: position, leaf, and salt and payload unless withheld.

    The lines hold what the entries say, and so the ids of subjects and staff: they are for the operator and for auditors.

    Source: policy §7.
    """
    after = -1
    sequenced = JournalEntry.objects.using(DATABASE).sequenced()
    while rows := list(sequenced.filter(position__gt=after)[:_CHUNK]):
        yield from map(_line, rows)
        after = rows[-1].position or 0


def _line(row: JournalEntry) -> bytes:
    return (
        entries.canonical(
            {
                "leaf": bytes(row.leaf).hex(),
                "payload": None if row.payload is None else bytes(row.payload).decode(),
                "position": row.position,
                "salt": None if row.salt is None else bytes(row.salt).hex(),
            }
        )
        + b"\n"
    )
