"""The sheet for a call or a visit: nothing without a yes, nothing twice, nothing lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from camket.access.days import day_of
from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry, Message
from camket.duties.publishing import queries as editions
from camket.policy.terms import EditionNumber, PurposeId
from camket.vault.models import Consent
from camket.web.kit import form_tokens
from tests.cast import AN, BINH
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept

SignIn = Callable[[str], Browser]
PLACE = "/vi/console/record"
SAID = {**AN.values("full_name", "email", "message"), "channel": "phone", "consents": ["advise"], "act": "keep"}


def keep(adviser: Browser, page: Page | None = None, **changes: Any) -> Page:
    """Fill in a sheet and send it."""
    return adviser.submit(page or adviser.get(PLACE), {**SAID, **changes}, PLACE)


def typed(page: Page) -> bool:
    """Whether what was typed is still on the page."""
    return AN.full_name in page.text and AN.email in page.text and AN.message in page.text


@pytest.mark.clause("1.7")
class TestTheSheet:
    def test_puts_each_wording_of_the_edition_in_the_persons_language(self, sign_in: SignIn) -> None:
        adviser, policy = sign_in("adviser"), editions.policy_in_force()
        page = adviser.get(PLACE)
        english = keep(adviser, page, act="speak-en")
        for purpose in ("advise", "notify", "provide_service"):
            assert policy.consent_wording(PurposeId(purpose), "vi") in page.words()
            assert policy.consent_wording(PurposeId(purpose), "en") in english.words()

    def test_stays_open_with_what_was_typed_while_a_clause_is_read(self, sign_in: SignIn) -> None:
        clauses = re.findall(r'<a class="clause"[^>]*>', sign_in("adviser").get(PLACE).text)
        assert clauses
        assert all('target="_blank" rel="noopener"' in link for link in clauses)

    def test_has_no_box_ticked_and_no_channel_chosen(self, sign_in: SignIn) -> None:
        page = sign_in("adviser").get(PLACE)
        assert not re.search(r"<input[^>]*\schecked", page.text)

    def test_clears_the_ticks_and_keeps_the_rest_when_the_language_changes(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        before = everything_kept()
        page = keep(adviser, act="speak-en")
        assert typed(page)
        assert 'name="consents" value="advise" checked' not in page.text
        assert everything_kept() == before

    def test_asks_what_the_edition_asks_and_says_under_which_clause(self, sign_in: SignIn) -> None:
        page = sign_in("adviser").get(PLACE)
        assert set(re.findall(r'name="(full_name|email|phone|message|address|attachment)"', page.text)) == {
            "full_name",
            "email",
            "phone",
            "message",
            "address",
        }
        assert "#c1.7" in page.text

    def test_speaks_to_the_adviser_of_the_person_and_gives_the_words_to_say(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        said = adviser.get("/en/console/record").words()
        assert "You can say: “so that we can call you back”" in said
        assert "You can say: “Only needed if you would like a quotation or a contract”" in said
        assert "để chúng tôi gọi lại cho khách" in adviser.get(PLACE).words()

    def test_lets_no_browser_offer_the_advisers_own_details(self, sign_in: SignIn) -> None:
        assert set(re.findall(r'autocomplete="([^"]+)"', sign_in("adviser").get(PLACE).text)) <= {"off"}


@pytest.mark.clause("1.7")
class TestASheetThatIsSent:
    def test_is_kept_and_told_once(self, sign_in: SignIn) -> None:
        page = keep(sign_in("adviser"))
        inquiry = Inquiry.objects.get()
        assert page.status == 200
        assert (inquiry.channel, inquiry.language) == ("phone", "vi")
        assert inquiry.reference in page.text
        assert re.search(r"<bdi>\d{3} \d{3}</bdi>", page.text)
        assert not any(value in page.text for value in (AN.full_name, AN.email, AN.message))

    def test_keeps_on_which_day_they_said_yes(self, sign_in: SignIn, clock: Clock) -> None:
        adviser, today = sign_in("adviser"), day_of(clock.now)
        page = adviser.get(PLACE)
        assert f'max="{today}" value="{today}"' in page.text
        assert keep(adviser, page, said_on=str(today)).status == 200
        assert [(row.said_on, row.said_in) for row in Consent.objects.all()] == [(today, Inquiry.objects.get().reference)]

    def test_in_english_is_answered_in_english(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        assert keep(adviser, keep(adviser, act="speak-en")).status == 200
        assert {(row.language, row.channel) for row in Consent.objects.all()} == {("en", "phone")}
        assert Inquiry.objects.get().language == "en"

    def test_tells_the_claim_code_where_no_letter_can_bring_it(self, sign_in: SignIn) -> None:
        page = keep(sign_in("adviser"), email="", phone=AN.phone)
        assert re.search(r"<bdi>[0-9A-Z]{4}(-[0-9A-Z]{4}){3}</bdi>", page.text)

    def test_twice_is_kept_once(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = adviser.get(PLACE)
        first, second = keep(adviser, page), keep(adviser, page)
        assert (first.status, second.status) == (200, 200)
        assert Inquiry.objects.count() == 1

    def test_once_more_with_another_content_is_not_mixed_up(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = adviser.get(PLACE)
        keep(adviser, page)
        other = keep(adviser, page, message="Điều khác.")
        assert other.status == 409
        assert "Điều khác." in other.text
        assert Inquiry.objects.count() == 1
        assert keep(adviser, other, message="Điều khác.").status == 200
        assert Inquiry.objects.count() == 2

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"consents": []}, "Khách chưa đồng ý với câu này"),
            ({"consents": ["notify"]}, "Khách chưa đồng ý với câu này"),
            ({"channel": ""}, "khách gọi điện hay đến gặp"),
            ({"channel": "form"}, "khách gọi điện hay đến gặp"),
            ({"said_on": ""}, "Hãy cho biết khách đồng ý vào ngày nào"),
            ({"said_on": "2026-02-30"}, "Hãy cho biết khách đồng ý vào ngày nào"),
            ({"said_on": "2890-01-01"}, "Khách không thể đồng ý vào một ngày chưa tới"),
            ({"said_on": "2025-01-01"}, "trong vòng 15 ngày"),
            ({"phone": "0912"}, "Số điện thoại này chưa đủ"),
            ({"email": "an@gmial.com"}, "kết thúc bằng gmail.com"),
            ({"address": AN.address}, "chỉ dùng cho"),
            ({"unknown": "x"}, "Biểu mẫu"),
            ({"consents": ["advise", "advertise"]}, "Biểu mẫu"),
            ({"message": "a\x00b"}, "gõ lại"),
            ({"token": "forged"}, "Trang đã mở quá lâu"),
        ],
    )
    def test_with_a_fault_keeps_nothing_and_loses_nothing(self, sign_in: SignIn, changes: dict[str, Any], sentence: str) -> None:
        adviser = sign_in("adviser")
        page, before = adviser.get(PLACE), everything_kept()
        answer = keep(adviser, page, **changes)
        assert answer.status == 422
        assert sentence in answer.words()
        assert AN.full_name in answer.text
        assert everything_kept() == before

    @pytest.mark.parametrize(
        "changes",
        [
            {"full_name": "A"},
            {"full_name": "https://example.com"},
            {"full_name": "An\x00"},
            {"full_name": "A\u200bn Bình"},
            {"full_name": "An\ufffd"},
            {"address": "x", "consents": ["advise", "provide_service"]},
            {"message": ["a", "b"]},
        ],
    )
    def test_with_a_fault_speaks_to_the_adviser_and_not_to_the_customer(self, sign_in: SignIn, changes: dict[str, Any]) -> None:
        answer = keep(sign_in("adviser"), **changes)
        faults = re.findall(r'<li><a href="#[^"]+">([^<]+)</a></li>', answer.text.split('id="problems"')[1].split("</ul>")[0])
        assert answer.status == 422
        assert faults
        assert "quý khách" not in " ".join(faults).lower()

    def test_with_an_odd_mail_domain_is_taken_once_they_say_it_is_right(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        doubted = keep(adviser, email="an@gmial.com")
        assert doubted.status == 422
        assert keep(adviser, doubted, email="an@gmial.com").status == 200

    def test_too_late_is_looked_through_once_more(self, sign_in: SignIn, clock: Clock) -> None:
        issued = clock.now - timedelta(hours=13)
        old = form_tokens.new_token("spoken", edition=editions.edition_in_force(), language="vi", now=issued)
        late = keep(sign_in("adviser"), token=old)
        assert (late.status, typed(late)) == (422, True)
        assert "Trang đã mở quá lâu" in late.words()
        assert not Inquiry.objects.exists()

    @pytest.mark.clause("8.5")
    def test_whose_wording_is_not_in_force_is_read_out_anew(self, sign_in: SignIn, clock: Clock) -> None:
        other = form_tokens.new_token("spoken", edition=EditionNumber(2), language="vi", now=clock.now)
        answer = keep(sign_in("adviser"), token=other)
        assert (answer.status, typed(answer)) == (422, True)
        assert 'value="advise" checked' not in answer.text
        assert not Inquiry.objects.exists()

    def test_while_the_database_is_away_stays_on_the_page_under_its_own_token(self, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(**_: object) -> None:
            raise OperationalError("database is locked")

        adviser = sign_in("adviser")
        page = adviser.get(PLACE)
        with monkeypatch.context() as patch:
            patch.setattr(intake, "receive_inquiry", away)
            busy = keep(adviser, page)
        assert busy.status == 503
        assert typed(busy)
        assert busy.hidden()["token"] == page.hidden()["token"]
        assert keep(adviser, busy).status == 200

    def test_carries_the_token_of_no_other_form(self, sign_in: SignIn, visitor: Browser) -> None:
        stolen = visitor.get("/vi/contact").hidden()["token"]
        assert keep(sign_in("adviser"), token=stolen).status == 422

    def test_stands_nowhere_in_an_address(self, sign_in: SignIn) -> None:
        page = keep(sign_in("adviser"))
        assert not any(value in address for address in re.findall(r'(?:href|action)="([^"]*)"', page.text) for value in (AN.email, "912000101"))


class TestFinding:
    def test_leads_to_a_sheet_with_what_was_typed(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        found = adviser.submit(adviser.get("/vi/console/find"), {"query": BINH.email})
        assert 'action="/vi/console/record"' in found.text
        sheet = adviser.submit(found, {"act": "begin"}, PLACE)
        assert sheet.status == 200
        assert f'value="{BINH.email}"' in sheet.text
        assert BINH.email not in sheet.url


@pytest.mark.clause("1.7")
class TestACallAboutAnInquiry:
    @pytest.fixture
    def reference(self, visitor: Browser) -> str:
        return visitor.contact(**AN.values("full_name", "email", "message")).text.partition('class="reference">')[2].partition("<")[0]

    def test_is_reached_from_its_page_and_stands_there_afterwards(self, sign_in: SignIn, reference: str) -> None:
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}"
        assert f'href="{place}/call"' in adviser.get(place).text
        done = adviser.submit(adviser.get(f"{place}/call"), {"channel": "phone", "said": "Chị hỏi thêm về tên miền."})
        assert (done.status, done.headers["location"]) == (302, place)
        assert "Khách nói qua điện thoại; adviser ghi lại" in adviser.get(place).words()

    @pytest.mark.parametrize(
        ("changes", "status"),
        [({"said": " "}, 422), ({"channel": ""}, 422), ({"nonce": ""}, 409), ({"said": "x" * 9000}, 422), ({"said": "a\x00"}, 422)],
    )
    def test_with_a_fault_keeps_nothing_and_loses_nothing(self, sign_in: SignIn, reference: str, changes: dict[str, str], status: int) -> None:
        adviser = sign_in("adviser")
        page = adviser.get(f"/vi/console/inquiries/{reference}/call")
        answer = adviser.submit(page, {"channel": "phone", "said": "Chị hỏi thêm.", **changes})
        assert answer.status == status
        assert changes.get("said", "Chị hỏi thêm.").strip()[:20] in answer.text
        assert Message.objects.count() == 1

    def test_of_a_resolved_inquiry_waits_until_it_is_reopened(self, sign_in: SignIn, reference: str) -> None:
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}"
        page = adviser.get(f"{place}/call")
        adviser.submit(adviser.get(place), {"act": "resolve"})
        refused = adviser.submit(page, {"channel": "phone", "said": "Chị hỏi thêm."})
        assert refused.status == 409
        assert "Chị hỏi thêm." in refused.text
        adviser.submit(adviser.get(place), {"act": "reopen"}, place)
        assert adviser.submit(refused, {"channel": "phone", "said": "Chị hỏi thêm."}, f"{place}/call").status == 302

    def test_without_their_consent_is_not_taken_down(self, sign_in: SignIn, reference: str) -> None:
        adviser = sign_in("adviser")
        page = adviser.get(f"/vi/console/inquiries/{reference}/call")
        Consent.objects.all().delete()
        refused = adviser.submit(page, {"channel": "phone", "said": "Chị hỏi thêm."})
        assert refused.status == 403
        assert "Chị hỏi thêm." in refused.text

    def test_of_nobody_is_not_there(self, sign_in: SignIn) -> None:
        assert sign_in("adviser").get("/vi/console/inquiries/CK-0000-0000/call").status == 404
