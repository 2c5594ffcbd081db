"""Every line of the threat model is backed by a test that exists and runs, or says why there is none."""

import os
import re
import subprocess
import sys

import pytest

from tests.house import papers, threats
from tests.house.tree import ROOT, listed

TEXT = papers.document("threat-model.md")
LINES = list(threats.lines(TEXT))
NAMED = sorted({name for line in LINES for name in line.tests})
PLANTED = """
## A guest

| | what | shown by |
|---|---|---|
| learns | the menu | `tests/house/test_threat_model.py::TestTheReader::test_sees_every_line` |
| changes | nothing | believe us |
| remains | an open door | no test: it is an open door, everybody sees it |

## Words

| never | a line |
|---|---|
| so | it is |
"""


class TestTheThreatModel:
    def test_speaks_of_everybody(self) -> None:
        assert len(threats.sections(TEXT)) >= 13
        assert len(NAMED) > 60

    @pytest.mark.parametrize("who", sorted(threats.sections(TEXT)))
    def test_answers_all_four_questions_about(self, who: str) -> None:
        kinds = [line.kind for line in LINES if line.who == who]
        assert set(kinds) == set(threats.KINDS), who

    def test_backs_every_line_with_a_test_or_says_why_not(self) -> None:
        bare = [f"{line.who}: {line.answer[:80]}" for line in LINES if not line.is_backed]
        assert not bare, listed(bare)

    def test_names_only_tests_that_are_there(self) -> None:
        gone = [name for name in NAMED if not threats.is_there(name)]
        assert not gone, listed(gone)

    @pytest.mark.parametrize("place", ["README.md", "SECURITY.md", "docs/map.md"])
    def test_can_be_found_from_where_documents_are_listed(self, place: str) -> None:
        assert re.search(r"\]\((?:docs/)?threat-model\.md\)", (ROOT / place).read_text()), place


@pytest.mark.slow
class TestANamedTest:
    def collected(self, *names: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *names]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)

    def test_is_collected(self) -> None:
        done = self.collected(*NAMED)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def test_that_is_not_there_is_noticed(self) -> None:
        invented = f"{NAMED[0]}_of_nobody"
        done = self.collected(invented)
        assert done.returncode == 4
        assert invented in done.stdout + done.stderr


class TestTheReader:
    def test_sees_every_line(self) -> None:
        found = list(threats.lines(PLANTED))
        assert [(line.who, line.kind, line.is_backed) for line in found] == [
            ("A guest", "learns", True),
            ("A guest", "changes", False),
            ("A guest", "remains", True),
        ]
        assert found[0].tests == ("tests/house/test_threat_model.py::TestTheReader::test_sees_every_line",)
        assert threats.is_there(found[0].tests[0])

    @pytest.mark.parametrize(
        "name",
        [
            "tests/house/test_threat_model.py::TestTheReader::test_of_nobody",
            "tests/house/test_threat_model.py::TestOfNobody::test_sees_every_line",
            "tests/house/test_of_nobody.py::TestTheReader::test_sees_every_line",
            "tests/house/threats.py::lines",
            "tests/house/test_threat_model.py",
        ],
    )
    def test_misses_a_test_that_is_not_there(self, name: str) -> None:
        assert not threats.is_there(name)
