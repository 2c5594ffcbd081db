"""What a command does with output that nobody takes, or that has no room."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

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
