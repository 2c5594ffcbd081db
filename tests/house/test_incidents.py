"""Every fault of others that can happen here is backed by a test that exists, or belongs to what is not built yet and says so."""

import re

import pytest

from tests.house import papers, threats
from tests.house.tree import ROOT, listed

LINES = list(threats.lines(papers.document("incidents.md")))


class TestTheIncidents:
    def test_are_told_in_both_kinds(self) -> None:
        assert {line.kind for line in LINES} == {"here", "not yet"}
        assert len(LINES) >= 25

    def test_that_can_happen_here_name_the_tests_that_show_it(self) -> None:
        bare = [line.answer[:80] for line in LINES if line.kind == "here" and not line.tests]
        assert not bare, listed(bare)

    def test_of_what_is_not_there_yet_say_why_nothing_shows_it(self) -> None:
        odd = [line.answer[:80] for line in LINES if line.kind == "not yet" and (line.tests or not line.is_backed)]
        assert not odd, listed(odd)

    def test_name_only_tests_that_are_there(self) -> None:
        gone = [name for line in LINES for name in line.tests if not threats.is_there(name)]
        assert not gone, listed(gone)

    @pytest.mark.parametrize("place", ["SECURITY.md", "docs/threat-model.md", "docs/map.md"])
    def test_can_be_found_from_where_documents_are_listed(self, place: str) -> None:
        assert re.search(r"\]\((?:docs/)?incidents\.md\)", (ROOT / place).read_text()), place
