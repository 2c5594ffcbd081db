"""Make a person known and look them up by e-mail address, one client, no HTTP: reported beside figures that others were measured at elsewhere."""

from functools import partial
from itertools import count

from django.utils import timezone

from bench import deeds, home
from bench.figures import Figure, Naming
from bench.people import person
from bench.plan import Plan
from bench.population import populate
from bench.rounds import interleaved, middle
from bench.sample import Sample, timed
from camket.duties.custody.actions import keep_journal
from camket.policy.terms import ADVISER, Actor

_NEWCOMERS = 6_000_000


def measure(plan: Plan) -> list[Figure]:
    """Return how many people are created, and how many are looked up and opened, in a second."""
    people, each = plan.sized(10_000, quick=50), plan.sized(400, quick=5)
    inhabitants, now = populate(0, people, matters=(2,), now=timezone.now()), timezone.now
    deeds.require_found(inhabitants[0], now=timezone.now())
    home.require_durable("default", "keys")
    numbers, actors = count(_NEWCOMERS), count(1)

    def create() -> Sample:
        acts = (("create", partial(deeds.insert, person(next(numbers)), now=now())) for _ in range(each))
        return timed(acts, postmaster=plan.postmaster, then=lambda: keep_journal(now=now()))

    def look_up() -> Sample:
        some = (inhabitants[(number * 7919) % people] for number in range(each))
        acts = (("look up", partial(deeds.seek, one.person.email, actor=Actor(role=ADVISER, id=f"b{next(actors)}"), now=now())) for one in some)
        return timed(acts, postmaster=plan.postmaster, then=lambda: keep_journal(now=now()))

    told = Naming(scene="person", database=plan.database)
    taken = interleaved(plan.rounds, {"create": create, "look up by e-mail and open": look_up})
    return [
        told.figure(name, [sample.rate for sample in samples], "op/s", cpu_us=middle(samples, lambda sample: sample.cpu_us))
        for name, samples in taken.items()
    ]
