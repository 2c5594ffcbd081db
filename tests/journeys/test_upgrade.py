"""An upgrade: nobody is in the house, a backup is there, and then either everything is migrated or nothing is."""

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests import stage
from tests.house.tree import ROOT
from tests.journeys.copies import Bases
from tests.journeys.house import running
from tests.journeys.newer.keys_bad.planted_0902 import REPEATED
from tests.ports import free_port
from tests.terminals import typed

NewHome = Callable[[], Mapping[str, str]]
GOOD, BAD = "tests.journeys.newer.good", "tests.journeys.newer.bad"
pytestmark = pytest.mark.slow


def camket(environment: Mapping[str, str], *arguments: str, version: str = "") -> CompletedProcess[str]:
    """Run a command of this version, or of one that does not exist yet."""
    newer = {"DJANGO_SETTINGS_MODULE": version, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} if version else {}
    return typed({**environment, **newer}, *arguments)


def upgraded(environment: Mapping[str, str], *arguments: str, version: str = "", status: int = 0) -> Any:
    """Upgrade, and return what the command tells a program."""
    done = camket(environment, "upgrade", "--json", *arguments, version=version)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def as_it_stands(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Every table of both databases with its rows, and what Django has noted of the migrations; but for the journal, which goes on."""
    bases = Bases.of(environment)
    return {
        f"{alias}.{table}": sorted(map(str, bases.rows(alias, f"SELECT * FROM {table}")))  # noqa: S608  # a name that the database itself told
        for alias in stage.ALIASES
        for table in bases.tables(alias)
        if not table.startswith(("journal_", "sqlite_sequence", "outbox_heartbeat"))
    }


@pytest.fixture
def lived(new_home: NewHome) -> Mapping[str, str]:
    """A house in which people wrote, at rest."""
    environment = {**new_home(), "CAMKET_BIND": f"127.0.0.1:{free_port()}"}
    assert camket(environment, "demo", "--inquiries", "2").returncode == 0
    return environment


class TestAnUpgrade:
    def test_makes_a_backup_migrates_both_databases_and_shuts_out_the_version_from_before(self, lived: Mapping[str, str]) -> None:
        refused = camket(lived, "serve", version=GOOD)
        assert (refused.returncode, "camket upgrade" in refused.stderr) == (3, True), refused.stderr
        told = upgraded(lived, version=GOOD)
        assert told["ok"] is True
        assert told["migrations"] == ["catalogue.planted_0901", "vault_keys.planted_0901"]
        assert "data" in json.loads((Path(lived["CAMKET_HOME"]) / "last-backup.json").read_text())
        assert Path(told["backup"]).stat().st_mode & 0o777 == 0o600
        assert {one["topic"] for one in told["findings"]} >= {"tables", "keys", "policy"}
        assert "planted_default" in Bases.of(lived).tables("default")
        assert "planted_keys" in Bases.of(lived).tables("keys")
        again = upgraded(lived, version=GOOD)
        assert (again["ok"], again["backup"], again["migrations"]) == (True, None, [])
        assert camket(lived, "journal", "verify", version=GOOD).returncode == 0
        assert upgraded(lived, status=1)["error"] == "made.by.newer"
        served = camket(lived, "serve")
        assert (served.returncode, "newer version" in served.stderr) == (3, True), served.stderr

    @pytest.mark.whatever_database  # that a restore moves from one kind to the other is shown in test_backup
    def test_leaves_a_backup_that_the_version_from_before_restores(self, lived: Mapping[str, str], new_home: NewHome, tmp_path: Path) -> None:
        assert camket(lived, "backup", "--keys", str(tmp_path / "keys")).returncode == 0
        before = as_it_stands(lived)["default.intake_inquiry"]
        backup = upgraded(lived, str(tmp_path / "data"), version=GOOD)["backup"]
        other = new_home()
        shutil.copytree(Path(lived["CAMKET_HOME"]) / "checkpoints", Path(other["CAMKET_HOME"]) / "checkpoints")
        done = camket(other, "restore", backup, "--keys", str(tmp_path / "keys"), "--accept-gap")
        assert done.returncode == 0, done.stderr
        assert len(as_it_stands(other)["default.intake_inquiry"]) == len(before) == 2

    @pytest.mark.whatever_database
    def test_of_a_home_that_was_never_started_says_so(self, bare_home: Mapping[str, str]) -> None:
        assert upgraded(bare_home, status=1)["error"] == "nothing.here"


@pytest.mark.whatever_database
class TestAFailingMigration:
    def test_leaves_the_house_as_it_was_and_names_the_backup(self, lived: Mapping[str, str]) -> None:
        before = as_it_stands(lived)
        told = upgraded(lived, version=BAD, status=3)
        assert (told["error"], told["migration"]) == ("migration.failed", "vault_keys.planted_0902")
        assert told["backup"] in told["message"]
        assert REPEATED not in json.dumps(told)
        assert "IntegrityError" in told["message"]
        assert Path(told["backup"]).is_file()
        assert as_it_stands(lived) == before
        assert camket(lived, "journal", "verify").returncode == 0
        with running(lived) as house:
            assert house.camket_json("upgrade", status=1)["error"] == "house.running"


@pytest.mark.whatever_database
class TestABackupThatCannotBeMade:
    def test_keeps_everything_from_being_changed(self, lived: Mapping[str, str], tmp_path: Path) -> None:
        before = as_it_stands(lived)
        (tmp_path / "there").touch()
        assert upgraded(lived, str(tmp_path / "there"), version=GOOD, status=3)["error"] == "backup.failed"
        assert upgraded(lived, str(tmp_path / "nowhere" / "data"), version=GOOD, status=3)["error"] == "backup.failed"
        (Path(lived["CAMKET_HOME"]) / "secrets" / "journal.key").rename(tmp_path / "journal.key")
        assert upgraded(lived, version=GOOD, status=3)["error"] == "backup.failed"
        (tmp_path / "journal.key").rename(Path(lived["CAMKET_HOME"]) / "secrets" / "journal.key")
        assert as_it_stands(lived) == before


@pytest.mark.whatever_database
class TestAHouseThatRuns:
    def test_is_not_upgraded_before_it_stops(self, lived: Mapping[str, str]) -> None:
        with running(lived, "--no-worker") as house:
            assert upgraded(house.environment, version=GOOD, status=1)["error"] == "house.running"
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S+00")  # the processes under test live in the present
        values = f"('worker-elsewhere', 'worker', '{at}', '{at}')"
        columns = "(worker_id, role, started_at, beat_at)"
        Bases.of(lived).run("default", f"INSERT INTO outbox_heartbeat {columns} VALUES {values}")  # noqa: S608  # our own words
        told = upgraded(lived, version=GOOD, status=1)
        assert (told["error"], "sign of life" in told["message"]) == ("house.running", True)
