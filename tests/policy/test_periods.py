"""The words of a clause and its rule name the same period, or an author is told beside the clause."""

import pytest

from camket.policy.compiler import compile_edition
from camket.policy.diagnostics import Diagnostic, Severity
from camket.policy.source import EditionSource
from tests.policy.sample import FILES, sample_regime

VI, EN = "chín mươi ngày sau", "for ninety days after"
pytestmark = pytest.mark.clause("4.2")


def told(vi: str = VI, en: str = EN, keep: str = "P90D") -> list[Diagnostic]:
    texts = {
        "policy.vi.md": FILES["policy.vi.md"].replace(VI, vi, 1).replace('keep = "P90D"', f'keep = "{keep}"', 1),
        "policy.en.md": FILES["policy.en.md"].replace(EN, en, 1),
    }
    compilation = compile_edition(EditionSource(files={**FILES, **texts}), sample_regime())
    assert compilation.policy is not None
    return [one for one in compilation.diagnostics if one.code == "retain.said_otherwise"]


class TestAPeriod:
    @pytest.mark.parametrize(
        ("vi", "en", "keep", "file"),
        [
            ("90 ngày sau", EN, "P180D", "policy.vi.md"),
            ("180 ngày sau", "for 90 days after", "P180D", "policy.en.md"),
            ("24 tháng sau", EN, "P2Y6M", "policy.vi.md"),
            (VI, "for a 30-day period after", "P90D", "policy.en.md"),
        ],
    )
    def test_that_the_words_and_the_rule_name_otherwise_is_told_beside_the_clause(self, vi: str, en: str, keep: str, file: str) -> None:
        (one,) = told(vi, en, keep)
        assert (one.file, one.clause, one.severity) == (file, "4.1", Severity.WARNING)
        assert keep in one.message

    @pytest.mark.parametrize(
        ("vi", "en", "keep"),
        [
            (VI, EN, "P180D"),  # in letters: nobody reads them here
            ("90 ngày sau", "for 90 days after", "P90D"),
            ("18 tháng sau", "for 18 months after", "P1Y6M"),
            ("2 tuần sau", "for 2 weeks after", "P14D"),
            ("90 ngày, còn hồ sơ 1 năm, sau", "for 90 days, files for 1 year, after", "P90D"),
            ("trong 5 ngày làm việc, giữ 90 ngày sau", EN, "P90D"),
        ],
    )
    def test_that_is_the_same_in_other_units_or_stands_in_letters_is_told_of_nowhere(self, vi: str, en: str, keep: str) -> None:
        assert told(vi, en, keep) == []
