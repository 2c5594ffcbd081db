"""The policy as it is read: every clause with its mark, the date under the name the text gives it, and how to reach the controller."""

import re
from typing import Any

import pytest

from tests.web.browsing import Browser


def clause(text: str, number: str) -> str:
    """The part of the page that shows a clause."""
    return text.partition(f'id="c{number}"')[2].partition('class="law-clause"')[0]


class TestAClauseWithoutARule:
    @pytest.mark.parametrize(
        ("language", "mark", "reason"),
        [
            ("vi", "không có quy tắc tự động", "Không có mục đích quảng cáo nào được khai báo"),
            ("en", "no machine rule", "No purpose of advertising is declared, so every such use is refused."),
        ],
    )
    def test_says_why_in_the_language_of_the_page(self, visitor: Browser, language: str, mark: str, reason: str) -> None:
        shown = clause(visitor.get(f"/{language}/policy").text, "3.7")
        assert mark in shown
        assert reason in shown.partition("<details")[2]
        assert " lang=" not in shown

    def test_is_told_apart_from_one_with_a_rule(self, visitor: Browser) -> None:
        text = visitor.get("/en/policy").text
        assert "<details" not in clause(text, "3.1")
        assert text.count('<details class="informative-mark"') == text.count("no machine rule</span>")

    def test_says_why_in_every_language_that_the_edition_has(self, visitor: Browser) -> None:
        assert "lang=" not in visitor.get("/en/policy").text.partition('class="law"')[2].partition('class="proof"')[0]


class TestTheDateOfTheLastUpdate:
    @pytest.mark.clause("8.3")
    @pytest.mark.parametrize(("language", "name"), [("vi", "cập nhật gần nhất"), ("en", "last updated")])
    def test_bears_the_name_that_the_text_gives_it_wherever_it_stands(self, visitor: Browser, sign_in: Any, language: str, name: str) -> None:
        policy = visitor.get(f"/{language}/policy").text
        assert f"“{name}”" in clause(policy, "8.3")
        date = re.escape("23/11/2026" if language == "vi" else "23 Nov 2026")
        desk = sign_in("auditor").get(f"/{language}/console/editions").text
        for text in (policy, visitor.get(f"/{language}/").text, desk):
            words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
            dated = re.findall(rf"(\S+ \S+ \S+ \S+) {date}", words)
            assert any(re.search(rf"{name}:?$", before, re.IGNORECASE) for before in dated), dated


class TestSectionFive:
    @pytest.mark.clause("5.2")
    @pytest.mark.parametrize(
        ("language", "missing"), [("vi", "Chúng tôi chưa công bố địa chỉ email"), ("en", "Our e-mail address is not published yet")]
    )
    def test_says_how_to_reach_the_controller_or_that_it_cannot_be_said_yet(
        self, visitor: Browser, settings: Any, language: str, missing: str
    ) -> None:
        assert missing in clause(visitor.get(f"/{language}/policy").text, "5.1")
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        shown = clause(visitor.get(f"/{language}/policy").text, "5.1")
        assert missing not in shown
        assert 'href="mailto:lienhe@example.vn"' in shown
