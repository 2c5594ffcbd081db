"""`docs/write-your-own-policy.md`, followed by a newcomer: every file written, every command typed, every printed line compared."""

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from django.conf import settings

from camket.duties.publishing.queries import check_edition
from tests.house.tree import ROOT
from tests.journeys.command_line import CommandLine, command_line
from tests.journeys.house import House, running
from tests.journeys.test_operator import NewHome, camket
from tests.journeys.visitor import Visitor, proof_of_work

PAGE = (ROOT / "docs" / "write-your-own-policy.md").read_text("utf-8")
FENCE = re.compile(r"^(`{3,})(\w+) ?([^\n]*)\n(.*?)\n\1$", re.MULTILINE | re.DOTALL)
SLIP = re.compile(r"^\| `([\w.]+)` \| `(.+?)` \| `(.+?)` \| `([a-z.]+\.[a-z_]+)` \|", re.MULTILINE)
APPENDED = "at the end of "
WITHOUT_A_HOUSE = ("check", "decide", "diff")


class Block(NamedTuple):
    """One fenced block of the page."""

    tongue: str
    place: str
    text: str


BLOCKS = [Block(found.group(2), found.group(3), found.group(4)) for found in FENCE.finditer(PAGE)]
SLIPS = [found.groups() for found in SLIP.finditer(PAGE)]


def typed(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines that it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *printed = part.rstrip("\n").split("\n")
        yield command, printed


def assert_printed(expected: list[str], printed: str, command: str) -> None:
    """Hold what was printed against the page, on which … stands for any number of lines, or for the end of one."""
    parts = [re.escape(line).replace("…", "[^\n]*") for line in expected]
    pattern = "".join("(?:[^\n]*\n)*?" if line == "…" else f"{part}\n" for line, part in zip(expected, parts, strict=True))
    assert re.fullmatch(pattern, printed if not printed or printed.endswith("\n") else printed + "\n"), f"$ {command}\n{printed}"


def write(folder: Path, block: Block) -> None:
    """Write a file of the page, or add to it."""
    place = folder / block.place.removeprefix(APPENDED)
    before = place.read_text("utf-8") if block.place.startswith(APPENDED) else ""
    place.write_text(before + block.text + "\n", "utf-8")


@dataclass(slots=True)
class Newcomer:
    """Somebody with two terminals who knows nothing but the page; the second one is open as long as the house in the first."""

    folder: Path
    environment: dict[str, str]
    until_the_end: ExitStack
    house: House | None = None
    terminal: CommandLine | None = None

    def type(self, command: str, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """Do what one line says, and look at what it prints."""
        words = shlex.split(command.replace("$PWD", str(self.folder)))
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value
        elif words[0] == "cd":
            self.folder /= words[1]
        elif words[:2] == ["camket", "serve"]:
            self.house = self.until_the_end.enter_context(running(self.environment))
            self.terminal = self.until_the_end.enter_context(command_line(self.house.environment))
            assert_printed([*expected, "…"], self.house.printed(), command)
        elif words[:2] == ["camket", "policy"] and words[2] in WITHOUT_A_HOUSE and "1" not in words:
            monkeypatch.chdir(self.folder)
            assert_printed(expected, CliRunner().invoke(camket(), words[1:], prog_name="camket").output, command)
        elif words[0] == "camket" and self.terminal:
            self.terminal.type(*(str(self.folder / word) if (self.folder / word).exists() else word for word in words[1:]))
            assert_printed(expected, self.terminal.printed[-1].text, command)
        else:
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True)
            assert_printed(expected, done.stdout + done.stderr, command)


def order_a_cake(house: House) -> None:
    """Look at the form that the page promises, in both languages, and send it."""
    visitor = Visitor(house.url)
    assert "Quý khách cần gì?" in visitor.get("/vi/contact").words()
    form = visitor.get("/en/contact")
    assert "so that we know whose cake it is" in form.words()
    assert form.text.count('type="checkbox"') == 1
    assert "May Bakery</title>" in form.text
    values = {"full_name": "Lê Thị Hoa", "email": "hoa@example.com", "message": "A cake for twelve.", "consents": ["advise"]}
    sent = visitor.submit(form, {**values, "work": proof_of_work(form)})
    assert (sent.status, "CK-" in sent.text) == (200, True), sent.words()


@pytest.fixture
def newcomer(new_home: NewHome, tmp_path: Path) -> Iterator[Newcomer]:
    """An empty folder, and no setting."""
    with ExitStack() as stack:
        yield Newcomer(tmp_path, {name: text for name, text in new_home().items() if name != "CAMKET_HOME"}, stack)


@pytest.mark.slow
@pytest.mark.whatever_database
class TestThePage:
    def test_leads_from_an_empty_folder_to_an_edition_that_waits_for_its_day(self, newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
        for block in BLOCKS:
            if block.tongue != "console":
                write(newcomer.folder, block)
                continue
            for command, expected in typed(block.text):
                newcomer.type(command, expected, monkeypatch)
                if command == "camket serve" and newcomer.house:
                    order_a_cake(newcomer.house)
        assert newcomer.house is not None
        assert "Birthday cakes" in Visitor(newcomer.house.url).get("/en/products").words()


@pytest.fixture(scope="class")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first edition, as the page leaves it."""
    folder = tmp_path_factory.mktemp("bakery")
    (folder / "may" / "edition-1").mkdir(parents=True)
    for block in BLOCKS:
        if "edition-1/" in block.place:
            write(folder, block)
    return folder / "may" / "edition-1"


def findings(folder: Path) -> Mapping[str, str]:
    """Return what the compiler says of a folder: for each code the last hint."""
    return {one.code: one.hint for one in check_edition(path=folder, regime_file=Path(settings.CAMKET_REGIME_FILE)).diagnostics}


@pytest.mark.whatever_database
class TestASlipOfThePage:
    def test_is_one_of_a_dozen_and_none_stands_in_the_edition_itself(self, edition: Path) -> None:
        assert len(SLIPS) == 12
        assert not findings(edition).keys() & {code for *_, code in SLIPS}

    @pytest.mark.parametrize("slip", SLIPS, ids=[f"{code} in {file}, {number}" for number, (file, _, _, code) in enumerate(SLIPS)])
    def test_is_told_as_the_page_says(self, slip: tuple[str, str, str, str], edition: Path, tmp_path: Path) -> None:
        file, right, wrong, code = slip
        for path in edition.iterdir():
            (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
        text = (edition / file).read_text("utf-8")
        assert right in text
        (tmp_path / file).write_text(text.replace(right, wrong, 1), "utf-8")
        assert findings(tmp_path).get(code), findings(tmp_path)
