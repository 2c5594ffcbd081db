"""Eight workers at one table, some of them killed: every errand is done, and none is done twice."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from camket.outbox.actions import claim
from camket.outbox.models import LeaseState
from camket.outbox.rules import LEASE
from tests.outbox.errands import Deed, Errand

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("errand_worker.py")
Hire = Callable[..., subprocess.Popen[str]]


def this_database() -> dict[str, Any]:
    known = connection.settings_dict
    return {name: known[name] for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")}


@pytest.fixture
def hire(errand_tables: None, transactional_db: None, batch: UUID, now: datetime) -> Iterator[Hire]:
    """Offer a function that starts a worker process; what still runs at the end is killed."""
    hired: list[subprocess.Popen[str]] = []

    def start(worker: str, *, at: datetime = now, hang: bool = False, die_after: int | None = None) -> subprocess.Popen[str]:
        order = {"database": this_database(), "worker": worker, "now": at.isoformat(), "batch": str(batch), "hang": hang, "die_after": die_after}
        environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), json.dumps(order, default=str)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        hired.append(process)
        return process

    yield start
    for process in hired:
        process.kill()
        process.communicate()
    Errand.objects.filter(batch=batch).delete()
    Deed.objects.all().delete()


def let_go(processes: list[subprocess.Popen[str]]) -> list[int]:
    """Let all begin at the same moment, and return how each ended."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.wait(timeout=120) for process in processes]


def leave(count: int, batch: UUID, now: datetime) -> set[UUID]:
    return {row.pk for row in Errand.objects.bulk_create([Errand(batch=batch, due_at=now) for _ in range(count)])}


@pytest.mark.slow
class TestEightWorkers:
    def test_do_every_errand_once(self, hire: Hire, batch: UUID, now: datetime) -> None:
        left = leave(160, batch, now)
        ends = let_go([hire(f"w{number}") for number in range(8)])
        assert ends == [0] * 8
        assert Counter(Deed.objects.values_list("errand_id", flat=True)) == dict.fromkeys(left, 1)
        assert set(Errand.objects.filter(batch=batch).values_list("state", flat=True)) == {LeaseState.DONE}

    def test_do_every_errand_once_though_some_are_killed(self, hire: Hire, batch: UUID, now: datetime) -> None:
        left = leave(120, batch, now)
        # the doomed begin first: on SQLite a worker may otherwise find everything taken before it had a row to die with
        assert let_go([hire(f"doomed{number}", die_after=3) for number in range(3)]) == [-9] * 3
        assert let_go([hire(f"w{number}") for number in range(5)]) == [0] * 5
        assert Errand.objects.filter(batch=batch, state=LeaseState.CLAIMED).count() == 3 * 4
        assert let_go([hire("w9", at=now + LEASE)]) == [0]
        assert Counter(Deed.objects.values_list("errand_id", flat=True)) == dict.fromkeys(left, 1)


class TestAWorkerKilledWithRowsInItsHand:
    def test_keeps_them_until_its_lease_ends_and_not_longer(self, hire: Hire, batch: UUID, now: datetime) -> None:
        left = leave(3, batch, now)
        victim = hire("victim", hang=True)
        assert victim.stdout is not None
        assert victim.stdout.readline() == "3\n"
        victim.kill()
        assert victim.wait(timeout=30) == -9
        rows = Errand.objects.filter(batch=batch)
        assert claim(rows, worker="heir", now=now + LEASE - timedelta(seconds=1)) == []
        assert {row.pk for row in claim(rows, worker="heir", now=now + LEASE)} == left
