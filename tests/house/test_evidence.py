"""What the desk says of each clause, where it is kept and what shows it, is what the sources and the tests say; and what edition 1 lacks is known."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from camket.duties.publishing.queries.mechanisms import mechanisms_of
from camket.policy.clauses import rules_of
from camket.policy.terms import ClauseNumber
from tests.house import evidence, unkept
from tests.house.papers import ruled_clauses
from tests.house.tree import ROOT


class TestTheFileOfEvidence:
    def test_is_what_the_sources_and_the_tests_say(self) -> None:
        assert evidence.FILE.read_text("utf-8") == evidence.written(), "it is stale: run script/coverage"

    def test_is_written_where_it_is_told(self, tmp_path: Path) -> None:
        evidence.main(tmp_path / "evidence.json")
        assert (tmp_path / "evidence.json").read_text("utf-8") == evidence.written()

    def test_names_single_tests_that_are_there(self) -> None:
        found = evidence.clauses_by_test()
        assert sum(len(tests) for groups in found.values() for tests in groups.values()) > 1000
        for file, groups in found.items():
            text = (ROOT / file).read_text()
            for group, tests in groups.items():
                assert all(f"class {part}" in text for part in group.split("::") if part), (file, group)
                assert all(re.search(rf"def {name}\(", text) for name in tests), (file, group)


class TestASource:
    @pytest.mark.parametrize(
        ("docstring", "told"),
        [
            ("Do it.\n\nSource: policy §4; GDPR art. 5(1)(e).", ["4"]),
            ("Source: policy §4, §6 and §7.", ["4", "6", "7"]),
            ("Source: policy §3 (3.9); Law 91/2025 art. 19.2.", ["3.9"]),
            ("Source: policy §3, §4 (4.2).", ["3", "4.2"]),
            ("Source: RFC 9162 §2.1; house.md §5.", []),
            ("Says what policy §4 says.", []),
        ],
    )
    def test_is_read_by_its_numbers(self, docstring: str, told: list[str]) -> None:
        assert list(evidence.sources_told(docstring)) == told


@pytest.fixture(scope="module")
def tested() -> set[str]:
    """The clauses that a test is marked with."""
    return {
        number for groups in evidence.clauses_by_test().values() for tests in groups.values() for told in tests.values() for number in told.split()
    }


@pytest.fixture(scope="module")
def cited() -> Mapping[str, list[str]]:
    """The functions that cite a clause or a whole section."""
    return evidence.code_by_clause()


class TestEdition1:
    """Of each of its clauses it is known what the program has for it, and why where it has less than a function and a test."""

    RULED = frozenset(ruled_clauses((evidence.CITED / "policy.vi.md").read_text()))

    def clauses(self) -> set[str]:
        return {str(one.number) for one in evidence.cited_policy()[1].clauses}

    def test_has_no_rule_without_a_test_of_its_own(self, tested: set[str]) -> None:
        assert self.RULED - tested == set()

    def test_has_no_rule_that_nothing_carries_out_but_those_that_are_left_to_people(self, cited: Mapping[str, list[str]]) -> None:
        policy, _ = evidence.cited_policy()
        carried = {one for one in self.RULED if any(found.code for found in mechanisms_of(rules_of(policy, ClauseNumber(one))))}
        assert self.RULED - carried - set(cited) == set(unkept.LEFT_TO_PEOPLE)
        assert self.RULED & carried - set(cited) == set(unkept.BY_KIND_ALONE)

    def test_has_no_clause_without_a_rule_that_lacks_a_function_or_a_test_but_those_with_a_reason(
        self, cited: Mapping[str, list[str]], tested: set[str]
    ) -> None:
        informative = self.clauses() - self.RULED
        assert informative - set(cited) - tested == set(unkept.NEITHER)
        assert informative & tested - set(cited) == set(unkept.NO_FUNCTION)
        assert informative & set(cited) - tested == set()

    def test_is_cited_by_its_clauses_and_as_a_section_only_with_a_reason(self, cited: Mapping[str, list[str]]) -> None:
        assert set(cited) <= self.clauses() | {one.partition(".")[0] for one in self.clauses()}
        assert {(number, name) for number, names in cited.items() if "." not in number for name in names} == set(unkept.OF_A_SECTION)

    def test_is_the_one_that_the_file_speaks_of(self) -> None:
        assert json.loads(evidence.FILE.read_text("utf-8"))["meanings"].keys() == self.clauses()
