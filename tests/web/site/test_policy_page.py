"""The policy as it is read: every clause with its mark, the date under the name the text gives it, and how to reach the controller."""

import re
from typing import Any

import pytest

from camket.duties.publishing import queries as editions
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
        assert "informative-mark" not in clause(text, "3.1")
        assert '<details class="rules"' in clause(text, "3.1")
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


class TestWhatARuleDoes:
    @pytest.mark.clause("3.11")
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            (
                "vi",
                ["Cho phép", "Bộ phận pháp lý", "chuyển giao", "Số điện thoại", "Tòa án", "có người thứ hai chấp thuận", "mỗi lần đều ghi lại lý do"],
            ),
            ("en", ["Permits", "Legal desk", "pass them on", "Phone number", "a second person approves it", "the reason is written down each time"]),
        ],
    )
    def test_is_told_in_words_from_what_decides(self, visitor: Browser, language: str, words: list[str]) -> None:
        shown = clause(visitor.get(f"/{language}/policy").text, "3.11").partition('<details class="rules">')[2]
        missing = [word for word in words if word.casefold() not in shown.casefold()]
        assert not missing, shown

    @pytest.mark.clause("1.2")
    @pytest.mark.parametrize(("language", "words"), [("vi", "dạng tệp"), ("en", "as a file")])
    def test_tells_of_a_file_its_form_and_no_number(self, visitor: Browser, language: str, words: str) -> None:
        shown = clause(visitor.get(f"/{language}/policy").text, "1.2").partition('<details class="rules">')[2]
        assert words in shown
        assert "một tệp" not in shown

    @pytest.mark.clause("4.2")
    def test_tells_how_long_and_from_when(self, visitor: Browser) -> None:
        shown = clause(visitor.get("/en/policy").text, "4.2")
        assert "<dd>90 days</dd>" in shown
        assert "the day on which your inquiry is settled" in shown

    @pytest.mark.clause("6.4")
    def test_tells_what_is_forbidden(self, visitor: Browser) -> None:
        shown = clause(visitor.get("/en/policy").text, "6.4")
        assert 'class="rule rule-forbids"' in shown
        assert "Auditor; System operator" in shown

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_is_told_for_every_clause_that_has_one_and_for_no_other(self, visitor: Browser, language: str) -> None:
        text = visitor.get(f"/{language}/policy").text
        for number in re.findall(r'class="law-clause" id="c([0-9.]+)"', text):
            shown = clause(text, number)
            assert ("informative-mark" in shown) != ('class="rules"' in shown), number

    def test_leaves_no_code_of_ours_in_the_words(self, visitor: Browser) -> None:
        text = visitor.get("/vi/policy").text
        shown = " ".join(re.findall(r'<details class="rules">.*?</details>', text, re.DOTALL))
        words = re.sub(r"<[^>]+>", " ", shown)
        assert not re.findall(r"\b[a-z]+_[a-z_]+\b|\b(?:inquiry|service|case|log|request)\.[a-z]+", words)
        assert "—" not in words


class TestTheListOfEditions:
    @pytest.mark.clause("8.1")
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_shows_each_with_what_proves_it(self, visitor: Browser, language: str) -> None:
        page = visitor.get(f"/{language}/policy/editions")
        line = editions.edition_line(editions.edition_in_force())
        assert page.status == 200
        for text in (line.hash, line.signature, editions.public_key(), f'href="/{language}/policy/editions/1.md"'):
            assert text in page.text
