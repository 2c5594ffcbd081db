"""Thousands of people put into the vault at once, sealed and wrapped as the gate does it, so that the measured acts meet full tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import uuid6
from django.conf import settings
from django.db import models

from bench import home
from bench.people import Person, person
from camket.editions import queries as editions
from camket.journal import keyfiles
from camket.policy.terms import CollectionId, FieldName, PurposeId
from camket.vault import identity, seal
from camket.vault.gate import MatterId, SubjectId, new_subject
from camket.vault.keys.models import Epoch, IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Consent, Matter, Need, Record, Subject

ADVISE = PurposeId("advise")
CONTACT, MESSAGE = CollectionId("contact"), CollectionId("message")
_INDEX = 1  # the first identity index, the only one of a fresh home
_BATCH = 1000
_ORDER = (Subject, Matter, Record, Need, Consent, SubjectKey, MatterKey, IdentityToken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhabitant:
    """Somebody in the vault, and what they gave."""

    subject: SubjectId
    matters: tuple[MatterId, ...]
    person: Person


def contact_of(one: Person) -> dict[FieldName, str]:
    """Return what the collection `contact` holds of somebody."""
    return {FieldName("full_name"): one.full_name, FieldName("email"): one.email, FieldName("phone"): one.phone}


def message_of(one: Person) -> dict[FieldName, str]:
    """Return what the collection `message` holds of somebody."""
    return {FieldName("message"): one.message}


def populate(first: int, people: int, *, matters: Sequence[int], now: datetime) -> list[Inhabitant]:
    """
    Put people into the vault whose needs are closed, and return them.

    Args:
        first: Number of the first person.
        people: How many.
        matters: For each matter of each person, how many records it holds: a contact, then messages.
        now: UTC instant of collection.
    """
    made: list[Inhabitant] = []
    with home.laxly("default", "keys"):
        for start in range(0, people, _BATCH):
            rows = _Rows(now)
            made += [rows.add(person(first + number), matters) for number in range(start, min(start + _BATCH, people))]
            rows.write()
    return made


class _Rows:
    """Rows of every table, gathered for a few statements."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._edition = editions.in_force()
        self._epoch = Epoch.objects.order_by("-number").values_list("number", flat=True)[0]
        self._epoch_key = keyfiles.read(_secret(f"epochs/{self._epoch:06d}.key"), length=seal.KEY_BYTES)
        self._index_key = keyfiles.read(_secret(f"index/identity-{_INDEX}.key"), length=seal.KEY_BYTES)
        self._rows: dict[type[models.Model], list[Any]] = {model: [] for model in _ORDER}

    def add(self, one: Person, matters: Sequence[int]) -> Inhabitant:
        subject, key = new_subject(), seal.new_key()
        wrapped = seal.wrap_subject_key(self._epoch_key, subject=subject, epoch=self._epoch, key=key)
        self._rows[Subject].append(Subject(id=subject, created_at=self._now))
        self._rows[SubjectKey].append(SubjectKey(subject_id=subject, epoch=self._epoch, wrapped=wrapped, created_at=self._now))
        self._rows[Consent].append(self._consent(subject))
        marks = list(_marks_of(one, self._index_key))
        made = tuple(self._matter(one, subject, key, records=records, marks=marks) for records in matters)
        return Inhabitant(subject=subject, matters=made, person=one)

    def _matter(self, one: Person, subject: SubjectId, subject_key: bytes, *, records: int, marks: Sequence[tuple[FieldName, bytes]]) -> MatterId:
        matter, key, now = MatterId(uuid6.uuid7()), seal.new_key(), self._now
        wrapped = seal.wrap_matter_key(subject_key, matter=matter, subject=subject, key=key)
        self._rows[Matter].append(Matter(id=matter, subject_id=subject, opened_at=now, rests_since=now))
        self._rows[MatterKey].append(MatterKey(matter_id=matter, subject_id=subject, wrapped=wrapped, created_at=now))
        self._rows[Need].append(Need(matter_id=matter, purpose=ADVISE, duty="intake", duty_id=matter, opened_at=now, closed_at=now))
        self._rows[IdentityToken] += [
            IdentityToken(
                kind=kind,
                version=_INDEX,
                token=identity.cut(kind, mark),
                subject_id=subject,
                matter_id=matter,
                bond=identity.bond(mark, subject=subject, matter=matter, key=self._index_key),
            )
            for kind, mark in marks
        ]
        for number in range(records):
            name, given = (CONTACT, contact_of(one)) if number == 0 else (MESSAGE, message_of(one))
            self._rows[Record].append(self._record(seal.Place(**self._place(subject, matter, name)), key, given))
        return matter

    def _place(self, subject: SubjectId, matter: MatterId, collection: CollectionId) -> dict[str, Any]:
        return {"subject": subject, "matter": matter, "record": uuid6.uuid7(), "collection": collection, "edition": self._edition}

    def _record(self, place: seal.Place, key: bytes, given: dict[FieldName, str]) -> Record:
        return Record(
            id=place.record,
            subject_id=place.subject,
            matter_id=place.matter,
            collection=place.collection,
            edition=place.edition,
            sealed=seal.seal_record(key, place, given),
            field_names=sorted(given),
            created_at=self._now,
        )

    def _consent(self, subject: SubjectId) -> Consent:
        return Consent(
            id=uuid6.uuid7(),
            subject_id=subject,
            purpose=ADVISE,
            is_given=True,
            at=self._now,
            edition=self._edition,
            language="vi",
            wording_hash="ab" * 32,
            channel="form",
        )

    def write(self) -> None:
        for model, rows in self._rows.items():
            model._default_manager.bulk_create(rows, batch_size=_BATCH)


def _secret(name: str) -> Path:
    return Path(settings.CAMKET_SECRETS) / name


def _marks_of(one: Person, key: bytes) -> Iterator[tuple[FieldName, bytes]]:
    for kind in identity.INDEXED:
        for term in sorted(identity.terms(kind, getattr(one, kind))):
            yield kind, identity.mark(kind, term, key=key)
