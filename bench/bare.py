"""The same plain tables without Django's objects: SQL by hand, the least that a durable act with an audit row can cost in Python."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from uuid6 import uuid7

from bench.people import Person
from bench.plain import ALIAS, Neighbour

_RECORD = (
    "INSERT INTO bench_plain_plainrecord (id, person_id, matter_id, collection, edition, full_name, email, phone, message, created_at) "
    "VALUES (%s, %s, %s, %s, 1, %s, %s, %s, %s, %s), (%s, %s, %s, %s, 1, %s, %s, %s, %s, %s)"
)
_CONSENT = "INSERT INTO bench_plain_plainconsent (person_id, purpose, at) VALUES (%s, 'advise', %s)"
_AUDIT = """
    INSERT INTO bench_plain_plainaudit (at, actor, act, purpose, fields, person_id)
    VALUES (%s, %s, %s, 'advise', 'email full_name message phone', %s)
"""
_ROWS = "SELECT id, person_id, matter_id, collection, edition, full_name, email, phone, message, created_at FROM bench_plain_plainrecord WHERE "


class BareDesk:
    """The acts of the product mix in SQL by hand, each in one durable transaction."""

    def __init__(self) -> None:
        self._connection = connections[ALIAS]

    @contextmanager
    def _act(self, act: str, actor: str, now: datetime, person_id: UUID) -> Iterator[Any]:
        with transaction.atomic(using=ALIAS, durable=True), self._connection.cursor() as cursor:
            yield cursor
            cursor.execute(_AUDIT, (self._instant(now), actor, act, self._key(person_id)))

    def _key(self, id: UUID) -> Any:
        return id.hex if self._connection.vendor == "sqlite" else id

    def _instant(self, now: datetime) -> Any:
        return now.replace(tzinfo=None).isoformat(" ") if self._connection.vendor == "sqlite" else now

    def read(self, one: Neighbour, matter: UUID, *, actor: str, now: datetime) -> int:
        with self._act("data.shown", actor, now, one.id) as cursor:
            return len(_fetched(cursor, "matter_id = %s", [self._key(matter)]))

    def seek(self, one: Neighbour, *, actor: str, now: datetime) -> int:
        with self._act("data.sought", actor, now, one.id) as cursor:
            found = _fetched(cursor, "email = %s LIMIT 1", [one.person.email])
            return len(_fetched(cursor, "person_id = %s", [found[0][1]]))

    def insert(self, one: Person, *, now: datetime) -> Neighbour:
        made = Neighbour(id=uuid7(), matters=(uuid7(),), person=one)
        shared = (self._key(made.id), self._key(made.matters[0]))
        contact = (self._key(uuid7()), *shared, "contact", one.full_name, one.email, one.phone, "", self._instant(now))
        message = (self._key(uuid7()), *shared, "message", "", "", "", one.message, self._instant(now))
        with self._act("data.collected", "", now, made.id) as cursor:
            cursor.execute(_RECORD, contact + message)
            cursor.execute(_CONSENT, (self._key(made.id), self._instant(now)))
        return made

    def correct(self, one: Neighbour, matter: UUID, text: str, *, now: datetime) -> None:
        with self._act("data.corrected", "dung", now, one.id) as cursor:
            cursor.execute(
                "UPDATE bench_plain_plainrecord SET message = %s WHERE matter_id = %s AND collection = 'message'", (text, self._key(matter))
            )

    def erase(self, one: Neighbour, *, now: datetime) -> None:
        with self._act("data.erased", "", now, one.id) as cursor:
            cursor.execute("DELETE FROM bench_plain_plainrecord WHERE person_id = %s", [self._key(one.id)])
            cursor.execute("DELETE FROM bench_plain_plainconsent WHERE person_id = %s", [self._key(one.id)])

    def look_back(self, one: Neighbour, *, actor: str, now: datetime) -> int:
        with self._act("journal.read", actor, now, one.id) as cursor:
            cursor.execute(
                "SELECT id, at, actor, act, purpose, fields FROM bench_plain_plainaudit WHERE person_id = %s ORDER BY id DESC LIMIT 20",
                [self._key(one.id)],
            )
            return len(cursor.fetchall())


def _fetched(cursor: Any, where: str, values: Sequence[Any]) -> list[Any]:
    cursor.execute(_ROWS + where, values)
    return list(cursor.fetchall())
