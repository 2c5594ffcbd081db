"""One loop that outlives the faults of its steps."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from camket.duties.custody import queries as custody
from camket.duties.intake import actions as intake
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.retention import queries as retention
from camket.jobs.worker import Worker, collect_erased, erase_due, is_mail_running
from camket.policy.terms import SYSTEM, Actor
from tests.duties.intake.conftest import Receive
from tests.duties.publishing.test_coming_into_force import next_edition

pytestmark = pytest.mark.django_db


class TestATurn:
    @pytest.mark.clause("4.1")
    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_plans_and_erases_what_is_due(self, receive: Receive, chi: Actor, now: datetime) -> None:
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        worker = Worker(name="worker-of-these-tests")
        worker.turn(now=now)
        assert len(retention.planned(now=now)) == 1
        worker.turn(now=now + timedelta(days=100))
        assert retention.count_erased() == 1
        assert retention.planned(now=now + timedelta(days=100)) == ()

    @pytest.mark.clause("4.1")
    def test_goes_on_with_the_next_step_when_one_fails(self, receive: Receive, chi: Actor, settings: Any, now: datetime) -> None:
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = "nonsense", "lienhe@example.vn"
        Worker(name="worker-of-these-tests").turn(now=now)
        assert len(retention.planned(now=now)) == 1

    @pytest.mark.clause("8.2")
    def test_brings_an_edition_into_force_when_its_time_has_come(self, house: None, now: datetime, tmp_path: Path) -> None:
        draft, at = tmp_path / "drafts" / "edition-1", now + timedelta(days=20)
        shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", draft)
        regime = editions.read_regime(Path(settings.CAMKET_REGIME_FILE))
        publishing.publish_edition(path=next_edition(draft, 2), regime=regime, actor=Actor(role=SYSTEM), now=now, at=at)
        worker = Worker(name="worker-of-these-tests")
        worker.turn(now=at - timedelta(seconds=1))
        assert editions.edition_in_force() == 1
        worker.turn(now=at)
        assert editions.edition_in_force() == 2

    @pytest.mark.clause("7.1")
    def test_gives_the_journal_its_tree(self, receive: Receive, now: datetime) -> None:
        receive()
        Worker(name="worker-of-these-tests").turn(now=now)
        found = custody.verify_journal()
        assert found.ok
        assert found.entries > 0


class TestMail:
    @pytest.mark.parametrize(("url", "email"), [("", "lienhe@example.vn"), ("smtp://localhost", "")])
    def test_does_not_run_without_a_carrier_or_a_sender(self, settings: Any, url: str, email: str) -> None:
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = url, email
        assert not is_mail_running()


@pytest.mark.clause("4.1")
class TestErasing:
    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_a_second_time_finds_nothing_to_do(self, receive: Receive, chi: Actor, now: datetime) -> None:
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        due = now + timedelta(days=100)
        assert erase_due(worker="worker-of-these-tests", now=due) == 1
        collect_erased(now=due)
        assert erase_due(worker="worker-of-these-tests", now=due) == 0
        collect_erased(now=due)
        assert retention.count_erased() == 1
