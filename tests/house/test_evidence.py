"""What the desk says of each clause, where it is kept and what shows it, is what the sources and the tests say."""

from pathlib import Path

import pytest

from tests.house import evidence


class TestTheFileOfEvidence:
    def test_is_what_the_sources_and_the_tests_say(self) -> None:
        assert evidence.FILE.read_text("utf-8") == evidence.written(), "it is stale: run script/coverage"

    def test_is_written_where_it_is_told(self, tmp_path: Path) -> None:
        evidence.main(tmp_path / "evidence.json")
        assert (tmp_path / "evidence.json").read_text("utf-8") == evidence.written()


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
