"""After an answer is sent: what is said of it, how it is taken back, and why a letter did not go."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from camket.access.actions import add_staff, issue_sign_in_link
from camket.duties.intake.models import CannedText, Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Letter
from camket.policy.terms import THE_HOUSE
from tests.cast import AN
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]
ANSWER = "Chào chị, gói Cơ bản là đủ."


@pytest.fixture
def place(settings: Any) -> str:
    """The page of An's inquiry; letters of answers wait for thirty seconds."""
    settings.CAMKET_ANSWER_WAITS_SECONDS, settings.CAMKET_SMTP_URL = 30, "smtp://127.0.0.1:2525"
    settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
    words = Browser().contact(**AN.values("full_name", "email", "message")).words()
    return f"/vi/console/inquiries/{words[words.index('CK-') :][:12]}?show=open"


def answered(adviser: Browser, place: str) -> str:
    assert adviser.submit(adviser.get(place), {"act": "answer", "answer": ANSWER}, place).status == 302
    return adviser.get(place).words()


class TestAnAnswer:
    def test_is_confirmed_with_the_kind_of_address_it_goes_to(self, sign_in: SignIn, place: str) -> None:
        words = answered(sign_in("adviser"), place)
        assert "Câu trả lời sẽ được gửi sau 30 giây" in words
        assert "Địa chỉ chưa được xác nhận: thư chỉ có đường dẫn" in words
        assert AN.email not in words.split("Câu trả lời sẽ được gửi")[1]

    def test_can_be_read_in_letters_until_it_goes(self, sign_in: SignIn, place: str) -> None:
        adviser = sign_in("adviser")
        answered(adviser, place)
        letter = Letter.objects.get(record_id__isnull=False)
        assert f'href="/vi/console/letters/{letter.id}"' in adviser.get(place).text
        assert adviser.get(f"/vi/console/letters/{letter.id}").status == 200

    def test_taken_back_is_in_the_field_again(self, sign_in: SignIn, place: str) -> None:
        adviser = sign_in("adviser")
        answered(adviser, place)
        gone = adviser.submit(adviser.get(place), {"act": "take_back"}, place)
        assert gone.headers["location"] == f"{place}&again=1"
        page = adviser.get(gone.headers["location"])
        assert f"{ANSWER}</textarea>" in page.text.replace("\n", "")
        assert "câu trả lời đã thu hồi, chưa gửi" in page.words()
        assert f"{ANSWER}</textarea>" not in adviser.get(place).text.replace("\n", "")

    def test_that_went_out_meanwhile_is_not_taken_back_and_says_so(self, sign_in: SignIn, place: str, clock: Clock) -> None:
        adviser = sign_in("adviser")
        answered(adviser, place)
        page = adviser.get(place)
        clock.wait(seconds=31)
        notices.take_letters(worker="w", now=clock.now)
        late = adviser.submit(page, {"act": "take_back"}, place)
        assert late.status == 409
        assert "không thu hồi được nữa" in late.words()
        assert "Thu hồi câu trả lời này" not in adviser.get(place).words()

    def test_is_not_offered_to_a_colleague_to_take_back(self, sign_in: SignIn, place: str, clock: Clock) -> None:
        answered(sign_in("adviser"), place)
        row = add_staff(email="minh@staff.example.vn", role="adviser", actor=THE_HOUSE, now=clock.now)
        other = Browser()
        other.submit(other.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}"), {})
        assert "Thu hồi" not in other.get(place).words()

    @pytest.mark.parametrize("lacking", ["CAMKET_SMTP_URL", "CAMKET_CONTROLLER_EMAIL"])
    def test_promises_no_letter_where_none_can_go_out(self, sign_in: SignIn, place: str, settings: Any, lacking: str) -> None:
        setattr(settings, lacking, "")
        adviser = sign_in("adviser")
        answered(adviser, place)
        words = adviser.get(place).words()
        assert "sẽ được gửi khi hệ thống gửi được thư" in words
        assert "sẽ được gửi sau" not in words

    def test_is_told_of_for_two_minutes_and_no_longer(self, sign_in: SignIn, place: str, clock: Clock) -> None:
        adviser = sign_in("adviser")
        answered(adviser, place)
        clock.wait(minutes=2)
        assert "Câu trả lời" not in adviser.get(place).words().split("Viết ghi chú")[1]


class TestTheAnswerOfASecondAdviser:
    def test_waits_until_they_have_seen_the_first_and_is_kept_meanwhile(self, sign_in: SignIn, place: str, clock: Clock) -> None:
        row = add_staff(email="minh@staff.example.vn", role="adviser", display_name="Minh", actor=THE_HOUSE, now=clock.now)
        adviser, other = sign_in("adviser"), Browser()
        other.submit(other.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}"), {})
        page = adviser.get(place)
        answered(other, place)
        late = adviser.submit(page, {"act": "answer", "answer": "Chào chị, gói Nâng cao ạ."})
        assert late.status == 409
        assert "Đồng nghiệp vừa trả lời khách." in late.words()
        assert ANSWER in late.words()
        assert "Chào chị, gói Nâng cao ạ.</textarea>" in late.text
        assert adviser.submit(late, {"act": "answer", "answer": "Chào chị, gói Nâng cao ạ."}, place).status == 302
        assert Letter.objects.filter(record_id__isnull=False).count() == 2

    def test_that_was_not_sent_is_said_at_the_top_and_begins_at_the_answer(self, sign_in: SignIn, place: str, clock: Clock) -> None:
        row = add_staff(email="minh@staff.example.vn", role="adviser", display_name="Minh", actor=THE_HOUSE, now=clock.now)
        adviser, other = sign_in("adviser"), Browser()
        other.submit(other.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}"), {})
        page = adviser.get(place)
        answered(other, place)
        late = adviser.submit(page, {"act": "answer", "answer": ANSWER}).text
        assert re.search(r'id="problems".*href="#answer"[^>]*>Đồng nghiệp vừa trả lời khách\..*<h1>', late, re.DOTALL)
        assert "<title>Xin xem lại: " in late
        assert re.search(r'<textarea id="answer"[^>]* autofocus', late)
        assert "autofocus" not in page.text


class TestWhatIsTypedBesideWhatIsPressed:
    NOTE = "Khách hẹn gọi lại buổi chiều."

    @pytest.mark.parametrize("act", ["assign", "give"])
    def test_is_still_there_once_that_is_done(self, sign_in: SignIn, place: str, act: str) -> None:
        adviser = sign_in("adviser")
        page = adviser.submit(adviser.get(place), {"act": act, "given_to": "", "answer": ANSWER, "note": self.NOTE}, place)
        assert page.status == 200
        assert f"{ANSWER}</textarea>" in page.text
        assert f"{self.NOTE}</textarea>" in page.text
        assert re.search(r'<details class="panel write" open>', page.text)
        assert re.search(r'id="answer-form"[^>]* data-unsent', page.text)
        assert (Inquiry.objects.get().assigned_to is not None) is (act == "assign")

    @pytest.mark.parametrize(("act", "kept", "typed"), [("note", NOTE, ANSWER), ("answer", ANSWER, NOTE)])
    def test_is_not_sent_with_the_other_text_and_not_lost(self, sign_in: SignIn, place: str, act: str, kept: str, typed: str) -> None:
        adviser = sign_in("adviser")
        page = adviser.submit(adviser.get(place), {"act": act, "answer": ANSWER, "note": self.NOTE}, place)
        assert page.status == 200
        assert f"{typed}</textarea>" in page.text
        assert f"{kept}</textarea>" not in page.text
        assert kept in page.words()
        again = adviser.submit(page, {"act": "note" if act == "answer" else "answer", "answer": ANSWER, "note": self.NOTE}, place)
        assert again.status == 200

    def test_needs_no_other_page_where_nothing_is_typed(self, sign_in: SignIn, place: str) -> None:
        adviser = sign_in("adviser")
        page = adviser.get(place)
        assert "data-unsent" not in page.text
        assert adviser.submit(page, {"act": "assign", "answer": " \n", "note": ""}, place).status == 302

    @pytest.mark.parametrize("given", [{"given_to": "?"}, {}])
    def test_is_still_there_where_nobody_was_chosen_to_give_it_to(self, sign_in: SignIn, place: str, clock: Clock, given: dict[str, str]) -> None:
        add_staff(email="minh@staff.example.vn", role="adviser", display_name="Minh", actor=THE_HOUSE, now=clock.now)
        adviser = sign_in("adviser")
        page = adviser.submit(adviser.get(place), {"act": "give", "answer": ANSWER, "note": "", **given}, place)
        assert page.status == 422
        menu = page.text.split('<details class="give-menu" open>')[1].split("</details>")[0]
        assert "Hãy chọn người nhận." in menu
        assert re.search(r'<select id="given_to"[^>]* aria-invalid="true"', menu)
        assert f"{ANSWER}</textarea>" in page.text


class TestATextOfOurs:
    BODY = "Chào {name}, gói {product} còn chỗ."

    @pytest.fixture
    def text(self, sign_in: SignIn, place: str) -> tuple[Browser, str]:
        """A text with a place for a product; An asked about none."""
        adviser = sign_in("adviser")
        adviser.submit(adviser.get("/vi/console/texts"), {"act": "keep", "title": "Còn chỗ", "body": self.BODY, "language": "vi"})
        return adviser, f"{place}&text={CannedText.objects.get().id}"

    def test_shows_what_it_could_not_fill_in_and_says_so(self, text: tuple[Browser, str]) -> None:
        adviser, place = text
        page = adviser.get(place)
        assert f"Chào {AN.full_name}, gói {{product}} còn chỗ.</textarea>" in page.text
        assert re.search(r'id="answer-places"[^>]*product [^>]*(?<! hidden)>.*<b data-unfilled>{product}</b>', page.text)
        assert re.search(r'id="answer-places"[^>]* hidden>', adviser.get(place.split("&")[0]).text)

    def test_is_not_sent_unfilled_and_stays_in_the_field(self, text: tuple[Browser, str]) -> None:
        adviser, place = text
        typed = "Chào chị, gói {product} còn chỗ ạ."
        page = adviser.submit(adviser.get(place), {"act": "answer", "answer": typed}, place)
        assert page.status == 422
        assert "Hãy điền vào {product} hoặc xóa đi; chưa có gì được gửi." in page.words()
        assert f"{typed}</textarea>" in page.text
        assert not Letter.objects.filter(record_id__isnull=False).exists()


class TestALetterThatDidNotGo:
    @pytest.mark.parametrize(
        ("code", "sentence"), [("smtp.recipient.550.5.1.1", "máy chủ thư từ chối (550.5.1.1)"), ("smtp.timeout", "không trả lời kịp")]
    )
    def test_says_why_on_the_page_of_the_inquiry(self, sign_in: SignIn, place: str, clock: Clock, code: str, sentence: str) -> None:
        adviser = sign_in("adviser")
        answered(adviser, place)
        clock.wait(minutes=1)
        for letter in notices.take_letters(worker="w", now=clock.now):
            notices.report_letter(letter=letter, worker="w", outcome="refused", code=code, now=clock.now)
        words = adviser.get(place).words()
        assert words.count(sentence) == 2  # the acknowledgement and the answer
        assert "Xử lý trong mục Thư gửi đi" in words
