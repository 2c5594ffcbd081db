"""An adviser's first page and an exact look-up, as the server answers them, beside the list and the search of django-helpdesk."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from itertools import count
from statistics import quantiles
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.utils import timezone

from bench import home, inquiries
from bench.figures import AT_LEAST, AT_MOST, Figure, Naming
from bench.plan import Plan
from bench.population import Inhabitant
from bench.rival import Rival, rival
from bench.rounds import Rounds, interleaved, middle, ratio
from bench.sample import Sample, timed
from camket.access.actions import add_staff
from camket.access.models import Staff
from camket.duties.intake.queries import listing
from camket.policy.terms import THE_HOUSE

_BACKEND = "camket.access.backend.LinkBackend"
_FIRST, _AGAIN, _LOOK_UP = "first page, first look", "first page, again", "exact look-up"
_names, _turns = count(1), count(1)


def measure(plan: Plan) -> list[Figure]:
    """Return what the first page and a look-up cost at a hundred thousand inquiries, and how that differs from a thousand."""
    settings.ALLOWED_HOSTS = ["*"]
    few, many, each = plan.sized(1_000, quick=60), plan.sized(100_000, quick=120), plan.sized(40, quick=3)
    people = inquiries.fill(0, few, now=timezone.now())
    early = _p95(each * plan.rounds)
    people += inquiries.fill(few, many - few, now=timezone.now())
    home.require_durable("default", "keys")
    late = _p95(each * plan.rounds)
    settled = {"tickets": many}
    with rival(plan, "helpdesk", settled) if plan.peers_python else nullcontext() as theirs:
        taken = interleaved(plan.rounds, _contenders(plan, people, theirs, each))
    told = Naming(scene="desk", database=plan.database)
    growth = told.figure(f"p95 of the first page at {many:,} inquiries : at {few:,}", [late / early], "×", target=(AT_MOST, 2.0))
    return [*_own(told, taken, many), growth, *(_beside(told, taken) if theirs else ())]


def _contenders(plan: Plan, people: list[Inhabitant], theirs: Rival | None, each: int) -> dict[str, Callable[[], Sample]]:
    contenders: dict[str, Callable[[], Sample]] = {
        _FIRST: lambda: _first_looks(plan, each),
        _AGAIN: lambda: _looks_again(plan, each),
        _LOOK_UP: lambda: _look_ups(plan, people, each),
    }
    if theirs is not None:
        contenders |= {
            "their list": lambda: theirs.sample(do="list", operations=plan.sized(3, quick=1)),
            "their search": lambda: theirs.sample(do="search", operations=plan.sized(3, quick=1)),
        }
    return contenders


def _adviser() -> Client:
    """Somebody who has not looked yet, signed in."""
    row = add_staff(email=f"adviser.{next(_names)}@example.com", role="adviser", actor=THE_HOUSE, now=timezone.now())
    client = Client(HTTP_HOST="localhost", HTTP_ORIGIN="http://localhost")
    client.force_login(Staff.objects.get(pk=row.id), backend=_BACKEND)
    client.handler.load_middleware()  # what a server does once when it starts, and the client otherwise within its first look
    return client


def _first_page(client: Client) -> None:
    answered = client.get("/vi/console/")
    assert answered.status_code == 200, answered.status_code
    assert answered.content.count(b"row-pick") == listing.PAGE, "the page must show inquiries"
    assert answered.content.count(b"Th\xe1\xbb\x8b") >= listing.PAGE // 2, "the page must show names"


def _first_looks(plan: Plan, each: int) -> Sample:
    clients = [_adviser() for _ in range(each)]
    return timed((("page", lambda client=client: _first_page(client)) for client in clients), postmaster=plan.postmaster)


def _looks_again(plan: Plan, each: int) -> Sample:
    client = _adviser()
    _first_page(client)
    return timed((("page", lambda: _first_page(client)) for _ in range(each)), postmaster=plan.postmaster)


def _look_ups(plan: Plan, people: list[Inhabitant], each: int) -> Sample:
    client = _adviser()
    _first_page(client)
    some = [people[next(_turns) * 7919 % len(people)].person for _ in range(each)]

    def look_up(email: str, name: str) -> None:
        answered = client.post("/vi/console/find", urlencode({"query": email}), content_type="application/x-www-form-urlencoded")  # as a browser does
        assert answered.status_code == 200, answered.status_code
        assert name.encode() in answered.content, "whoever is looked for must be found"

    return timed((("look up", lambda one=one: look_up(one.email, one.full_name)) for one in some), postmaster=plan.postmaster)


def _p95(looks: int) -> float:
    spans = []
    for client in [_adviser() for _ in range(looks)]:
        begun = time.perf_counter()
        _first_page(client)
        spans.append(time.perf_counter() - begun)
    return quantiles(spans, n=20)[-1]


def _ms(sample: Sample) -> float:
    (span,) = sample.p50_us.values()
    return span / 1000


def _own(told: Naming, taken: Rounds, many: int) -> list[Figure]:
    def figure(name: str, target: tuple[str, float] | None) -> Figure:
        samples = taken[name]
        return told.figure(
            f"{name}, {many:,} inquiries", [_ms(one) for one in samples], "ms", cpu_us=middle(samples, lambda one: one.cpu_us), target=target
        )

    return [figure(_FIRST, (AT_MOST, 45.0)), figure(_AGAIN, (AT_MOST, 45.0)), figure(_LOOK_UP, None)]


def _beside(told: Naming, taken: Rounds) -> list[Figure]:
    return [
        told.figure("list of django-helpdesk", [_ms(one) for one in taken["their list"]], "ms"),
        told.figure("search of django-helpdesk (parts of words, in ten columns)", [_ms(one) for one in taken["their search"]], "ms"),
        told.figure("first look : its list", ratio(taken["their list"], taken[_FIRST], _ms), "× quicker", target=(AT_LEAST, 20.0)),
        told.figure("exact look-up : its search", ratio(taken["their search"], taken[_LOOK_UP], _ms), "× quicker", target=(AT_LEAST, 50.0)),
    ]
