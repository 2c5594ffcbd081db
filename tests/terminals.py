"""
Where commands are typed: each runs in a process of its own, forked from one that has read a house's settings and has everything loaded.

To load it is nine tenths of a short command, and a house is told dozens of them. What is about the start itself begins a process from nothing.
"""

import atexit
import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

# The parent does what `camket.config.boot.main` does before it hands over; it opens no database, so that each child opens its own.
_TERMINAL = """
import gc, json, os, signal, sys, tempfile, traceback
del sys.argv[0]
gc.disable()
from camket.config.boot import settle_down, start
start()
from camket.jobs.cli import main
settle_down()

def run(arguments, out, err):
    signal.alarm(180)
    for stream, number in ((open(os.devnull), 0), (out, 1), (err, 2)):
        os.dup2(stream.fileno(), number)
    try:
        main(arguments, prog_name="python -m camket")
    except SystemExit as ended:
        code = ended.code
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(70)

for line in sys.stdin:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            run(json.loads(line), out, err)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        print(json.dumps([status, out.read().decode(), err.read().decode()]), flush=True)
"""


class Terminal:
    """A place to type commands in one environment, which is read once: whoever changes the file in the home opens another."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        begun = find_spec("camket.__main__")  # what people are told to type is named after the program that was started
        assert begun is not None
        assert begun.origin is not None
        self.home = environment["CAMKET_HOME"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _TERMINAL, begun.origin], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the terminal could not be opened, or went away"
        status, out, err = json.loads(answer)
        return subprocess.CompletedProcess(arguments, status, out, err)

    def close(self) -> None:
        """Leave it."""
        with self._process:  # closes what it reads from, which ends it, and waits for that
            pass


_open: dict[frozenset[tuple[str, str]], Terminal] = {}


def typed(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the environment of an installation, at the terminal that stands there until `leave`."""
    place = frozenset(environment.items())
    if place not in _open:
        _open[place] = Terminal(environment)
    done = _open[place].run(*arguments)
    if arguments[0] == "restore":
        leave(Path(environment["CAMKET_HOME"]))  # it puts other keys there, and one of them is read with the settings
    return done


def leave(home: Path | None = None) -> None:
    """Close the terminals that stand in a home, or every one."""
    for place, terminal in list(_open.items()):
        if home is None or terminal.home == str(home):
            _open.pop(place).close()


atexit.register(leave)
