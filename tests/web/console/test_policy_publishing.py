"""Publishing from the desk: one proposes what was compared, another confirms it, and nobody is left guessing why not."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.models import Proposal
from camket.policy.languages import LANGUAGES, other
from camket.policy.terms import THE_HOUSE, EditionNumber
from tests.cast import AN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock
from tests.web.console.test_policy_desk import DESK, draft, typed

SignIn = Callable[[str], Browser]
pytestmark = pytest.mark.clause("8.1")
REASON = "Câu chữ đổi nhiều, khách dễ hiểu khác đi."
REASON_EN = "Much is worded anew, and may be taken otherwise."
RAISED = {"raise": "1", "reason_vi": REASON, "reason_en": REASON_EN}


@pytest.fixture
def place(dung: Browser) -> str:
    """The publishing page of a draft that says one word more."""
    where = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
    text = draft().texts["vi"].replace("\n1.1 ", "\n1.1 Thêm lời. ", 1)
    assert dung.submit(dung.get(where), typed(act="save", text_vi=text), where).status == 302
    return f"{where}/publish"


def press(browser: Browser, place: str, act: str, **values: str) -> Page:
    return browser.submit(browser.get(place), {"act": act, "hash": draft().hash, **values}, place)


class TestThePage:
    def test_says_what_changes_from_when_how_much_and_who_else(self, dung: Browser, place: str) -> None:
        words = dung.get(place).words()
        for sentence in (
            "Kiểm tra không thấy lỗi",
            "Có 1 đoạn văn bản thay đổi",
            "Có hiệu lực ngay nếu để trống",
            "không thấy thay đổi đáng kể",
            "Người thứ hai",
        ):
            assert sentence in words, sentence

    @pytest.mark.clause("8.2")
    def test_says_why_it_cannot_be_earlier(self, dung: Browser, place: str, visitor: Browser) -> None:
        assert visitor.contact(**AN.values("full_name", "email", "message")).status == 200
        words = dung.get(place).words()
        assert "cam kết báo trước 15 ngày" in words
        assert "09/12/2026" in words

    @pytest.mark.clause("8.4")
    def test_names_a_clause_whose_translation_or_text_was_left_behind(self, dung: Browser, place: str) -> None:
        editor = place.removesuffix("/publish")
        vietnamese = draft().texts["vi"].replace("P90D", "P60D")
        dung.submit(dung.get(editor), typed(act="save", text_vi=vietnamese), editor)
        for page in (dung.get(place), dung.get(f"{editor}/difference")):
            assert "Quy tắc đã thay đổi nhưng lời văn của điều khoản thì không" in page.words()
        assert "Bản gốc đã thay đổi nhưng bản dịch thì chưa (Tiếng Anh)" in dung.get(place).words()

    def test_offers_no_lowering_of_what_is_significant(self, dung: Browser, place: str) -> None:
        editor = place.removesuffix("/publish")
        dung.submit(dung.get(editor), typed(act="save", text_vi=draft().texts["vi"].replace("P90D", "P120D")), editor)
        page = dung.get(place)
        assert "không ai hạ xuống được" in page.words()
        assert 'name="raise"' not in page.text

    def test_of_a_draft_with_errors_offers_nothing_to_press(self, dung: Browser, place: str) -> None:
        editor = place.removesuffix("/publish")
        dung.submit(dung.get(editor), typed(act="save", text_vi="# Một\n"), editor)
        page = dung.get(place)
        assert page.status == 200
        assert 'value="propose"' not in page.text
        assert press(dung, place, "propose").status == 422


class TestTheSentenceThatPeopleAgreeTo:
    """No rule is made of it, so nothing would be found in the rules alone."""

    @pytest.fixture
    def place(self, dung: Browser) -> str:
        where = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
        text = draft().texts["en"].replace("to advise and answer me", "for whatever it likes", 1)
        assert dung.submit(dung.get(where), typed(act="save", text_en=text), where).status == 302
        return where

    @pytest.mark.clause("1.3")
    @pytest.mark.parametrize("tail", ["difference", "publish"])
    def test_is_said_to_be_another_in_whatever_language_it_changed(self, dung: Browser, place: str, tail: str) -> None:
        page = dung.get(f"{place}/{tail}")
        words = page.words()
        assert "Câu xin đồng ý đã khác trước: " in words
        assert "Ai đã đồng ý từ trước là đồng ý với câu cũ." in words
        assert f'href="{place}/difference?to=1#words"' in page.text

    @pytest.mark.clause("1.3")
    def test_is_shown_word_by_word_under_its_language(self, dung: Browser, place: str) -> None:
        page = dung.get(f"{place}/difference").text
        shown = page.partition('aria-labelledby="words"')[2].partition("</section>")[0]
        assert "<h3>Tiếng Anh</h3>" in shown
        assert '<p class="passage-text" lang="en">' in shown
        assert "<del>to advise and answer me</del><ins>for whatever it likes</ins>" in shown
        assert "Mọi chữ đều giống nhau" not in page

    def test_is_shown_even_while_the_draft_does_not_compile(self, dung: Browser, place: str) -> None:
        broken = draft().texts["vi"].replace('keep = "P90D"', 'keep = "ninety"')
        dung.submit(dung.get(place), typed(act="save", text_vi=broken), place)
        assert "Câu xin đồng ý đã khác trước" in dung.get(f"{place}/difference").words()

    def test_is_not_spoken_of_where_only_a_label_reads_differently(self, dung: Browser, place: str) -> None:
        text = draft().texts["en"].replace("for whatever it likes", "to advise and answer me", 1).replace('label = "Adviser"', 'label = "Counsel"', 1)
        dung.submit(dung.get(place), typed(act="save", text_en=text), place)
        words = dung.get(f"{place}/difference").words()
        assert "Câu xin đồng ý" not in words
        assert "không quy tắc nào dựa vào phần câu chữ này" in words


class TestASavingThatComesSecond:
    @pytest.mark.parametrize(
        ("language", "said"), [("vi", "Bình đã lưu nội dung khác"), ("en", "Bình saved another text after this page was opened")]
    )
    def test_says_which_colleague_saved_meanwhile(self, dung: Browser, binh: Browser, place: str, language: str, said: str) -> None:
        editor = place.removesuffix("/publish").replace("/vi/", f"/{language}/")
        ours, theirs = dung.get(editor), binh.get(editor)
        assert binh.submit(theirs, typed(act="save", text_en="# Of Bình\n"), editor).status == 302
        clash = dung.submit(ours, typed(act="save", text_en="# Of Dũng\n"), editor)
        assert clash.status == 409
        assert said in clash.words()


class TestTwo:
    def test_publish_what_one_wrote_and_the_other_read(self, dung: Browser, binh: Browser, place: str, visitor: Browser) -> None:
        assert press(dung, place, "propose", **RAISED).status == 302
        assert "Chờ người thứ hai" in dung.get(DESK).words() or "người thứ hai" in dung.get(DESK).words()
        read = binh.get(place)
        assert REASON in read.words()
        assert f'<q lang="en">{REASON_EN}</q>' in read.text  # whoever confirms it has read what is told in each language
        assert REASON_EN in binh.get(place.replace("/vi/", "/en/")).words().partition("Weight")[2].partition(REASON)[0]
        answer = press(binh, place, "confirm")
        assert (answer.status, answer.headers["location"]) == (302, f"{DESK}?published=2")
        assert "Phiên bản 2 đã được ký và công bố" in binh.get(answer.headers["location"]).words()
        assert "Thêm lời." in visitor.get("/vi/policy").words()
        assert editions.edition_in_force() == 2
        assert "đã thành phiên bản 2" in dung.get(place).words()

    def test_are_two(self, dung: Browser, place: str) -> None:
        press(dung, place, "propose")
        assert 'value="confirm"' not in dung.get(place).text
        assert press(dung, place, "confirm").status == 403
        assert editions.edition_in_force() == 1

    def test_are_an_officer_and_an_operator_where_there_is_one_officer(self, dung: Browser, sign_in: SignIn, place: str) -> None:
        press(dung, place, "propose")
        assert press(sign_in("operator"), place, "confirm").status == 302
        assert editions.edition_in_force() == 2

    @pytest.mark.parametrize("role", ["auditor", "operator"])
    def test_are_no_others(self, dung: Browser, binh: Browser, sign_in: SignIn, place: str, role: str) -> None:
        press(dung, place, "propose")
        other = sign_in(role)
        for act in ("propose", "confirm", "refuse", "withdraw"):
            assert press(other, place, act, reason=REASON).status == 403, act
        assert editions.edition_in_force() == 1

    def test_may_disagree(self, dung: Browser, binh: Browser, place: str) -> None:
        press(dung, place, "propose")
        empty = press(binh, place, "refuse", reason=" ")
        assert (empty.status, "Hãy ghi lý do" in empty.words()) == (422, True)
        assert press(binh, place, "refuse", reason=REASON).status == 302
        assert REASON in dung.get(place).words()
        assert press(binh, place, "confirm").status == 409

    def test_see_when_the_text_has_changed_in_between(self, dung: Browser, binh: Browser, place: str) -> None:
        press(dung, place, "propose")
        read = binh.get(place)
        editor = place.removesuffix("/publish")
        dung.submit(dung.get(editor), typed(act="save", text_en=draft().texts["en"] + "\nMore.\n"), editor)
        late = binh.submit(read, {"act": "confirm", "hash": read.hidden()["hash"]}, place)
        assert late.status == 409
        assert "đã được lưu lại sau khi bạn xem" in late.words()
        assert "không xác nhận được nữa" in binh.get(place).words()
        assert editions.edition_in_force() == 1

    @pytest.mark.parametrize("act", ["confirm", "refuse"])
    def test_see_when_another_day_or_weight_was_proposed_in_between(self, dung: Browser, binh: Browser, place: str, act: str) -> None:
        """The text is the same, and what whoever reads it would sign is not."""
        press(dung, place, "propose")
        read = binh.get(place)
        press(dung, place, "propose", on="2027-01-15", **RAISED)
        late = binh.submit(read, {"act": act, "hash": read.hidden()["hash"], "reason": REASON}, place)
        assert late.status == 409
        assert "đã được đề nghị lại sau khi bạn xem" in late.words()
        assert [one.state for one in editions.proposals_of(draft().id)] == ["waiting", "withdrawn"]
        assert press(binh, place, act, reason=REASON).status == 302

    def test_see_every_change_of_meaning_on_the_page_that_confirms(self, dung: Browser, binh: Browser, place: str) -> None:
        editor = place.removesuffix("/publish")
        narrower = {f"text_{language}": text.replace("P90D", "P80D") for language, text in draft().texts.items()}
        dung.submit(dung.get(editor), typed(act="save", **narrower), editor)
        press(dung, place, "propose")
        page = binh.get(place)
        assert "Không có thay đổi đáng kể" in page.words()
        assert re.search(r"[1-9]\d* thay đổi về ý nghĩa", page.words())
        assert 'class="change change-narrower"' in page.text

    def test_are_not_offered_to_propose_again_as_if_it_were_the_next_step(self, dung: Browser, binh: Browser, place: str) -> None:
        press(dung, place, "propose")
        confirming = binh.get(place).text
        folded = confirming[confirming.index("propose-again") :]
        assert confirming.count('<button class="button" name="act"') == 1
        assert "<summary>" in folded[: folded.index('value="propose"')]
        assert "propose-again" not in dung.get(place).text

    def test_are_told_how_not_to_agree_and_to_take_a_colleagues_proposal_back_differ(self, dung: Browser, binh: Browser, place: str) -> None:
        press(dung, place, "propose")
        told = "“Rút lại đề nghị” chỉ chấm dứt đề nghị của đồng nghiệp"
        assert told in binh.get(place).words()
        assert 'aria-describedby="withdraw-how"' in binh.get(place).text
        assert "withdraw-how" not in dung.get(place).text
        assert 'value="withdraw"' in dung.get(place).text

    def test_may_take_it_back(self, dung: Browser, binh: Browser, place: str) -> None:
        press(dung, place, "propose")
        assert press(dung, place, "withdraw").status == 302
        assert press(binh, place, "confirm").status == 409


class TestAProposalThatIsMadeAgain:
    def test_begins_with_the_day_the_weight_and_the_reason_of_the_one_that_waits(self, dung: Browser, place: str) -> None:
        press(dung, place, "propose", on="2027-01-15", **RAISED)
        text = dung.get(place).text
        assert 'type="date"' in text
        assert 'value="2027-01-15"' in text
        assert 'name="raise" value="1" checked' in text
        assert f"{REASON}</textarea>" in text
        assert f"{REASON_EN}</textarea>" in text

    def test_does_not_lower_the_weight(self, dung: Browser, place: str) -> None:
        press(dung, place, "propose", **RAISED)
        answer = press(dung, place, "propose", on="2027-01-15")
        assert (answer.status, 'id="raise-error"' in answer.text, 'value="2027-01-15"' in answer.text) == (422, True, True)
        waiting = editions.waiting_proposal(draft().id)
        assert waiting is not None
        assert (waiting.is_raised, waiting.wanted_at) == (True, None)


class TestAProposalFromBeforeTheReasonWasAskedForInEachLanguage:
    def test_is_read_and_confirmed_as_it_was_written(self, dung: Browser, binh: Browser, place: str, visitor: Browser) -> None:
        press(dung, place, "propose", **RAISED)
        Proposal.objects.update(reason=REASON, reason_vi="", reason_en="")
        assert f"<q>{REASON}</q>" in binh.get(place).text
        assert "></textarea>" in dung.get(place).text.partition('name="reason_vi"')[2].replace("\n", "")
        assert press(binh, place, "confirm").status == 302
        for language in LANGUAGES:
            assert REASON in visitor.get(f"/{language}/policy/diff/1/2").words()


class TestADraftInWhichNothingDiffers:
    def test_is_not_offered_for_publishing(self, dung: Browser) -> None:
        place = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"] + "/publish"
        page = dung.get(place)
        assert "Văn bản không thay đổi đoạn nào." in page.words()
        assert 'value="propose"' not in page.text
        editor = place.removesuffix("/publish")
        dung.submit(dung.get(editor), typed(act="save", text_en=draft().texts["en"].replace("1.", "1. A", 1)), editor)
        assert 'value="propose"' in dung.get(place).text


class TestWhatIsTyped:
    @pytest.mark.clause("8.2")
    def test_of_a_day_before_the_notice_has_run_is_refused_and_kept(self, dung: Browser, place: str, visitor: Browser) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        answer = press(dung, place, "propose", on="2026-12-01", **RAISED)
        assert answer.status == 422
        assert "Ngày sớm nhất là 09/12/2026" in answer.words()
        assert 'value="2026-12-01"' in answer.text
        assert REASON in answer.words()
        assert press(dung, place, "propose", on="2026-12-09").status == 302

    def test_of_a_day_that_has_passed_is_refused_and_kept(self, dung: Browser, place: str) -> None:
        answer = press(dung, place, "propose", on="2020-01-01")
        assert answer.status == 422
        assert "Ngày dự định có hiệu lực đã qua: 2020-01-01. Hãy chọn hôm nay hoặc một ngày sau đó" in answer.words()
        assert 'id="on-error"' in answer.text
        assert 'value="2020-01-01"' in answer.text

    @pytest.mark.parametrize("day", ["15/01/2027", "2027-02-30", "ngày mai", "2027-1-15"])
    def test_as_a_day_that_cannot_be_read_is_refused_and_kept(self, dung: Browser, place: str, day: str) -> None:
        answer = press(dung, place, "propose", on=day)
        assert (answer.status, 'id="on-error"' in answer.text, f'value="{day}"' in answer.text) == (422, True, True)
        assert editions.proposals_of(draft().id) == ()

    def test_of_a_later_day_is_the_day_from_its_first_minute(self, dung: Browser, binh: Browser, place: str, clock: Clock) -> None:
        press(dung, place, "propose", on="2027-01-15")
        press(binh, place, "confirm")
        due = editions.edition_line(EditionNumber(2)).due_at
        assert due is not None
        assert due.isoformat() == "2027-01-14T17:00:00+00:00"
        assert publishing.enact_due(actor=THE_HOUSE, now=due - timedelta(seconds=1)) == []
        assert publishing.enact_due(actor=THE_HOUSE, now=due) == [2]

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("reason", ["", "Hỏi an@example.com", "gọi 0912 000 101", "x" * 1001, "a\0b", "a\u200bb"])
    def test_as_a_reason_is_kept_on_the_page_where_it_cannot_be_kept_by_us(self, dung: Browser, place: str, language: str, reason: str) -> None:
        answer = press(dung, place, "propose", **{**RAISED, f"reason_{language}": reason})
        assert answer.status == 422
        wrong = other(language)
        assert f'id="reason_{language}-error"' in answer.text
        assert f'id="reason_{wrong}-error"' not in answer.text
        assert reason[:4] in answer.text
        assert f"{RAISED[f'reason_{wrong}']}</textarea>" in answer.text

    def test_as_a_reason_is_asked_for_in_each_language_at_once(self, dung: Browser, place: str) -> None:
        answer = press(dung, place, "propose", **{"raise": "1"})
        assert [f'id="reason_{language}-error"' in answer.text for language in LANGUAGES] == [True, True]
        assert "mỗi thư được gửi bằng ngôn ngữ của người nhận" in answer.words()

    @pytest.mark.parametrize("act", ["", "publish", "propose", "confirm", "refuse", "withdraw"])
    def test_is_never_a_fault_of_ours(self, dung: Browser, place: str, act: str) -> None:
        for name, value in product(("hash", "on", "reason", "reason_vi", "reason_en", "raise"), ("", "x", "9999-99-99", "\0", "<b>", "9" * 99)):
            answer = press(dung, place, act, **{name: value})
            assert answer.status in (302, 404, 409, 422), (name, value)
            assert "<b>" not in answer.text, (name, value)
        assert editions.edition_in_force() == 1
