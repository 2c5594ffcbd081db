"""The journal's page: every act in words, whose it was, under which clause; and looking for entries."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.access.actions import add_staff, dismiss_staff
from camket.duties.custody import actions as custody
from camket.journal import queries as journal
from camket.policy.terms import COMMAND_LINE, THE_HOUSE
from camket.web.kit.act_words import ACT_WORDS
from tests.cast import AN, CHI
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]
PAGE = "/vi/console/journal"


@pytest.fixture
def auditor(sign_in: SignIn, clock: Clock) -> Browser:
    """An auditor, after An wrote and an adviser looked at it and was turned away from the journal."""
    clock.now += timedelta(minutes=1)  # since the house was opened
    words = Browser().contact(**AN.values("full_name", "email", "phone", "message")).words()
    adviser = sign_in("adviser")
    adviser.get(f"/vi/console/inquiries/{words[words.index('CK-') :][:12]}")
    adviser.get(PAGE)
    custody.keep_journal(now=clock.now)
    return sign_in("auditor")


def numbers(page: Page) -> list[int]:
    return [int(number.replace(".", "")) for number in re.findall(r'<a href="\?entry=[0-9a-f-]{36}"[^>]*>([0-9.]+)</a>', page.text)]


class TestTheJournalsPage:
    def test_says_every_act_in_words_in_both_languages(self, auditor: Browser) -> None:
        for language, words in (("vi", "Mở xem thông tin cá nhân"), ("en", "Opened personal details")):
            page = auditor.get(f"/{language}/console/journal")
            assert words in page.words()
            assert [act for act in ACT_WORDS if f">{act}<" in page.text] == []

    @pytest.mark.clause("7.3")
    def test_names_fields_clauses_and_colleagues_and_never_a_person(self, auditor: Browser) -> None:
        page = auditor.get(f"{PAGE}?act=data.shown")
        words = page.words()
        assert "Họ và tên" in words
        assert "adviser Nhân viên tư vấn" in words
        assert re.search(r'class="clause" href="/vi/policy/editions/1#c3\.1"', page.text)
        assert AN.full_name not in words
        assert AN.email not in words
        assert "CK-" not in words

    def test_counts_its_rows_from_1(self, auditor: Browser) -> None:
        found = numbers(auditor.get(PAGE))
        assert found == list(range(journal.head().size, journal.head().size - len(found), -1))
        assert found[-1] == 1

    @pytest.mark.clause("7.3")
    def test_tells_of_a_colleague_who_was_turned_away(self, auditor: Browser) -> None:
        words = auditor.get(f"{PAGE}?act=desk.refused").words()
        assert "Từ chối nhân viên vào phần việc không thuộc vai trò của họ Nhật ký" in words

    def test_finds_what_one_colleague_did(self, auditor: Browser) -> None:
        page = auditor.get(PAGE)
        (adviser,) = re.findall(r'<option value="([0-9a-f-]{36})">adviser ', page.text)
        found = auditor.get(f"{PAGE}?who={adviser}")
        assert 0 < len(numbers(found)) < len(numbers(page))

    def test_tells_the_command_line_from_the_program_and_finds_what_was_done_there(self, auditor: Browser, clock: Clock) -> None:
        dismiss_staff(staff_id=add_staff(email=CHI.email, role=CHI.role, actor=THE_HOUSE, now=clock.now).id, actor=COMMAND_LINE, now=clock.now)
        for language, program, typed in (("vi", "Hệ thống tự động", "Dòng lệnh của máy chủ"), ("en", "Automated system", "Server command line")):
            page = auditor.get(f"/{language}/console/journal?who=command-line")
            assert re.findall(rf"<td>({program}|{typed})</td>", page.text) == [typed]
            assert f'<option value="command-line" selected>{typed}</option>' in page.text
            assert f"<td>{program}</td>" in auditor.get(f"/{language}/console/journal").text

    def test_keeps_a_search_while_it_goes_on(self, auditor: Browser) -> None:
        page = auditor.get(f"{PAGE}?clause=3.1&from=2026-11-23&to=2026-11-23")
        assert numbers(page)
        assert 'value="3.1"' in page.text
        assert 'value="2026-11-23"' in page.text
        assert numbers(auditor.get(f"{PAGE}?from=2026-11-24")) == []
        assert "Không có dòng nào phù hợp" in auditor.get(f"{PAGE}?to=2026-11-22").words()

    def test_shows_one_entry_by_its_number_or_its_id(self, auditor: Browser) -> None:
        newest = journal.recent(limit=1)[0]
        for place in (str(newest.id), str(journal.head().size)):
            page = auditor.get(f"{PAGE}?entry={place}")
            assert numbers(page) == [journal.head().size]
            assert f"journal prove {newest.id}" in page.text

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("clause=vier", "Hãy ghi số của điều khoản"),
            ("from=2026-02-31", "Ngày không hợp lệ"),
            ("from=2026-11-24&to=2026-11-23", "Ngày kết thúc sớm hơn ngày bắt đầu"),
            ("entry=%00", "Hãy ghi số thứ tự của dòng"),
        ],
    )
    def test_says_what_it_cannot_look_for_and_keeps_what_was_typed(self, auditor: Browser, query: str, sentence: str) -> None:
        page = auditor.get(f"{PAGE}?{query}")
        assert page.status == 200
        assert sentence in page.words()

    def test_asks_the_database_as_often_for_many_entries_as_for_few(self, auditor: Browser, clock: Clock) -> None:
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as asked:
                auditor.get(f"{PAGE}?clause=3.1")
            counts.append(len(asked))
            for number in range(12):
                add_staff(email=f"n{number}.{len(counts)}@staff.example.vn", role=CHI.role, actor=THE_HOUSE, now=clock.now)
                Browser().contact(**AN.values("full_name", "email", "message"))
            custody.keep_journal(now=clock.now)
        assert counts[0] == counts[1]
        assert counts[0] <= 14
