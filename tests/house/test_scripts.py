"""The two commands: what they do on a bare machine, what they say when it fails, and how little the second start costs."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT

BASH = shutil.which("bash") or "/bin/bash"
STAND_IN = """#!/bin/sh
# Stands in for a Python: new enough, and told by its folder's name what it lacks or how pip fails.
case "$*" in
  *ensurepip*) {ensurepip} ;;
  *"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" ;;
  *"-m pip"*) {pip} ;;
  *sysconfig*) mkdir -p "{root}/packages" && echo "{root}/packages" ;;
  *) exit 0 ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a space in its name that holds the scripts and the locked lists, and no .venv."""
    root = tmp_path / "a checkout"
    shutil.copytree(ROOT / "script", root / "script")
    shutil.copytree(ROOT / "requirements", root / "requirements")
    return root


def machine(root: Path, *, python: bool = True, ensurepip: str = "exit 0", pip: str = "exit 0") -> dict[str, str]:
    """Return the environment of a machine that has the usual tools and, if asked, one stand-in for Python."""
    tools = root.parent / "bin"
    tools.mkdir(exist_ok=True)
    for name in (
        "bash",
        "cat",
        "chmod",
        "cp",
        "cut",
        "dirname",
        "flock",
        "grep",
        "mkdir",
        "mktemp",
        "readlink",
        "rm",
        "sha256sum",
        "sh",
        "sort",
        "tail",
    ):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    if python:
        stand_in = tools / "python3"
        stand_in.write_text(STAND_IN.format(root=root, ensurepip=ensurepip, pip=pip))
        stand_in.chmod(0o755)
    return {"PATH": str(tools), "HOME": str(root.parent), "LC_ALL": "C.UTF-8"}


def bootstrap(root: Path, environment: dict[str, str], kind: str = "run") -> subprocess.CompletedProcess[str]:
    """Source the bootstrap as script/server does, and run it."""
    deed = f"bootstrap_{kind}" if kind in ("peers", "next") else f"bootstrap {kind}"
    line = f'set -euo pipefail; source script/lib/bootstrap.sh; {deed}; echo "went on"'
    return subprocess.run([BASH, "-c", line], cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60)


class TestTheFirstStart:
    def test_goes_on_once_everything_is_installed(self, checkout: Path) -> None:
        done = bootstrap(checkout, machine(checkout))
        assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr

    def test_puts_the_source_on_the_path_and_a_launcher_beside_python(self, checkout: Path) -> None:
        bootstrap(checkout, machine(checkout))
        assert (checkout / "packages/camket.pth").read_text() == f"{checkout}/src\n"
        assert os.access(checkout / ".venv/bin/camket", os.X_OK)

    def test_makes_a_launcher_that_begins_where_the_package_says(self, checkout: Path) -> None:
        bootstrap(checkout, machine(checkout))
        entry = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["camket"]
        module, _, function = entry.partition(":")
        assert f"from {module} import {function}\n" in (checkout / ".venv/bin/camket").read_text()

    def test_without_python_says_what_to_install(self, checkout: Path) -> None:
        done = bootstrap(checkout, machine(checkout, python=False))
        assert done.returncode == 3
        assert "apt-get install python3 python3-venv" in done.stderr

    def test_without_venv_says_what_to_install(self, checkout: Path) -> None:
        done = bootstrap(checkout, machine(checkout, ensurepip="exit 1"))
        assert done.returncode == 3
        assert "apt-get install python3-venv" in done.stderr

    def test_without_a_network_says_so(self, checkout: Path) -> None:
        done = bootstrap(checkout, machine(checkout, pip='echo "Failed to establish a new connection: Name or service not known"; exit 1'))
        assert done.returncode == 3
        assert "cannot be reached" in done.stderr
        assert "PIP_INDEX_URL" in done.stderr

    def test_with_a_package_that_is_not_the_locked_one_says_so(self, checkout: Path) -> None:
        done = bootstrap(checkout, machine(checkout, pip='echo "THESE PACKAGES DO NOT MATCH THE HASHES"; exit 1'))
        assert done.returncode == 3
        assert "not what requirements/run.txt was locked to" in done.stderr

    def test_that_failed_is_tried_again(self, checkout: Path) -> None:
        bootstrap(checkout, machine(checkout, pip="exit 1"))
        shutil.rmtree(checkout.parent / "bin")
        (checkout / ".venv/bin/python").unlink()
        assert "went on" in bootstrap(checkout, machine(checkout)).stdout


class TestTheSecondStart:
    # Any call of pip or venv leaves a mark: "costs nothing" is tried by what is done, for a clock would judge the machine.
    def test_installs_nothing(self, checkout: Path) -> None:
        environment = machine(checkout, pip=f'echo called >>"{checkout}/calls"')
        bootstrap(checkout, environment)
        bootstrap(checkout, environment)
        assert (checkout / "calls").read_text() == "called\n"

    def test_installs_again_when_the_list_has_changed(self, checkout: Path) -> None:
        environment = machine(checkout, pip=f'echo called >>"{checkout}/calls"')
        bootstrap(checkout, environment)
        with (checkout / "requirements/run.txt").open("a") as file:
            file.write("# changed\n")
        bootstrap(checkout, environment)
        assert (checkout / "calls").read_text() == "called\ncalled\n"

    def test_of_the_server_is_content_with_what_the_tests_installed(self, checkout: Path) -> None:
        environment = machine(checkout, pip=f'echo called >>"{checkout}/calls"')
        bootstrap(checkout, environment, "all")
        bootstrap(checkout, environment, "run")
        assert (checkout / "calls").read_text() == "called\n"


class TestThePeers:
    def test_are_installed_once_beside_what_the_product_has(self, checkout: Path) -> None:
        environment = machine(checkout, pip=f'echo called >>"{checkout}/calls"')
        assert bootstrap(checkout, environment, "peers").stdout == "went on\n"
        assert bootstrap(checkout, environment, "peers").stdout == "went on\n"
        assert (checkout / "calls").read_text() == "called\n"
        assert not (checkout / ".venv" / ".stamp").exists()

    def test_that_cannot_be_installed_end_the_run(self, checkout: Path) -> None:
        done = bootstrap(checkout, machine(checkout, pip='echo "THESE PACKAGES DO NOT MATCH THE HASHES"; exit 1'), "peers")
        assert done.returncode == 3
        assert "not what requirements/peers.txt was locked to" in done.stderr


class TestTheNextPython:
    def test_that_is_not_there_leaves_its_leg_out_and_says_so(self, checkout: Path) -> None:
        done = bootstrap(checkout, machine(checkout), "next")
        assert done.returncode == 77
        assert "No Python 3.13 is here" in done.stderr

    def test_is_given_an_environment_of_its_own_once(self, checkout: Path) -> None:
        environment = machine(checkout, pip=f'echo called >>"{checkout}/calls"')
        (checkout.parent / "bin" / "python3.13").symlink_to("python3")
        assert bootstrap(checkout, environment, "next").stdout == "went on\n"
        assert bootstrap(checkout, environment, "next").stdout == "went on\n"
        assert (checkout / "calls").read_text() == "called\n"
        assert not (checkout / ".venv" / ".stamp").exists()


class TestTheScripts:
    @pytest.mark.parametrize("name", ["script/server", "script/test", "script/bench", "script/lock", ".ci/run"])
    def test_can_be_run(self, name: str) -> None:
        assert os.access(ROOT / name, os.X_OK)

    @pytest.mark.parametrize("name", ["script/server", "script/test", "script/bench", "script/lock", ".ci/run", "script/lib/bootstrap.sh"])
    def test_are_good_shell_and_say_what_they_do(self, name: str) -> None:
        assert subprocess.run([BASH, "-n", ROOT / name], check=False).returncode == 0
        assert any(line.startswith("# ") for line in (ROOT / name).read_text().splitlines()[:2])

    def test_for_the_gate_does_what_a_developer_does(self) -> None:
        assert 'script/test" "$@"' in (ROOT / ".ci/run").read_text()
