"""`camket journal prove`: a sentence for a person, one line for whoever checks it without us, and no proof of what is not so."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from camket.duties.custody.actions import keep_journal
from camket.jobs.cli import main
from camket.journal.actions import record, withhold
from camket.policy.terms import SYSTEM, Actor
from tests.journal.deeds import by_force
from tests.journal.offline import verdict

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("7.3"), pytest.mark.usefixtures("house")]


@pytest.fixture
def entry(now: datetime) -> UUID:
    """An entry that nobody has signed for yet."""
    return record(act="letter.sent", actor=Actor(role=SYSTEM), at=now)


def prove(entry_id: UUID, *more: str) -> Result:
    return CliRunner().invoke(main, ["journal", "prove", str(entry_id), *more], prog_name="camket")


def newest(settings: Any) -> Path:
    """The file of the checkpoint that covers most."""
    return max(Path(settings.CAMKET_CHECKPOINTS).glob("checkpoint-*.json"), key=lambda path: int(path.stem.partition("-")[2]))


class TestAProof:
    def test_as_json_is_what_the_verifier_believes_and_nothing_else(self, entry: UUID, now: datetime, tmp_path: Path) -> None:
        keep_journal(now=now)
        done = prove(entry, "--json")
        assert (done.exit_code, done.stderr) == (0, "")
        proof = tmp_path / "proof.json"
        proof.write_text(done.stdout)
        assert verdict(proof)[0] == 0
        assert str(entry) in json.loads(done.stdout)["entry"]["payload"]

    def test_for_a_person_says_where_the_entry_stands_and_what_it_says(self, entry: UUID, now: datetime) -> None:
        keep_journal(now=now)
        done = prove(entry)
        assert (done.exit_code, "letter.sent" in done.stdout, "Public key: " in done.stdout) == (0, True, True)
        position = json.loads(prove(entry, "--json").stdout)["entry"]["position"]
        assert f"is number {position + 1} at the desk, position {position} counted from 0," in done.stdout
        withhold(entry, actor=Actor(role=SYSTEM), at=now)
        assert "What it says is withheld." in prove(entry).stdout

    def test_since_an_older_checkpoint_holds_both(self, entry: UUID, now: datetime, tmp_path: Path, settings: Any) -> None:
        keep_journal(now=now)
        older = newest(settings)
        record(act="letter.sent", actor=Actor(role=SYSTEM), at=now)
        keep_journal(now=now + timedelta(hours=1))
        assert "still begins with" in prove(entry, "--since", str(older)).stdout
        proof = tmp_path / "proof.json"
        proof.write_text(prove(entry, "--since", str(older), "--json").stdout)
        assert verdict(older, newest(settings), proof)[0] == 0


class TestNoProof:
    def test_is_made_of_an_unknown_entry_or_one_that_nobody_signed_for(self, entry: UUID) -> None:
        for asked, reason in ((uuid4(), "no such entry"), (entry, "yet")):
            done = prove(asked, "--json")
            assert (done.exit_code, done.stdout) == (1, "")
            assert reason in done.stderr

    def test_is_made_once_the_journal_was_rewritten(self, entry: UUID, now: datetime, settings: Any) -> None:
        keep_journal(now=now)
        by_force("UPDATE journal_treenode SET hash = (SELECT leaf FROM journal_journalentry WHERE position = 0)")
        done = prove(entry, "--since", str(newest(settings)), "--json")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "camket journal verify" in done.stderr

    @pytest.mark.parametrize("content", ["", "{}", "a letter"])
    def test_is_made_since_what_is_no_checkpoint(self, entry: UUID, now: datetime, tmp_path: Path, content: str) -> None:
        keep_journal(now=now)
        (tmp_path / "junk").write_text(content)
        done = prove(entry, "--since", str(tmp_path / "junk"))
        assert (done.exit_code, done.stdout) == (2, "")
        assert "not a checkpoint" in done.stderr

    def test_is_made_since_a_checkpoint_of_somebody_else(self, entry: UUID, now: datetime, tmp_path: Path, settings: Any) -> None:
        keep_journal(now=now)
        foreign = tmp_path / "foreign.json"
        foreign.write_text(newest(settings).read_text().replace('"at":"2026', '"at":"2025'))
        done = prove(entry, "--since", str(foreign))
        assert (done.exit_code, "not signed by this journal's key" in done.stderr) == (1, True)
