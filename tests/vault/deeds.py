"""What doors and duties do with the vault, written short."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from camket.editions import actions as editions
from camket.journal.models import JournalEntry
from camket.policy.exports import edition_hash as hash_of
from camket.policy.terms import (
    ADVISER,
    CONTROLLER,
    LEGAL,
    SUBJECT,
    SYSTEM,
    VISITOR,
    Actor,
    Ask,
    CollectionId,
    EditionNumber,
    FieldName,
    Operation,
    PurposeId,
    RecipientId,
    RoleId,
)
from camket.vault import gate
from tests.cast import AN, Person
from tests.vault.texts import text_of, tiny_policy

ADVISE, PROVIDE, LEGALLY = PurposeId("advise"), PurposeId("provide_service"), PurposeId("legal_disclosure")
CHI, HOUSE, COURT = Actor(role=ADVISER, id="chi"), Actor(role=SYSTEM), RecipientId("court")
LAN = Actor(role=LEGAL, id="lan")
DUTY = "intake"
EVERYTHING = ("full_name", "email", "phone", "message")


def open_vault(now: datetime) -> None:
    """Make the keys, publish two editions and bring the first into force."""
    gate.prepare_keys(now=now)
    for number in (1, 2):
        publish(number, now)
    enact(1, now)


def publish(number: int, now: datetime, *, edition_hash: str = "") -> None:
    """Publish a tiny edition; its signature is none, which is not this room's business."""
    policy = tiny_policy(number)
    editions.publish(
        policy=policy,
        texts={"en": text_of(number), "vi": "Bản dịch."},
        edition_hash=edition_hash or hash_of(text_of(number), policy),
        key_id="k" * 16,
        signature=b"signature",
        now=now,
    )


def enact(number: int, now: datetime) -> None:
    """Bring an edition into force."""
    editions.enact(number=EditionNumber(number), now=now)


def ask_to(operation: str, *names: str, purpose: PurposeId = ADVISE, recipient: RecipientId = CONTROLLER) -> Ask:
    """Return an ask, written short."""
    return Ask(operation=Operation(operation), fields=frozenset(FieldName(name) for name in names), purpose=purpose, recipient=recipient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What came of one act of collecting."""

    subject: gate.SubjectId
    matter: gate.MatterId
    records: tuple[gate.RecordId, ...]


def prepared(person: Person = AN, *, now: datetime, subject: gate.SubjectId | None = None, purpose: PurposeId = ADVISE) -> gate.Prepared:
    """Ask to collect what a person writes, and seal it."""
    whose = subject or gate.new_subject()
    names = EVERYTHING if purpose == ADVISE else EVERYTHING[:3]
    permit = gate.ask(ask_to("collect", *names, purpose=purpose), actor=Actor(role=VISITOR), subjects=[whose], given=frozenset({purpose}), now=now)
    collections = {CollectionId("contact"): values(person, *EVERYTHING[:3]), CollectionId("message"): values(person, "message")}
    return gate.prepare(permit, subject=whose, collections={name: kept for name, kept in collections.items() if set(kept) <= set(names)}, now=now)


def values(person: Person, *names: str) -> Mapping[FieldName, str]:
    """Return a person's values under the names of fields."""
    return {FieldName(name): text for name, text in person.values(*names).items()}


def collect(
    person: Person = AN, *, now: datetime, subject: gate.SubjectId | None = None, purpose: PurposeId = ADVISE, consents: bool = True, edition: int = 1
) -> Kept:
    """Collect what a person writes, as intake does: data, need and consent in one transaction."""
    parcel = prepared(person, now=now, subject=subject, purpose=purpose)
    with transaction.atomic():
        records = gate.keep(parcel, now=now)
        gate.open_need(matter=parcel.matter, purpose=purpose, duty=DUTY, duty_id=parcel.matter, now=now)
        if consents:
            consent(parcel.subject, now=now, edition=edition)
    return Kept(subject=parcel.subject, matter=parcel.matter, records=records)


def consent(subject: gate.SubjectId, *, now: datetime, is_given: bool = True, edition: int = 1, purpose: PurposeId = ADVISE) -> None:
    """Let a person agree, or withdraw."""
    fact = gate.ConsentFact(purpose=purpose, is_given=is_given, edition=EditionNumber(edition), language="en", wording_hash="ab" * 32, channel="form")
    gate.record_consents(subject=subject, facts=[fact], actor=Actor(role=SUBJECT), now=now)


def use(*people: Kept, now: datetime, names: Collection[str] = EVERYTHING, purpose: PurposeId = ADVISE, view: str = "desk") -> tuple[gate.Shown, ...]:
    """Let Chi read."""
    permit = gate.ask(ask_to("use", *names, purpose=purpose), actor=CHI, subjects=[one.subject for one in people], now=now, view=view)
    return gate.show(permit, now=now)


def disclose(*people: Kept, now: datetime, names: Collection[str]) -> tuple[gate.Shown, ...]:
    """Let the legal desk hand over to a court."""
    ask = ask_to("disclose", *names, purpose=LEGALLY, recipient=COURT)
    return gate.show(gate.ask(ask, actor=LAN, subjects=[one.subject for one in people], now=now), now=now)


def find(value: str, *, kind: str = "email", now: datetime, role: RoleId = ADVISER) -> tuple[gate.SubjectId, ...]:
    """Let an adviser look somebody up."""
    permit = gate.ask(ask_to("find", kind), actor=Actor(role=role, id="chi"), now=now)
    return gate.find(permit, kind=FieldName(kind), value=value, now=now)


def close(kept: Kept, *, now: datetime) -> tuple[gate.MatterId, ...]:
    """End what a matter was kept for."""
    return gate.close_needs(duty=DUTY, duty_id=kept.matter, actor=HOUSE, now=now)


def erasing(*people: Kept, now: datetime, names: Collection[str] = EVERYTHING) -> gate.Permit:
    """Return a permit to erase."""
    return gate.ask(ask_to("erase", *names), actor=HOUSE, subjects=[one.subject for one in people], now=now)


def end(*people: Kept, now: datetime) -> gate.Ended:
    """Erase matters."""
    return gate.end_matters(erasing(*people, now=now), matters=[one.matter for one in people], now=now)


def revealed(shown: Collection[gate.Shown]) -> dict[str, str]:
    """Return every value that was shown, by field name."""
    return {field: sealed.reveal() for one in shown for field, sealed in one.fields.items()}


def journaled(act: str = "") -> list[dict[str, Any]]:
    """Return the payloads of the journal, oldest first, of one act or of all."""
    payloads = [json.loads(bytes(row.payload or b"{}")) for row in JournalEntry.objects.order_by("id")]
    return [one for one in payloads if not act or one["act"] == act]


def somebody() -> UUID:
    """Return an id that belongs to nothing."""
    return uuid4()
