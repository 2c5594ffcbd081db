"""A person's page of what they agreed to: their own hand, by the link of a letter."""

import re
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from camket.access.actions import issue_link, revoke_links
from camket.access.models import CapabilityLink
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake.models import Inquiry
from camket.duties.notices.actions import OWN_CONSENTS, open_letter, take_letters
from camket.duties.publishing import actions as publishing
from camket.editions import actions as enacting
from camket.policy.regimes import Regime
from camket.policy.terms import ADVISE, ADVISER, THE_HOUSE, Actor, EditionNumber, FieldName, PurposeId
from camket.vault import gate
from camket.vault.models import Consent, Record
from tests.cast import AN
from tests.duties.notices.campaigning import ADVICE_LONGER, publish_second, publish_third
from tests.duties.publishing.conftest import change
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept

pytestmark = pytest.mark.clause("9.9")

PROVIDE = PurposeId("provide_service")
Written = Callable[..., str]


@pytest.fixture
def path(visitor: Browser) -> str:
    """Let An ask for advice and an offer; the address of her page of consents."""
    visitor.contact(**AN.values(), consents=["advise", "provide_service"])
    return link()


def inquiry() -> Inquiry:
    return Inquiry.objects.get()


def link(language: str = "vi") -> str:
    """The link of the next letter that goes out."""
    (letter,) = take_letters(worker="here", now=inquiry().shown_from)
    found = re.search(r"/vi/consents/\S+", open_letter(letter=letter, now=inquiry().shown_from).text)
    assert found is not None
    return found[0].replace("/vi/", f"/{language}/")


def press(visitor: Browser, path: str, act: str, purpose: str = "advise", **more: Any) -> Page:
    return visitor.post(path, {"act": act, "purpose": purpose, **more})


def prove(clock: Clock) -> None:
    gate.prove(subject=gate.SubjectId(inquiry().subject_id), kind=FieldName("email"), now=clock.now)


def says(page: Page, *words: str) -> bool:
    text = page.words().replace("\xa0", " ")
    return all(word in text for word in words)


def holds(purpose: str = "advise") -> bool:
    found = gate.consents_of(gate.SubjectId(inquiry().subject_id))
    return any(row.purpose == purpose and row.is_given for row in found)


def wider_edition(tmp_path: Path, regime: Regime, clock: Clock) -> EditionNumber:
    """Publish an edition that lets advisers use the address too, and bring it into force."""
    folder = tmp_path / "policies" / "edition-2"
    shutil.copytree(Path(configured.CAMKET_POLICY) / "edition-1", folder)
    change(folder / "edition.toml", "number = 1", "number = 2")
    text = folder / "policy.vi.md"
    content = text.read_text("utf-8")
    found = re.search(r'roles = \["adviser"\]\noperations = \["find"\]\npurposes = \["advise"\]\nfields = \[[^\]]*\]', content)
    assert found is not None
    text.write_text(content.replace(found[0], found[0].replace('operations = ["find"]', 'operations = ["find", "store"]')), "utf-8")
    number = publishing.publish_edition(path=folder, regime=regime, actor=THE_HOUSE, now=clock.now)
    enacting.enact(number=number, now=clock.now)
    return number


class TestTheLink:
    def test_shows_a_button_and_nothing_else_and_changes_nothing(self, visitor: Browser, path: str) -> None:
        before = everything_kept()
        page = visitor.get(path)
        assert (page.status, says(page, "Xem những điều tôi đã đồng ý")) == (200, True)
        assert inquiry().reference not in page.words()
        assert not any(value in page.text for value in AN.values().values())
        assert everything_kept() == before

    @pytest.mark.parametrize("token", ["no-such-token", "x" * 3000, "%00", "..", "ẩ", "a b"])
    def test_that_is_none_says_where_to_turn(self, visitor: Browser, token: str) -> None:
        for answer in (visitor.get(f"/vi/consents/{token}"), press(visitor, f"/vi/consents/{token}", "take_back")):
            assert answer.status in (404, 410)
            assert "Traceback" not in answer.text

    def test_of_another_kind_opens_nothing_here(self, visitor: Browser, path: str, clock: Clock) -> None:
        token = issue_link(purpose="read_answer", matter_id=inquiry().matter_id, target_id=None, now=clock.now)
        assert press(visitor, f"/vi/consents/{token}", "take_back").status == 410
        assert holds()

    def test_ends_after_a_year_and_when_it_is_taken_back(self, visitor: Browser, path: str, clock: Clock) -> None:
        clock.wait(days=364)
        assert visitor.get(path).status == 200
        clock.wait(days=2)
        assert visitor.get(path).status == 410
        other = issue_link(purpose=OWN_CONSENTS, matter_id=inquiry().matter_id, target_id=None, now=clock.now)
        revoke_links(matters=[inquiry().matter_id], now=clock.now)
        page = press(visitor, f"/vi/consents/{other}", "take_back")
        assert (page.status, says(page, "mỗi lá thư mới hơn của chúng tôi đều kèm một đường dẫn mới")) == (410, True)
        assert holds()

    def test_is_kept_as_a_hash_alone(self, path: str) -> None:
        token = path.rpartition("/")[2]
        assert not CapabilityLink.objects.filter(token_hash=token.encode()).exists()

    def test_from_another_site_is_not_taken(self, visitor: Browser, path: str) -> None:
        page = visitor.post(path, {"act": "take_back", "purpose": "advise"}, Origin="https://evil.example.com")
        assert page.status == 403
        assert holds()

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_stands_in_every_letter_but_the_last(self, visitor: Browser, clock: Clock, language: str) -> None:
        visitor.contact(language, **AN.values("full_name", "email", "message"))
        (letter,) = take_letters(worker="here", now=clock.now)
        assert f"/{language}/consents/" in open_letter(letter=letter, now=clock.now).text

    def test_is_reachable_from_the_page_that_reads_an_answer(self, visitor: Browser, clock: Clock) -> None:
        received = visitor.contact(**AN.values("full_name", "email", "message"))
        code = received.text.split('class="code"><bdi>')[1].split("<")[0]
        token = issue_link(purpose="read_answer", matter_id=inquiry().matter_id, target_id=None, now=clock.now)
        page = visitor.post(f"/vi/read/{token}", {"reading_code": code})
        found = re.search(r'href="(/vi/consents/[^"]+)"', page.text)
        assert found is not None
        assert visitor.get(found[1]).status == 200
        clock.wait(days=1)
        assert visitor.get(found[1]).status == 410


class TestAReadingCode:
    @pytest.mark.parametrize("typed", ["", "12 34", "1234567", "abcdef"])
    def test_that_has_not_six_digits_is_told_so_and_costs_no_try(self, visitor: Browser, clock: Clock, typed: str) -> None:
        received = visitor.contact(**AN.values("full_name", "email", "message"))
        code = received.text.split('class="code"><bdi>')[1].split("<")[0]
        token = issue_link(purpose="read_answer", matter_id=inquiry().matter_id, target_id=None, now=clock.now)
        for _ in range(6):
            page = visitor.post(f"/vi/read/{token}", {"reading_code": typed})
            assert (page.status, says(page, "Mã đọc gồm sáu chữ số", "không tính là một lần thử")) == (422, True)
        assert visitor.post(f"/vi/read/{token}", {"reading_code": code}).status == 200


class TestThePage:
    def test_shows_each_purpose_with_its_wording_edition_date_channel_and_what_taking_it_back_means(self, visitor: Browser, path: str) -> None:
        page = press(visitor, path, "show")
        assert says(page, "Tôi đồng ý", "Phiên bản 1", "Biểu mẫu", "Sau khi rút lại", inquiry().reference)
        assert page.text.count('class="answer-sheet prose"') == 2
        assert not any(value in page.text for value in AN.values().values())

    def test_costs_the_same_for_one_purpose_as_for_three(self, visitor: Browser, clock: Clock) -> None:
        counts = []
        for number, agreed in enumerate((["advise"], ["advise", "notify", "provide_service"])):
            wanted = AN.values() if number else AN.values("full_name", "phone", "message")
            visitor.contact(**{**wanted, "email": f"an{number}@example.com"}, consents=agreed)
            newest = Inquiry.objects.order_by("id").last()
            assert newest is not None
            token = issue_link(purpose=OWN_CONSENTS, matter_id=newest.matter_id, target_id=None, now=clock.now)
            press(visitor, f"/vi/consents/{token}", "show")
            with CaptureQueriesContext(connection) as found:
                press(visitor, f"/vi/consents/{token}", "show")
            counts.append(len(found))
        assert counts[0] == counts[1] <= 13

    def test_says_that_an_act_it_does_not_know_is_none(self, visitor: Browser, path: str) -> None:
        assert press(visitor, path, "<script>", "<b>").status == 200
        assert holds()


class TestTakingBack:
    def test_is_asked_once_more_and_then_holds_at_once_for_every_use(self, visitor: Browser, path: str, clock: Clock) -> None:
        asked = press(visitor, path, "ask_back")
        assert says(asked, "Có, rút lại ngay", "90 ngày")
        assert holds()
        page = press(visitor, path, "take_back")
        assert (page.status, says(page, "Có hiệu lực từ bây giờ")) == (200, True)
        assert not holds()
        assert holds("provide_service")
        chi = Actor(role=ADVISER, id="chi")
        with pytest.raises(intake.Refused):
            inquiries.inquiry_page(reference=inquiry().reference, actor=chi, now=clock.now)
        assert inquiry().state == "resolved"

    def test_of_advice_says_beforehand_how_the_erasure_is_learned_of_when_no_letter_may_tell(self, visitor: Browser, path: str) -> None:
        asked = press(visitor, path, "ask_back")
        assert says(asked, "không thể gửi thư báo", "Mã tra cứu trong thư đầu tiên")
        assert asked.text.count('href="/vi/certificate"') > press(visitor, path, "ask_back", "provide_service").text.count('href="/vi/certificate"')
        assert not says(press(visitor, path, "ask_back", "provide_service"), "không thể gửi thư báo")

    def test_is_told_by_the_journal_as_the_persons_own(self, visitor: Browser, path: str) -> None:
        press(visitor, path, "take_back", "provide_service")
        row = Consent.objects.get(is_given=False)
        assert (row.channel, row.taken_by, row.purpose) == ("link", None, "provide_service")

    @pytest.mark.parametrize("purpose", ["advise", "notify", "", "nonsense", "x" * 500])
    def test_of_what_is_not_given_is_told_and_changes_nothing(self, visitor: Browser, path: str, purpose: str) -> None:
        press(visitor, path, "take_back")
        before = everything_kept()
        page = press(visitor, path, "take_back", purpose)
        assert (page.status, says(page, "đã được rút lại từ trước, hoặc quý khách chưa từng")) == (409, True)
        assert everything_kept() == before

    @pytest.mark.django_db(transaction=True)
    def test_by_several_at_the_same_moment_is_one_withdrawal(self, visitor: Browser, path: str, clock: Clock) -> None:
        barrier = threading.Barrier(4)

        def one(_: int) -> int:
            try:
                barrier.wait(30)
                return press(Browser(), path, "take_back").status
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(one, range(4)))
        assert statuses == [200, 409, 409, 409]
        assert Consent.objects.filter(is_given=False).count() == 1


class TestAgreeingAgain:
    def test_is_not_taken_from_who_has_not_shown_that_the_mailbox_is_theirs(self, visitor: Browser, path: str) -> None:
        press(visitor, path, "take_back")
        page = press(visitor, path, "agree", edition="1")
        assert (page.status, says(page, "chưa được xác nhận", "mã mở câu trả lời")) == (403, True)
        assert not holds()

    def test_is_a_new_fact_and_takes_the_inquiry_up_again(self, visitor: Browser, path: str, clock: Clock) -> None:
        prove(clock)
        press(visitor, path, "take_back")
        clock.wait(minutes=1)
        page = press(visitor, path, "agree", edition="1")
        assert (page.status, says(page, "Đã ghi nhận sự đồng ý")) == (200, True)
        facts = Consent.objects.filter(purpose="advise").order_by("at")
        assert list(facts.values_list("is_given", "channel")) == [(True, "form"), (False, "link"), (True, "link")]
        assert inquiry().state == "new"
        (row,) = gate.matter_rows([gate.MatterId(inquiry().matter_id)])
        assert (row.rests_since, [need.closed_at for need in row.needs if need.purpose == ADVISE]) == (None, [None])

    def test_pressed_twice_is_one_fact(self, visitor: Browser, path: str, clock: Clock) -> None:
        prove(clock)
        press(visitor, path, "take_back", "provide_service")
        for _ in range(2):
            assert press(visitor, path, "agree", "provide_service", edition="1").status == 200
        assert Consent.objects.filter(purpose="provide_service").count() == 3

    @pytest.mark.parametrize("edition", ["", "0", "2", "-1", "x", "9" * 400, "１"])
    def test_to_another_wording_than_the_one_in_force_is_not_taken(self, visitor: Browser, path: str, clock: Clock, edition: str) -> None:
        prove(clock)
        press(visitor, path, "take_back")
        assert press(visitor, path, "agree", edition=edition).status == 409
        assert not holds()

    def test_to_what_they_were_never_asked_about_is_not_taken(self, visitor: Browser, path: str, clock: Clock) -> None:
        prove(clock)
        assert press(visitor, path, "agree", "notify", edition="1").status == 409
        assert press(visitor, path, "agree", "legal_disclosure", edition="1").status == 409
        assert not holds("notify")

    @pytest.mark.clause("8.5")
    def test_to_a_wider_edition_binds_what_was_kept_under_it_and_nothing_does_before(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path, regime: Regime
    ) -> None:
        prove(clock)
        number = wider_edition(tmp_path, regime, clock)
        page = press(visitor, path, "show")
        assert says(page, f"Phiên bản {number} của chính sách cho phép chúng tôi làm nhiều hơn", "vẫn theo phiên bản 1")
        assert set(Record.objects.values_list("edition", flat=True)) == {1}
        assert press(visitor, path, "agree", edition=str(number)).status == 200
        assert set(Record.objects.filter(matter_id=inquiry().matter_id).values_list("edition", flat=True)) == {number}
        assert "cho phép chúng tôi làm nhiều hơn" not in press(visitor, path, "show").words()

    @pytest.mark.clause("8.5")
    def test_to_a_wider_edition_is_asked_with_what_would_change_and_announced_before(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path
    ) -> None:
        prove(clock)
        publish_second(tmp_path, now=clock.now)
        before = press(visitor, path, "show")
        assert says(before, "Phiên bản 2", "chưa có hiệu lực", "Cho đến ngày đó, quý khách không phải làm gì")
        assert re.search(r"Từ ngày \d\d/\d\d/\d{4} ?, quý khách có thể cho biết mình có đồng ý hay không", before.words())
        assert says(before, "Chỉ khi quý khách đồng ý", "180 ngày")
        assert "Tôi đồng ý với nội dung này" not in before.words()
        assert 'value="agree"' not in before.text
        enacting.enact(number=EditionNumber(2), now=clock.now)
        offered = press(visitor, path, "show")
        assert says(offered, "90 ngày", "180 ngày")
        assert "<h4>Thông tin được giữ lâu hơn" in offered.text
        assert "§&nbsp;4.2" in offered.text
        assert not says(offered, "chưa có hiệu lực")
        assert not says(press(visitor, path, "agree", edition="2"), "180 ngày")

    def test_is_not_announced_to_who_took_it_back(self, visitor: Browser, path: str, clock: Clock, tmp_path: Path) -> None:
        publish_second(tmp_path, now=clock.now)
        press(visitor, path, "take_back")
        assert not says(press(visitor, path, "show"), "chưa có hiệu lực")


READ = 'roles = ["adviser"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone", "message", "attachment"]'


class TestAnEditionThatTakesAndGives:
    @pytest.mark.clause("8.5")
    def test_is_told_as_in_the_letter_with_what_holds_in_any_case_apart(self, visitor: Browser, path: str, clock: Clock, tmp_path: Path) -> None:
        prove(clock)
        publish_second(tmp_path, now=clock.now, changes=((READ, '"phone", "message", "attachment"', '"message"'), ADVICE_LONGER))
        for is_in_force in (False, True):
            if is_in_force:
                enacting.enact(number=EditionNumber(2), now=clock.now)
            page = press(visitor, path, "show")
            at_once = page.text.partition("dù quý khách có đồng ý hay không")[2].partition("</ol>")[0]
            assert "Số điện thoại" in at_once
            assert "Tệp đính kèm" not in at_once  # An attached nothing
            assert "Được phép" not in at_once
            waiting = page.text.partition("Chỉ khi quý khách đồng ý" if not is_in_force else "chỉ áp dụng nếu quý khách đồng ý")[2].partition(
                "</ol>"
            )[0]
            assert "180 ngày" in waiting
            assert "Ghi chú của nhân viên tư vấn" not in waiting  # nothing of that is held

    @pytest.mark.clause("8.5")
    def test_is_not_agreed_to_unseen_where_a_later_one_gives_back_what_it_took(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path
    ) -> None:
        prove(clock)
        publish_second(tmp_path, now=clock.now, changes=((READ, '"phone", "message", "attachment"', '"message"'),))
        publish_third(tmp_path, now=clock.now, changes=(ADVICE_LONGER,))
        for number in (2, 3):
            enacting.enact(number=EditionNumber(number), now=clock.now)
        words = press(visitor, path, "show").words()
        assert "180 ngày" in words
        assert "Được phép thêm rộng hơn Ai Nhân viên tư vấn Được phép xem và sử dụng Thông tin Số điện thoại" in words

    @pytest.mark.clause("8.5")
    def test_is_not_told_to_whoever_came_under_it(self, visitor: Browser, clock: Clock, tmp_path: Path) -> None:
        publish_second(tmp_path, now=clock.now, changes=(ADVICE_LONGER,))  # nobody is there to be told: it binds at once
        visitor.contact(**AN.values("full_name", "email", "message"), consents=["advise"])
        assert 'id="own-changes"' not in press(visitor, link(), "show").text


SHORTER_NOTICE = ("notice_days = 15", "15", "10")
QUOTES = 'purposes = ["provide_service"]\nafter = "inquiry.closed"\nkeep = "P30D"'


@pytest.mark.clause("8.5")
class TestAYesToAnEditionThatDoesMoreAndPromisesLess:
    """What is asked for comes with the yes, and nothing stands in two places at once."""

    def test_brings_what_it_was_asked_for_also_where_details_serve_a_contract(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path
    ) -> None:
        prove(clock)
        publish_second(tmp_path, now=clock.now, changes=(ADVICE_LONGER, SHORTER_NOTICE))
        enacting.enact(number=EditionNumber(2), now=clock.now)
        before = press(visitor, path, "show")
        at_once = before.text.partition("dù quý khách có đồng ý hay không")[2].partition("</ol>")[0]
        assert "10 ngày" in at_once
        waits = before.text.partition("chỉ áp dụng nếu quý khách đồng ý")[2].partition("</ol>")[0]
        assert "180 ngày" in waits
        assert "10 ngày" not in waits
        after = press(visitor, path, "agree", edition="2").words()
        assert dict(Record.objects.values_list("collection", "edition")) == {"contact": 2, "message": 2, "delivery": 1}
        assert "180 ngày" not in after

    def test_is_not_asked_for_a_purpose_for_which_nothing_more_is_done(self, visitor: Browser, clock: Clock, tmp_path: Path) -> None:
        visitor.contact(**AN.values("full_name", "email", "message", "address"), consents=["advise", "provide_service"])
        prove(clock)
        publish_second(tmp_path, now=clock.now, changes=(ADVICE_LONGER, SHORTER_NOTICE, (QUOTES, "P30D", "P20D")))
        enacting.enact(number=EditionNumber(2), now=clock.now)
        page = press(visitor, link(), "show")
        assert page.text.count('value="agree"') == 1

    def test_is_asked_with_the_period_that_binds_now_alone(self, visitor: Browser, path: str, clock: Clock, tmp_path: Path) -> None:
        prove(clock)
        publish_second(tmp_path, now=clock.now, changes=((ADVICE_LONGER[0], "P90D", "P60D"),))
        publish_third(tmp_path, now=clock.now, changes=(ADVICE_LONGER,))
        for number in (2, 3):
            enacting.enact(number=EditionNumber(number), now=clock.now)
        offered = press(visitor, path, "show").text.partition("chỉ áp dụng nếu quý khách đồng ý")[2].partition("</section>")[0]
        assert offered.count("180 ngày") == 1
        assert "60 ngày" in offered
        assert "90 ngày" not in offered
