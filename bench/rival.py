"""A rival in its own virtual environment: started once, told to do a round whenever it is its turn."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.plan import Plan
from bench.sample import Sample

ROOT = Path(__file__).resolve().parents[1]


class RivalFailed(Exception):
    """A rival ended before its time; the message says which, its own words stand above."""


class Rival:
    """The pipe to one rival: a line of JSON each way."""

    def __init__(self, module: str, process: "subprocess.Popen[str]") -> None:
        self._module = module
        self._process = process

    def tell(self, **words: Any) -> Any:
        """Say something, and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):  # some of them print a word of their own when they are imported
                return json.loads(line)
        raise RivalFailed(f"{self._module} ended without an answer")

    def sample(self, **words: Any) -> Sample:
        """Let it do one round."""
        return Sample(**self.tell(**words))


@contextmanager
def rival(plan: Plan, module: str, settings: Mapping[str, Any]) -> Iterator[Rival]:
    """
    Start a rival with its settings, and end it afterwards.

    Args:
        plan: Says where the rivals' Python is, and which database they use.
        module: A module of bench.peers.
        settings: What it has to know before its first round.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CAMKET_", "DJANGO_", "PYTHON"))}
    environment["PYTHONPATH"] = str(ROOT)
    command = [plan.peers_python, "-m", f"bench.peers.{module}"]
    with subprocess.Popen(command, cwd=plan.folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        started = Rival(module, process)
        try:
            started.tell(**settings, postmaster=plan.postmaster, folder=plan.folder, address=plan.addresses.get("peers", ""))
            yield started
        finally:
            process.stdin.close()  # type: ignore[union-attr]  # a pipe, as asked for above
            process.wait(timeout=60)
