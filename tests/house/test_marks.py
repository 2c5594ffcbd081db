"""A test that is marked names clauses of the policy, and what is read from the sources of the tests is what pytest collects."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import papers
from tests.house.marks import MarkedTest, marked_tests
from tests.house.tree import ROOT, listed, name_of, project_files

# each marks in another way: its class, its file, what it is given, a list of what it is given, a function of its own
SEVERAL = ("tests/policy/test_edition_1.py", "tests/web/console/test_raised.py", "tests/duties/publishing/test_proposing.py")
TOLD = """
import json

def pytest_collection_finish(session):
    found = {}
    for item in session.items:
        for mark in item.iter_markers("clause"):
            found.setdefault(item.nodeid.partition("[")[0], set()).update(mark.args)
    print("COLLECTED", json.dumps({name: sorted(clauses) for name, clauses in found.items()}))
"""


def files_of_tests() -> list[Path]:
    """Every file in which pytest looks for tests."""
    return [path for path in project_files() if path.name.startswith("test_") and path.suffix == ".py" and ROOT / "tests" in path.parents]


def planted(folder: Path, source: str) -> list[MarkedTest]:
    """What is read from a file of tests with this content."""
    (folder / "test_planted.py").write_text(source)
    return list(marked_tests(folder / "test_planted.py"))


class TestAMarkedTest:
    def test_names_clauses_that_the_policy_has_and_no_whole_section(self) -> None:
        text = "\n".join(path.read_text() for path in (ROOT / "policies").glob("*/edition-*/policy.vi.md"))
        clauses = set(re.findall(r"(?m)^(\d+\.\d+)\s", text))
        found = [(path, one) for path in files_of_tests() for one in marked_tests(path)]
        unknown = [f"{number} at {one.name} in {name_of(path)}" for path, one in found for number in one.clauses if number not in clauses]
        assert len(found) > 1000
        assert not unknown, listed(unknown)

    def test_is_there_for_every_clause_that_carries_a_rule(self) -> None:
        told = {number for path in files_of_tests() for one in marked_tests(path) for number in one.clauses}
        ruled = {number for path in (ROOT / "policies").glob("*/edition-*/policy.vi.md") for number in papers.ruled_clauses(path.read_text())}
        assert len(ruled) > 40
        assert not ruled - told, listed([f"{number}: no test tells it" for number in sorted(ruled - told)])

    def test_that_is_missing_is_noticed(self, tmp_path: Path) -> None:
        (one,) = planted(tmp_path, '@pytest.mark.clause("1.1")\ndef test_it() -> None: ...\n')
        policy = '1.1 One.\n\n```rule\n[[field]]\n```\n\n1.2 Two.\n\n```rule\nrule = "none"\n```\n\n1.3 Three.\n\n```rule\n[[permit]]\n```\n'
        assert set(papers.ruled_clauses(policy)) - set(one.clauses) == {"1.3"}

    def test_of_a_whole_section_is_told_as_it_stands(self, tmp_path: Path) -> None:
        (one,) = planted(tmp_path, '@pytest.mark.clause("9")\ndef test_it() -> None: ...\n')
        assert one.clauses == ("9",)


class TestWhatIsRead:
    @pytest.mark.parametrize("file", SEVERAL)
    def test_is_what_pytest_collects(self, file: str, tmp_path: Path) -> None:
        (tmp_path / "told.py").write_text(TOLD)
        paths = os.pathsep.join([str(tmp_path), str(ROOT / "src"), str(ROOT)])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAMKET_", "DJANGO_", "PYTEST_"))}
        command = [sys.executable, "-m", "pytest", "-q", "-s", "--collect-only", "-p", "told", "-p", "no:cacheprovider", file]
        done = subprocess.run(command, cwd=ROOT, env=kept | {"PYTHONPATH": paths}, capture_output=True, text=True, check=True, timeout=120)
        (line,) = [one for one in done.stdout.splitlines() if one.startswith("COLLECTED ")]
        found = marked_tests(ROOT / file)
        read = {"::".join(filter(None, [file, one.group, one.name])): sorted(one.clauses) for one in found}
        assert read
        assert read == json.loads(line.removeprefix("COLLECTED "))

    def test_takes_in_what_a_file_and_a_class_are_marked_with(self, tmp_path: Path) -> None:
        source = """
pytestmark = [pytest.mark.django_db, pytest.mark.clause("3.10")]

@pytest.mark.clause("3.2", "1.1")
class TestA:
    def test_one(self): ...

def test_two(): ...
def helper(): ...
class Helper:
    def test_none(self): ...
"""
        assert planted(tmp_path, source) == [
            MarkedTest(group="TestA", name="test_one", clauses=("1.1", "3.2", "3.10")),
            MarkedTest(group="", name="test_two", clauses=("3.10",)),
        ]

    def test_is_nothing_of_a_file_without_a_mark(self, tmp_path: Path) -> None:
        assert planted(tmp_path, 'def clause(text): ...\n\ndef test_one(): assert clause("8.3")\n') == []
