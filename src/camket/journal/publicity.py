"""What the house publishes of its journal: the signed heads, since when it is kept, and how often an authority was given something."""

from datetime import datetime

from camket.journal.checkpoints import STORED, STORED_TYPES, CheckpointRow, checkpoint_row
from camket.journal.models import JournalEntry
from camket.journal.statements import Statement, fetch

_NEWEST = Statement(
    text=f"SELECT {', '.join(STORED)} FROM journal_checkpoint WHERE size < %s ORDER BY size DESC LIMIT %s",  # noqa: S608  # our own columns
    columns=STORED_TYPES,
)
_OF_SIZE = Statement(text=f"SELECT {', '.join(STORED)} FROM journal_checkpoint WHERE size = %s", columns=STORED_TYPES)  # noqa: S608  # our own columns
_NO_SIZE = 2**63 - 1  # larger than any
# written out, for SQLite takes the index only where the statement says what the index says
_LEGAL_DISCLOSURES = Statement(
    text="""
        SELECT count(*) FROM journal_journalentry WHERE operation = 'disclose' AND purpose = 'legal_disclosure' AND outcome = 'PERMITTED'
    """,
    columns=(int,),
)


def newest_checkpoints(*, limit: int, before: int | None = None) -> list[CheckpointRow]:
    """
    Return signed heads, the one that covers most first.

    Args:
        limit: How many at most.
        before: Only those that cover fewer entries; None for the newest.
    """
    return [checkpoint_row(row) for row in fetch(_NEWEST, _NO_SIZE if before is None else before, limit)]


def checkpoint_of(size: int) -> CheckpointRow | None:
    """Return the signed head of exactly so many entries, or None where there is none."""
    found = fetch(_OF_SIZE, size)
    return checkpoint_row(found[0]) if found else None


def first_instant() -> datetime | None:
    """Return the instant of the first act that has an entry, or None before it."""
    return JournalEntry.objects.using("default").order_by("id").values_list("at", flat=True).first()


def count_legal_disclosures() -> int:
    """
    Return how often the policy let something be given to an authority; what the law has us withhold is not among them.

    Source: policy §3 (3.11); docs/journal.md.
    """
    rows = fetch(_LEGAL_DISCLOSURES)
    return int(rows[0][0])
