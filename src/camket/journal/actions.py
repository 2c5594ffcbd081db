"""Write the journal: record what was asked or done, give it a place in the tree, sign the head, withhold a payload."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction

from camket.journal import checkpoints, entries, keys, queries, sequencing, writers
from camket.journal.checkpoints import CheckpointRow
from camket.journal.entries import ID_BYTES, Deed, Draft, EntryId, TooManySubjects
from camket.journal.facts import Fact, NotAFact
from camket.journal.models import PAYLOAD_WITHHELD, SALT_BYTES, WITHHELD_COLUMNS, Checkpoint, EntrySubject, JournalEntry
from camket.journal.queries import EntryUnknown, Opening, PayloadWithheld
from camket.journal.statements import insert
from camket.policy.terms import Actor, Decision

__all__ = ["Deed", "EntryId", "EntryUnknown", "NotAFact", "NotThePayload", "PayloadWithheld", "TooManySubjects"]

DATABASE = "default"
NO_FACTS: Mapping[str, Fact] = MappingProxyType({})
CHECKPOINT_INTERVAL = timedelta(seconds=60)
CHECKPOINT_ENTRIES = 1000

_Whole = tuple[dict[str, Any], Sequence[UUID]]  # an entry's row, and whom it names
_waiting: ContextVar[list[_Whole] | None] = ContextVar("entries that wait for the others of their transaction", default=None)


class NotThePayload(ValueError):
    """What is offered is not what the entry was written with, or the entry is not withheld; `entry_id` holds its id."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"this is not what was withheld from entry {entry_id}")
        self.entry_id = entry_id


def record(
    *,
    act: str,
    actor: Actor,
    at: datetime,
    decision: Decision | None = None,
    subjects: Sequence[UUID] = (),
    matter: UUID | None = None,
    facts: Mapping[str, Fact] = NO_FACTS,
) -> EntryId:
    """
    Write one entry, in the caller's transaction or in its own.

    Args:
        act: Dotted name in the past tense, such as `inquiry.received`.
        actor: Who acted; the id is opaque.
        at: UTC instant of the act.
        decision: The policy's answer, where one was asked for.
        subjects: Whom the act was about, at most 1,000.
        matter: What keeps the data alive, where there is one.
        facts: What else is to be remembered: names, ids and numbers, never a person's values.

    Returns:
        The entry's id.

    Raises:
        NotAFact: Something is not fit for the journal; the message does not repeat it.
        TooManySubjects: More than 1,000 subjects.
        ValueError: `at` has no time zone.
        KeyFileMissing: The counting key is gone although the journal is not empty.

    Source: policy §7 (7.3); GDPR art. 5(2).
    """
    (entry_id,) = record_all([Deed(act=act, actor=actor, at=at, decision=decision, subjects=subjects, matter=matter, facts=facts)])
    return entry_id


def record_all(deeds: Sequence[Deed]) -> tuple[EntryId, ...]:
    """
    Write one entry for each deed, in the caller's transaction or in one of their own.

    Args:
        deeds: What to remember, in the order in which it was done; each as `record` takes it.

    Returns:
        The entries' ids, in the same order.

    Raises:
        NotAFact: Something is not fit for the journal; the message does not repeat it, and nothing is written.
        TooManySubjects: A deed has more than 1,000 subjects.
        ValueError: An instant has no time zone.
        KeyFileMissing: The counting key is gone although the journal is not empty.

    Source: policy §7 (7.3); GDPR art. 5(2).
    """
    if not deeds:
        return ()
    drafts = [entries.draft(deed) for deed in deeds]
    key, waiting = keys.counting_key(), _waiting.get()
    # no savepoint: a deed whose entry cannot be written must not be done
    with transaction.atomic(using=DATABASE, savepoint=False):
        counts = writers.take_counts(connections[DATABASE], len(deeds))
        randomness = BytesIO(secrets.token_bytes(len(deeds) * (ID_BYTES + SALT_BYTES)))
        rows = [_row(draft, count, randomness, key) for draft, count in zip(drafts, counts, strict=True)]
        whole = [(row, draft.subjects) for row, draft in zip(rows, drafts, strict=True)]
        if waiting is None:
            _write(whole)
        else:
            waiting += whole
    return tuple([row["id"] for row in rows])


@contextmanager
def recorded_together() -> Iterator[None]:
    """
    Let the entries that are recorded within this block wait for its end, and write all of them at once: they cost little more than one.

    What goes wrong in the block takes its whole transaction along: no savepoint of it is rolled back and lived on after.

    Raises:
        TransactionManagementError: No transaction is open; each entry would be committed later than what it tells.
    """
    if not connections[DATABASE].in_atomic_block:
        raise transaction.TransactionManagementError("entries wait for each other within the transaction that they tell of")
    waiting: list[_Whole] = []
    before = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(before)
    if waiting:
        with transaction.atomic(using=DATABASE, savepoint=False):
            _write(waiting)


def _write(whole: Sequence[_Whole]) -> None:
    connection, rows = connections[DATABASE], [row for row, _ in whole]
    if sequencing.is_inline(connection):
        first = sequencing.append_inline(connection, [row["leaf"] for row in rows])
        for position, row in enumerate(rows, first):
            row["position"] = position
    insert(JournalEntry, rows)
    insert(EntrySubject, _naming([(row["id"], subjects) for row, subjects in whole]))


def _row(draft: Draft, count: writers.Count, randomness: BytesIO, key: bytes) -> dict[str, Any]:
    entry_id = entries.new_id(draft.columns["at"], counter=count.counter, randomness=randomness.read(ID_BYTES))
    payload, salt = draft.written(entry_id), randomness.read(SALT_BYTES)
    leaf = entries.leaf_of(salt, payload)
    return {
        **draft.columns,
        "id": entry_id,
        "position": None,
        "payload": payload,
        "salt": salt,
        "leaf": leaf,
        "writer": count.writer,
        "counter": count.counter,
        "mac": writers.mac_of(key, count, leaf),
    }


def sequence(*, limit: int = 1000) -> int:
    """
    Give waiting entries their places in the tree, oldest first, in one transaction.

    Safe to call from many processes at once: they take turns at the head.

    Args:
        limit: How many entries at most.

    Returns:
        How many entries got a place; 0 when none waits.

    Source: RFC 9162 §2.1.
    """
    return sequencing.append_waiting(limit)


def checkpoint(*, now: datetime) -> CheckpointRow | None:
    """
    Sign the head if it grew since the last checkpoint, store it, and write its file to the second medium.

    A file that an earlier call could not write (the medium was full or gone) is written now.

    Args:
        now: UTC instant of signing.

    Returns:
        The new checkpoint, or None when nothing was added since the last.

    Raises:
        OSError: The second medium is full, gone or not writable; the checkpoint is stored and its file comes with a later call.
        KeyFileMissing: The signing key is gone although the journal is not empty.

    Source: policy §7 (7.3); RFC 9162 §4.10 (signed tree heads).
    """
    # durable: a head that an outer transaction could still take back must never be signed
    with transaction.atomic(using=DATABASE, durable=True), connections[DATABASE].cursor() as cursor:
        edge = sequencing.locked_head(cursor)
        last = queries.latest_checkpoint()
        grown = edge.size > (0 if last is None else last.size)
        row = checkpoints.signed_head(edge.size, edge.root, now) if grown else None
        if row is not None:
            Checkpoint.objects.using(DATABASE).create(**asdict(row))
    latest = row or last
    if latest is not None:
        checkpoints.write_file(Path(settings.CAMKET_CHECKPOINTS), latest)
    return row


def is_checkpoint_due(*, now: datetime) -> bool:
    """
    Return whether the head grew and the last checkpoint is 60 seconds or 1,000 entries behind.

    Args:
        now: UTC instant.
    """
    size, last = queries.head().size, queries.latest_checkpoint()
    if last is None:
        return size > 0
    # either way: a clock that was set back must not silence the checkpoints
    return size > last.size and (abs(now - last.at) >= CHECKPOINT_INTERVAL or size - last.size >= CHECKPOINT_ENTRIES)


def withhold(entry_id: UUID, *, actor: Actor, at: datetime) -> Opening:
    """
    Take away what an entry says and whom it names, and return it for safe keeping elsewhere; the tree stays whole.

    That it was withheld is an entry of its own, in the same transaction: a payload that is gone without one was taken by force.
    The caller seals what is returned, or lets it go for good.

    Args:
        entry_id: The entry's id.
        actor: Who withholds it.
        at: UTC instant.

    Returns:
        Payload and salt; `release` takes them back.

    Raises:
        EntryUnknown: There is no such entry.
        PayloadWithheld: Its payload is withheld already.

    Source: policy §6 (6.3: what the law obliges us to keep secret, until its day).
    """
    with transaction.atomic(using=DATABASE):
        taken = queries.opening(entry_id)
        JournalEntry.objects.using(DATABASE).filter(id=entry_id).update(payload=None, salt=None, **WITHHELD_COLUMNS)
        EntrySubject.objects.using(DATABASE).filter(entry_id=entry_id).delete()
        record(act=PAYLOAD_WITHHELD, actor=actor, at=at, facts={"entry": str(entry_id)})
    return taken


def release(entry_id: UUID, opening: Opening) -> None:
    """
    Give a withheld entry back what it says and whom it names.

    Args:
        entry_id: The entry's id.
        opening: What `withhold` returned.

    Raises:
        EntryUnknown: There is no such entry.
        NotThePayload: It is not what the entry was written with, or the entry is not withheld.
    """
    with transaction.atomic(using=DATABASE):
        row = JournalEntry.objects.using(DATABASE).select_for_update().filter(id=entry_id).first()
        if row is None:
            raise EntryUnknown(entry_id)
        if row.payload is not None or entries.leaf_of(opening.salt, opening.payload) != bytes(row.leaf):
            raise NotThePayload(entry_id)
        payload = json.loads(opening.payload)
        JournalEntry.objects.using(DATABASE).filter(id=entry_id).update(payload=opening.payload, salt=opening.salt, **entries.columns_of(payload))
        insert(EntrySubject, _naming([(entry_id, [UUID(subject) for subject in payload["subjects"]])]))


def _naming(named: Sequence[tuple[UUID, Sequence[UUID]]]) -> list[dict[str, UUID]]:
    return [{"entry_id": entry_id, "subject_id": subject} for entry_id, subjects in named for subject in subjects]
