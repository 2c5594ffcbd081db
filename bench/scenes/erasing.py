"""Erasing somebody who left little, much or very much: the same act, for only keys die."""

from collections.abc import Iterator
from functools import partial

from django.utils import timezone

from bench import deeds, home
from bench.figures import AT_MOST, Figure, Naming
from bench.plan import Plan
from bench.population import Inhabitant, populate
from bench.rounds import middle
from bench.sample import Sample, timed
from camket.vault import gate


def measure(plan: Plan) -> list[Figure]:
    """Return the middle of erasing a person of each size, the largest's to the smallest's, and what collecting costs afterwards."""
    sizes = (1, 100, plan.sized(10_000, quick=200))
    each = plan.sized(10, quick=2) * plan.rounds
    people = {size: populate(size * 100, each, matters=(size,), now=timezone.now()) for size in sizes}
    home.require_durable("default", "keys")
    samples = [_round(plan, people, each // plan.rounds) for _ in range(plan.rounds)]
    told, most = Naming(scene="erase", database=plan.database), 2.0 if plan.database == "sqlite" else 5.0
    cpu = middle(samples, lambda sample: sample.cpu_us)
    figures = [
        told.figure(f"a person with {size:,} records, p50", [sample.p50_us[str(size)] / 1000 for sample in samples], "ms", target=(AT_MOST, most))
        for size in sizes
    ]
    apart = [sample.p50_us[str(sizes[-1])] / sample.p50_us[str(sizes[0])] for sample in samples]
    figures.append(told.figure(f"{sizes[-1]:,} records to 1", apart, "×", cpu_us=cpu, target=(AT_MOST, 2.0)))
    return [*figures, _collecting(plan, told, sizes[-1])]


def _round(plan: Plan, people: dict[int, list[Inhabitant]], each: int) -> Sample:
    return timed(_turns(people, each), postmaster=plan.postmaster)


def _turns(people: dict[int, list[Inhabitant]], each: int) -> Iterator[tuple[str, partial[None]]]:
    for _ in range(each):
        for size, some in people.items():
            one = some.pop()
            yield str(size), partial(deeds.erase, one.subject, one.matters, now=timezone.now())


def _collecting(plan: Plan, told: Naming, size: int) -> Figure:
    """What the worker does within a day: the sealed records, which nobody can open any more, are deleted."""
    some = populate(size * 200, plan.rounds, matters=(size,), now=timezone.now())
    spans = []
    for one in some:
        deeds.erase(one.subject, one.matters, now=timezone.now())
        sample = timed([("swept", partial(gate.collect_ended, matters=one.matters, now=timezone.now()))], postmaster=plan.postmaster)
        spans.append(sample.p50_us["swept"] / 1000)
    return told.figure(f"collect what {size:,} records left behind, later, by the worker", spans, "ms")
