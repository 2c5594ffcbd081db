"""A journal of a million entries, made of the same parts as one entry at a time, and found whole by the journal's own verification."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connections, models, transaction
from uuid6 import uuid7

from bench import home
from bench.deeds import CHI, TO_READ
from camket.editions import queries as editions
from camket.journal import entries, keys, tree, writers
from camket.journal.models import SALT_BYTES, WRITER_BYTES, EntrySubject, JournalEntry, TreeHead, TreeNode
from camket.policy.terms import EditionNumber

_BATCH = 5000
_FIRST = EditionNumber(1)  # in force in a fresh home; which one it is is not the journal's question


def deed(subject: UUID, now: datetime) -> entries.Deed:
    """Return what a reading leaves in the journal: the decision with its clauses, and whom it named."""
    decision = editions.decider(_FIRST).decide(role=CHI.role, ask=TO_READ)
    return entries.Deed(act="data.shown", actor=CHI, at=now, decision=decision, subjects=[subject], matter=None, facts={"view": "console.inquiry"})


def fill(size: int, *, now: datetime) -> list[UUID]:
    """
    Write entries until the tree holds `size`, and return a few ids spread over them.

    Args:
        size: How many entries in all.
        now: UTC instant of every entry.
    """
    chosen: list[UUID] = []
    with home.laxly("default"):
        rows = _rows(now)
        while (left := size - _write(rows, 0)) > 0:
            _write(rows, min(left, _BATCH), chosen)
    return chosen


def _rows(now: datetime) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    key, writer = keys.counting_key(), secrets.token_bytes(WRITER_BYTES)
    counter = 0
    while True:
        counter += 1
        subject, salt = uuid7(), secrets.token_bytes(SALT_BYTES)
        draft, entry_id = entries.draft(deed(subject, now)), entries.new_id(now, counter=counter, randomness=secrets.token_bytes(entries.ID_BYTES))
        written = draft.written(entry_id)
        leaf = entries.leaf_of(salt, written)
        mac = writers.mac_of(key, writers.Count(writer=writer, counter=counter), leaf)
        entry = {**draft.columns, "id": entry_id, "payload": written, "salt": salt, "leaf": leaf, "writer": writer, "counter": counter, "mac": mac}
        yield entry, {"entry_id": entry_id, "subject_id": subject}


def _write(rows: Iterator[tuple[dict[str, Any], dict[str, Any]]], count: int, chosen: list[UUID] | None = None) -> int:
    """Give the next entries their places and write them; returns how many entries the tree holds then."""
    with transaction.atomic(using="default"):
        head, _ = TreeHead.objects.get_or_create(id=1, defaults={"size": 0, "frontier": b""})
        edge = tree.frontier_from(head.size, bytes(head.frontier))
        some = list(islice(rows, count))
        for place, (entry, _) in enumerate(some):
            entry["position"] = edge.size + place
        grown, completed = tree.append(edge, [entry["leaf"] for entry, _ in some])
        _insert(JournalEntry, [entry for entry, _ in some])
        _insert(EntrySubject, [named for _, named in some])
        _insert(TreeNode, [{"level": node.place.level, "index": node.place.number, "hash": node.hash} for node in completed])
        TreeHead.objects.filter(id=1).update(size=grown.size, frontier=grown.as_bytes())
    if chosen is not None:
        chosen.append(some[len(some) // 3][0]["id"])
    return grown.size


def _insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    connection = connections["default"]
    columns = [(str(field.column), field) for field in model._meta.concrete_fields if field.column]
    names, marks = ", ".join(connection.ops.quote_name(name) for name, _ in columns), ", ".join(["%s"] * len(columns))
    values = [[field.get_db_prep_save(row[name], connection) for name, field in columns] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})", values)  # noqa: S608  # names come from the model
