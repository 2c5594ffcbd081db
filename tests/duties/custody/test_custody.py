"""Keys are never made over old data, the journal can be proved, and the house says how it stands."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from camket.access import actions as access
from camket.duties.custody import actions as custody
from camket.duties.custody import queries
from camket.duties.custody.queries import looking
from camket.duties.custody.rules import Finding, is_healthy
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.editions.queries import forget_cached
from camket.journal.actions import record
from camket.policy.terms import AUDITOR, PRIVACY_OFFICER, SYSTEM, Actor
from tests.duties.intake.conftest import Receive, chi, house, receive  # fixtures: the same house

__all__ = ["chi", "house", "receive"]
pytestmark = pytest.mark.django_db

KEY_FILES = ("epochs/000001.key", "index/identity-1.key", "journal.key", "signing.key", "codes.key")


def key_files(settings: Any) -> dict[str, bytes]:
    """Every key file below the secrets, with its bytes."""
    folder = Path(settings.CAMKET_SECRETS)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def finding(topic: str, *, now: datetime) -> Finding:
    """What a look around says of one thing."""
    (found,) = [one for one in queries.look_around(now=now) if one.topic == topic]
    return found


@pytest.mark.clause("7.1")
class TestTheFirstStart:
    def test_makes_keys_that_only_this_user_can_read(self, house: None, settings: Any) -> None:
        made = [path for path in Path(settings.CAMKET_SECRETS).rglob("*") if path.is_file()]
        assert any(path.parent.name == "epochs" for path in made)
        assert all(path.stat().st_mode & 0o077 == 0 for path in [*made, Path(settings.CAMKET_SECRETS)])


@pytest.mark.clause("7.1")
class TestALaterStart:
    def test_makes_nothing_anew(self, receive: Receive, settings: Any, now: datetime) -> None:
        receive()
        before = key_files(settings)
        assert custody.open_house(now=now + timedelta(minutes=1)) == 0
        assert key_files(settings) == before

    @pytest.mark.parametrize("name", ["epochs/000001.key", "index/identity-1.key"])
    def test_without_a_key_file_says_what_is_lost_and_makes_no_new_one(self, receive: Receive, settings: Any, now: datetime, name: str) -> None:
        receive()
        lost = Path(settings.CAMKET_SECRETS) / name
        lost.unlink()
        with pytest.raises(custody.KeysLost) as refused:
            custody.open_house(now=now)
        assert lost.name in str(refused.value)
        assert "without this file" in str(refused.value)
        assert not lost.exists()

    def test_with_a_damaged_key_file_is_refused(self, receive: Receive, settings: Any, now: datetime) -> None:
        receive()
        (Path(settings.CAMKET_SECRETS) / "epochs" / "000001.key").write_bytes(b"short")
        with pytest.raises(custody.KeysLost):
            custody.open_house(now=now)

    def test_with_a_key_file_open_to_others_is_refused(self, receive: Receive, settings: Any, now: datetime) -> None:
        receive()
        (Path(settings.CAMKET_SECRETS) / "epochs" / "000001.key").chmod(0o644)
        with pytest.raises(custody.KEY_FAULTS, match="chmod 600"):
            custody.open_house(now=now)

    def test_in_a_home_that_cannot_be_used_is_refused(self, house: None, settings: Any, now: datetime) -> None:
        settings.CAMKET_HOME_FAULT = "this home cannot be used"
        with pytest.raises(custody.HomeUnusable, match="this home"):
            custody.open_house(now=now)
        settings.CAMKET_HOME_FAULT = ""
        settings.CAMKET_CHECKPOINTS = Path("/proc/nowhere/checkpoints")
        with pytest.raises(custody.HomeUnusable, match="CAMKET_HOME"):
            custody.open_house(now=now)


@pytest.mark.clause("7.3")
class TestTheJournal:
    def test_is_given_its_tree_and_a_signed_head(self, receive: Receive, now: datetime) -> None:
        receive()
        custody.keep_journal(now=now)
        custody.keep_journal(now=now + timedelta(days=1))
        found = queries.verify_journal()
        assert found.ok
        assert found.truncation_excluded_up_to == found.entries > 0

    def test_proves_one_of_its_entries(self, house: None, now: datetime) -> None:
        entry = record(act="letter.sent", actor=Actor(role=SYSTEM), at=now)
        custody.keep_journal(now=now)
        proof = queries.prove_entry(entry)
        assert str(entry) in proof["entry"]["payload"]
        assert proof["checkpoint"]["size"] > proof["entry"]["position"]

    def test_has_no_proof_of_what_never_was(self, house: None) -> None:
        with pytest.raises(queries.EntryUnknown):
            queries.prove_entry(uuid4())

    def test_is_paged_newest_first(self, receive: Receive, now: datetime) -> None:
        receive()
        custody.keep_journal(now=now)
        everything = {"wanted": queries.JournalWanted(), "actor": Actor(role=AUDITOR)}
        whole = queries.journal_page(older_than=None, **everything)
        first = queries.journal_page(older_than=None, limit=2, **everything)
        assert first.entries == whole.entries[:2]
        assert first.older is not None
        assert queries.journal_page(older_than=first.older, limit=2, **everything).entries == whole.entries[2:4]


class TestALookAround:
    def test_finds_a_house_that_was_opened_in_order(self, house: None, now: datetime) -> None:
        found = queries.look_around(now=now)
        assert is_healthy(found)
        assert finding("policy", now=now).sentence == "edition 1 is in force, signed and journaled"

    def test_warns_where_nobody_works_and_nobody_is_behind_the_desks(self, house: None, now: datetime) -> None:
        assert finding("worker", now=now).level == "warning"
        assert finding("staff", now=now).level == "warning"

    def test_names_the_edition_of_this_house_where_none_is_in_force(self, db: None, settings: Any, now: datetime, tmp_path: Path) -> None:
        settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
        settings.CAMKET_POLICY = tmp_path / "may bakery"
        assert str(settings.CAMKET_POLICY) in finding("policy", now=now).hint
        assert "check CAMKET_POLICY" in finding("policy", now=now).hint
        (settings.CAMKET_POLICY / "edition-1").mkdir(parents=True)
        (settings.CAMKET_POLICY / "edition-1" / "edition.toml").touch()
        assert f"policy publish '{settings.CAMKET_POLICY / 'edition-1'}'" in finding("policy", now=now).hint

    def test_counts_those_at_work_and_warns_where_none_of_them_is_a_privacy_officer(self, chi: Actor, now: datetime) -> None:
        def of_staff() -> tuple[str, str, str]:
            told = finding("staff", now=now)
            return told.level, told.sentence, told.hint

        boss = Actor(role=SYSTEM)
        officer = access.add_staff(email="van@staff.example.vn", role=PRIVACY_OFFICER, actor=boss, now=now, display_name="Vân")
        assert of_staff() == ("ok", "2 people", "")
        access.dismiss_staff(staff_id=UUID(str(chi.id)), actor=boss, now=now)
        assert of_staff() == ("ok", "1 person", "")
        access.dismiss_staff(staff_id=officer.id, actor=boss, now=now)
        level, sentence, hint = of_staff()
        assert (level, sentence) == ("warning", "nobody at work here is a privacy officer")
        assert "staff add EMAIL --role privacy_officer" in hint

    def test_warns_where_letters_have_no_carrier_or_only_a_folder(self, house: None, settings: Any, now: datetime) -> None:
        for url in ("", "file:letters"):
            settings.CAMKET_SMTP_URL = url
            assert finding("mail", now=now).level == "warning"

    @pytest.mark.clause("12.4")
    def test_reminds_of_where_the_carriers_servers_must_stand(self, house: None, settings: Any, now: datetime) -> None:
        settings.CAMKET_SMTP_URL = "smtp://camket:secret-word@smtp.example.com:587"
        reminder = finding("mail", now=now).hint
        assert "Vietnam" in reminder
        assert "smtp.example.com" in reminder
        assert "secret-word" not in reminder
        assert "§ 12.4" in reminder
        settings.CAMKET_SMTP_URL = "smtp://localhost:25?tls=none"
        assert finding("mail", now=now).hint == ""

    def test_reminds_nobody_of_what_the_policy_in_force_does_not_say(self, db: None, settings: Any, now: datetime, tmp_path: Path) -> None:
        settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
        settings.CAMKET_SMTP_URL = "smtp://camket:secret-word@smtp.example.com:587"
        forget_cached()
        custody.open_house(now=now)
        assert (finding("mail", now=now).sentence, finding("mail", now=now).hint) == ("a carrier is set", "")
        other = shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", tmp_path / "edition-1")
        text = (other / "policy.vi.md").read_text("utf-8")
        (other / "policy.vi.md").write_text(text.replace("phải đặt máy chủ tại Việt Nam", "phải giữ kín thư"), "utf-8")
        publishing.publish_edition(path=other, regime=read_regime(Path(settings.CAMKET_REGIME_FILE)), actor=Actor(role=SYSTEM), now=now)
        assert finding("policy", now=now).level == "ok"
        assert (finding("mail", now=now).sentence, finding("mail", now=now).hint) == ("a carrier is set", "")
        forget_cached()

    @pytest.mark.parametrize("url", ["mail.example.vn", "smtp://[half-an-address"])
    def test_does_not_take_for_a_carrier_what_names_no_server(self, house: None, settings: Any, now: datetime, url: str) -> None:
        settings.CAMKET_SMTP_URL = url
        told = finding("mail", now=now)
        assert (told.level, told.sentence) == ("warning", "CAMKET_SMTP_URL names no server: letters wait")

    def test_calls_secrets_open_to_others_an_error(self, house: None, settings: Any, now: datetime) -> None:
        Path(settings.CAMKET_SECRETS).chmod(0o755)
        assert finding("secrets", now=now).level == "error"

    def test_asks_nothing_of_keys_that_no_start_has_made_yet(self, db: None, now: datetime, settings: Any, tmp_path: Path) -> None:
        settings.CAMKET_SECRETS = settings.CAMKET_CHECKPOINTS = tmp_path / "nowhere"
        assert finding("keys", now=now).level == "ok"
        assert finding("checkpoints", now=now).level == "warning"
        assert not (tmp_path / "nowhere").exists()

    @pytest.mark.parametrize("name", KEY_FILES)
    def test_names_a_key_file_that_is_missing_and_makes_no_other(self, house: None, settings: Any, now: datetime, name: str) -> None:
        assert finding("keys", now=now).level == "ok"
        lost = Path(settings.CAMKET_SECRETS) / name
        lost.unlink()
        found = finding("keys", now=now)
        assert found.level == "error"
        assert lost.name in found.hint
        assert not queries.readiness(now=now)["keys"]
        assert not lost.exists()

    @pytest.mark.parametrize("name", KEY_FILES)
    def test_names_a_key_file_that_others_may_read(self, house: None, settings: Any, now: datetime, name: str) -> None:
        (Path(settings.CAMKET_SECRETS) / name).chmod(0o640)
        assert "chmod 600" in finding("keys", now=now).hint

    def test_warns_of_a_lost_web_key_which_costs_a_second_sign_in(self, house: None, settings: Any, now: datetime) -> None:
        path = Path(settings.CAMKET_SECRETS) / "web.key"
        path.write_bytes(b"k" * 32)
        assert finding("web key", now=now).level == "ok"
        path.unlink()
        assert finding("web key", now=now).level == "warning"

    def test_reads_the_whole_ledger_of_erasures(self, house: None, settings: Any, now: datetime) -> None:
        assert finding("ledger", now=now).sentence == "0 lines of erasures and withdrawals, each readable"
        (Path(settings.CAMKET_CHECKPOINTS) / "erasures.jsonl").write_text("{}\n")
        found = finding("ledger", now=now)
        assert (found.level, "line 1" in found.hint) == ("error", True)

    def test_tries_whether_checkpoints_can_be_kept(self, house: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        assert finding("checkpoints", now=now).level == "ok"
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        assert finding("checkpoints", now=now).level == "error"

    def test_holds_the_clock_against_what_was_done_last(self, house: None, now: datetime) -> None:
        earlier = now - timedelta(days=3)
        found = finding("clocks", now=earlier)
        assert found.level == "error"
        assert "3 days behind" in found.sentence

    def test_reads_the_clock_of_every_database(self, house: None, now: datetime) -> None:
        assert all(looking._clock_of(alias).tzinfo for alias in ("default", "keys"))

    def test_says_of_a_home_that_cannot_be_used_what_to_set(self, house: None, settings: Any, now: datetime) -> None:
        settings.CAMKET_HOME_FAULT = "the folder cannot be written; set CAMKET_HOME"
        assert finding("home", now=now).level == "error"


class TestWhetherTheHouseIsReady:
    def test_names_its_parts(self, house: None, now: datetime) -> None:
        parts = queries.readiness(now=now)
        assert list(parts) == ["databases", "edition", "keys", "worker", "mail"]
        assert [name for name, is_ready in parts.items() if is_ready] == ["databases", "edition", "keys"]

    @pytest.mark.parametrize(
        ("carrier", "sender", "can"),
        [
            ("smtp://localhost:25?tls=none", "privacy@example.com", True),
            ("smtp://localhost:25?tls=none", "", False),
            ("", "privacy@example.com", False),
        ],
    )
    def test_takes_a_carrier_and_a_sender_for_the_mail(
        self, house: None, settings: Any, now: datetime, carrier: str, sender: str, *, can: bool
    ) -> None:
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = carrier, sender
        assert queries.readiness(now=now)["mail"] is can


class TestTheLiveStream:
    def test_is_told_of_while_it_gives_signs_of_life(self, house: None, settings: Any, tmp_path: Path, now: datetime) -> None:
        settings.CAMKET_HOME = tmp_path
        assert finding("stream", now=now).level == "warning"
        custody.note_stream(held=3, now=now)
        assert (finding("stream", now=now).level, finding("stream", now=now).sentence) == ("ok", "it is running; 3 open pages are connected")
        assert finding("stream", now=now + timedelta(seconds=31)).level == "warning"

    @pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"at": "yesterday", "held": 1}', '{"at": 1, "held": "x"}', "\x00"])
    def test_is_not_told_of_by_a_note_that_cannot_be_read(self, house: None, settings: Any, tmp_path: Path, now: datetime, text: str) -> None:
        settings.CAMKET_HOME = tmp_path
        (tmp_path / "stream.json").write_text(text)
        assert queries.streaming(now=now) is None

    def test_that_is_switched_off_is_no_fault(self, house: None, settings: Any, now: datetime) -> None:
        settings.CAMKET_STREAM_BIND = ""
        assert finding("stream", now=now).level == "ok"
