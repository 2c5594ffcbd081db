"""Invented people are never written to."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from camket.duties.intake import rules
from camket.duties.intake.rules import form_shape
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as letters
from camket.duties.notices.rules import FAREWELL
from camket.jobs.cli import house as commands
from camket.jobs.demo import asked_for, fill
from camket.jobs.worker import send_due_letters
from camket.policy.compiler import compile_edition
from camket.policy.terms import THE_HOUSE, VISITOR, PurposeId
from camket.vault import gate, keyring
from camket.vault.keys.models import MatterKey
from tests.duties.intake.conftest import Receive
from tests.policy.sample import edited, policy_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Any, tmp_path: Any) -> Any:
    """A carrier that would write every letter into this folder."""
    settings.CAMKET_SMTP_URL = f"file:{tmp_path / 'letters'}"
    settings.CAMKET_CONTROLLER_EMAIL = "privacy@example.com"
    return tmp_path / "letters"


@pytest.mark.usefixtures("house")
class TestALetterToInventedPeople:
    def test_is_withdrawn_before_it_can_go_out(self, folder: Any, now: datetime) -> None:
        fill(inquiries_wanted=6, now=now)
        assert {row.error_code for row in letters.letters().rows} == {"invented"}
        assert send_due_letters(worker="w", now=now) == 0
        assert not list(folder.glob("*"))

    def test_that_is_written_later_is_dropped(self, folder: Any, now: datetime) -> None:
        fill(inquiries_wanted=6, now=now)
        matter = next(row for row in gate.matter_rows(gate.resting_unplanned(limit=9)) if letters.letters_of(row.id))
        notices.write_letter(kind=FAREWELL, language="vi", matter=matter, purpose=PurposeId("advise"), now=now)
        assert send_due_letters(worker="w", now=now) == 1
        assert not list(folder.glob("*"))
        assert not letters.is_farewell_owed(matter.id)

    def test_takes_no_real_letter_along(self, folder: Any, receive: Receive, now: datetime) -> None:
        reference = receive().reference
        assert notices.withdraw_letters(references=["CK-0000-0000"], actor=THE_HOUSE, now=now) == 0
        assert send_due_letters(worker="w", now=now + timedelta(seconds=1)) == 1
        assert [row.state for row in letters.letters().rows if row.reference == reference] == ["sent"]


@pytest.mark.usefixtures("house")
class TestAnInventedPersonsKey:
    def test_stays_where_a_running_server_collects_keys_without_data_meanwhile(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        make = keyring.make_matter_key

        def make_while_a_worker_tidies(**said: Any) -> bytes:
            key = make(**said)
            gate.reconcile(now=now)  # between the key's commit and the data's
            return key

        monkeypatch.setattr(keyring, "make_matter_key", make_while_a_worker_tidies)
        fill(inquiries_wanted=3, now=now)
        assert MatterKey.objects.count() == 3


class TestInventedPeopleUnderAnotherPolicy:
    def test_give_what_its_form_asks_of_everybody(self) -> None:
        policy = policy_of(
            compile_edition(edited('required = ["full_name"]\none_of = [["email", "phone"]]', 'required = ["full_name", "phone"]'), None)
        )
        shape = form_shape(policy, role=VISITOR)
        for number in range(12):
            assert rules.check(shape, asked_for(shape, number)[0], ["advise"])[1] == []


@pytest.mark.usefixtures("house")
class TestAHomeThatIsNotFresh:
    def test_is_refused_with_what_to_do_after_a_demo_that_was_broken_off(self, receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
        receive()
        monkeypatch.setattr(commands, "_at_home", nullcontext)
        monkeypatch.setattr(commands, "_prepare", lambda: None)
        done = CliRunner().invoke(commands.demo, [])
        assert done.exit_code == 1
        assert "broken off: set CAMKET_HOME to a new folder" in done.stderr
        assert "broken off" in " ".join(CliRunner().invoke(commands.demo, ["--help"]).stdout.split())
