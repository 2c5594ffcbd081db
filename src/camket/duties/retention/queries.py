"""What would be erased and why each matter is still here; and the certificates of what was."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.db.models import Count, Q

from camket.access.codes import claim_hash
from camket.duties.retention import rules
from camket.duties.retention.models import Certificate, Erasure
from camket.editions import queries as editions
from camket.journal import signing
from camket.journal.queries import latest_checkpoint
from camket.outbox.models import LeaseState
from camket.policy.grants import clause_order
from camket.policy.retain import RuleMissing
from camket.policy.terms import ClauseNumber, EditionNumber, LegalBasis
from camket.vault import gate

LEGAL_DUTY = "legal_duty"
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """One planned erasure."""

    matter_id: UUID
    erase_after: datetime
    state: str
    is_due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPurpose:
    """Why a matter may not go yet: a purpose that is still open, or `LEGAL_DUTY`, and since when."""

    purpose: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """One matter whose data is here: what still needs it, or when it goes and under which clauses."""

    matter_id: UUID
    needed_for: tuple[OpenPurpose, ...]
    erase_after: datetime | None  # null while something needs it
    clauses: tuple[ClauseNumber, ...]
    is_due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """How many due erasures failed at their last try, and the code of the one tried most often."""

    count: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """How many erasures are due and not done, and how many of them have been for more than a day."""

    due: int
    overdue: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRow:
    """That a matter was erased: when, and under which clauses of which edition."""

    erased_at: datetime
    edition: int
    clauses: tuple[str, ...]


def planned(*, now: datetime) -> Iterator[PlannedRow]:
    """
    Yield the planned erasures that are not done, soonest first, however many there are.

    Args:
        now: UTC instant at which something is due or not.
    """
    rows = Erasure.objects.exclude(state=LeaseState.DONE).order_by("erase_after", "id")
    for row in rows.iterator(chunk_size=_PAGE):
        yield PlannedRow(matter_id=row.matter_id, erase_after=row.erase_after, state=row.state, is_due=row.erase_after <= now)


def gone_after(row: gate.MatterRow, in_force: EditionNumber) -> tuple[datetime | None, frozenset[ClauseNumber]]:
    """
    Return the instant after which a matter must be gone, None while a need is open, and the clauses that say so.

    A matter's records share one key, so it lives as long as the longest-kept of them.

    Args:
        row: The matter, its needs and what it keeps.
        in_force: The edition in force: a shorter period of its holds at once, a longer one keeps nothing that came before.

    Raises:
        RuleMissing: A need's purpose has no retention rule in an edition that binds.

    Source: policy §4 (4.6); Law 91/2025 art. 3.3, 14.
    """
    if any(need.closed_at is None for need in row.needs):
        return None, frozenset()
    ends = [end for need in row.needs for end in gate.ends_of(need, row, in_force)]
    if not ends and row.records and row.needs:
        raise RuleMissing(purpose=row.needs[0].purpose, collection=min(row.records)[0])
    closed = [need.closed_at for need in row.needs if need.closed_at is not None]
    instants = [instant for instant, _ in ends]
    return max(instants, default=max(closed, default=None)), frozenset(clause for _, clause in ends)


def still_here(*, now: datetime) -> Iterator[KeptRow]:
    """
    Yield every matter whose data is here, oldest first, each with why it is still here or when it goes.

    A hold reads like any other duty of law: who holds what is for those who need to know (house.md §9.9).

    Args:
        now: UTC instant at which something is due or not.

    Source: policy §4.
    """
    last: gate.MatterId | None = None
    while page := gate.living_matters(after=last, limit=_PAGE):
        in_force = editions.in_force()
        for row in gate.matter_rows(page):
            yield _kept(row, in_force, now)
        last = page[-1]


def _kept(row: gate.MatterRow, in_force: EditionNumber, now: datetime) -> KeptRow:
    needed_for = tuple(_open_purpose(need, row) for need in row.needs if need.closed_at is None)
    if row.is_held and not any(one.purpose == LEGAL_DUTY for one in needed_for):
        needed_for = (*needed_for, OpenPurpose(purpose=LEGAL_DUTY, since=None))
    erase_after, clauses = gone_after(row, in_force)
    goes_at = None if needed_for else erase_after
    return KeptRow(
        matter_id=row.id,
        needed_for=needed_for,
        erase_after=goes_at,
        clauses=tuple(sorted(clauses, key=clause_order)) if goes_at else (),
        is_due=goes_at is not None and goes_at <= now,
    )


def _open_purpose(need: gate.NeedRow, row: gate.MatterRow) -> OpenPurpose:
    purposes = [editions.compiled(edition).purposes.get(need.purpose) for _, edition in row.records]
    is_legal = any(rule is not None and rule.basis is LegalBasis.LEGAL_OBLIGATION for rule in purposes)
    return OpenPurpose(purpose=LEGAL_DUTY, since=None) if is_legal else OpenPurpose(purpose=need.purpose, since=need.opened_at)


def due(*, now: datetime) -> Due:
    """
    Return how many erasures are due and not done, and how many of them for more than a day.

    Args:
        now: UTC instant.
    """
    waits = Erasure.objects.filter(state__in=[LeaseState.DUE, LeaseState.CLAIMED, LeaseState.PARKED], erase_after__lte=now)
    counts = waits.aggregate(due=Count("pk"), overdue=Count("pk", filter=Q(erase_after__lte=now - rules.COLLECT_WITHIN)))
    return Due(due=counts["due"], overdue=counts["overdue"])


def failing() -> Failing:
    """Return how many erasures were due and failed at their last try, and the code of one of them."""
    rows = Erasure.objects.exclude(state=LeaseState.DONE).exclude(last_error="")
    return Failing(count=rows.count(), code=rows.order_by("-attempt").values_list("last_error", flat=True).first() or "")


def count_late(*, now: datetime) -> int:
    """
    Return how many erased matters should have been cleared away by now and are not.

    Args:
        now: UTC instant.

    Source: policy 4.7 (what remains is cleared away within 24 hours).
    """
    return Certificate.objects.filter(collected_at__isnull=True, erased_at__lt=now - rules.COLLECT_WITHIN).count()


def count_erased() -> int:
    """Return how many matters have been erased since the beginning."""
    return Certificate.objects.count()


def erasure_of(matter_id: UUID) -> ErasureRow | None:
    """
    Return when a matter was erased and under which clauses, or None where it was not.

    Args:
        matter_id: Which.
    """
    row = Certificate.objects.filter(matter_id=matter_id).first()
    if row is None:
        return None
    return ErasureRow(erased_at=row.erased_at, edition=max(row.editions, default=0), clauses=tuple(row.clauses))


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
