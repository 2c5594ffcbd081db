"""What docs/operate offers to copy: units that systemd itself finds right and well shut in, a Containerfile that copies what there is."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from camket.config.environment import VARIABLES
from tests.house.tree import ROOT

FILES = ROOT / "docs" / "operate"
UNITS = sorted(path.name for path in FILES.iterdir() if path.suffix in (".service", ".timer"))
SHUT_IN = (
    "ProtectSystem=strict",
    "NoNewPrivileges=true",
    "CapabilityBoundingSet=",
    "ProtectHome=true",
    "PrivateTmp=true",
    "PrivateDevices=true",
    "UMask=0077",
    "LimitCORE=0",
    "User=camket",
)
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="UNIT TEST NOT RUN: no systemd-analyze. As root: apt-get install -y systemd")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd's own checker."""
    return subprocess.run([str(ANALYZE), *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they would lie on a machine, with programs that this one has."""
    for name in UNITS:
        text = (FILES / name).read_text("utf-8").replace("/opt/camket/.venv/bin/camket", shutil.which("true") or "/bin/true")
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


class TestAUnit:
    @needs_systemd
    @pytest.mark.parametrize("name", UNITS)
    def test_is_found_right_by_systemd(self, installed: Path, name: str) -> None:
        done = analyze("verify", str(installed / name))
        assert (done.returncode, done.stderr) == (0, "")

    @needs_systemd
    def test_with_a_mistake_is_not(self, installed: Path) -> None:
        unit = installed / "camket.service"
        unit.write_text(unit.read_text("utf-8").replace("Type=exec", "Type=exsec"), "utf-8")
        assert "exsec" in analyze("verify", str(unit)).stderr

    @needs_systemd
    @pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
    def test_leaves_a_program_that_was_taken_over_little_to_do(self, installed: Path, name: str) -> None:
        done = analyze("security", "--offline=true", "--threshold=25", str(installed / name))
        assert done.returncode == 0, done.stdout[-300:]

    @pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
    def test_writes_nowhere_but_where_it_must(self, name: str) -> None:
        lines = (FILES / name).read_text("utf-8").splitlines()
        assert [wanted for wanted in SHUT_IN if wanted not in lines] == []
        (places,) = (line.partition("=")[2].split() for line in lines if line.startswith("ReadWritePaths="))
        assert set(places) <= {"/var/lib/camket", "/backup/data", "/backup/keys"}

    def test_destroys_copies_of_keys_before_the_promised_days_are_over(self) -> None:
        found = re.search(r"/backup/keys .* -mtime \+(\d+) -delete", (FILES / "camket-backup.service").read_text("utf-8"))
        assert found is not None
        # find counts whole days, and the timer comes once a day; the oldest key in a file began the day before, and ends at a midnight
        assert int(found[1]) + 2 <= 14 - 2

    def test_destroys_copies_of_keys_where_a_backup_fails_too(self, tmp_path: Path) -> None:
        """systemd does nothing more of a unit once one of its commands has failed."""
        for name in ("data", "keys"):
            (tmp_path / name).mkdir()
        (old := tmp_path / "keys" / "old.camket").touch()
        os.utime(old, (0, 0))
        text = (
            (FILES / "camket-backup.service").read_text("utf-8").replace("/backup/", f"{tmp_path}/").replace("/opt/camket/.venv/bin/camket", "false")
        )
        for line in re.findall(r"^ExecStart=(.*)$", text.replace("%%", "%").replace("$$", "$"), re.MULTILINE):
            if subprocess.run(shlex.split(line), check=False).returncode:
                break
        assert not old.exists()

    def test_is_started_by_a_timer_where_it_ends_by_itself(self) -> None:
        assert {Path(name).stem for name in UNITS if name.endswith(".timer")} == {"camket-backup"}


class TestTheContainerfile:
    """No container is built here; what can be read of the file is held against the house."""

    TEXT = (FILES / "Containerfile").read_text("utf-8").replace("\\\n", " ")

    def lines(self, word: str) -> list[list[str]]:
        return [shlex.split(line)[1:] for line in self.TEXT.splitlines() if line.startswith(f"{word} ")]

    def test_copies_only_what_there_is(self) -> None:
        sources = [word for words in self.lines("COPY") if not words[0].startswith("--") for word in words[:-1]]
        assert {"src", "policies", "regimes", "pyproject.toml"} <= set(sources)
        assert [source for source in sources if not (ROOT / source).exists()] == []

    def test_installs_what_is_locked_by_its_hashes(self) -> None:
        assert "--require-hashes --only-binary :all: -r /build/run.txt" in self.TEXT

    def test_runs_as_nobody_of_the_machine(self) -> None:
        assert self.lines("USER") == [["10001:10001"]]
        assert self.TEXT.rindex("\nUSER ") > self.TEXT.rindex("\nCOPY ")

    def test_sets_variables_that_the_house_reads(self) -> None:
        (words,) = self.lines("ENV")
        assert {word.partition("=")[0] for word in words if word.startswith("CAMKET_")} <= {variable.name for variable in VARIABLES}


class TestTheProxies:
    @pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
    def test_throw_away_what_a_visitor_claims_and_keep_the_figures_inside(self, name: str) -> None:
        text = (FILES / name).read_text("utf-8")
        assert all(header in text for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "/metrics"))
        assert "$proxy_add_x_forwarded_for" not in text
