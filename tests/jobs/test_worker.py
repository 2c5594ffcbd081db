"""One loop that outlives the faults of its steps."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from camket.duties.custody import queries as custody
from camket.duties.intake import actions as intake
from camket.duties.retention import queries as retention
from camket.jobs.worker import Worker, collect_erased, erase_due, is_mail_running
from camket.policy.terms import Actor
from tests.duties.intake.conftest import Receive

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

    @pytest.mark.clause("7.1")
    def test_gives_the_journal_its_tree(self, receive: Receive, now: datetime) -> None:
        receive()
        Worker(name="worker-of-these-tests").turn(now=now)
        found = custody.verify_journal()
        assert found.ok
        assert found.entries > 0

    def test_forgets_the_sessions_that_ended(self, house: None, now: datetime) -> None:
        for hours in (-1, 1):
            Session.objects.create(session_key=str(hours), session_data="", expire_date=now + timedelta(hours=hours))
        Worker(name="worker-of-these-tests").turn(now=now)
        assert list(Session.objects.values_list("session_key", flat=True)) == ["1"]


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
