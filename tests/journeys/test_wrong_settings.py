"""Settings that name the wrong thing: a start says which one and what is wrong with it, and so does the doctor."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.ports import free_port
from tests.terminals import typed

NewHome = Callable[[], Mapping[str, str]]
POLICY = ROOT / "policies" / "wesoft"
pytestmark = [pytest.mark.slow, pytest.mark.whatever_database]


def served(environment: Mapping[str, str]) -> str:
    """What a start says that is refused with 3."""
    done = typed({**environment, "CAMKET_BIND": f"127.0.0.1:{free_port()}"}, "serve")
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def findings(environment: Mapping[str, str]) -> list[dict[str, str]]:
    """What the doctor finds that is not in order."""
    found: list[dict[str, str]] = json.loads(typed(environment, "doctor", "--json").stdout)["findings"]
    return [one for one in found if one["level"] != "ok"]


class TestAFolderOfNoEditions:
    def test_starts_no_house_that_has_none(self, new_home: NewHome, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "file").touch()
        wrongs = {
            POLICY / "edition-1": f"this is the folder of one edition: name the one above it, {POLICY}",
            tmp_path / "nowhere": "there is no such folder",
            tmp_path / "file": "it is no folder",
            tmp_path / "empty": "there is no edition-1 in it",
        }
        home = new_home()
        for folder, wrong in wrongs.items():
            environment = {**home, "CAMKET_POLICY": str(folder)}
            for _ in range(2):  # a home that such a start has begun is no better
                said = served(environment)
                assert f"CAMKET_POLICY is {folder}" in said
                assert wrong in said
            told = [one for one in findings(environment) if one["topic"] == "policy folder"]
            assert [wrong in one["sentence"] for one in told] == [True]
        # nothing that was refused stands in the way of the right one
        assert typed(home, "demo", "--inquiries", "1").returncode == 0

    def test_does_not_stop_a_house_that_has_one_and_is_told(self, new_home: NewHome, tmp_path: Path) -> None:
        home = new_home()
        assert typed(home, "demo", "--inquiries", "1").returncode == 0
        assert not [one for one in findings(home) if one["topic"] == "policy folder"]
        environment = {**home, "CAMKET_POLICY": str(tmp_path / "nowhere")}
        done = typed(environment, "demo", "--inquiries", "1")
        assert done.returncode == 1, done.stderr  # it has gone on, and found the inquiry of the first time
        assert f"CAMKET_POLICY is {tmp_path / 'nowhere'}: there is no such folder" in done.stderr
        assert "no later one" in done.stderr
        (told,) = [one for one in findings(environment) if one["topic"] == "policy folder"]
        assert told["level"] == "warning"


class TestARulePackThatIsNotThere:
    def test_is_named_with_its_variable_before_anything_is_made_and_by_the_doctor(self, bare_home: Mapping[str, str]) -> None:
        environment = {**bare_home, "CAMKET_REGIME": "vn2026"}
        said = served(environment)
        assert "CAMKET_REGIME" in said
        assert "vn-2026" in said  # which there are
        assert not [file.name for file in Path(bare_home["CAMKET_HOME"]).iterdir() if file.suffix == ".sqlite3"]
        (told,) = [one for one in findings(environment) if one["topic"] == "law"]
        assert told["level"] == "error"
        assert "CAMKET_REGIME" in told["sentence"]
        assert typed(environment, "doctor").returncode == 3
        assert not [one for one in findings(bare_home) if one["topic"] == "law"]


class TestAHomeThatIsNoFolder:
    @pytest.mark.parametrize(("home", "wrong"), [("/etc/passwd", "it is a file"), ("/proc/nowhere", "No such file or directory")])
    def test_is_named_with_its_variable(self, new_home: NewHome, home: str, wrong: str) -> None:
        said = served({**new_home(), "CAMKET_HOME": home})
        assert f"CAMKET_HOME is {home}" in said
        assert wrong in said
        assert "set it to a folder that this user may write" in said
