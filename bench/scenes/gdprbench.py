"""
The workload files `customer` and `processor` of GDPRbench, re-implemented over a hundred thousand records of ten thousand people.

Not the benchmark itself: its driver cannot be used (docs/performance.md). Where purposes are metadata of a row there, they are clauses of
the edition here: "update by purpose" publishes an edition, "update by user" keeps a consent, and the people of a purpose come from the
duty that serves it, here a plain table.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from random import Random
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bench import deeds, home, plain
from bench.figures import Figure, Naming
from bench.plan import Plan
from bench.population import ADVISE, Inhabitant, populate
from bench.rounds import interleaved, middle, ratio
from bench.sample import Sample, timed
from camket.duties.custody.actions import keep_journal
from camket.editions import actions as publishing
from camket.editions import queries as editions
from camket.policy.exports import edition_hash
from camket.policy.terms import ADVISER, SUBJECT, Actor, EditionNumber
from camket.vault import gate
from camket.vault.gate import MatterId

PURPOSES = 25
RECORDS_EACH = 10
FILES = {
    "customer": {
        "read key": 20,
        "read by purpose": 10,
        "read by user": 10,
        "update key": 20,
        "update by purpose": 10,
        "update by user": 10,
        "delete key": 20,
    },
    "processor": {"read key": 20, "read by purpose": 40, "read by user": 40},
}
_ASK_NAMES = 1000  # the most that one ask names
_actors = count(1)


class OurStore:
    """Records as matters of one record each, read, corrected, agreed to and erased through the gate."""

    def __init__(self, people: list[Inhabitant]) -> None:
        self._people = people
        self._keys: list[tuple[Inhabitant, MatterId]] = [(one, matter) for one in people for matter in one.matters]

    def do(self, kind: str, turn: int) -> object:
        now, actor = timezone.now(), Actor(role=ADVISER, id=f"g{next(_actors)}")
        one, matter = self._keys[turn % len(self._keys)]
        match kind:
            case "read key":
                return deeds.read(one.subject, matter, actor=actor, now=now)
            case "read by user":
                return deeds.read_all([one.subject], actor=actor, now=now)
            case "read by purpose":
                return self._read_purpose(turn % PURPOSES, actor)
            case "update key":
                return deeds.correct(one.subject, matter, f"{one.person.message}{turn}", now=now)
            case "update by user":
                return _agree(one, now)
            case "update by purpose":
                return _publish_next(now)
        return self._delete(turn % len(self._keys))

    def _read_purpose(self, purpose: int, actor: Actor) -> int:
        named = [one.subject for one in self._people[purpose::PURPOSES]]
        return sum(deeds.read_all(named[start : start + _ASK_NAMES], actor=actor, now=timezone.now()) for start in range(0, len(named), _ASK_NAMES))

    def _delete(self, place: int) -> None:
        (one, matter), self._keys[place] = self._keys[place], self._keys[-1]
        self._keys.pop()
        deeds.erase(one.subject, [matter], now=timezone.now())


def _agree(one: Inhabitant, now: datetime) -> None:
    fact = gate.ConsentFact(purpose=ADVISE, is_given=True, edition=EditionNumber(1), language="vi", wording_hash="ab" * 32, channel="form")
    gate.record_consents(subject=one.subject, facts=[fact], actor=Actor(role=SUBJECT), now=now)


def _publish_next(now: datetime) -> None:
    """A policy says for everybody at once what a row of metadata says for one record."""
    current = editions.in_force()
    policy, texts = replace(editions.compiled(current), number=EditionNumber(current + 1)), editions.edition(current).texts
    with transaction.atomic(durable=True):
        publishing.publish(
            policy=policy,
            texts=texts,
            edition_hash=edition_hash(texts[policy.authoritative], policy),
            key_id="k" * 16,
            signature=b"invented for a measurement",
            now=now,
        )
        publishing.enact(number=policy.number, now=now)


class PlainStore:
    """One table with its metadata in the row, as the benchmark has it, with an audit row for every operation."""

    def __init__(self, people: list[plain.Neighbour]) -> None:
        self._desk = plain.PlainDesk(is_audited=True)
        self._keys: list[tuple[plain.Neighbour, UUID]] = [(one, matter) for one in people for matter in one.matters]

    def do(self, kind: str, turn: int) -> object:
        now, actor = timezone.now(), f"g{next(_actors)}"
        one, matter = self._keys[turn % len(self._keys)]
        desk, purpose = self._desk, turn % PURPOSES
        match kind:
            case "read key":
                return desk.read(one, matter, actor=actor, now=now)
            case "read by user":
                return desk.read_where(actor=actor, now=now, person_id=one.id)
            case "read by purpose":
                return desk.read_where(actor=actor, now=now, edition=purpose)
            case "update key":
                return desk.change(actor=actor, now=now, text=f"{turn}", matter_id=matter)
            case "update by user":
                return desk.change(actor=actor, now=now, text=f"{turn}", person_id=one.id)
            case "update by purpose":
                return desk.change(actor=actor, now=now, text=f"{turn}", edition=purpose)
        return self._delete(turn % len(self._keys), actor)

    def _delete(self, place: int, actor: str) -> None:
        (_, matter), self._keys[place] = self._keys[place], self._keys[-1]
        self._keys.pop()
        self._desk.delete_where(actor=actor, now=timezone.now(), matter_id=matter)


def measure(plan: Plan) -> list[Figure]:
    """Return, for each file, the ratio of rates and the middle of every operation on both sides."""
    people = plan.sized(10_000, quick=50)
    plain.make_tables()
    now = timezone.now()
    ours = OurStore(populate(0, people, matters=(1,) * RECORDS_EACH, now=now))
    theirs = PlainStore(plain.populate(0, people, matters=(1,) * RECORDS_EACH, now=now, purposes=PURPOSES))
    home.require_durable("default", "keys", home.PLAIN)
    # the file that only reads comes first: the other one deletes, and publishes editions
    return [figure for name in ("processor", "customer") for figure in _file(plan, name, {"ours": ours, "plain": theirs})]


def _file(plan: Plan, name: str, stores: Mapping[str, OurStore | PlainStore]) -> Iterator[Figure]:
    length, seeds = plan.sized(50, quick=10), {store: count(1) for store in stores}

    def turn(store: str) -> Sample:
        then = (lambda: keep_journal(now=timezone.now())) if store == "ours" else None
        return timed(_stream(stores[store], FILES[name], length, next(seeds[store])), postmaster=plan.postmaster, then=then)

    taken = interleaved(min(plan.rounds, 3), {store: partial(turn, store) for store in stores})
    told = Naming(scene="gdprbench", database=plan.database)
    yield told.figure(f"{name} file, ours to plain", ratio(taken["ours"], taken["plain"]), "×")
    for store, samples in taken.items():
        yield told.figure(f"{name} file, {store}", [sample.rate for sample in samples], "op/s", cpu_us=middle(samples, lambda one: one.cpu_us))
        for kind in FILES[name]:
            yield told.figure(f"{name}: {kind}, {store}, p50", [sample.p50_us[kind] / 1000 for sample in samples], "ms")


def _stream(store: OurStore | PlainStore, shares: Mapping[str, int], length: int, seed: int) -> Iterator[tuple[str, Callable[[], object]]]:
    draw = Random(seed)
    kinds = [kind for kind, share in shares.items() for _ in range(length * share // 100)]
    draw.shuffle(kinds)
    for kind in kinds:
        yield kind, partial(store.do, kind, draw.randrange(1 << 30))
