"""One loop that outlives the faults of its steps."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, connections

from camket.duties.custody import actions as custody_actions
from camket.duties.custody import queries as custody
from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.notices.models import Letter
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.retention import queries as retention
from camket.duties.retention.models import Erasure
from camket.jobs.worker import Worker, collect_erased, erase_due, is_mail_running
from camket.policy.terms import SYSTEM, Actor, FieldName, PurposeId
from camket.vault import gate, keyring, ledger
from camket.vault.keys.models import Epoch, IdentityIndex, IdentityToken, SubjectKey
from tests.duties.intake.conftest import Receive
from tests.duties.publishing.test_coming_into_force import next_edition
from tests.vault.test_on_disk import be_impatient, begin_looking_back

pytestmark = pytest.mark.django_db


A_MINUTE = timedelta(minutes=1)


def withdrawn_in_the_ledger_alone(receive: Receive, now: datetime) -> UUID:
    """An inquiry whose consent was being taken back when the power went: the line is there, the fact is not."""
    inquiry = Inquiry.objects.get(reference=receive().reference)
    ledger.append_withdrawals(subject=inquiry.subject_id, at={PurposeId("advise"): now + A_MINUTE})
    return inquiry.id


def locked_out(**named: object) -> None:
    raise OperationalError("database is locked")


class TestARest:
    def test_is_longer_while_the_database_is_away_and_as_short_as_before_afterwards(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        """Each turn then says of each of its steps that it failed: twice a second, that fills a disk over a weekend."""
        worker = Worker(name="worker-of-these-tests")
        worker.turn(now=now)
        usual = worker.rest_seconds()
        with monkeypatch.context() as patch:
            patch.setattr(worker, "steps", lambda: (locked_out,))
            worker.turn(now=now)
        assert worker.rest_seconds() >= 10 * usual
        worker.turn(now=now)
        assert worker.rest_seconds() == usual


class TestATurn:
    @pytest.mark.clause("4.6")
    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_plans_and_erases_what_is_due(self, receive: Receive, chi: Actor, now: datetime) -> None:
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        worker = Worker(name="worker-of-these-tests")
        worker.turn(now=now)
        assert len(list(retention.planned(now=now))) == 1
        worker.turn(now=now + timedelta(days=100))
        assert retention.count_erased() == 1
        assert list(retention.planned(now=now + timedelta(days=100))) == []

    @pytest.mark.clause("4.6")
    def test_goes_on_with_the_next_step_when_one_fails(self, receive: Receive, chi: Actor, settings: Any, now: datetime) -> None:
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = "nonsense", "lienhe@example.vn"
        Worker(name="worker-of-these-tests").turn(now=now)
        assert len(list(retention.planned(now=now))) == 1

    @pytest.mark.clause("4.6")
    def test_collects_within_hours_the_keys_whose_data_never_came(self, house: None, now: datetime) -> None:
        worker, subject = Worker(name="worker-of-these-tests"), uuid4()
        worker.turn(now=now)
        email = keyring.Identity(kind=FieldName("email"), value="binh@example.vn")
        keyring.make_matter_key(subject=subject, matter=uuid4(), identities=[email], now=now + timedelta(minutes=10))
        worker.turn(now=now + timedelta(hours=3))
        assert not SubjectKey.objects.filter(subject_id=subject).exists()
        assert not IdentityToken.objects.filter(subject_id=subject).exists()

    @pytest.mark.clause("9.9")
    def test_brings_to_rest_what_a_withdrawal_left_open_although_its_first_look_failed(
        self, receive: Receive, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inquiry = withdrawn_in_the_ledger_alone(receive, now)
        assert custody_actions.open_house(now=now + 2 * A_MINUTE) >= 1  # a start replays it before any worker looks
        worker = Worker(name="worker-of-these-tests")
        with monkeypatch.context() as patch:
            patch.setattr("camket.jobs.worker.forget_sessions", locked_out)
            worker.turn(now=now + 3 * A_MINUTE)
        worker.turn(now=now + 5 * A_MINUTE)
        assert Inquiry.objects.get(id=inquiry).state == Inquiry.State.RESOLVED

    @pytest.mark.clause("9.9")
    def test_brings_to_rest_what_another_process_replayed(self, receive: Receive, now: datetime) -> None:
        worker = Worker(name="worker-of-these-tests")
        worker.turn(now=now)
        inquiry = withdrawn_in_the_ledger_alone(receive, now)
        assert custody_actions.open_house(now=now + 2 * A_MINUTE) >= 1
        worker.turn(now=now + timedelta(hours=2))
        assert Inquiry.objects.get(id=inquiry).state == Inquiry.State.RESOLVED

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

    @pytest.mark.clause("7.3")
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


class TestTheKeys:
    @pytest.mark.clause("4.7")
    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_step_once_a_night_and_the_old_ones_die(self, receive: Receive, now: datetime) -> None:
        receive()
        worker, other = Worker(name="worker-of-these-tests"), Worker(name="another-worker")
        for night in range(16):
            for one in (worker, other, worker):
                one.turn(now=now + timedelta(days=night, minutes=1))
        assert Epoch.objects.count() == 16
        assert list(Epoch.objects.filter(destroyed_at__isnull=False).order_by("number").values_list("number", flat=True)) == [1, 2]
        assert set(SubjectKey.objects.values_list("epoch", flat=True)) == {16}

    def test_are_looked_after_once_a_minute(self, receive: Receive, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        looks: list[datetime] = []

        def look(*, now: datetime) -> None:
            looks.append(now)

        monkeypatch.setattr("camket.jobs.worker.custody.keep_keys", look)
        worker = Worker(name="worker-of-these-tests")
        for seconds in (0, 1, 59, 60, 61):
            worker.turn(now=now + timedelta(seconds=seconds))
        assert looks == [now, now + timedelta(seconds=60)]

    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_of_an_index_that_is_being_rebuilt_are_gone_on_with(self, receive: Receive, now: datetime) -> None:
        receive()
        gate.begin_reindexing(now=now)
        Worker(name="worker-of-these-tests").turn(now=now)
        assert IdentityIndex.objects.get(number=2).whole_at == now
        assert set(IdentityToken.objects.values_list("version", flat=True)) == {2}


class TestMail:
    @pytest.mark.parametrize(("url", "email"), [("", "lienhe@example.vn"), ("smtp://localhost", "")])
    def test_does_not_run_without_a_carrier_or_a_sender(self, settings: Any, url: str, email: str) -> None:
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = url, email
        assert not is_mail_running()

    def test_with_an_address_that_cannot_be_read_costs_no_letter_a_try(self, receive: Receive, settings: Any, now: datetime) -> None:
        receive()
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = "smpt//nonsense", "lienhe@example.vn"
        Worker(name="worker-of-these-tests").turn(now=now)
        assert list(Letter.objects.values_list("state", "attempt")) == [("due", 0)]


@pytest.mark.clause("4.2")
class TestErasing:
    def test_that_the_medium_refuses_is_told_and_tried_until_it_succeeds(
        self, receive: Receive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for nonce in "123":
            intake.resolve_inquiry(reference=receive(nonce=nonce).reference, actor=chi, now=now)
        due = now + timedelta(days=100)

        def refuse(**_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("camket.vault.ledger.append", refuse)
            for hours in range(0, 100, 7):
                assert erase_due(worker="worker-of-these-tests", now=due + timedelta(hours=hours)) == 0
        assert retention.failing() == retention.Failing(count=3, code="disk.refused")
        assert erase_due(worker="worker-of-these-tests", now=due + timedelta(hours=110)) == 3
        assert retention.failing() == retention.Failing(count=0, code="")

    def test_goes_on_with_the_others_when_one_fails(self, receive: Receive, chi: Actor, now: datetime) -> None:
        for nonce in "123":
            intake.resolve_inquiry(reference=receive(nonce=nonce).reference, actor=chi, now=now)
        due = now + timedelta(days=100)
        assert erase_due(worker="worker-of-these-tests", now=now) == 0
        Erasure.objects.filter(id=Erasure.objects.order_by("due_at", "id")[0].id).update(matter_id=uuid4())
        assert erase_due(worker="worker-of-these-tests", now=due) == 2
        assert retention.failing() == retention.Failing(count=1, code="erasure.fault")

    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_a_second_time_finds_nothing_to_do(self, receive: Receive, chi: Actor, now: datetime) -> None:
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        due = now + timedelta(days=100)
        assert erase_due(worker="worker-of-these-tests", now=due) == 1
        collect_erased(now=due)
        assert erase_due(worker="worker-of-these-tests", now=due) == 0
        collect_erased(now=due)
        assert retention.count_erased() == 1


@pytest.mark.clause("4.7")
class TestClearingAway:
    @pytest.mark.django_db(transaction=True)
    def test_that_takes_longer_than_a_day_is_told(self, receive: Receive, chi: Actor, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
        be_impatient()
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)
        due = now + timedelta(days=100)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(begin_looking_back).result(timeout=60)
            assert erase_due(worker="worker-of-these-tests", now=due) == 1
            worker, told = Worker(name="worker-of-these-tests"), "1 erased matters are not cleared away after 24 hours"
            worker.turn(now=due + timedelta(hours=24))
            assert told not in caplog.text
            for seconds in range(3601, 3611):
                worker.turn(now=due + timedelta(hours=24, seconds=seconds))
            assert caplog.text.count(told) == 1
            pool.submit(connections.close_all).result(timeout=60)
        caplog.clear()
        deadline = time.monotonic() + 20  # PostgreSQL lets go of a snapshot a moment after its client has hung up
        while not gate.purge_residue():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        collect_erased(now=due + timedelta(hours=25))
        assert not caplog.records
