"""Erasing what nothing needs any more: plan, say farewell, erase, certify, collect."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest

from camket.access.actions import revoke_links
from camket.access.codes import claim_code, claim_hash
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as letters
from camket.duties.notices.rules import FAREWELL
from camket.duties.retention import rules
from camket.duties.retention.models import Certificate, Erasure
from camket.duties.retention.queries import gone_after
from camket.editions import queries as editions
from camket.journal.actions import Deed, record_all
from camket.journal.ids import version_7_of_many
from camket.journal.statements import Statement, change_each, insert
from camket.outbox import actions as outbox
from camket.outbox.actions import LeaseLost
from camket.outbox.batches import new_row
from camket.outbox.models import LeaseState
from camket.policy.decide import decide
from camket.policy.grants import clause_order
from camket.policy.languages import FIRST
from camket.policy.retain import RuleMissing
from camket.policy.terms import SYSTEM, THE_HOUSE, Actor, Ask, EditionNumber, FieldName, Operation, PurposeId
from camket.vault import gate

__all__ = ["LeaseLost", "bring_forward", "carry_out", "collect", "plan", "postpone", "take_erasures", "uncollected"]

log = logging.getLogger(__name__)

_LOOK_AGAIN = timedelta(seconds=2)
_MOVED = Statement(
    text="UPDATE retention_erasure SET subject_id = %s, erase_after = %s, due_at = %s, early_until = NULL WHERE matter_id = %s AND state <> 'done'"
)
_SOONER = Statement(
    text="""
        UPDATE retention_erasure SET erase_after = %s, due_at = CASE WHEN due_at > %s THEN %s ELSE due_at END
        WHERE matter_id = %s AND state = 'due' AND (erase_after > %s OR (due_at > %s AND early_until IS NULL))
    """
)
_COUNTED = Statement(text="UPDATE retention_certificate SET letters = letters + %s WHERE matter_id = %s")
_AT_ONCE = 500  # erasures of one transaction
_WITHOUT_END = 2**31 - 1  # the largest number that the column of attempts holds


def plan(*, now: datetime, limit: int = 500) -> int:
    """
    Plan the erasure of every matter that has come to rest since the last time, or was planned under an edition before, and return how many.

    A matter that the ledger erased in a restored copy was never planned there: it is planned now, for its certificate and its remains.

    Args:
        now: UTC instant.
        limit: At most so many in one go.

    Source: policy §4 (4.6).
    """
    _plan_erased(now, limit)
    resting = gate.resting_unplanned(limit=limit)
    in_force = _in_force()
    if ends := _ends(resting, in_force):  # nearly always nothing came to rest: a turn that finds nothing locks nothing
        with transaction.atomic():
            # a finished plan stays as it is: its matter is gone
            change_each(_MOVED, [(row.subject, end, end, row.id) for row, end in ends if end is not None])
            _write([(row, end, end) for row, end in ends if end is not None], now)
            gate.mark_planned(matters=[row.id for row, _ in ends], under=in_force)
    return len(resting) + _plan_anew(now, in_force, limit - len(resting))


def _in_force() -> EditionNumber:
    """The edition in force; 0 in a house that was never furnished, where nothing can rest."""
    try:
        return editions.in_force()
    except editions.NoEdition:
        return EditionNumber(0)


def _ends(matters: Collection[gate.MatterId], in_force: EditionNumber) -> list[tuple[gate.MatterRow, datetime | None]]:
    """The matters, each with the instant from which nothing needs it, or None where something does."""
    return [(row, _end(row, in_force)) for row in gate.matter_rows(matters)] if matters else []


def _end(row: gate.MatterRow, in_force: EditionNumber) -> datetime | None:
    """When nothing needs a matter any more; one for which no edition has a period keeps nobody else's from being planned."""
    try:
        return gone_after(row, in_force)[0]
    except RuleMissing:
        log.exception("a matter for which no edition has a period")
        return None


def _write(ends: Sequence[tuple[gate.MatterRow, datetime, datetime]], now: datetime) -> None:
    """Plan what is not planned yet: each with the instant at which it ends, and that from which it is due."""
    rows = [
        {"id": id, "matter_id": row.id, "subject_id": row.subject, "erase_after": end, **new_row(due_at=due_at)}
        for id, (row, end, due_at) in zip(version_7_of_many(len(ends), at=now), ends, strict=True)
    ]
    insert(Erasure, rows, ending="ON CONFLICT (matter_id) DO NOTHING")


def _plan_anew(now: datetime, in_force: EditionNumber, limit: int) -> int:
    """Look again at what was planned under an edition before: where the period of the one in force is the shorter, the erasure comes earlier."""
    planned = gate.resting_planned(before=in_force, limit=limit) if limit > 0 else ()
    if ends := _ends(planned, in_force):
        with transaction.atomic():
            change_each(_SOONER, [(end, end, end, row.id, end, end) for row, end in ends if end is not None])
            gate.mark_planned(matters=[row.id for row, _ in ends], under=in_force)
    return len(planned)


def _plan_erased(now: datetime, limit: int) -> None:
    erased = gate.erased_uncollected(limit=limit)
    Erasure.objects.filter(matter_id__in=erased, state=LeaseState.DUE, erase_after__gt=now).update(erase_after=now, due_at=now)
    planned = set(Erasure.objects.filter(matter_id__in=erased).values_list("matter_id", flat=True))
    rows = gate.matter_rows([matter for matter in erased if matter not in planned])
    _write([(row, row.erased_at or now, now) for row in rows], now)


def take_erasures(*, worker: str, now: datetime, limit: int = 20) -> list[Erasure]:
    """
    Take planned erasures whose time has come into a worker's hand, those tried least first, so that one that fails holds nobody up.

    None is ever parked: what the policy promises does not wait for a person.

    Args:
        worker: Id of the worker.
        now: UTC instant.
        limit: At most so many.
    """
    taken = outbox.claim(Erasure.objects.all(), worker=worker, now=now, limit=limit, max_attempts=_WITHOUT_END)
    return sorted(taken, key=lambda erasure: erasure.attempt)


def postpone(*, erasure: Erasure, worker: str, code: str, now: datetime) -> None:
    """
    Let an erasure that failed come back later, at the latest after six hours.

    Args:
        erasure: In this worker's hand.
        worker: Id of the worker.
        code: What failed, such as `disk.refused`.
        now: UTC instant.

    Raises:
        LeaseLost: Another worker holds it by now.
    """
    outbox.fail(erasure, worker=worker, error=code, now=now, max_attempts=_WITHOUT_END)


def bring_forward(*, until: datetime, actor: Actor, now: datetime) -> int:
    """
    Decide to erase now what would be due by an instant, and return how many planned erasures that leaves to be carried out.

    Args:
        until: UTC instant up to which planned erasures are wanted; needs and holds are still checked.
        actor: Who decides; the journal keeps it.
        now: UTC instant.
    """
    wanted = Erasure.objects.filter(state__in=[LeaseState.DUE, LeaseState.CLAIMED], erase_after__lte=until)
    while _bring_some_forward(wanted, until=until, actor=actor, now=now):
        pass
    return wanted.count()


def _bring_some_forward(wanted: QuerySet[Erasure], *, until: datetime, actor: Actor, now: datetime) -> int:
    """A page of them in one transaction; locked, so that what a worker has just carried out is not called brought forward."""
    with transaction.atomic():
        planned = wanted.filter(erase_after__gt=now, early_until__isnull=True).order_by("id")
        some = list(planned.select_for_update()[:_AT_ONCE])
        ids = [erasure.id for erasure in some]
        Erasure.objects.filter(id__in=ids).update(early_until=until)
        Erasure.objects.filter(id__in=ids, state=LeaseState.DUE).update(due_at=now)
        record_all([_brought_forward(erasure, actor, now) for erasure in some])
    return len(some)


def _brought_forward(erasure: Erasure, actor: Actor, now: datetime) -> Deed:
    named = [erasure.subject_id] if erasure.subject_id else []
    return Deed(act="retention.brought_forward", actor=actor, at=now, subjects=named, matter=erasure.matter_id)


def carry_out(*, erasure: Erasure, worker: str, is_mail_running: bool, now: datetime) -> bool:
    """
    Bring one planned erasure a step forward: withdraw it, wait for the last letter, or erase; return whether it is finished.

    Running it again after a crash, at any point, ends in the same state.

    Args:
        erasure: In this worker's hand.
        worker: Id of the worker.
        is_mail_running: Whether letters can go out; without it no farewell is written.
        now: UTC instant.

    Raises:
        LeaseLost: Another worker holds it by now.
        StillNeeded: A need or hold appeared at the last moment; nothing was erased.

    Source: policy §4 (4.6); house.md §9.8.
    """
    row = gate.matter_rows([gate.MatterId(erasure.matter_id)])[0]
    if row.erased_at is None:
        erase_after, _ = gone_after(row, editions.in_force())
        if erase_after is None or row.is_held:
            return _withdraw(erasure, row, worker=worker, now=now)
        if erase_after > max(now, erasure.early_until or now):
            return _put_off(erasure, worker=worker, due_at=erase_after)
        if is_mail_running and _must_wait_for_farewell(erasure, row, now):
            return _put_off(erasure, worker=worker, due_at=now + _LOOK_AGAIN)
    _erase(erasure, row, now)
    outbox.finish(erasure, worker=worker, now=now)
    return True


def _withdraw(erasure: Erasure, row: gate.MatterRow, *, worker: str, now: datetime) -> bool:
    """A need was opened again, or a hold placed: the plan is taken back; closing or releasing makes a new one."""
    if row.is_held:
        return _put_off(erasure, worker=worker, due_at=now + timedelta(days=1))
    Erasure.objects.filter(id=erasure.id, leased_by=worker).delete()
    return True


def _put_off(erasure: Erasure, *, worker: str, due_at: datetime) -> bool:
    outbox.put_off(erasure, worker=worker, due_at=due_at)
    return False


def _must_wait_for_farewell(erasure: Erasure, row: gate.MatterRow, now: datetime) -> bool:
    """Write the last letter once; then wait until it is settled, at most three days."""
    if erasure.farewell_id is None:
        if not letters.is_written_to(row.id) or not row.reference:
            return False
        with transaction.atomic():
            purpose = row.needs[0].purpose
            language = letters.language_of(row.id) or FIRST
            erasure.farewell_id = notices.write_letter(kind=FAREWELL, language=language, matter=row, purpose=purpose, now=now)
            erasure.farewell_until = now + rules.FAREWELL_WAITS
            Erasure.objects.filter(id=erasure.id).update(farewell_id=erasure.farewell_id, farewell_until=erasure.farewell_until)
        return True
    return not letters.is_settled(erasure.farewell_id) and erasure.farewell_until is not None and now < erasure.farewell_until


def _erase(erasure: Erasure, row: gate.MatterRow, now: datetime) -> None:
    ask = Ask(operation=Operation.ERASE, fields=_fields(row), purpose=_purpose(row))
    if row.erased_at is None:
        for_subjects = [row.subject] if row.subject else []
        permit = gate.ask(ask, actor=THE_HOUSE, subjects=for_subjects, now=now)
        gate.end_matters(permit, matters=[row.id], now=now)
    erase_after, clauses = gone_after(row, editions.in_force())
    # the clause that permits erasing stands beside the one that names the period, after a crash in between too
    clauses |= frozenset(decide(editions.policy_in_force(), role=SYSTEM, ask=ask).clauses)
    erased_at = row.erased_at or now
    numbers = sorted({edition for _, edition in row.records})
    Certificate.objects.get_or_create(
        matter_id=row.id,
        defaults={
            "subject_id": row.subject,
            "claim_hash": claim_hash(claim_code(row.subject)) if row.subject else None,
            "reference": row.reference,
            "editions": numbers,
            "clauses": sorted(clauses, key=clause_order),
            "fields": sorted(row.field_names),
            "records": len(row.records),
            "erased_at": erased_at,
            "is_early": erasure.early_until is not None and erase_after is not None and erased_at < erase_after,
        },
    )


def _purpose(row: gate.MatterRow) -> PurposeId:
    return row.needs[0].purpose


def _fields(row: gate.MatterRow) -> frozenset[FieldName]:
    return frozenset(name for collection, edition in row.records for name in editions.compiled(edition).collections[collection].fields)


def uncollected(*, limit: int = 500) -> tuple[gate.MatterId, ...]:
    """Return erased matters whose remains have not been collected yet, oldest first."""
    rows = Certificate.objects.filter(collected_at__isnull=True).order_by("erased_at")
    return tuple(gate.MatterId(id) for id in rows.values_list("matter_id", flat=True)[:limit])


def collect(*, matters: Sequence[gate.MatterId], now: datetime) -> bool:
    """
    Delete what erased matters left behind, purge the database files of residue, and note the instant on the certificates.

    Args:
        matters: From `uncollected`, after every other duty has let go of them.
        now: UTC instant.

    Returns:
        Whether all residue went; otherwise the same matters come up again.

    Source: house.md §3 (collected within 24 h).
    """
    if not matters:
        return True
    revoke_links(matters=matters, now=now)
    with transaction.atomic():  # counted nowhere else once they are gone
        _count_letters(notices.forget_letters(matters=matters))
    gate.collect_ended(matters=matters, now=now)
    if not gate.purge_residue():
        return False
    # the clock may have been set back since: nothing is collected before it is erased
    Certificate.objects.filter(matter_id__in=list(matters), collected_at__isnull=True).update(collected_at=Greatest(F("erased_at"), Value(now)))
    return True


def _count_letters(counts: Mapping[UUID, int]) -> None:
    change_each(_COUNTED, [(count, matter) for matter, count in counts.items()])
