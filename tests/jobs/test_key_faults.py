"""A key file that is not as it was stops every command that needs it, with what is lost, and nothing new is made over old data."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from camket.duties.custody import actions as custody
from camket.duties.custody.queries import looking
from camket.jobs.cli import main
from camket.journal.models import JournalEntry
from camket.policy.terms import SYSTEM, Actor
from camket.vault.keys.models import Epoch, IdentityIndex
from tests.duties.intake.conftest import Receive
from tests.house.tree import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.clause("7.1")]

FILES = ("epochs/000001.key", "epochs/000002.key", "index/identity-2.key", "journal.key", "signing.key", "codes.key")
FATES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "swapped": lambda path: path.write_bytes(bytes(reversed(path.read_bytes()))),
    "open": lambda path: path.chmod(0o644),
}
MENDS = {"missing": "put", "truncated": "put", "empty": "put", "swapped": "put back the file it replaced", "open": "chmod 600"}
COMMANDS = (
    ("worker",),
    ("policy", "publish", str(ROOT / "policies" / "wesoft" / "edition-1")),
    ("catalogue", "load", str(ROOT / "pyproject.toml")),
    ("staff", "add", "dung@staff.example.vn", "--role", "privacy_officer"),
    ("staff", "link", "dung@staff.example.vn"),
    ("token", "add", "shop", "--scope", "inquiries:write"),
    ("token", "revoke", "shop"),
    ("journal", "verify"),
    ("journal", "prove", "0190d3a8-0000-7000-8000-000000000001"),
    ("retention", "plan"),
    ("retention", "run"),
    ("keys", "rotate"),
    ("indexes", "rebuild"),
)


@pytest.fixture
def secrets(receive: Receive, settings: Any, now: datetime) -> Path:
    """The secrets of a house with an inquiry, a second epoch and a second index."""
    receive()
    custody.rotate_keys(gives_up_lost=False, actor=Actor(role=SYSTEM), now=now)
    custody.rebuild_index(actor=Actor(role=SYSTEM), now=now)
    return Path(settings.CAMKET_SECRETS)


def run(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, words, prog_name="camket")


def key_files(secrets: Path) -> dict[str, bytes]:
    """Every key file with its bytes."""
    return {str(path.relative_to(secrets)): path.read_bytes() for path in secrets.rglob("*.key")}


def nothing_new(secrets: Path) -> tuple[dict[str, bytes], int, int, int]:
    """What a refused command must leave as it is."""
    return key_files(secrets), Epoch.objects.count(), IdentityIndex.objects.count(), JournalEntry.objects.count()


class TestAFileThatIsNotAsItWas:
    @pytest.mark.parametrize("fate", FATES)
    @pytest.mark.parametrize("name", FILES)
    def test_stops_the_house_and_says_how_to_mend_it(self, secrets: Path, now: datetime, name: str, fate: str) -> None:
        FATES[fate](secrets / name)
        before = nothing_new(secrets)
        for ask in (lambda: custody.open_house(now=now), custody.require_keys):
            with pytest.raises(custody.KEY_FAULTS, match=MENDS[fate]) as refused:
                ask()
            assert Path(name).stem in str(refused.value)
            assert fate == "open" or "without" in str(refused.value).lower()
        assert nothing_new(secrets) == before

    @pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
    def test_ends_every_command_that_needs_a_key_with_3(self, secrets: Path, words: tuple[str, ...]) -> None:
        FATES["swapped"](secrets / "journal.key")
        before = nothing_new(secrets)
        done = run(*words)
        assert done.exit_code == 3, done.output
        assert "put back the file it replaced" in done.stderr
        assert nothing_new(secrets) == before

    def test_is_found_by_the_doctor(self, secrets: Path) -> None:
        assert "ok       keys: every key file is there and the one it was" in run("doctor").stdout
        FATES["swapped"](secrets / "signing.key")
        done = run("doctor")
        assert done.exit_code == 3
        assert "error    keys: " in done.stdout
        assert "signing.key" in done.stdout

    def test_keeps_nobody_from_reading_who_is_there(self, secrets: Path) -> None:
        FATES["missing"](secrets / "epochs/000002.key")
        assert run("staff", "list").exit_code == 0

    def test_is_enough_to_tell_two_files_that_changed_places(self, secrets: Path) -> None:
        for one, other in (("journal.key", "signing.key"), ("epochs/000001.key", "epochs/000002.key"), ("codes.key", "index/identity-2.key")):
            mine, theirs = (secrets / one).read_bytes(), (secrets / other).read_bytes()
            (secrets / one).write_bytes(theirs)
            (secrets / other).write_bytes(mine)
            with pytest.raises(custody.KeysLost):
                custody.require_keys()
            (secrets / one).write_bytes(mine)
            (secrets / other).write_bytes(theirs)
            custody.require_keys()


class TestAHomeInWhichARestoreWasBrokenOff:
    @pytest.fixture
    def broken_off(self, secrets: Path) -> Path:
        (secrets / "restoring").write_text("A restore is under way here, or was broken off.\n")
        return secrets

    def test_opens_nothing(self, broken_off: Path, now: datetime) -> None:
        before = nothing_new(broken_off)
        for ask in (lambda: custody.open_house(now=now), custody.require_keys):
            with pytest.raises(custody.RestoreUnfinished, match="restore once more"):
                ask()
        assert nothing_new(broken_off) == before

    @pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
    def test_ends_every_command_that_needs_a_key_with_3(self, broken_off: Path, words: tuple[str, ...]) -> None:
        before = nothing_new(broken_off)
        done = run(*words)
        assert (done.exit_code, "restore once more" in done.stderr) == (3, True)
        assert nothing_new(broken_off) == before

    def test_is_found_by_the_doctor(self, broken_off: Path) -> None:
        done = run("doctor")
        assert (done.exit_code, "restore once more" in done.stdout) == (3, True)

    def test_is_found_by_the_doctor_before_the_tables_that_it_left_unmade(self, broken_off: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(looking, "pending_migrations", lambda: ["intake.0001_initial"] * 70)
        said = run("doctor").stdout
        assert "error    tables: they may not be whole; a restore into this home was broken off" in said
        assert "migrations" not in said


class TestAnOldEpochWhoseFileIsLost:
    def test_is_given_up_by_command_and_by_nothing_else(self, secrets: Path) -> None:
        (secrets / "epochs/000001.key").unlink()
        refused = run("keys", "rotate")
        assert refused.exit_code == 3
        assert "No living key needs it" in refused.stderr
        assert "--give-up" in refused.stderr
        done = run("keys", "rotate", "--give-up")
        assert done.exit_code == 0, done.output
        assert "Destroyed: epoch 1" in done.stderr
        custody.require_keys()

    def test_is_not_given_up_where_living_keys_need_it(self, secrets: Path) -> None:
        (secrets / "epochs/000002.key").unlink()
        done = run("keys", "rotate", "--give-up")
        assert done.exit_code == 3
        assert "cannot be opened" in done.stderr
        assert Epoch.objects.alive().filter(number=2).exists()


class TestTheCommands:
    def test_tell_what_they_did(self, secrets: Path) -> None:
        done = run("keys", "rotate")
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr == "Epoch 3 has begun. Under it: 1 person, 0 matters of nobody.\n"
        done = run("indexes", "rebuild")
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr == "Index 3 is whole: 6 tokens. Destroyed: index 2.\n"


class TestTheStart:
    def test_destroys_a_dead_epochs_file_that_was_put_back_and_counts_it(self, secrets: Path, now: datetime) -> None:
        old, later = (secrets / "epochs/000001.key").read_bytes(), now + timedelta(days=15)
        assert custody.open_house(now=later) == 1
        (secrets / "epochs/000001.key").write_bytes(old)
        assert custody.open_house(now=later) == 1
        assert not (secrets / "epochs/000001.key").exists()
        assert custody.open_house(now=later) == 0
