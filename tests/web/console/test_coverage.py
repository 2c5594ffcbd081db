"""The desk's page of coverage: of each clause what keeps it, which single tests show it, how often it answered, and what is missing."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.custody import actions as custody
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.models import AnswerCount, GapCount
from camket.editions import actions as enacting
from camket.policy.terms import THE_HOUSE
from tests.cast import AN
from tests.duties.notices.campaigning import publish_second
from tests.duties.publishing.bakery import bakery
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]
DESK = "/vi/console/policy"


def enact_if_due(clock: Clock) -> None:
    if editions.edition_in_force() < 2:
        enacting.enact(number=editions.EditionNumber(2), now=clock.now)


def clause_shown(text: str, clause: str) -> str:
    """What the page of coverage says of one clause, in the words that stand there."""
    found = text.partition(f'<details class="covered-clause" id="c{clause}">')[2].partition('<details class="covered-clause"')[0]
    assert found, clause
    return found.partition("</section>")[0]


class TestCoverage:
    def test_shows_for_each_clause_what_keeps_it_and_how_often_it_answered(
        self, dung: Browser, sign_in: SignIn, visitor: Browser, clock: Clock
    ) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        custody.keep_journal(now=clock.now)
        publishing.count_answers(now=clock.now)
        page = dung.get(f"{DESK}/coverage")
        assert page.status == 200
        assert "1 lần cho phép" in page.words()
        assert "camket.vault.gate.warrants.approve" in page.text
        assert "tests/duties/special_cases/" in page.text
        document = editions.policy_page(editions.EditionNumber(1), "vi")
        assert page.text.count('class="covered-clause"') == sum(len(section.clauses) for section in document.sections)

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [("vi", "và điều 4.2 ở đó có nội dung khác"), ("en", "of the policy “wesoft”, whose clause 4.2 says something else")],
    )
    def test_cites_for_another_edition_only_what_means_the_same(
        self, dung: Browser, clock: Clock, tmp_path: Path, language: str, sentence: str
    ) -> None:
        publish_second(tmp_path, now=clock.now)
        enact_if_due(clock)
        text = dung.get(f"/{language}/console/policy/coverage").text
        changed, same = clause_shown(text, "4.2"), clause_shown(text, "3.9")
        assert sentence in changed
        assert "tests/" not in changed
        assert "camket.policy.retain.erase_after" in changed
        assert "tests/duties/special_cases/" in same
        assert "camket.vault.gate.warrants.approve" in same
        assert "“wesoft”" not in same

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [("vi", "và điều 2.1 ở đó có nội dung khác"), ("en", "of the policy “wesoft”, whose clause 2.1 says something else")],
    )
    def test_cites_nothing_for_another_policy(self, dung: Browser, clock: Clock, tmp_path: Path, language: str, sentence: str) -> None:
        publishing.publish_edition(
            path=bakery(tmp_path / "may" / "edition-2", number=2), regime=editions.house_regime(), actor=THE_HOUSE, now=clock.now
        )
        enact_if_due(clock)
        text = dung.get(f"/{language}/console/policy/coverage").text
        assert sentence in clause_shown(text, "2.1")
        assert "camket.duties.retention.actions.plan" in clause_shown(text, "2.1")
        assert "tests/" not in text[text.index('class="coverage-sections"') :]

    @pytest.mark.parametrize(
        ("language", "sentences"),
        [
            (
                "vi",
                ("Tính chung các phiên bản 1, 2, trong đó điều khoản này có cùng ý nghĩa.", "8 lần cho phép", "Không tính ở đây: theo phiên bản 1,"),
            ),
            ("en", ("Counted over editions 1, 2, in which it means the same.", "8 times permitted", "Not counted here: under edition 1, whose")),
        ],
    )
    def test_counts_what_earlier_editions_answered_and_says_so(
        self, dung: Browser, clock: Clock, tmp_path: Path, language: str, sentences: tuple[str, str, str]
    ) -> None:
        same, figure, apart = sentences
        publish_second(tmp_path, now=clock.now)  # its 4.2 is another
        enact_if_due(clock)
        for clause, edition in (("3.1", 1), ("3.1", 2), ("4.2", 1)):
            AnswerCount.objects.create(edition=edition, clause=clause, outcome="PERMITTED", day=clock.now.date(), count=4, last_at=clock.now)
        text = dung.get(f"/{language}/console/policy/coverage").text
        assert same in clause_shown(text, "3.1")
        assert figure in clause_shown(text, "3.1")
        assert apart in clause_shown(text, "4.2")
        assert same not in clause_shown(text, "4.2")

    def test_leads_from_a_gap_to_why(self, dung: Browser, clock: Clock) -> None:
        GapCount.objects.create(
            edition=1,
            role="visitor",
            operation="collect",
            purpose="advise",
            recipient="controller",
            fields="address ?",
            day=clock.now.date(),
            count=1234,
            last_at=clock.now,
        )
        page = dung.get(f"{DESK}/coverage")
        assert "1.234" in page.words()
        (query,) = re.findall(r'href="/vi/console/policy/why\?([^"]+)"', page.text)
        answer = dung.get(f"{DESK}/why?{query.replace('&amp;', '&')}")
        assert "Không có điều khoản" in answer.words()

    def test_costs_the_same_however_long_the_journal_is(self, dung: Browser) -> None:
        dung.get(f"{DESK}/coverage")
        with CaptureQueriesContext(connections["default"]) as queries:
            dung.get(f"{DESK}/coverage")
        assert len(queries) <= 10
        assert not [query["sql"] for query in queries if "journal_" in query["sql"]]

    def test_folds_away_the_names_of_single_tests_in_words(self, dung: Browser) -> None:
        shown = clause_shown(dung.get("/vi/console/policy/coverage").text, "4.8")
        (tested,) = re.findall(r'<details class="tested">(.*?)</details>', shown)
        folded, _, told = tested.partition("</summary>")
        assert folded == '<summary><code>tests/duties/retention/test_erasing.py</code> <span class="soft">3 kiểm thử</span>'
        assert told.startswith('<ul lang="en"><li>')
        assert "<li>A plan waits for a hold and goes on when it is released</li>" in told

    def test_shows_what_cites_a_section_apart_from_its_clauses(self, dung: Browser, clock: Clock, tmp_path: Path) -> None:
        said = '<p class="soft whole-section">For the whole of section {}, and for none of its clauses alone: <code>{}</code></p>'
        third, fourth = said.format(3, "camket.vault.gate.asking.ask"), said.format(4, "camket.duties.retention.queries.still_here")
        text = dung.get("/en/console/policy/coverage").text
        assert third in text
        assert fourth in text
        assert "still_here" not in text.replace(fourth, "")
        publish_second(tmp_path, now=clock.now)  # its 4.2 is another
        enact_if_due(clock)
        text = dung.get("/en/console/policy/coverage").text
        assert third in text
        assert "still_here" not in text

    @pytest.mark.parametrize(
        ("language", "heading", "nowhere"),
        [
            ("vi", "Những gì còn thiếu", "Không ở đâu: không phần nào của chương trình thực hiện các quy tắc này."),
            ("en", "What is missing", "Nowhere: no part of the program carries out its rules."),
        ],
    )
    def test_says_of_a_rule_that_nothing_carries_it_out(self, dung: Browser, language: str, heading: str, nowhere: str) -> None:
        text = dung.get(f"/{language}/console/policy/coverage").text
        missing = text.partition(heading)[2].partition("</section>")[0]
        assert re.findall(r'<a class="lacking" href="#c([^"]+)">', missing) == ["2.1", "2.2", "2.3"]
        assert text.count(nowhere) == 3
        assert nowhere in clause_shown(text, "2.2")

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("vi", "Chưa có: chưa có kiểm thử nào chứng minh các quy tắc này được thực hiện."),
            ("en", "None: no test shows that its rules are kept."),
        ],
    )
    def test_says_of_a_rule_that_no_test_shows_it(self, dung: Browser, monkeypatch: pytest.MonkeyPatch, language: str, sentence: str) -> None:
        known = editions.evidence_in(editions.EditionNumber(1))
        less = {number: replace(one, tests=()) if number in ("3.9", "9.16") else one for number, one in known.items()}
        assert sentence not in dung.get(f"/{language}/console/policy/coverage").text
        monkeypatch.setattr(editions, "evidence_in", lambda _number: less)
        text = dung.get(f"/{language}/console/policy/coverage").text
        assert sentence in clause_shown(text, "3.9")
        assert text.count(sentence) == 1
        assert text.count('<a class="lacking" href="#c3.9">') == 1
