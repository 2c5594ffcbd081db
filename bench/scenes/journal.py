"""The journal: a durable append, batches, proofs over a long tree from a new connection, and what it adds to a saved row."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone
from uuid6 import uuid7

from bench import home, longjournal, plain
from bench.figures import AT_LEAST, AT_MOST, Figure, Naming
from bench.people import person
from bench.plan import Plan
from bench.rival import rival
from bench.rounds import interleaved, middle
from bench.sample import Sample, timed, whole
from camket.duties.custody.actions import keep_journal
from camket.journal.actions import record, record_all
from camket.journal.queries import inclusion_proof

_PER_COMMIT = 1000
_numbers = count(7_000_000)


def measure(plan: Plan) -> list[Figure]:
    """Return the figures of a journal that is long already."""
    size = plan.sized(1_000_000 if plan.database == "sqlite" else 100_000, quick=2_000)
    told = Naming(scene="journal", database=plan.database)
    chosen = longjournal.fill(size, now=timezone.now())
    home.require_durable("default")
    plain.make_tables(plain.PlainRecord, alias="default")
    figures = _appending(plan, told, size)
    return [*figures, *_batches(plan, told), *_proofs(plan, told, chosen, size), *_saving(plan, told)]


def _append() -> None:
    deed = longjournal.deed(uuid7(), timezone.now())
    record(act=deed.act, actor=deed.actor, at=deed.at, decision=deed.decision, subjects=deed.subjects, facts=deed.facts)


def _appending(plan: Plan, told: Naming, size: int) -> list[Figure]:
    each = plan.sized(300, quick=5)
    contenders: dict[str, Callable[[], Sample]] = {
        "ours": lambda: timed((("append", _append) for _ in range(each)), postmaster=plan.postmaster, then=lambda: keep_journal(now=timezone.now()))
    }
    with ExitStack() as stack:
        if plan.peers_python and plan.database == "sqlite":
            merkle = stack.enter_context(rival(plan, "merkle", {"size": size}))
            contenders["pymerkle"] = partial(merkle.sample, do="append", operations=plan.sized(100, quick=5))
            contenders["pymerkle proof"] = partial(merkle.sample, do="prove", operations=plan.sized(10, quick=2))
        taken = interleaved(plan.rounds, contenders)
    cpu = middle(taken["ours"], lambda sample: sample.cpu_us)
    spans = [sample.p50_us["append"] / 1000 for sample in taken["ours"]]
    target = (AT_MOST, 0.25) if plan.database == "sqlite" else None  # on PostgreSQL an entry gets its place later, in batches
    figures = [told.figure(f"durable append at {size:,}, p50", spans, "ms", cpu_us=cpu, target=target)]
    if "pymerkle" in taken:
        theirs = [sample.p50_us["append"] / 1000 for sample in taken["pymerkle"]]
        figures.append(told.figure(f"durable append at {size:,}, pymerkle SqliteTree, p50", theirs, "ms"))
        quicker = [other / one for one, other in zip(spans, theirs, strict=True)]
        figures.append(told.figure("durable append, how much quicker than pymerkle", quicker, "×", target=(AT_LEAST, 3.0)))
        proofs = [sample.p50_us["prove"] / 1000 for sample in taken["pymerkle proof"]]
        figures.append(told.figure(f"inclusion proof at {size:,}, pymerkle SqliteTree, p50", proofs, "ms"))
    return figures


def _batches(plan: Plan, told: Naming) -> list[Figure]:
    def batch() -> None:
        record_all([longjournal.deed(uuid7(), timezone.now()) for _ in range(_PER_COMMIT)])

    written, placed = [], []
    for _ in range(plan.rounds):
        written.append(whole(_PER_COMMIT, batch, postmaster=plan.postmaster))
        placed.append(whole(_PER_COMMIT, partial(keep_journal, now=timezone.now()), postmaster=plan.postmaster))
    rates, cpu = [sample.rate for sample in written], middle(written, lambda sample: sample.cpu_us)
    figures = [told.figure(f"appends, {_PER_COMMIT:,} a commit, in one call", rates, "entries/s", cpu_us=cpu, target=(AT_LEAST, 50_000.0))]
    if plan.database == "postgres":
        rates, cpu = [sample.rate for sample in placed], middle(placed, lambda sample: sample.cpu_us)
        figures.append(told.figure(f"places in the tree, {_PER_COMMIT:,} at once, by the worker", rates, "entries/s", cpu_us=cpu))
    return figures


def _proofs(plan: Plan, told: Naming, chosen: list[UUID], size: int) -> list[Figure]:
    """Each proof on a connection that has read nothing yet; once without and once with the time to connect."""
    opened, whole_spans = [], []
    for entry_id in (chosen * 5)[: plan.sized(40, quick=2)]:
        connections["default"].close()
        sample = timed(_first_proof(entry_id))
        opened.append(sample.p50_us["prove"] / 1000)
        whole_spans.append((sample.p50_us["connect"] + sample.p50_us["prove"]) / 1000)
    return [
        told.figure(f"inclusion proof at {size:,}, first on a new connection, p50", opened, "ms", target=(AT_MOST, 1.0)),
        told.figure(f"inclusion proof at {size:,}, connecting included, p50", whole_spans, "ms"),
    ]


def _first_proof(entry_id: UUID) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "connect", connections["default"].ensure_connection
    yield "prove", partial(_prove, entry_id)


def _prove(entry_id: UUID) -> None:
    assert inclusion_proof(entry_id).holds()


def _save(*, is_journaled: bool) -> None:
    one, now = person(next(_numbers)), timezone.now()
    (row, *_) = plain.rows_of(one, subject=uuid7(), matter=uuid7(), records=1, now=now)
    with transaction.atomic(durable=True):
        row.save(using="default", force_insert=True)
        if is_journaled:
            _append()


def _saving(plan: Plan, told: Naming) -> list[Figure]:
    each = plan.sized(200, quick=5)
    contenders: dict[str, Callable[[], Sample]] = {
        name: partial(_saved, plan, each, is_journaled=name == "journaled") for name in ("plain", "journaled")
    }
    with ExitStack() as stack:
        if plan.peers_python:
            history = stack.enter_context(rival(plan, "history", {"database": plan.database}))
            for name in ("their plain", "simple-history", "auditlog"):
                contenders[name] = partial(history.sample, do=name, operations=each)
        taken = interleaved(plan.rounds, contenders)
    spans = {name: [sample.p50_us["save"] for sample in samples] for name, samples in taken.items()}
    cpu = middle(taken["journaled"], lambda sample: sample.cpu_us)
    figures = [
        told.figure(
            "a durable save, plain, p50", [span / 1000 for span in spans["plain"]], "ms", cpu_us=middle(taken["plain"], lambda one: one.cpu_us)
        ),
        told.figure("a durable save, journaled, p50", [span / 1000 for span in spans["journaled"]], "ms", cpu_us=cpu),
        told.figure("a durable save, journaled to plain", _over(spans["journaled"], spans["plain"]), "×", target=(AT_MOST, 1.5)),
    ]
    others = ("simple-history", "auditlog") if plan.peers_python else ()
    return figures + [told.figure(f"a durable save, {name} to plain", _over(spans[name], spans["their plain"]), "×") for name in others]


def _saved(plan: Plan, each: int, *, is_journaled: bool) -> Sample:
    # on PostgreSQL the worker's share of the work belongs to the journal
    then = (lambda: keep_journal(now=timezone.now())) if is_journaled else None
    return timed((("save", partial(_save, is_journaled=is_journaled)) for _ in range(each)), postmaster=plan.postmaster, then=then)


def _over(ours: list[float], plains: list[float]) -> list[float]:
    return [one / other for one, other in zip(ours, plains, strict=True)]
