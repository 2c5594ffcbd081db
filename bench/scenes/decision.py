"""Decisions with clause and reason, beside three policy engines over the same tuples with the same answers."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import product
from random import Random
from statistics import median
from time import perf_counter_ns

from bench.figures import AT_LEAST, AT_MOST, Figure, Naming
from bench.plan import Plan
from bench.rival import rival
from bench.rounds import interleaved, middle, ratio
from bench.sample import Sample, whole
from camket.editions import queries as editions
from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import Decider, decide
from camket.policy.terms import ROLES, Ask, Decision, Operation, RoleId

TUPLES = 300
LEAST = {"cedarpy": 100.0, "casbin": 50.0, "regorus": 5.0}
_OURS = "ours"

Question = tuple[RoleId, Ask]


def questions(policy: CompiledPolicy) -> list[Question]:
    """Return the same asks at every run, one field each, half of them permitted, in mixed order."""
    every = product(sorted(ROLES), sorted(Operation), sorted(policy.purposes), sorted(policy.recipients), sorted(policy.fields))
    yes: list[Question] = []
    no: list[Question] = []
    for role, operation, purpose, recipient, field in every:
        granted = policy.table.get((role, operation, purpose, recipient), {})
        ask = Ask(operation=operation, fields=frozenset({field}), purpose=purpose, recipient=recipient)
        (yes if field in granted else no).append((role, ask))
    draw = Random(1)
    half = min(len(yes), TUPLES // 2)
    chosen = draw.sample(yes, half) + draw.sample(no, half)
    draw.shuffle(chosen)
    return chosen


def measure(plan: Plan) -> list[Figure]:
    """Return the time of a decision, for yes, no and both, and how often it goes into the rivals'."""
    policy = editions.policy_in_force()
    asked = questions(policy)
    decider = Decider(policy)
    answers = [decider.decide(role=role, ask=ask).is_permitted for role, ask in asked]
    told = Naming(scene="decision")
    repeats = plan.sized(200, quick=2)
    contenders: dict[str, Callable[[], Sample]] = {_OURS: partial(_all, decider, asked, repeats)}
    with ExitStack() as stack:
        for name in LEAST if plan.peers_python else ():
            engine = stack.enter_context(rival(plan, "decision", {"engine": name, "table": _as_rows(policy), "asked": _as_tuples(asked)}))
            found = engine.tell(do="answers")["answers"]
            assert found == answers, f"{name} answers {sum(a != b for a, b in zip(found, answers, strict=True))} of {len(answers)} asks otherwise"
            contenders[name] = partial(engine.sample, do="round", repeats=plan.sized(10, quick=1))
        taken = interleaved(plan.rounds, contenders)
    figures = [_half(told, decider, asked, plan, is_permitted=one) for one in (True, False)]
    anew = partial(_all, _Anew(policy), asked, plan.sized(20, quick=1))
    spans = [anew().p50_us["all"] for _ in range(plan.rounds)]
    figures.append(told.figure("half permitted, decided anew each time, mean", spans, "µs"))
    spans = [sample.p50_us["all"] for sample in taken[_OURS]]
    figures.append(told.figure("half permitted, mean", spans, "µs", cpu_us=middle(taken[_OURS], lambda sample: sample.cpu_us), target=(AT_MOST, 1.0)))
    for name in [name for name in contenders if name != _OURS]:
        spans = [sample.p50_us["all"] for sample in taken[name]]
        figures.append(told.figure(f"half permitted, mean, {name}", spans, "µs", cpu_us=middle(taken[name], lambda sample: sample.cpu_us)))
        figures.append(told.figure(f"half permitted, ours to {name}", ratio(taken[_OURS], taken[name]), "×", target=(AT_LEAST, LEAST[name])))
    return figures


class _Anew:
    """Decides without remembering: what the first ask of its kind costs, or one with a stranger's words in it."""

    def __init__(self, policy: CompiledPolicy) -> None:
        self._policy = policy

    def decide(self, *, role: RoleId, ask: Ask) -> Decision:
        return decide(self._policy, role=role, ask=ask)


def _all(decider: Decider | _Anew, asked: list[Question], repeats: int) -> Sample:
    def run() -> None:
        for _ in range(repeats):
            for role, ask in asked:
                decider.decide(role=role, ask=ask)

    return whole(len(asked) * repeats, run)


def _half(told: Naming, decider: Decider, asked: list[Question], plan: Plan, *, is_permitted: bool) -> Figure:
    """The middle over asks of one kind, each repeated until the clock can tell it."""
    some = [(role, ask) for role, ask in asked if decider.decide(role=role, ask=ask).is_permitted is is_permitted]
    rounds = [median(_span_us(decider, role, ask, plan.sized(2000, quick=5)) for role, ask in some) for _ in range(plan.rounds)]
    name = "a yes" if is_permitted else "a no"
    return told.figure(f"{name}, with clause and reason, p50", rounds, "µs", target=(AT_MOST, 1.0))


def _span_us(decider: Decider, role: RoleId, ask: Ask, repeats: int) -> float:
    start = perf_counter_ns()
    for _ in range(repeats):
        decider.decide(role=role, ask=ask)
    return (perf_counter_ns() - start) / repeats / 1000


def _as_rows(policy: CompiledPolicy) -> list[Mapping[str, object]]:
    """What is allowed once every prohibition has been taken out: fewer rules for the rivals than the text has."""
    return [
        {"role": role, "operation": operation, "purpose": purpose, "recipient": recipient, "fields": sorted(grants)}
        for (role, operation, purpose, recipient), grants in policy.table.items()
    ]


def _as_tuples(asked: list[Question]) -> list[tuple[str, ...]]:
    return [(role, ask.operation, ask.purpose, ask.recipient, *ask.fields) for role, ask in asked]
