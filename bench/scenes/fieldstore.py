"""The vault as a store of fields: many people read and written at once, looked up by address, and how much room they take."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import uuid6
from django.db import transaction
from django.utils import timezone

from bench import deeds, home, plain
from bench.figures import AT_LEAST, AT_MOST, Figure, Naming
from bench.people import person
from bench.plan import Plan
from bench.population import CONTACT, Inhabitant, contact_of, populate
from bench.rival import rival
from bench.rounds import Rounds, interleaved, middle, ratio
from bench.sample import Sample, timed, whole
from camket.journal.statements import insert
from camket.policy.terms import ADVISER, Actor, FieldName
from camket.vault import keyring, seal
from camket.vault.models import Record

LIBRARIES = ("fernet-encrypted-fields", "encrypted-model-fields", "cryptography-5")
LATER = datetime(2100, 1, 1, tzinfo=UTC)  # tells the rows of a measured write from the others
_LIST = 1000  # the most that one ask names
_LOOK_UPS = 50
_MATTERS = (2, 2, 2, 2, 2)


def measure(plan: Plan) -> list[Figure]:
    """Return rates of reading and writing beside the Fernet libraries, look-ups beside a plain index, and bytes beside plain tables."""
    plain.make_tables()
    figures = _space(plan)
    people = plan.sized(5_000, quick=40)
    inhabitants, now = populate(100_000, people, matters=(1,), now=timezone.now()), timezone.now()
    plain.populate(100_000, people, matters=(1,), now=now)
    home.require_durable("default", "keys", home.PLAIN)
    contenders: dict[str, Callable[[], Sample]] = {
        "read, ours": partial(whole, people, partial(_read, inhabitants), postmaster=plan.postmaster),
        "write, ours": partial(_written, plan, inhabitants),
        "look up, ours": lambda: timed((("look up", partial(_found, one)) for one in inhabitants[:_LOOK_UPS]), postmaster=plan.postmaster),
        "look up, plain": lambda: timed((("look up", partial(_plain_found, one)) for one in inhabitants[:_LOOK_UPS]), postmaster=plan.postmaster),
        "look up, asked and journaled": lambda: timed(_asked(inhabitants[:_LOOK_UPS]), postmaster=plan.postmaster),
    }
    with ExitStack() as stack:
        if plan.peers_python:
            fields = stack.enter_context(rival(plan, "fields", {"people": people}))
            for library in ("plain", *LIBRARIES):
                contenders[f"write, {library}"] = partial(fields.sample, do="write", library=library)
                contenders[f"read, {library}"] = partial(fields.sample, do="read", library=library)
        taken = interleaved(plan.rounds, contenders)
    return [*figures, *_told(plan, taken)]


def _told(plan: Plan, taken: Rounds) -> list[Figure]:
    told = Naming(scene="field store", database=plan.database)
    figures = []
    for name, samples in taken.items():
        cpu = middle(samples, lambda sample: sample.cpu_us)
        if name.startswith("look up"):
            figures.append(told.figure(f"{name}, p50", [sample.p50_us["look up"] / 1000 for sample in samples], "ms", cpu_us=cpu))
        else:
            figures.append(told.figure(name, [sample.rate for sample in samples], "people/s", cpu_us=cpu))
    spans = ratio(taken["look up, ours"], taken["look up, plain"], lambda sample: sample.p50_us["look up"])
    figures.append(told.figure("look up, our index to a plain index", spans, "×", target=(AT_MOST, 1.5)))
    least = {"read": 4.0, "write": 2.0 if plan.database == "sqlite" else 1.2}
    for library in LIBRARIES if plan.peers_python else ():
        for deed, bound in least.items():
            quicker = ratio(taken[f"{deed}, ours"], taken[f"{deed}, {library}"])
            figures.append(told.figure(f"{deed}, ours to {library}", quicker, "×", target=(AT_LEAST, bound)))
    return figures


def _read(inhabitants: Sequence[Inhabitant]) -> None:
    """Through the gate, with its lines in the journal, by lists as long as an ask may be; the actor is new at every call."""
    actor = Actor(role=ADVISER, id=f"f{uuid6.uuid7().hex}")
    for start in range(0, len(inhabitants), _LIST):
        some = [one.subject for one in inhabitants[start : start + _LIST]]
        assert deeds.read_all(some, actor=actor, now=timezone.now()) >= 3 * len(some)


def _write(inhabitants: Sequence[Inhabitant]) -> None:
    """One more record each, under keys that exist, as one library row is: the gate itself takes people one by one."""
    for start in range(0, len(inhabitants), _LIST):
        some = inhabitants[start : start + _LIST]
        keys = keyring.matter_keys([one.matters[0] for one in some])
        with transaction.atomic(durable=True):
            insert(Record, [_record(one, keys[one.matters[0]]) for one in some])


def _written(plan: Plan, inhabitants: Sequence[Inhabitant]) -> Sample:
    sample = whole(len(inhabitants), partial(_write, inhabitants), postmaster=plan.postmaster)
    # outside the time, as the rivals empty their tables: the readers of the next round are to find as many as before
    Record.objects.filter(created_at__gt=LATER).delete()
    return sample


def _record(one: Inhabitant, key: bytes) -> dict[str, Any]:
    place = seal.Place(subject=one.subject, matter=one.matters[0], record=uuid6.uuid7(), collection=CONTACT, edition=1)
    given = contact_of(one.person)
    return {
        "id": place.record,
        "subject_id": place.subject,
        "matter_id": place.matter,
        "collection": place.collection,
        "edition": place.edition,
        "sealed": seal.seal_record(key, place, given),
        "field_names": sorted(given),
        "created_at": LATER + timedelta(seconds=1),
    }


def _found(one: Inhabitant) -> None:
    assert keyring.subjects_with(FieldName("email"), one.person.email) == (one.subject,)


def _plain_found(one: Inhabitant) -> None:
    found = plain.PlainRecord.objects.using(home.PLAIN).filter(email=one.person.email).order_by("id").values_list("person_id", flat=True)
    assert len(tuple(dict.fromkeys(found))) == 1


def _asked(some: Sequence[Inhabitant]) -> list[tuple[str, Callable[[], object]]]:
    return [("look up", partial(deeds.find, one.person.email, actor=deeds.CHI, now=timezone.now())) for one in some]


def _space(plan: Plan) -> list[Figure]:
    """The same people, inquiries and texts in the vault and in plain tables: everything that was not there before counts."""
    told, people, now = Naming(scene="field store", database=plan.database), plan.sized(5_000, quick=40), timezone.now()
    before, plain_before = home.bytes_of("default", "keys"), home.bytes_of(home.PLAIN)
    populate(0, people, matters=_MATTERS, now=now)
    plain.populate(0, people, matters=_MATTERS, now=now)
    ours, theirs = home.bytes_of("default", "keys") - before, home.bytes_of(home.PLAIN) - plain_before
    letters = sum(len(person(number).message.encode()) + 60 for number in range(people)) * len(_MATTERS)
    return [
        told.figure("space, ours to plain tables", [ours / max(theirs, 1)], "×", target=(AT_MOST, 1.5)),
        told.figure("space, of ours to the bytes that people wrote", [ours / letters], "×"),
        told.figure("space, of plain tables to the bytes that people wrote", [theirs / letters], "×"),
    ]
