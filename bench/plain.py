"""What somebody writes who protects nothing: indexed tables with the values in clear, and one audit row in the same durable commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, models, transaction
from uuid6 import uuid7

from bench import home
from bench.people import Person, person

ALIAS = home.PLAIN
_BATCH = 1000
_LISTED = 20


class PlainRecord(models.Model):
    """One record of one inquiry, in clear; contact and message are rows of their own, as ours are."""

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField(db_index=True)
    matter_id = models.UUIDField(db_index=True)
    collection = models.CharField(max_length=40)
    edition = models.PositiveIntegerField(db_index=True)  # or what a record is kept for, where purposes are metadata of a row
    full_name = models.CharField(max_length=120)
    email = models.CharField(max_length=254, db_index=True)
    phone = models.CharField(max_length=32, db_index=True)
    message = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "bench_plain"

    def __str__(self) -> str:
        return f"record {self.id}"


class PlainConsent(models.Model):
    """That somebody agreed."""

    id = models.BigAutoField(primary_key=True)
    person_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        app_label = "bench_plain"

    def __str__(self) -> str:
        return f"consent {self.id}"


class PlainAudit(models.Model):
    """Who did what to whose data; anybody with the password can change it unnoticed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    act = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40)
    fields = models.CharField(max_length=200)
    person_id = models.UUIDField(null=True, db_index=True)

    class Meta:
        app_label = "bench_plain"

    def __str__(self) -> str:
        return f"audit row {self.id}"


TABLES: tuple[type[models.Model], ...] = (PlainRecord, PlainConsent, PlainAudit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Somebody in the plain tables."""

    id: UUID
    matters: tuple[UUID, ...]
    person: Person


def make_tables(*tables: type[models.Model], alias: str = ALIAS) -> None:
    """Create the plain tables, or some of them in another database than their own."""
    with connections[alias].schema_editor() as editor:
        for table in tables or TABLES:
            editor.create_model(table)


def rows_of(one: Person, *, subject: UUID, matter: UUID, records: int, now: datetime, edition: int = 1) -> list[PlainRecord]:
    """Return the rows of one inquiry: a contact, then messages."""
    shared: dict[str, Any] = {"person_id": subject, "matter_id": matter, "edition": edition, "created_at": now}
    contact = PlainRecord(id=uuid7(), collection="contact", full_name=one.full_name, email=one.email, phone=one.phone, **shared)
    return [contact, *(PlainRecord(id=uuid7(), collection="message", message=one.message, **shared) for _ in range(records - 1))]


def populate(first: int, people: int, *, matters: Sequence[int], now: datetime, purposes: int = 1) -> list[Neighbour]:
    """Put the same people with the same records into the plain tables, their records spread over some purposes."""
    made: list[Neighbour] = []
    with home.laxly(ALIAS):
        for start in range(0, people, _BATCH):
            some = [_neighbour(person(first + number), len(matters)) for number in range(start, min(start + _BATCH, people))]
            rows = [
                row
                for number, one in enumerate(some, start)
                for matter, records in zip(one.matters, matters, strict=True)
                for row in rows_of(one.person, subject=one.id, matter=matter, records=records, now=now, edition=number % purposes)
            ]
            PlainRecord.objects.using(ALIAS).bulk_create(rows, batch_size=_BATCH)
            PlainConsent.objects.using(ALIAS).bulk_create(PlainConsent(person_id=one.id, purpose="advise", at=now) for one in some)
            made += some
    return made


def _neighbour(one: Person, matters: int) -> Neighbour:
    return Neighbour(id=uuid7(), matters=tuple(uuid7() for _ in range(matters)), person=one)


class PlainDesk:
    """The acts of the product mix with Django's own tables, each in one durable transaction."""

    def __init__(self, *, is_audited: bool) -> None:
        self._is_audited = is_audited

    def _audit(self, act: str, actor: str, now: datetime, person_id: UUID | None) -> None:
        if self._is_audited:
            PlainAudit.objects.using(ALIAS).create(
                at=now, actor=actor, act=act, purpose="advise", fields="email full_name message phone", person_id=person_id
            )

    def read(self, one: Neighbour, matter: UUID, *, actor: str, now: datetime) -> int:
        with transaction.atomic(using=ALIAS, durable=True):
            rows = list(PlainRecord.objects.using(ALIAS).filter(matter_id=matter))
            self._audit("data.shown", actor, now, one.id)
        return len(rows)

    def seek(self, one: Neighbour, *, actor: str, now: datetime) -> int:
        with transaction.atomic(using=ALIAS, durable=True):
            found = PlainRecord.objects.using(ALIAS).filter(email=one.person.email).values_list("person_id", flat=True).first()
            rows = list(PlainRecord.objects.using(ALIAS).filter(person_id=found))
            self._audit("data.sought", actor, now, found)
        return len(rows)

    def insert(self, one: Person, *, now: datetime) -> Neighbour:
        made = _neighbour(one, 1)
        with transaction.atomic(using=ALIAS, durable=True):
            PlainRecord.objects.using(ALIAS).bulk_create(rows_of(one, subject=made.id, matter=made.matters[0], records=2, now=now))
            PlainConsent.objects.using(ALIAS).create(person_id=made.id, purpose="advise", at=now)
            self._audit("data.collected", "", now, made.id)
        return made

    def correct(self, one: Neighbour, matter: UUID, text: str, *, now: datetime) -> None:
        with transaction.atomic(using=ALIAS, durable=True):
            PlainRecord.objects.using(ALIAS).filter(matter_id=matter, collection="message").update(message=text)
            self._audit("data.corrected", "dung", now, one.id)

    def erase(self, one: Neighbour, *, now: datetime) -> None:
        with transaction.atomic(using=ALIAS, durable=True):
            PlainRecord.objects.using(ALIAS).filter(person_id=one.id).delete()
            PlainConsent.objects.using(ALIAS).filter(person_id=one.id).delete()
            self._audit("data.erased", "", now, one.id)

    def look_back(self, one: Neighbour, *, actor: str, now: datetime) -> int:
        with transaction.atomic(using=ALIAS, durable=True):
            self._audit("journal.read", actor, now, one.id)
            return len(PlainAudit.objects.using(ALIAS).filter(person_id=one.id).order_by("-id")[:_LISTED])

    def read_where(self, *, actor: str, now: datetime, **where: Any) -> int:
        with transaction.atomic(using=ALIAS, durable=True):
            rows = list(PlainRecord.objects.using(ALIAS).filter(**where))
            self._audit("data.shown", actor, now, None)
        return len(rows)

    def change(self, *, actor: str, now: datetime, text: str, **where: Any) -> None:
        with transaction.atomic(using=ALIAS, durable=True):
            PlainRecord.objects.using(ALIAS).filter(**where).update(message=text)
            self._audit("data.corrected", actor, now, None)

    def delete_where(self, *, actor: str, now: datetime, **where: Any) -> None:
        with transaction.atomic(using=ALIAS, durable=True):
            PlainRecord.objects.using(ALIAS).filter(**where).delete()
            self._audit("data.erased", actor, now, None)
