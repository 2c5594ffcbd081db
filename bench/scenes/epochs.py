"""Stepping to a new epoch: every subject's key wrapped anew."""

from functools import partial

from django.utils import timezone

from bench import home
from bench.figures import AT_MOST, Figure, Naming
from bench.plan import Plan
from bench.population import populate
from bench.sample import whole
from camket.policy.terms import OPERATOR, Actor
from camket.vault.epochs import keep_epochs


def measure(plan: Plan) -> list[Figure]:
    """Return how long it takes for a hundred thousand subjects."""
    people = plan.sized(100_000, quick=50)
    populate(0, people, matters=(1,), now=timezone.now())
    home.require_durable("default", "keys")
    step = partial(keep_epochs, actor=Actor(role=OPERATOR), now=timezone.now(), steps=True)
    samples = [whole(people, step, postmaster=plan.postmaster) for _ in range(plan.rounds)]
    told = Naming(scene="epoch", database=plan.database)
    return [told.figure(f"re-wrap the keys of {people:,} subjects", [sample.wall_s for sample in samples], "s", target=(AT_MOST, 5.0))]
