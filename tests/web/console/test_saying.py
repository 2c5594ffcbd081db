"""What the desks say where something is missing, taken or mistyped."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils.translation import override

from camket.access.actions import issue_sign_in_link
from camket.access.days import day_of
from camket.access.models import Staff
from camket.duties.custody import actions as custody
from camket.duties.intake.models import Inquiry
from camket.duties.notices.models import Letter
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.policy.terms import ROLES, SUBJECT, THE_HOUSE
from camket.vault.models import Consent
from camket.web.kit.words import word
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import publish_second
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]


def case_of(adviser: Browser, *given: str) -> Page:
    """The desk's page of an inquiry by An, who gave these fields."""
    received = Browser().contact(**AN.values("full_name", "message", *given))
    reference = received.text.partition('class="reference">')[2].partition("<")[0]
    return adviser.get(f"/vi/console/inquiries/{reference}")


def sign_in_again(clock: Clock) -> Browser:
    """Let the adviser come in anew, after a session that ended long ago."""
    browser = Browser()
    page = browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=Staff.objects.get().id, now=clock.now)}")
    assert browser.submit(page, {}).status == 302
    return browser


def parked(many: int, now: datetime) -> list[str]:
    """Put letters aside that a person must look at, and return their ids, the newest first."""
    letters = [
        Letter(
            template="intake/letters/answer", language="vi", subject_id=uuid4(), matter_id=uuid4(), purpose="advise", reference="CK-0000-0000",
            state="parked", due_at=now, parked_at=now, written_at=now + timedelta(seconds=number // 2),
        )
        for number in range(many)
    ]  # fmt: skip
    Letter.objects.bulk_create(letters)
    return [str(one.id) for one in sorted(letters, key=lambda one: (one.written_at, one.id), reverse=True)]


def shown_letters(page: Page) -> list[str]:
    # each stands in two forms: to try it again, and to give it up
    return list(dict.fromkeys(re.findall(r'name="letter" value="([0-9a-f-]{36})"', page.text)))


class TestTheOutbox:
    def test_shows_every_letter_page_by_page(self, sign_in: SignIn, now: datetime) -> None:
        adviser, ids = sign_in("adviser"), parked(101, now)
        first = adviser.get("/vi/console/letters")
        assert shown_letters(first) == ids[:100]
        assert 'rel="prev"' not in first.text
        older = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert older is not None
        second = adviser.get(unescape(older.group(1)))
        assert shown_letters(second) == ids[100:]
        assert 'rel="next"' not in second.text
        assert 'rel="prev" href="/vi/console/letters"' in second.text

    def test_goes_on_where_it_was_when_letters_are_written_meanwhile(self, sign_in: SignIn, now: datetime) -> None:
        adviser, ids = sign_in("adviser"), parked(101, now)
        older = re.search(r'rel="next" href="([^"]+)"', adviser.get("/vi/console/letters").text)
        assert older is not None
        parked(3, now + timedelta(hours=1))
        assert shown_letters(adviser.get(unescape(older.group(1)))) == ids[100:]

    @pytest.mark.parametrize("act", ["", "delete", "give up"])
    def test_does_nothing_by_an_act_that_it_does_not_know(self, sign_in: SignIn, now: datetime, act: str) -> None:
        adviser, ids = sign_in("adviser"), parked(1, now)
        token = adviser.get("/vi/console/letters").hidden()
        assert adviser.post("/vi/console/letters", {**token, "letter": ids[0], "act": act}).status == 404
        assert Letter.objects.get().state == "parked"

    def test_needs_no_pager_for_a_hundred(self, sign_in: SignIn, now: datetime) -> None:
        parked(100, now)
        assert 'class="pager"' not in sign_in("adviser").get("/vi/console/letters").text

    @pytest.mark.parametrize("after", ["x", "0", "3.20261123020000000000." + "0" * 32, "0.99999999999999999999." + "0" * 32, "%00", "9" * 400])
    def test_begins_anew_where_the_place_is_none(self, sign_in: SignIn, now: datetime, after: str) -> None:
        ids = parked(2, now)
        assert shown_letters(sign_in("adviser").get(f"/vi/console/letters?after={after}")) == ids


class TestALetterThatCameBack:
    @pytest.mark.parametrize(
        ("language", "code", "said"),
        [
            ("vi", "bounce.hard.5.1.1", "thư bị trả lại: không có địa chỉ này (5.1.1)"),
            ("en", "bounce.hard.5.1.1", "it came back: there is no such address (5.1.1)"),
            ("vi", "bounce.hard.5.9.9", "thư bị trả lại và không thể chuyển đến (5.9.9)"),
            ("en", "bounce.soft.mailbox.full", "it came back for now: the mailbox is full"),
            ("en", "bounce.soft.no.way.there", "it came back for now"),
            ("vi", "address.unreachable", "một lá thư trước gửi người này đã bị máy chủ thư từ chối hoặc bị trả lại"),
        ],
    )
    def test_says_why_and_offers_what_a_person_can_do(self, sign_in: SignIn, now: datetime, language: str, code: str, said: str) -> None:
        (letter_id,) = parked(1, now)
        Letter.objects.filter(id=letter_id).update(last_error=code)
        page = sign_in("adviser").get(f"/{language}/console/letters")
        assert said in unescape(page.text)
        assert 'value="retry"' in page.text


class TestWordsOfTheEdition:
    @pytest.mark.parametrize(("language", "purpose"), [("vi", "Tư vấn và trả lời"), ("en", "Advice and answers")])
    def test_name_the_purposes_in_journal_and_outbox(self, sign_in: SignIn, now: datetime, language: str, purpose: str) -> None:
        Browser().contact(**AN.values("full_name", "email", "message"))
        custody.keep_journal(now=now)
        assert f'<span class="soft under">{purpose}</span>' in sign_in("auditor").get(f"/{language}/console/journal").text
        assert f"<td>{purpose}</td>" in sign_in("adviser").get(f"/{language}/console/letters").text

    def test_are_those_of_the_desk_for_every_role_but_the_person(self) -> None:
        policy = editions.policy_in_force()
        for language in ("vi", "en"):
            with override(language):
                said = {role: (word("role", role), policy.label("role", role, language)) for role in ROLES if role != SUBJECT}
            assert not {role: words for role, words in said.items() if words[0] != words[1]}


class TestTheJournal:
    @pytest.mark.clause("7.3")
    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("vi", "bất kỳ ai giữ một mốc xác nhận được lập sau khi dòng đó được ghi đều nhận ra"),
            ("en", "Anyone who holds a later checkpoint can tell if it was changed."),
        ],
    )
    def test_promises_no_more_than_a_checkpoint_can_show(self, sign_in: SignIn, language: str, sentence: str) -> None:
        assert sentence in sign_in("auditor").get(f"/{language}/console/journal").words()


class TestTheDesk:
    def test_offers_an_inquiry_until_it_is_mine(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        assert 'value="assign"' in page.text
        assert adviser.submit(page, {"act": "assign"}).status == 302
        assert 'value="assign"' not in adviser.get(page.url).text

    def test_keeps_a_text_on_the_page_that_was_sent_before_with_another(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        assert adviser.submit(page, {"act": "answer", "answer": "Gói Cơ bản."}).status == 302
        again = adviser.submit(page, {"act": "answer", "answer": "Gói Cơ bản, và tên miền."})
        assert again.status == 409
        assert "Gói Cơ bản, và tên miền." in again.text
        assert adviser.submit(again, {"act": "answer", "answer": "Gói Cơ bản, và tên miền."}, page.url).status == 302

    def test_refuses_a_text_from_a_form_without_its_nonce(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        refused = adviser.submit(page, {"act": "note", "note": "Gọi lại buổi chiều.", "nonce": ""})
        assert refused.status == 409
        assert "Gọi lại buổi chiều." in refused.text

    def test_records_that_a_consent_was_taken_back(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        done = adviser.submit(page, {"act": "withdraw", "purpose": "advise", "channel": "phone"})
        assert (done.status, done.headers["location"]) == (302, "/vi/console/?withdrawn=1")
        assert list(Consent.objects.filter(is_given=False).values_list("channel", "taken_by")) == [("phone", Staff.objects.get().id)]
        assert adviser.get(page.url).status == 403
        listed = adviser.get("/vi/console/?show=all").words()
        assert AN.full_name not in listed
        assert "đã rút lại sự đồng ý" in listed
        assert adviser.submit(page, {"act": "withdraw", "purpose": "advise", "channel": "phone"}).status == 409

    @pytest.mark.clause("9.9")
    def test_keeps_on_which_day_it_was_said_and_in_which_inquiry_it_stands(self, sign_in: SignIn, clock: Clock) -> None:
        adviser = sign_in("adviser")
        case_of(adviser, "email")
        other, today = "CK-ABCD-EFGH", day_of(clock.now)
        Inquiry.objects.update(reference=other)  # one in twenty is of letters alone, as a word may be
        Browser().contact(**AN.values(), consents=["advise", "provide_service"])
        reference = Inquiry.objects.exclude(reference=other).get().reference
        page = adviser.get(f"/vi/console/inquiries/{reference}")
        assert f'type="date" required min="{today}" max="{today}" value="{today}"' in page.text
        assert f'name="said_in" maxlength="20" autocomplete="off" spellcheck="false" value="{reference}"' in page.text
        told = {"act": "withdraw", "purpose": "provide_service", "channel": "post", "said_on": str(today)}
        assert adviser.submit(page, {**told, "said_in": f" {other[3:].lower()} "}).status == 302
        row = Consent.objects.get(is_given=False)
        assert (row.said_on, row.said_in) == (today, other)
        shown = adviser.get(page.url)
        assert re.search(rf"khách báo ngày\s+{today:%d/%m/%Y}\s*, ghi ở cuộc trao đổi\s+{other}", shown.words())
        assert f'href="/vi/console/inquiries/{other}"' in shown.text

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"said_on": ""}, "Hãy cho biết khách báo vào ngày nào"),
            ({"said_on": "2026-11-31"}, "Hãy cho biết khách báo vào ngày nào"),
            ({"said_on": "hôm qua"}, "Hãy cho biết khách báo vào ngày nào"),
            ({"said_on": "2999-01-01"}, "Hãy cho biết khách báo vào ngày nào"),
            ({"said_on": "2890-01-01"}, "Khách không thể báo vào một ngày chưa tới"),
            ({"said_on": "2025-01-01"}, "Khách không thể rút lại trước ngày đồng ý"),
            ({"said_in": "thư An viết tay"}, "chưa ghi nhận gì"),
            ({"said_in": "CK-0000-0000"}, "chưa ghi nhận gì"),
        ],
    )
    def test_says_which_day_or_reference_it_cannot_take_and_keeps_the_rest(self, sign_in: SignIn, given: dict[str, str], sentence: str) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        told = adviser.submit(page, {"act": "withdraw", "purpose": "advise", "channel": "post", **given})
        assert (told.status, sentence in told.words()) == (422, True)
        assert '<option value="post" selected>' in told.text
        assert not Consent.objects.filter(is_given=False).exists()

    def test_confirms_it_and_says_of_the_inquiry_why_nobody_opens_it_any_more(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        done = adviser.submit(page, {"act": "withdraw", "purpose": "advise", "channel": "phone"})
        assert "Đã ghi nhận việc rút lại sự đồng ý." in adviser.get(done.headers["location"]).words()
        shut = adviser.get(page.url).words()
        assert "Khách đã rút lại sự đồng ý: không ai mở được cuộc trao đổi này nữa" in shut
        assert "Vai trò của bạn" not in shut
        assert "điều khoản nào" not in shut

    @pytest.mark.parametrize("channel", ["", "desk", "link", "\x00"])
    def test_asks_how_it_was_said_before_a_consent_is_taken_back(self, sign_in: SignIn, channel: str) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        told = adviser.submit(page, {"act": "withdraw", "purpose": "advise", "channel": channel})
        assert (told.status, "Hãy chọn khách đã báo bằng cách nào" in told.words()) == (422, True)
        assert '<option value="">Hãy chọn</option>' in page.text
        assert not Consent.objects.filter(is_given=False).exists()

    def test_keeps_what_was_said_where_no_letter_goes_out(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        assert "Lưu nội dung đã trao đổi" in case_of(adviser, "phone").words()
        assert "Lưu nội dung đã trao đổi" not in case_of(adviser, "email").words()

    @pytest.mark.clause("3.1", "8.5")
    def test_says_which_detail_is_kept_and_not_shown_and_asks_for_no_call_to_a_number_that_nobody_sees(
        self, sign_in: SignIn, clock: Clock, tmp_path: Path
    ) -> None:
        page = case_of(sign_in("adviser"), "phone")
        assert "Hãy gọi điện" in page.words()
        fields = 'roles = ["adviser"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone", "message", "attachment"]'
        publish_second(tmp_path, now=clock.now, changes=((fields, '"phone", ', ""),))
        clock.wait(days=40)
        assert publishing.enact_due(actor=THE_HOUSE, now=clock.now) == [2]
        narrowed = sign_in_again(clock).get(page.url)
        assert re.search(r"Số điện thoại\s+vai trò của bạn không được xem từ phiên bản 2\s+§\s3\.1", narrowed.words())
        assert 'href="/vi/policy/editions/2#c3.1"' in narrowed.text
        assert AN.phone not in narrowed.text
        assert AN.phone[1:] not in narrowed.text
        assert "Hãy gọi điện" not in narrowed.words()
        assert "cũng không có số điện thoại nào mà bạn xem được" in narrowed.words()

    def test_says_what_it_means_that_nothing_is_mine(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        assert "Chưa nhận xử lý" in adviser.get("/vi/console/?show=mine").words()
        assert "Chưa nhận xử lý" not in adviser.get("/vi/console/?show=new").words()

    @pytest.mark.parametrize("typed", ["số 9", "12", "an@"])
    def test_says_what_can_be_looked_for_when_a_search_is_none_of_it(self, sign_in: SignIn, typed: str) -> None:
        adviser = sign_in("adviser")
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": typed})
        assert page.status == 422
        assert "gõ email, số điện thoại hoặc tên để tìm khách" in page.words()

    def test_finds_nobody_politely(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        assert adviser.submit(adviser.get("/vi/console/find"), {"query": BINH.email}).status == 200

    @pytest.mark.parametrize(("path", "status"), [("/vi/console/journal", 403), ("/vi/console/inquiries/CK-0000-0000", 404)])
    def test_leads_back_from_what_is_not_there_or_not_open(self, sign_in: SignIn, path: str, status: int) -> None:
        page = sign_in("adviser").get(path)
        assert page.status == status
        assert 'href="/vi/console/"' in page.text

    def test_is_not_named_on_the_fault_pages_of_the_public(self, visitor: Browser) -> None:
        assert "/console" not in visitor.get("/vi/nothing").text
