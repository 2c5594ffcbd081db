"""The house as its operator runs it: `camket serve` and the command line, in processes of their own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.ports import free_port
from tests.terminals import typed


class House:
    """One installation, running."""

    def __init__(self, environment: Mapping[str, str], **settings: str) -> None:
        self.port, self.stream_port = free_port(), free_port()
        self.url, self.stream = f"http://localhost:{self.port}", f"localhost:{self.stream_port}"
        places = {"CAMKET_BIND": f"127.0.0.1:{self.port}", "CAMKET_STREAM_BIND": f"127.0.0.1:{self.stream_port}"}
        self.environment = {**environment, **places, "CAMKET_URL": self.url, **settings}
        self.home = Path(self.environment["CAMKET_HOME"])
        self.log = self.home.parent / f"{self.home.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> "House":
        """Start `camket serve` and wait for its first page."""
        command = [sys.executable, "-m", "camket", "serve", *arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        return self

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """Ask the house to stop, as Ctrl-C does."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def kill(self) -> None:
        """Kill every process of the house at once, as a power cut does."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)

    def pids(self, word: str) -> list[int]:
        """Return the processes of this house whose command line holds a word."""
        assert self.process is not None
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdigit():
                try:
                    command = (place / "cmdline").read_bytes().decode(errors="replace")
                    group = int((place / "stat").read_text().rsplit(") ", 1)[1].split()[2])
                except (OSError, IndexError):
                    continue
                if group == self.process.pid and word in command:
                    found.append(int(place.name))
        return found

    def camket(self, *arguments: str, status: int = 0) -> str:
        """Run a command and return its standard output."""
        return self._typed(arguments, status).stdout

    def camket_said(self, *arguments: str, status: int = 0) -> str:
        """Run a command and return what it said to the person who typed it."""
        return self._typed(arguments, status).stderr

    def _typed(self, arguments: Sequence[str], status: int) -> "subprocess.CompletedProcess[str]":
        done = typed(self.environment, *arguments)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def camket_json(self, *arguments: str, status: int = 0) -> Any:
        """Run a command with --json and return the value it printed."""
        return json.loads(self.camket(*arguments, "--json", status=status))

    def camket_lines(self, *arguments: str) -> list[Any]:
        """Run a command with --json and return the values it printed, one a line."""
        return [json.loads(line) for line in self.camket(*arguments, "--json").splitlines()]

    def printed(self) -> str:
        """Return everything the house has logged."""
        return self.log.read_text(errors="replace")


@contextmanager
def running(environment: Mapping[str, str], *arguments: str, **settings: str) -> Iterator[House]:
    """Run a house for the length of a block."""
    house = House(environment, **settings)
    try:
        yield house.start(*arguments)
    finally:
        house.stop()
        if house.process and house.process.poll() is None:
            house.kill()


def link_in(text: str, place: str) -> str:
    """Return the path of the one link in a text that leads to a place."""
    found = re.search(rf"https?://\S*{re.escape(place)}\S*", text)
    assert found is not None, f"no link to {place}"
    return urlsplit(found.group()).path
