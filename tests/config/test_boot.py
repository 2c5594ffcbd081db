"""What a process of Camket is from its first step on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

CAMKET = [sys.executable, "-m", "camket", "--help"]
# As `camket` and the page server begin; then each database is opened for the first time.
FIRST_STEPS = """
import os
os.umask(0o022)
from camket.config.boot import start
start()
from django.db import connections
for connection in connections.all():
    connection.cursor().execute("CREATE TABLE first (id integer)")
"""


@pytest.mark.whatever_database
class TestAHome:
    def test_is_open_to_nobody_else_from_its_first_file_on(self, new_home: Callable[[], Mapping[str, str]]) -> None:
        environment = new_home()
        home = Path(environment["CAMKET_HOME"]) / "deeper" / "home"
        subprocess.run([sys.executable, "-c", FIRST_STEPS], env={**environment, "CAMKET_HOME": str(home)}, check=True, timeout=120)
        places = [home, *home.rglob("*")]
        assert len(places) > 2
        assert [str(place) for place in places if place.stat().st_mode & 0o077] == []


@pytest.mark.whatever_database
class TestAProcess:
    @pytest.mark.clause("7.1")
    def test_leaves_no_image_of_its_memory_when_it_crashes(self, new_home: Callable[[], Mapping[str, str]]) -> None:
        steps = "import resource\nfrom camket.config.boot import start\nstart()\nprint(resource.getrlimit(resource.RLIMIT_CORE))"
        done = subprocess.run([sys.executable, "-c", steps], env=new_home(), check=True, timeout=120, capture_output=True, text=True)
        assert done.stdout.strip() == "(0, 0)"


# Settings that are interrupted while they are read, as by Ctrl-C in the first second; whoever passes that over gets to the end of them.
INTERRUPTED = "import os, signal, sys\nos.kill(os.getpid(), signal.SIGINT)\nsys.exit(7)\n"


@pytest.mark.whatever_database
class TestCtrlC:
    @pytest.fixture
    def interrupted(self, tmp_path: Path) -> Mapping[str, str]:
        (tmp_path / "interrupted_settings.py").write_text(INTERRUPTED)
        return {**os.environ, "DJANGO_SETTINGS_MODULE": "interrupted_settings", "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    def test_in_the_first_second_ends_the_command_without_a_traceback(self, interrupted: Mapping[str, str]) -> None:
        # whoever runs the tests may have it passed over
        heeding = ["env", "--default-signal=INT", *CAMKET]
        done = subprocess.run(heeding, env=interrupted, timeout=120, capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")

    def test_is_passed_over_where_whoever_started_the_command_wants_that(self, interrupted: Mapping[str, str]) -> None:
        passing_over = ["env", "--ignore-signal=INT", *CAMKET]
        done = subprocess.run(passing_over, env=interrupted, timeout=120, capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")
