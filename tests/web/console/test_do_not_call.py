"""The do-not-call list at the desk: how old it is, whether one number is on it, and a new one in its place, whole or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.journal.models import JournalEntry
from camket.policy.terms import ADVISER, AUDITOR, THE_HOUSE, Actor
from camket.vault import do_not_call
from camket.web.console.desks import do_not_call as desk
from tests.cast import AN, BINH
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_written

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database]
SignIn = Callable[[str], Browser]
DESK = "/vi/console/do-not-call"


@pytest.fixture
def officer(sign_in: SignIn) -> Browser:
    """Dũng at his desk."""
    return sign_in("privacy_officer")


def bring(browser: Browser, content: bytes | None, **changes: str) -> Page:
    """Send the form with a file, as a browser does."""
    border = "----a-border"
    fields = {**browser.get(DESK).hidden(), "act": "import", **changes}
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    if content is not None:
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="so.csv"\r\nContent-Type: text/csv\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    body = b"".join(parts) + f"--{border}--\r\n".encode()
    return browser.request("POST", DESK, body, f"multipart/form-data; boundary={border}", Origin=browser.url)


def ask(browser: Browser, number: str) -> Page:
    return browser.submit(browser.get(DESK), {"act": "ask", "number": number}, DESK)


def listed(*numbers: str) -> frozenset[str]:
    return do_not_call.among(list(numbers))


@pytest.fixture
def in_use(officer: Browser, clock: Clock) -> None:
    """A list on which Bình's number is."""
    notices.import_call_list(lines=[BINH.phone], actor=THE_HOUSE, now=clock.now)


class TestTheList:
    def test_is_said_never_to_have_been_imported_where_it_was_not(self, officer: Browser) -> None:
        page = officer.get(DESK)
        assert "Chưa từng nhập danh sách nào" in page.words()
        assert 'name="number"' not in page.text

    def test_says_how_many_numbers_are_on_it_and_since_when(self, officer: Browser, in_use: None) -> None:
        page = officer.get(DESK)
        assert "23/11/2026" in page.words()
        assert BINH.phone not in page.text
        assert DESK in officer.get("/vi/console/letters").text
        assert DESK in officer.get("/vi/console/notices").text

    def test_costs_the_same_few_questions_however_long_it_is(
        self, officer: Browser, in_use: None, clock: Clock, django_assert_max_num_queries: Any
    ) -> None:
        notices.import_call_list(lines=[f"09120{number:05}" for number in range(500)], actor=THE_HOUSE, now=clock.now)
        with django_assert_max_num_queries(8):
            assert "500" in officer.get(DESK).words()

    @pytest.mark.parametrize("role", [ADVISER, AUDITOR])
    def test_is_nobody_else_s_to_change_or_to_ask(self, role: Any, officer: Browser, in_use: None, clock: Clock) -> None:
        actor = Actor(role=role, id="6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
        with pytest.raises(notices.NotForThisRole):
            notices.import_call_list(lines=[AN.phone], actor=actor, now=clock.now)
        with pytest.raises(notices.NotForThisRole):
            notices.ask_call_list(number=AN.phone, actor=actor, now=clock.now)
        assert listed(AN.phone, BINH.phone) == {BINH.phone}


class TestANumber:
    def test_is_told_to_be_on_it_or_not_and_journaled_without_it(self, officer: Browser, in_use: None) -> None:
        assert "Có: số này nằm trong danh sách" in ask(officer, BINH.phone).words()
        assert "Không: số này không nằm trong danh sách" in ask(officer, AN.phone).words()
        assert JournalEntry.objects.filter(act="call_list.asked").count() == 2
        digits = BINH.phone.replace(" ", "").lstrip("0")
        assert digits not in everything_written()

    @pytest.mark.parametrize("typed", ["", "abc", "12", "0912", "9" * 500, "<script>", "' OR 1=1", "\x00", "０９１２"])
    def test_that_is_none_is_said_to_be_none(self, officer: Browser, in_use: None, typed: str) -> None:
        page = ask(officer, typed)
        assert page.status == 422
        assert "Đây không phải là số điện thoại" in page.words()
        assert "<script>" not in page.text

    def test_is_answered_sixty_times_an_hour(self, officer: Browser, in_use: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("camket.duties.notices.actions.do_not_call.MOST_ASKED", 2)
        assert [ask(officer, BINH.phone).status for _ in range(3)] == [200, 200, 429]
        clock.wait(hours=1, minutes=1)
        assert ask(officer, BINH.phone).status == 200


class TestAFile:
    def test_takes_the_place_of_the_list_as_a_whole(self, officer: Browser, in_use: None) -> None:
        answer = bring(officer, f"\ufeff{AN.phone};2026-01-01\r\n\r\n+84 912 000 303\r\n".encode())
        assert answer.status == 302
        assert "Danh sách mới có hiệu lực" in officer.get(answer.headers["location"]).words()
        assert listed(AN.phone, BINH.phone, "0912000303") == {AN.phone, "0912000303"}
        known = queries.call_list()
        assert known is not None
        assert known.numbers == 2

    def test_with_a_line_that_is_no_number_changes_nothing_and_says_which(self, officer: Browser, in_use: None) -> None:
        page = bring(officer, f"số thuê bao\n{AN.phone}\n\n0912\nKẻ lạ Chim Sẻ\n".encode())
        assert page.status == 422
        assert "Có 3 dòng không phải là số điện thoại" in page.words()
        assert "Dòng 1 không có chữ số nào" in page.words()
        assert "Dòng 4 không phải là số điện thoại gọi được" in page.words()
        assert "Chim Sẻ" not in page.text, "what stands in a line is not repeated"
        assert listed(AN.phone, BINH.phone) == {BINH.phone}

    def test_is_imported_without_such_lines_where_that_is_wanted(self, officer: Browser, in_use: None) -> None:
        answer = bring(officer, f"số thuê bao\n{AN.phone}\n0912\n".encode(), leave_out="1")
        assert "Đã bỏ qua 2 dòng" in officer.get(answer.headers["location"]).words()
        assert listed(AN.phone, BINH.phone) == {AN.phone}

    def test_with_many_bad_lines_names_the_first_and_counts_the_rest(self, officer: Browser, in_use: None) -> None:
        words = bring(officer, b"x\n" * 300).words()
        assert "Dòng 20 không" in words
        assert "Dòng 21 không" not in words
        assert "Và 280 dòng khác" in words

    @pytest.mark.parametrize(
        ("content", "status", "sentence"),
        [
            (None, 422, "Hãy chọn một tệp"),
            (b"", 422, "không có số điện thoại nào"),
            (b"\n\n  \n", 422, "không có số điện thoại nào"),
            (b"PK\x03\x04\x00\x00", 422, "không phải là tệp văn bản"),
            ("0912000101\n".encode("utf-16"), 422, "không phải là tệp văn bản"),
            (b"\xff\xfe\xfd", 422, "Dòng 1 không có chữ số nào"),
            (b"9" * 5000, 422, "Dòng 1 không phải"),
            (b"1" * (desk.MOST_BYTES + 1), 413, "quá dài"),
            (b"1\n" * (desk.MOST_LINES + 1), 413, "quá dài"),
        ],
    )
    def test_that_cannot_be_read_is_refused_in_a_sentence(
        self, officer: Browser, in_use: None, content: bytes | None, status: int, sentence: str
    ) -> None:
        page = bring(officer, content)
        assert page.status == status
        assert sentence in page.words()
        assert listed(BINH.phone) == {BINH.phone}

    def test_whose_key_cannot_be_kept_leaves_the_list_as_it_was(self, officer: Browser, in_use: None, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: Any, **__: Any) -> None:
            raise OSError(28, "no space left")

        monkeypatch.setattr("camket.vault.gate.replace_call_list", full)
        assert bring(officer, AN.phone.encode()).status == 503
        assert listed(BINH.phone) == {BINH.phone}

    def test_is_not_taken_for_another_act(self, officer: Browser) -> None:
        assert officer.submit(officer.get(DESK), {"act": "burn"}, DESK).status == 404
