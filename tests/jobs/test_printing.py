"""What a command does with output that nobody takes, or that has no room."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from django.db import OperationalError

from camket.duties.custody.queries import Room
from camket.jobs.cli import printing

DOCTOR = (sys.executable, "-m", "camket", "doctor")


@pytest.fixture
def environment(new_home: Callable[[], Mapping[str, str]]) -> dict[str, str]:
    """An installation, whose commands keep what they print until they send it, as they do where nobody asks for something else."""
    return {name: value for name, value in new_home().items() if name != "PYTHONUNBUFFERED"}


@pytest.fixture
def nobody() -> Iterator[int]:
    """A pipe whose other end is closed."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.whatever_database
class TestWhatNobodyReadsToItsEnd:
    @pytest.mark.parametrize("words", [DOCTOR, (*DOCTOR, "--json"), (*DOCTOR[:-1], "staff", "list", "--help")], ids=lambda words: " ".join(words[2:]))
    def test_ends_the_command_quietly_as_the_system_would(self, environment: dict[str, str], nobody: int, words: tuple[str, ...]) -> None:
        done = subprocess.run(words, env=environment, stdout=nobody, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (141, "")

    def test_is_no_fault_of_the_disk(self, environment: dict[str, str], nobody: int) -> None:
        plan = (*DOCTOR[:-1], "retention", "plan")
        done = subprocess.run(plan, env=environment, stdout=subprocess.PIPE, stderr=nobody, text=True, timeout=120, check=False)
        assert (done.returncode, done.stdout) == (141, "")


@pytest.mark.whatever_database
class TestWhatHasNoRoom:
    def test_ends_the_command_with_a_sentence(self, environment: dict[str, str]) -> None:
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(DOCTOR, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (3, "camket: No space left on device: the disk\n")


@pytest.mark.whatever_database
class TestADatabaseThatRefuses:
    """Its message may repeat what was in a row: only words of the driver that are the same for everybody are understood, and none is repeated."""

    @pytest.mark.parametrize(
        ("words", "state", "free", "said"),
        [
            ("database or disk is full", "", 10**9, "for its disk is full"),
            ("unable to open database file", "", 0, "for its disk is full"),
            ("could not extend file: An", "53100", 10**9, "for its disk is full"),
            ("attempt to write a readonly database", "", 10**9, "for it can only be read here"),
            ("cannot execute INSERT: An", "25006", 10**9, "for it can only be read here"),
            ("unable to open database file", "", 10**9, "(OperationalError)"),
            ("An: database or disk is full", "", 0, "(OperationalError)"),
        ],
    )
    def test_is_quoted_by_its_cause_alone(self, monkeypatch: pytest.MonkeyPatch, words: str, state: str, free: int, said: str) -> None:
        cause = RuntimeError()
        cause.sqlstate = state  # type: ignore[attr-defined]  # as psycopg's errors have it
        monkeypatch.setattr(printing, "room_left", lambda: Room(free_bytes=free, total_bytes=10**12))

        @click.command()
        def refused() -> None:
            with printing.environment_may_fail():
                raise OperationalError(words) from cause

        done = CliRunner().invoke(refused)
        assert done.exit_code == 3
        assert said in done.stderr
        assert "An" not in done.stderr
