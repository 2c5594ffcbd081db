"""What doors and duties do with personal data, through the gate and nothing else: the acts that are measured."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from bench.people import Person
from bench.population import ADVISE, CONTACT, MESSAGE, Inhabitant, contact_of, message_of
from camket.journal.actions import record
from camket.journal.queries import naming
from camket.policy.terms import ADVISER, PRIVACY_OFFICER, SYSTEM, VISITOR, Actor, Ask, FieldName, Operation, PurposeId
from camket.vault import gate
from camket.vault.gate import MatterId, SubjectId

SPECIAL = PurposeId("special_case")
DUTY = "intake"
_READ = frozenset(FieldName(name) for name in ("full_name", "email", "phone", "message"))
_ALL = _READ | {FieldName("address"), FieldName("attachment")}
_EMAIL = FieldName("email")
_LISTED = 20

TO_READ = Ask(operation=Operation.USE, fields=_READ, purpose=ADVISE)
TO_FIND = Ask(operation=Operation.FIND, fields=frozenset({_EMAIL}), purpose=ADVISE)
TO_COLLECT = Ask(operation=Operation.COLLECT, fields=_READ, purpose=ADVISE)
TO_CORRECT = Ask(operation=Operation.CORRECT, fields=frozenset({FieldName("message")}), purpose=SPECIAL)
TO_ERASE = Ask(operation=Operation.ERASE, fields=_ALL, purpose=ADVISE)

CHI = Actor(role=ADVISER, id="chi")


def read(subject: SubjectId, matter: MatterId, *, actor: Actor, now: datetime) -> int:
    """Open one inquiry as the desk does, and return how many values came out."""
    permit = gate.ask(TO_READ, actor=actor, subjects=[subject], now=now, view="console.inquiry")
    return _reveal(gate.show(permit, now=now, matters=[matter]))


def read_all(subjects: Collection[SubjectId], *, actor: Actor, now: datetime) -> int:
    """Open everything of some people as a list does: one ask, one line in the journal."""
    return _reveal(gate.show(gate.ask(TO_READ, actor=actor, subjects=subjects, now=now, view="console.find"), now=now))


def _reveal(shown: Collection[gate.Shown]) -> int:
    return sum(len(sealed.reveal()) > 0 for one in shown for sealed in one.fields.values())


def seek(email: str, *, actor: Actor, now: datetime) -> int:
    """Find people by their address and open everything of them: two asks, each with its line in the journal."""
    found = gate.find(gate.ask(TO_FIND, actor=actor, now=now, view="console.find"), kind=_EMAIL, value=email, now=now)
    return read_all(found, actor=actor, now=now)


def find(email: str, *, actor: Actor, now: datetime) -> tuple[SubjectId, ...]:
    """Find people by their address."""
    return gate.find(gate.ask(TO_FIND, actor=actor, now=now, view="console.find"), kind=_EMAIL, value=email, now=now)


def insert(one: Person, *, now: datetime) -> tuple[SubjectId, MatterId]:
    """Keep what somebody new wrote, as intake does: keys first, then data, need and consent in one transaction."""
    subject = gate.new_subject()
    permit = gate.ask(TO_COLLECT, actor=Actor(role=VISITOR), subjects=[subject], given=frozenset({ADVISE}), now=now)
    parcel = gate.prepare(permit, subject=subject, collections={CONTACT: contact_of(one), MESSAGE: message_of(one)}, now=now)
    agreed = gate.ConsentFact(purpose=ADVISE, is_given=True, edition=permit.edition, language="vi", wording_hash="ab" * 32, channel="form")
    with transaction.atomic(durable=True):
        gate.keep(parcel, now=now)
        gate.open_need(matter=parcel.matter, purpose=ADVISE, duty=DUTY, duty_id=parcel.matter, now=now)
        gate.record_consents(subject=subject, facts=[agreed], actor=Actor(role=VISITOR), now=now)
    return subject, parcel.matter


def correct(subject: SubjectId, matter: MatterId, text: str, *, now: datetime) -> None:
    """Keep a corrected message beside the first one: nothing in the vault is written over."""
    permit = gate.ask(TO_CORRECT, actor=Actor(role=PRIVACY_OFFICER, id="dung"), subjects=[subject], now=now)
    parcel = gate.prepare(permit, subject=subject, collections={MESSAGE: {FieldName("message"): text}}, matter=matter, now=now)
    with transaction.atomic(durable=True):
        gate.keep(parcel, now=now)


def erase(subject: SubjectId, matters: Collection[MatterId], *, now: datetime) -> None:
    """Erase somebody: the ledger's line, then the keys, then the mark."""
    permit = gate.ask(TO_ERASE, actor=Actor(role=SYSTEM), subjects=[subject], now=now)
    gate.end_matters(permit, matters=matters, now=now)


def look_back(subject: SubjectId, *, actor: Actor, now: datetime) -> int:
    """Read who looked at somebody's data, and remember that too."""
    record(act="journal.read", actor=actor, at=now, subjects=[subject])
    return len(naming(subject, limit=_LISTED))


def require_found(one: Inhabitant, *, now: datetime) -> None:
    """Make sure that whoever was put into the vault at once is found and opened as if they had come by the form."""
    assert find(one.person.email, actor=CHI, now=now) == (one.subject,)
    assert read_all([one.subject], actor=CHI, now=now) >= 3
