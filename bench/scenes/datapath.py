"""The product mix through the gate, beside plain indexed tables that also write one audit row per operation in the same durable commit."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from random import Random
from typing import Protocol

from django.utils import timezone

from bench import deeds, home, plain
from bench.bare import BareDesk
from bench.figures import AT_LEAST, Figure, Naming
from bench.people import person
from bench.plan import Plan
from bench.population import Inhabitant, populate
from bench.rounds import interleaved, middle, ratio
from bench.sample import Sample, timed
from camket.duties.custody.actions import keep_journal
from camket.policy.terms import ADVISER, Actor

MATTERS = (2, 2, 2, 2, 2)  # records of each of a person's matters
MIX = {"read": 45, "read by identity": 25, "insert": 10, "update": 10, "erase": 2, "read journal": 8}
OURS, PLAIN, BY_HAND, UNAUDITED = "ours", "plain tables by Django's objects", "plain tables by hand-written SQL", "plain tables without the audit row"
_NEWCOMERS = 5_000_000
_numbers = count(_NEWCOMERS)
_actors = count(1)

Deed = tuple[str, Callable[[], object]]


class Desk(Protocol):
    """One contender: how it does each act of the mix to the person whose turn it is."""

    def do(self, kind: str, turn: int) -> object:
        """Do one act."""


class OurDesk:
    """The vault behind its gate. Each act has an actor of its own: otherwise a second reading within fifteen minutes would not be journaled."""

    def __init__(self, people: list[Inhabitant]) -> None:
        self.people = people

    def do(self, kind: str, turn: int) -> object:
        now, place = timezone.now(), turn % len(self.people)
        one, actor = self.people[place], Actor(role=ADVISER, id=f"a{next(_actors)}")
        match kind:
            case "read":
                return deeds.read(one.subject, one.matters[turn % len(one.matters)], actor=actor, now=now)
            case "read by identity":
                return deeds.seek(one.person.email, actor=actor, now=now)
            case "insert":
                return deeds.insert(person(next(_numbers)), now=now)
            case "update":
                return deeds.correct(one.subject, one.matters[turn % len(one.matters)], f"{one.person.message}{turn}", now=now)
            case "erase":
                return self._erase(place)
        return deeds.look_back(one.subject, actor=actor, now=now)

    def _erase(self, place: int) -> None:
        one, self.people[place] = self.people[place], self.people[-1]
        self.people.pop()
        deeds.erase(one.subject, one.matters, now=timezone.now())


class TheirDesk:
    """Plain tables, by Django's objects or by hand."""

    def __init__(self, people: list[plain.Neighbour], desk: plain.PlainDesk | BareDesk) -> None:
        self.people = people
        self._desk = desk

    def do(self, kind: str, turn: int) -> object:
        now, place = timezone.now(), turn % len(self.people)
        one, actor, desk = self.people[place], f"a{next(_actors)}", self._desk
        match kind:
            case "read":
                return desk.read(one, one.matters[turn % len(one.matters)], actor=actor, now=now)
            case "read by identity":
                return desk.seek(one, actor=actor, now=now)
            case "insert":
                return desk.insert(person(next(_numbers)), now=now)
            case "update":
                return desk.correct(one, one.matters[turn % len(one.matters)], f"{one.person.message}{turn}", now=now)
            case "erase":
                self.people[place] = self.people[-1]
                self.people.pop()
                return desk.erase(one, now=now)
        return desk.look_back(one, actor=actor, now=now)


def _stream(desk: Desk, length: int, seed: int) -> Iterator[Deed]:
    """The same acts in the same order for every contender; each chooses the person when the act begins."""
    draw = Random(seed)
    kinds = [kind for kind, share in MIX.items() for _ in range(length * share // 100)]
    draw.shuffle(kinds)
    for kind in kinds:
        yield kind, partial(desk.do, kind, draw.randrange(1 << 30))


def measure(plan: Plan) -> list[Figure]:
    """Return the mix's ratios, its rates, and the middle of each act."""
    people, length = plan.sized(10_000, quick=60), plan.sized(1_000, quick=100)
    now = timezone.now()
    plain.make_tables()
    inhabitants = populate(0, people, matters=MATTERS, now=now)
    neighbours = plain.populate(0, people, matters=MATTERS, now=now)
    deeds.require_found(inhabitants[0], now=timezone.now())
    home.require_durable("default", "keys", home.PLAIN)
    # each plain contender has a third of the people for itself: what one erases, another must not look for
    desks: dict[str, Desk] = {
        OURS: OurDesk(inhabitants),
        PLAIN: TheirDesk(neighbours[0::3], plain.PlainDesk(is_audited=True)),
        UNAUDITED: TheirDesk(neighbours[1::3], plain.PlainDesk(is_audited=False)),
        BY_HAND: TheirDesk(neighbours[2::3], BareDesk()),
    }
    seeds = {name: count(1) for name in desks}

    def turn(name: str) -> Sample:
        # entries wait for their place on PostgreSQL: the worker's share of the work belongs to ours
        then = (lambda: keep_journal(now=timezone.now())) if name == OURS else None
        return timed(_stream(desks[name], length, next(seeds[name])), postmaster=plan.postmaster, then=then)

    taken = interleaved(plan.rounds, {name: partial(turn, name) for name in desks})
    least = 0.6 if plan.database == "sqlite" else 0.5
    told, figures = Naming(scene="data path", database=plan.database), []
    for name in (PLAIN, BY_HAND, UNAUDITED):
        target = None if name == UNAUDITED else (AT_LEAST, least)
        figures.append(told.figure(f"product mix, ours to {name}", ratio(taken[OURS], taken[name]), "×", target=target))
    for name, samples in taken.items():
        cpu = middle(samples, lambda sample: sample.cpu_us)
        figures.append(told.figure(f"product mix, {name}", [sample.rate for sample in samples], "op/s", cpu_us=cpu))
    figures += [
        told.figure(f"{kind}, {name}, p50", [sample.p50_us[kind] / 1000 for sample in taken[name]], "ms")
        for kind in MIX
        for name in (OURS, PLAIN, BY_HAND)
    ]
    return [*figures, _again(plan, told, inhabitants)]


def _again(plan: Plan, told: Naming, inhabitants: list[Inhabitant]) -> Figure:
    """A live inbox: the same adviser reads the same inquiries again, and within fifteen minutes no new line is written."""
    some, now = inhabitants[:20], timezone.now()
    first = [("first", partial(deeds.read, one.subject, one.matters[0], actor=deeds.CHI, now=now)) for one in some]
    again = [("again", partial(deeds.read, one.subject, one.matters[0], actor=deeds.CHI, now=now)) for one in some] * plan.sized(20, quick=1)
    timed(first)
    samples = [timed(again, postmaster=plan.postmaster) for _ in range(plan.rounds)]
    spans = [sample.p50_us["again"] / 1000 for sample in samples]
    return told.figure("read again within fifteen minutes, ours, p50", spans, "ms", cpu_us=middle(samples, lambda sample: sample.cpu_us))
