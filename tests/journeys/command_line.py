"""The operator at the command line of a house: types every command there is, and keeps every word that comes back."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.house.tree import ROOT
from tests.journeys.flock import PERSON, TYPED
from tests.journeys.inventory import Words, command_of
from tests.terminals import Terminal

EDITION = ROOT / "policies" / "wesoft" / "edition-1"
PRODUCTS = ROOT / "src" / "camket" / "duties" / "catalogue" / "starter.toml"
COLLEAGUE = "ngan@staff.example.vn"
QUESTION = ("--role", "adviser", "--operation", "use", "--purpose", "advise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What one command said, on both of its streams."""

    arguments: Words
    status: int
    text: str = field(repr=False)


class CommandLine:
    """Types commands in the environment of one house."""

    def __init__(self, environment: Mapping[str, str], terminal: Terminal) -> None:
        self.environment = environment
        self.printed: list[Printed] = []
        self._terminal = terminal

    def type(self, *arguments: str, status: int = 0) -> str:
        """Run a command to its end, and return what it printed on its standard output."""
        done = self._terminal.run(*arguments)
        self.printed.append(Printed(arguments=arguments, status=done.returncode, text=done.stdout + done.stderr))
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def driven(self) -> set[Words]:
        """Return which commands have been typed."""
        return {command_of(one.arguments) for one in self.printed}

    def publish_edition_2(self, folder: Path, *, seconds: int) -> None:
        """Publish the same text as another edition that comes into force a little later, by the worker's hand."""
        draft = folder / "edition-2"
        shutil.copytree(EDITION, draft)
        manifest = (draft / "edition.toml").read_text("utf-8")
        (draft / "edition.toml").write_text(manifest.replace("number = 1", "number = 2"), "utf-8")
        due_at = datetime.now(UTC) + timedelta(seconds=seconds)  # the house lives in the present
        self.type("policy", "publish", str(draft), "--at", due_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        assert "comes into force at" in self.printed[-1].text

    def type_everything(self, folder: Path) -> None:
        """
        Type every command that can be typed beside a serving house, some of them with what a person once told us.

        Args:
            folder: Where the files go that some of them write.
        """
        self._staff_and_programs()
        self._policy_and_journal(folder)
        self.type("doctor")
        self.type("demo", status=1)
        self.type("upgrade", status=1)
        self.type("retention", "plan")
        self.type("retention", "run")
        self.type("keys", "rotate")
        self.type("indexes", "rebuild")
        self.type("do-not-call", "show")
        numbers = folder / "numbers.txt"
        numbers.write_text(f"{PERSON['phone']}\n{TYPED['word']}\n", "utf-8")
        self.type("do-not-call", "import", str(numbers))
        numbers.unlink()

    def _staff_and_programs(self) -> None:
        self.type("staff", "add", COLLEAGUE, "--role", "abuse", "--name", "Ngân")
        self.type("staff", "add", TYPED["word"], "--role", "adviser", status=2)
        self.type("staff", "role", COLLEAGUE, "--role", "auditor")
        self.type("staff", "sign-out", COLLEAGUE)
        self.type("staff", "link", TYPED["email"], status=1)
        self.type("staff", "dismiss", COLLEAGUE, "--erase")
        self.type("staff", "list")
        self.type("token", "add", TYPED["word"], "--scope", "inquiries:write", status=2)
        self.type("token", "revoke", TYPED["email"], status=1)
        self.type("token", "list")

    def _policy_and_journal(self, folder: Path) -> None:
        self.type("policy", "check", str(EDITION))
        self.type("policy", "decide", str(EDITION), *QUESTION, "--fields", TYPED["word"], status=1)
        self.type("policy", "diff", str(EDITION), "1")
        self.type("policy", "export", str(EDITION), "--format", "cedar")
        self.type("policy", "recount")
        self.type("catalogue", "load", str(PRODUCTS))
        self.type("journal", "verify")
        self.type("journal", "export", str(folder / "journal.jsonl"))
        first = self.type("journal", "export", "-").splitlines()[0]
        self.type("journal", "prove", json.loads(json.loads(first)["payload"])["id"])

    @contextmanager
    def worker(self, log: Path) -> Iterator[None]:
        """Run a worker of its own beside the house for the length of a block; its first turn does everything that others do now and then."""
        with log.open("wb") as out:
            process = subprocess.Popen([sys.executable, "-m", "camket", "worker"], env=self.environment, stdout=out, stderr=out)
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                status = process.wait(30)
        self.printed.append(Printed(arguments=("worker",), status=status, text=log.read_text("utf-8")))
        assert status == 0, log.read_text("utf-8")


@contextmanager
def command_line(environment: Mapping[str, str]) -> Iterator[CommandLine]:
    """Open a terminal in the environment of a house for the length of a block."""
    with closing(Terminal(environment)) as terminal:
        yield CommandLine(environment, terminal)
