"""What would be erased and why each matter is still here; and the certificates of what was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785

from camket.access.codes import claim_hash
from camket.duties.retention.models import Certificate, Erasure
from camket.journal import signing
from camket.journal.queries import latest_checkpoint
from camket.outbox.models import LeaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """One planned erasure."""

    matter_id: UUID
    erase_after: datetime
    state: str
    is_due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """A certificate of erasure as it is printed: both instants, what kind of data it was, and a signature over all of it."""

    reference: str
    editions: tuple[int, ...]
    clauses: tuple[str, ...]
    fields: tuple[str, ...]
    records: int
    letters: int
    erased_at: datetime
    collected_at: datetime | None
    is_early: bool
    checkpoint_size: int
    checkpoint_root: str
    key_id: str
    public_key: str
    signature: str
    statement: Mapping[str, object]


def planned(*, now: datetime, limit: int = 1000) -> tuple[PlannedRow, ...]:
    """Return the planned erasures that are not done, soonest first."""
    rows = Erasure.objects.exclude(state=LeaseState.DONE).order_by("erase_after", "id")[:limit]
    return tuple(PlannedRow(matter_id=row.matter_id, erase_after=row.erase_after, state=row.state, is_due=row.erase_after <= now) for row in rows)


def count_erased() -> int:
    """Return how many matters have been erased since the beginning."""
    return Certificate.objects.count()


def certificates(*, code: str) -> tuple[CertificateRow, ...]:
    """
    Return the certificates that a claim code fetches, oldest first; none where the code is wrong or nothing was erased yet.

    Args:
        code: As typed.

    Source: house.md §9.8.
    """
    hashed = claim_hash(code)
    if hashed is None:
        return ()
    return tuple(_row(row) for row in Certificate.objects.filter(claim_hash=hashed).order_by("erased_at", "matter_id"))


def _row(row: Certificate) -> CertificateRow:
    checkpoint = latest_checkpoint()
    statement: dict[str, Any] = {
        "type": "camket certificate of erasure v1",
        "reference": row.reference,
        "editions": list(row.editions),
        "clauses": list(row.clauses),
        "fields": list(row.fields),
        "records": row.records,
        "letters": row.letters,
        "erased_at": row.erased_at.isoformat(),
        "collected_at": row.collected_at.isoformat() if row.collected_at else None,
        "erased_early_by_decision": row.is_early,
        "journal_size": checkpoint.size if checkpoint else 0,
        "journal_root": checkpoint.root.hex() if checkpoint else "",
    }
    signed = signing.sign(rfc8785.dumps(statement), context=signing.CERTIFICATE)
    public_key = signing.public_key_bytes().hex()
    return CertificateRow(
        reference=row.reference,
        editions=tuple(row.editions),
        clauses=tuple(row.clauses),
        fields=tuple(row.fields),
        records=row.records,
        letters=row.letters,
        erased_at=row.erased_at,
        collected_at=row.collected_at,
        is_early=row.is_early,
        checkpoint_size=checkpoint.size if checkpoint else 0,
        checkpoint_root=checkpoint.root.hex() if checkpoint else "",
        key_id=signed.key_id,
        public_key=public_key,
        signature=signed.signature.hex(),
        statement=statement | {"key_id": signed.key_id, "public_key": public_key, "signature": signed.signature.hex()},
    )
