"""The epoch step: every living key comes under a new epoch's, and the old epochs die, so that copies of erased people's keys die too."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.db import connections, models, transaction

from camket.editions import queries as editions
from camket.journal.actions import record
from camket.policy import epochs as rules
from camket.policy.terms import Actor
from camket.vault import keylock, seal
from camket.vault.generations import EPOCHS
from camket.vault.keylock import KEYS
from camket.vault.keys.models import Epoch, MatterKey, SubjectKey

_A_DAY = timedelta(days=1)
_READ_AT_ONCE = 20_000
_WRITTEN_AT_ONCE = 2_000  # writers wait for as long as these take
# row by row inside one transaction on SQLite; on PostgreSQL all rows in one statement, or each would cost a message
_ONE = "UPDATE {table} SET wrapped = %s, epoch = %s WHERE {id} = %s AND epoch = %s"
_MANY = """
    UPDATE {table} AS kept SET wrapped = fresh.wrapped, epoch = %s FROM unnest(%s::uuid[], %s::bytea[]) AS fresh(id, wrapped)
    WHERE kept.{id} = fresh.id AND kept.epoch = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochsKept:
    """What one look after the epochs did: the epoch in use, whether it is new, how many keys it wraps, which others died."""

    number: int
    is_new: bool
    subjects: int  # keys that the step brought under it; 0 when no step ended in this look
    matters: int  # the same, of matters that belong to no person
    destroyed: tuple[int, ...]
    finished: int  # steps that an interruption had left half done
    broken: int  # wrapped keys that do not open; their epochs live on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One kind of key that epochs wrap."""

    rows: "models.QuerySet[SubjectKey] | models.QuerySet[MatterKey]"
    rewrapped: Callable[[UUID, bytes, tuple[int, bytes], tuple[int, bytes]], bytes]


def keep_epochs(*, actor: Actor, now: datetime, steps: bool | None = None) -> EpochsKept:
    """
    Begin a new epoch where one is due, bring every living key under the newest, and destroy those that are over.

    Broken off anywhere it is taken up again by the next call. While an edition was never in force nothing is due.

    Args:
        actor: Who ordered it.
        now: UTC instant.
        steps: Whether to begin a new epoch; when None, if the newest began on another local day.

    Raises:
        KeyFileMissing: The file of an epoch that wraps living keys is gone.
        OSError: A key file could not be made or removed.

    Source: policy §4 (4.7); house.md §4.
    """
    is_new = _begin(now=now, steps=steps)
    newest = Epoch.objects.order_by("-number")[0]
    broken = _rewrap_all(newest.number)
    is_finishing = newest.whole_at is None and not broken
    subjects, matters = _journal_step(newest.number, actor, now) if is_finishing else (0, 0)
    _condemn_over(newest.number, now)
    destroyed = EPOCHS.destroy_condemned(actor=actor, now=now)
    destroyed += EPOCHS.destroy_unknown(actor=actor, made_before=now - timedelta(days=epoch_days()), now=now)
    return EpochsKept(
        number=newest.number,
        is_new=is_new,
        subjects=subjects,
        matters=matters,
        destroyed=destroyed,
        finished=int(is_finishing and not is_new),
        broken=broken,
    )


def give_up_lost(*, now: datetime) -> tuple[int, ...]:
    """
    Condemn epochs that wrap no living key and whose file is missing, damaged or another one, and return their numbers.

    Args:
        now: UTC instant.
    """
    unused = [number for number in Epoch.objects.alive().values_list("number", flat=True) if not _wraps(number)]
    lost = tuple(number for number in unused if number != EPOCHS.newest() and not EPOCHS.is_sound(number))
    EPOCHS.condemn(lost, now=now)
    return lost


def in_use() -> frozenset[int]:
    """Return the epochs without which something living could not be opened, the newest always among them."""
    return frozenset(number for number in Epoch.objects.alive().values_list("number", flat=True) if _wraps(number)) | {EPOCHS.newest()}


def to_copy(*, now: datetime) -> tuple[frozenset[int], date]:
    """
    Return the epochs whose keys a copy has to hold, and the last local day on which the house itself has all of them.

    Those in use, and those that were within a day: a step may come between the copy of the databases and that of the keys. No older ones: a copy
    of the databases from their days would open, and with it whoever was erased since, for as long as this copy of the keys is kept.

    Args:
        now: UTC instant.

    Source: policy §4 (4.7).
    """
    alive = list(Epoch.objects.alive().order_by("-number").values_list("number", "created_at"))
    numbers = in_use() | {number for (_, ended_at), (number, _) in pairwise(alive) if now - ended_at < _A_DAY}
    first = min(begun_at for number, begun_at in alive if number in numbers)
    return numbers, rules.last_day(begun_at=first, days=epoch_days(), timezone=_timezone(), now=now)


def newest() -> tuple[int, datetime] | None:
    """Return the number of the newest epoch and when it began, or None before the first."""
    return Epoch.objects.order_by("-number").values_list("number", "created_at").first()


def _begin(*, now: datetime, steps: bool | None) -> bool:
    if steps is False or (steps is None and not _is_step_due(now)):
        return False
    with transaction.atomic(using=KEYS, durable=True):
        keylock.hold()
        # asked again: another process may have been first
        if steps is None and not _is_step_due(now):
            return False
        EPOCHS.create_next(now=now)
    return True


def _is_step_due(now: datetime) -> bool:
    begun_at = Epoch.objects.order_by("-number").values_list("created_at", flat=True)[0]
    enacted = editions.enacted()
    return bool(enacted) and rules.is_step_due(begun_at=begun_at, timezone=_timezone(), now=now)


def _timezone() -> str:
    enacted = editions.enacted()
    return editions.compiled(enacted[-1]).timezone if enacted else "UTC"


def epoch_days() -> int:
    """Return after how many days the key of an epoch, and every copy of it, must be gone."""
    return rules.promised_days(editions.compiled(number) for number in editions.enacted())


def _rewrap_all(newest: int) -> int:
    """Bring every key under the newest epoch, and return how many would not open."""
    broken = 0
    new = newest, EPOCHS.key(newest)
    for table in (
        _Table(rows=SubjectKey.objects.all(), rewrapped=_rewrapped_subject_key),
        _Table(rows=MatterKey.objects.all(), rewrapped=_rewrapped_matter_key),
    ):
        for number in Epoch.objects.filter(number__lt=newest, destroyed_at__isnull=True).values_list("number", flat=True):
            if table.rows.filter(epoch=number).exists():
                broken += _rewrap(table, (number, EPOCHS.key(number)), new)
    return broken


def _rewrap(table: _Table, old: tuple[int, bytes], new: tuple[int, bytes]) -> int:
    broken: list[UUID] = []
    # in the order of the index on the epoch, which is that of the rows in the file: a hundred times fewer pages are written than by id
    rows = table.rows.filter(epoch=old[0]).values_list("pk", "wrapped")
    while page := list(rows.exclude(pk__in=broken)[:_READ_AT_ONCE]):
        for start in range(0, len(page), _WRITTEN_AT_ONCE):
            fresh = []
            for id, wrapped in page[start : start + _WRITTEN_AT_ONCE]:
                try:
                    fresh.append((table.rewrapped(id, bytes(wrapped), old, new), id))
                except seal.SealBroken:
                    broken.append(id)
            _write(table, fresh, old[0], new[0])
    return len(broken)


def _write(table: _Table, fresh: Collection[tuple[bytes, UUID]], old: int, new: int) -> None:
    """Opening and wrapping took place outside the transaction, so that writers wait for the statement alone."""
    connection, id = connections[KEYS], table.rows.model._meta.pk
    names = {"table": table.rows.model._meta.db_table, "id": id.column}
    with transaction.atomic(using=KEYS, durable=True):
        # whoever erases shares: no row is deleted while these are written, and one that is gone stays gone
        keylock.hold()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_MANY.format(**names), [new, [key for _, key in fresh], [wrapped for wrapped, _ in fresh], old])
            else:
                cursor.executemany(_ONE.format(**names), [(wrapped, new, id.get_db_prep_value(key, connection), old) for wrapped, key in fresh])


def _rewrapped_subject_key(subject: UUID, wrapped: bytes, old: tuple[int, bytes], new: tuple[int, bytes]) -> bytes:
    key = seal.unwrap_subject_key(old[1], subject=subject, epoch=old[0], wrapped=wrapped)
    return seal.wrap_subject_key(new[1], subject=subject, epoch=new[0], key=key)


def _rewrapped_matter_key(matter: UUID, wrapped: bytes, old: tuple[int, bytes], new: tuple[int, bytes]) -> bytes:
    key = seal.unwrap_lone_matter_key(old[1], matter=matter, epoch=old[0], wrapped=wrapped)
    return seal.wrap_lone_matter_key(new[1], matter=matter, epoch=new[0], key=key)


def _journal_step(number: int, actor: Actor, now: datetime) -> tuple[int, int]:
    """Counted, not added up: a step that was interrupted tells the same as one that was not."""
    subjects, matters = SubjectKey.objects.filter(epoch=number).count(), MatterKey.objects.filter(epoch=number).count()
    record(act="epoch.stepped", actor=actor, at=now, facts={"number": number, "subjects": subjects, "matters": matters})
    Epoch.objects.filter(number=number).update(whole_at=now)
    return subjects, matters


def _wraps(number: int) -> bool:
    return SubjectKey.objects.filter(epoch=number).exists() or MatterKey.objects.filter(epoch=number).exists()


def _condemn_over(newest: int, now: datetime) -> None:
    """An epoch whose successor is over is over too, whatever a wrong clock wrote beside it; one that wraps a living key never dies."""
    days, timezone = epoch_days(), _timezone()
    begun = Epoch.objects.alive().filter(number__lt=newest).values_list("number", "created_at")
    over = [number for number, begun_at in begun if rules.is_over(begun_at=begun_at, days=days, timezone=timezone, now=now)]
    if over:
        ending = [number for number, _ in begun if number <= max(over) and not _wraps(number)]
        EPOCHS.condemn(ending, now=now)
