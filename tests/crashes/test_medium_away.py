"""The second medium is full or not there: nothing is erased that the ledger cannot remember, and all of it once it takes lines again."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from camket.duties.custody import queries as health
from camket.duties.intake import actions as intake
from camket.duties.retention import queries as retention
from camket.jobs.worker import Worker
from camket.journal import queries as journal
from camket.policy.terms import Actor
from camket.vault import ledger
from camket.vault.models import Matter
from tests.cast import AN, BINH
from tests.duties.intake.conftest import Receive

pytestmark = [pytest.mark.django_db(transaction=True)]  # residue is purged outside transactions only
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def refusing_ledger(house: None, settings: Any) -> Path:
    """The ledger stands on a medium that is not there and refuses every line."""
    path = Path(settings.CAMKET_CHECKPOINTS) / "erasures.jsonl"
    path.symlink_to(path.parent / "not-mounted" / path.name)
    return path


@pytest.fixture
def worker() -> Worker:
    return Worker(name="worker-of-these-tests")


@pytest.mark.clause("4.6")
class TestAnErasure:
    def test_waits_for_the_medium_however_long_and_is_never_given_up(
        self, receive: Receive, chi: Actor, worker: Worker, refusing_ledger: Path, now: datetime
    ) -> None:
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        due = now + 100 * DAY
        for hours in range(12):
            worker.turn(now=due + timedelta(hours=hours))
        assert Matter.objects.living().count() == 1
        assert next(retention.planned(now=due)).state == "due"
        refusing_ledger.unlink()
        worker.turn(now=due + DAY)
        assert retention.count_erased() == 1
        assert [line.kind for line in ledger.lines()] == ["matter", "subject"]
        assert health.verify_journal().ok

    def test_that_cannot_be_carried_out_does_not_keep_the_next_from_it(self, receive: Receive, chi: Actor, worker: Worker, now: datetime) -> None:
        for person in (AN, BINH):
            reference = receive(person.values("full_name", "email", "message"), nonce=person.email).reference
            intake.resolve_inquiry(reference=reference, actor=chi, now=now)
        worker.turn(now=now)
        first = Matter.objects.order_by("rests_since", "id").first()
        assert first is not None
        first.records.update(collection="nobody-knows-this")
        worker.turn(now=now + 100 * DAY)
        assert retention.count_erased() == 1
        assert Matter.objects.living().get() == first


@pytest.mark.clause("7.3")
class TestACheckpoint:
    def test_reaches_its_medium_once_that_is_back(self, receive: Receive, worker: Worker, settings: Any, tmp_path: Path, now: datetime) -> None:
        receive()
        settings.CAMKET_CHECKPOINTS = tmp_path / "not-mounted"
        settings.CAMKET_CHECKPOINTS.symlink_to(tmp_path / "nowhere" / "checkpoints")
        worker.turn(now=now)
        assert journal.latest_checkpoint() is not None
        settings.CAMKET_CHECKPOINTS.unlink()
        receive(nonce="2")
        worker.turn(now=now + MINUTE)
        size = journal.head().size
        assert (settings.CAMKET_CHECKPOINTS / f"checkpoint-{size}.json").exists()
        found = health.verify_journal()
        assert (found.ok, found.truncation_excluded_up_to) == (True, size)
