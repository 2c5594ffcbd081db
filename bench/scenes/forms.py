"""
A visitor's form from the socket to the commit, beside the public form of django-helpdesk; both behind servers of their own.

Ours is sent with the proof of work that the page's script does, so that no lane and no budget delays it. Ours writes the acknowledgement
into a folder, by the worker, whose processor time counts; theirs renders its letters and throws them away.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

from django.utils import timezone

from bench import inquiries
from bench.figures import AT_LEAST, AT_MOST, Figure, Naming
from bench.people import person
from bench.plan import Plan
from bench.rival import Rival, rival
from bench.rounds import interleaved, middle, ratio
from bench.sample import Sample, server_cpu_s, tree_cpu_s
from bench.visitors import Door, send_all, wait_for
from camket.duties.intake.models import Inquiry
from camket.duties.notices.models import Letter
from camket.editions import queries as editions
from camket.web.site import tokens

_OURS, _THEIRS = "ours", "theirs"
_NEWCOMERS = 7_000_000
_LETTERS_WITHIN_SECONDS = 120
_TARGETS = {"sqlite": (3.0, 0.25), "postgres": (2.5, 1 / 3)}
_numbers = count(_NEWCOMERS)


def measure(plan: Plan) -> list[Figure]:
    """Return how many forms a second are taken, and what each costs in processor time."""
    stock, each = plan.sized(100_000, quick=50), plan.sized(320, quick=16)
    inquiries.fill(0, stock, now=timezone.now())
    with _our_house(plan) as ours:
        if not plan.peers_python:
            return _own(plan, interleaved(plan.rounds, {_OURS: lambda: _our_round(plan, ours, each)})[_OURS])
        with rival(plan, "helpdesk", {"tickets": stock}) as told, _their_house(told) as theirs:
            contenders = {_OURS: lambda: _our_round(plan, ours, each), _THEIRS: lambda: _their_round(plan, theirs, each)}
            taken = interleaved(plan.rounds, contenders)
    return [*_own(plan, taken[_OURS]), *_beside(plan, taken[_OURS], taken[_THEIRS])]


@contextmanager
def _our_house(plan: Plan) -> Iterator[Door]:
    port = _free_port()
    more = {"CAMKET_BIND": f"127.0.0.1:{port}", "CAMKET_URL": f"http://localhost:{port}", "CAMKET_SMTP_URL": f"file:{plan.folder}/letters"}
    environment = {**os.environ, **more, "CAMKET_CONTROLLER_EMAIL": "office@example.com"}
    with (Path(plan.folder) / "serve.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "camket", "serve"], env=environment, stdout=log, stderr=log)
        try:
            wait_for(port, "/vi/contact")
            headers = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
            yield Door(port=port, path="/vi/contact", pid=process.pid, status=200, headers=headers)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@contextmanager
def _their_house(told: Rival) -> Iterator[Door]:
    port = _free_port()
    pid = told.tell(do="serve", operations=port)["pid"]
    try:
        cookies = wait_for(port, "/tickets/submit/")
        headers = {"Host": f"localhost:{port}", "Cookie": f"csrftoken={cookies['csrftoken']}", "X-CSRFToken": cookies["csrftoken"]}
        yield Door(port=port, path="/tickets/submit/", pid=pid, status=302, headers=headers)
    finally:
        os.kill(pid, signal.SIGTERM)


def _our_round(plan: Plan, door: Door, each: int) -> Sample:
    """The forms, and then the letters that they brought: the worker's processor time counts, its pauses do not."""
    forms, before = [_our_form() for _ in range(each)], Inquiry.objects.count()
    sent, cpu = send_all(door, forms, postmaster=plan.postmaster), tree_cpu_s(door.pid) + server_cpu_s(plan.postmaster)
    assert Inquiry.objects.count() == before + each, "every form must be an inquiry"
    deadline = time.monotonic() + _LETTERS_WITHIN_SECONDS
    while Letter.objects.exclude(state="done").exists():
        assert time.monotonic() < deadline, "the letters must go out"
        time.sleep(0.05)
    cpu_s = sent.cpu_s + tree_cpu_s(door.pid) + server_cpu_s(plan.postmaster) - cpu
    return Sample(operations=sent.operations, wall_s=sent.wall_s, cpu_s=cpu_s, p50_us=sent.p50_us)


def _their_round(plan: Plan, door: Door, each: int) -> Sample:
    return send_all(door, [_their_form() for _ in range(each)], postmaster=plan.postmaster)


def _our_form() -> Mapping[str, str]:
    one, issued = person(next(_numbers)), timezone.now() - tokens.TOO_QUICK * 5
    token = tokens.new_token(edition=editions.in_force(), language="vi", now=issued)
    shift = 256 - tokens.DIFFICULTY_BITS
    work = next(str(n) for n in count() if int.from_bytes(sha256(f"{token}.{n}".encode()).digest()) >> shift == 0)
    given = {"full_name": one.full_name, "email": one.email, "phone": one.phone, "message": one.message}
    return {"token": token, "work": work, "consents": "advise", **given}


def _their_form() -> Mapping[str, str]:
    one = person(next(_numbers))
    return {
        "queue": "1",
        "title": one.message[:80],
        "body": f"{one.full_name} {one.phone}\n{one.message}",
        "priority": "3",
        "submitter_email": one.email,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _own(plan: Plan, ours: list[Sample]) -> list[Figure]:
    told = Naming(scene="form", database=plan.database)
    return [told.figure("contact forms, 16 at once", [one.rate for one in ours], "/s", cpu_us=middle(ours, lambda one: one.cpu_us))]


def _beside(plan: Plan, ours: list[Sample], theirs: list[Sample]) -> list[Figure]:
    told, (rate, cpu) = Naming(scene="form", database=plan.database), _TARGETS[plan.database]
    return [
        told.figure("django-helpdesk's form", [one.rate for one in theirs], "/s", cpu_us=middle(theirs, lambda one: one.cpu_us)),
        told.figure("forms a second : django-helpdesk", ratio(ours, theirs), "×", target=(AT_LEAST, rate)),
        told.figure("processor time of a form : django-helpdesk", ratio(ours, theirs, lambda one: one.cpu_us), "×", target=(AT_MOST, cpu)),
    ]
