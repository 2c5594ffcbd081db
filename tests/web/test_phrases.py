"""What the compiler says is said in the reader's language: each sentence, with what stands in it; the command line stays English."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.utils import translation

from camket.policy.compiler import compile_edition
from camket.policy.phrases import NOTHING, phrase
from camket.policy.regimes import parse_regime
from camket.web.kit.phrases import spoken
from tests.house.tree import ROOT
from tests.policy.sample import edited, sample_regime, sample_source

CASES = tomllib.loads((ROOT / "tests" / "policy" / "broken.toml").read_text("utf-8"))["case"]
VIETNAM = parse_regime((ROOT / "regimes" / "vn-2026.toml").read_text("utf-8").replace('id = "vn-2026"', f'id = "{sample_regime().id}"', 1))


class TestAFinding:
    @pytest.mark.parametrize("case", CASES, ids=[case["when"] for case in CASES])
    def test_of_a_broken_edition_is_told_in_vietnamese_with_what_it_quotes(self, case: Mapping[str, str]) -> None:
        compilation = compile_edition(edited(case["old"], case["new"], case.get("file", "policy.vi.md")), sample_regime())
        for one in compilation.diagnostics:
            for said in (one.message, one.hint):
                with translation.override("vi"):
                    assert spoken(said) != said
                with translation.override("en"):
                    assert spoken(said) == said

    def test_of_the_law_names_its_article_in_both_languages(self) -> None:
        found = [one for one in compile_edition(sample_source(), VIETNAM).diagnostics if one.code == "law.right.complain"]
        with translation.override("vi"):
            assert [spoken(one.message) for one in found] == [
                "Không điều khoản nào nói cách thực hiện quyền 'complain'. Luật: Law 91/2025 art. 4.1(đ); Decree 248/2026 art. 5.1(h)."
            ]


class TestASentence:
    def test_may_stand_in_another_one(self) -> None:
        inner = phrase("must be true or false")
        with translation.override("vi"):
            assert spoken(phrase("'{key}' in [[{name}]] {what}.", key="multiline", name="field", what=inner)) == (
                "'multiline' trong [[field]] phải là true hoặc false."
            )

    def test_tells_why_a_period_is_none(self) -> None:
        (told,) = [one for one in compile_edition(edited('keep = "P90D"', 'keep = "ninety"'), None).diagnostics if one.code == "rule.bad_value"]
        with translation.override("vi"):
            assert "đây không phải là thời hạn" in spoken(told.message)

    def test_keeps_braces_that_an_author_wrote(self) -> None:
        with translation.override("vi"):
            assert spoken(phrase("There is no rule called {name}.", name="'{x} {0} %s'")) == "Không có quy tắc nào tên là '{x} {0} %s'."

    def test_that_is_none_says_nothing(self) -> None:
        assert spoken(NOTHING) == ""


class TestTheTable:
    def test_is_where_the_sentences_are_kept_and_nowhere_else(self) -> None:
        pure = (ROOT / "src" / "camket" / "policy").glob("*.py")
        assert [path.name for path in pure if "gettext" in Path(path).read_text("utf-8")] == []
