"""The contact form and everything that can be wrong with what it brings."""

import json
import unicodedata
from html import escape
from typing import Any

import pytest
from django.core import signing
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry
from camket.duties.publishing import queries as editions
from camket.journal.models import JournalEntry
from camket.web.kit.faults import error_sentence
from tests.cast import AN, BINH
from tests.journeys.visitor import Page, proof_of_work
from tests.web.browsing import FORM, Browser, Clock, everything_kept, everything_written

GOOD = AN.values("full_name", "email", "phone", "message")
# What a tester types where it must come back to nobody but the visitor.
TYPED = {
    "full_name": "Trịnh Khải Ca-na-ri",
    "email": "canari.typed@example.vn",
    "phone": "0912 000 777",
    "message": "Chim hoàng yến trong mỏ than số 4711.",
}
IN_VIETNAMESE, IN_ENGLISH = "vi", "en"
NFD_AN = unicodedata.normalize("NFD", AN.full_name)

# name of the case → what is sent beside or instead of good values, and the code of the fault
BAD = {
    "unknown": ({"cmnd": "012345678999"}, "unknown_field"),
    "unknown consent": ({"consents": ["advise", "sell_it"]}, "unknown_consent"),
    "missing name": ({"full_name": ""}, "required"),
    "missing both ways to answer": ({"email": "", "phone": ""}, "one_of"),
    "missing message": ({"message": " \n "}, "required"),
    "missing consent": ({"consents": []}, "consent_required"),
    "doubled name": ({"full_name": [TYPED["full_name"], "Người Khác"]}, "doubled"),
    "doubled work": ({"work": ["1", "2"]}, "doubled"),
    "long name": ({"full_name": "Dài " * 31}, "too_long"),
    "long message": ({"message": "d" * 8001}, "too_long"),
    "bell in the message": ({"message": "chuông\x07reo"}, "control_character"),
    "U+0000 in the name": ({"full_name": "Trịnh\x00Khải"}, "control_character"),
    "zero-width space in the name": ({"full_name": "Trịnh\u200bKhải"}, "invisible_character"),
    "right-to-left override in the message": ({"message": "hóa đơn \u202efdp.exe"}, "invisible_character"),
    "nothing but joiners for a message": ({"message": "\u200d\u200d"}, "required"),
    "nothing but Braille blanks for a message": ({"message": "\u2800\u2800\u2800"}, "required"),
    "nothing but fillers for a name": ({"full_name": "\u3164\u3164"}, "required"),
    "nothing but marks to answer to": ({"email": "\u200b\u202e", "phone": "\uffa0"}, "one_of"),
    "joiner in the name": ({"full_name": "Trịnh\u200dKhải"}, "invisible_character"),
    "filler in the name": ({"full_name": "Trịnh\u3164Khải"}, "invisible_character"),
    "joiner at the end of the message": ({"message": "Xin chào\u200d"}, "invisible_character"),
    "right-to-left override in the address": ({"email": "a\u202en@example.vn"}, "invisible_character"),
    "zero-width space in the number": ({"phone": "0912\u200b000 777"}, "invisible_character"),
    "half an address": ({"email": "canari.typed@example"}, "bad_email"),
    "half a number": ({"phone": "0912 0"}, "bad_phone"),
    "a link for a name": ({"full_name": "https://example.com/win"}, "bad_name"),
    "address without its purpose": ({"address": AN.address}, "not_for_this"),
    "trap": ({"website": "https://example.com"}, "trap"),
}
LIMITS = {"long name": 120, "long message": 8000}


def sent(browser: Browser, language: str, **changes: Any) -> Page:
    return browser.contact(language, **{**TYPED, **changes})


def sentence(code: str, language: str, *, limit: int = 0, hint: str = "") -> str:
    """The sentence that helps with a fault, which must differ between the languages."""
    policy = editions.policy_in_force()
    fault = rules.FieldError(field="", code=code, limit=limit, hint=hint)
    said = {}
    for spoken in (IN_VIETNAMESE, IN_ENGLISH):
        with translation.override(spoken):
            said[spoken] = error_sentence(fault, policy, spoken)
    assert said[IN_VIETNAMESE] != said[IN_ENGLISH]
    return said[language]


def told(page: Page) -> str:
    """The summary above the form, as a person reads it."""
    begin = page.text.index('<div class="problems"')
    return Page(status=0, text=page.text[begin : page.text.index("<form", begin)], headers={}, url="").words()


class TestBadInput:
    @pytest.mark.clause("1.1")
    @pytest.mark.parametrize("language", [IN_VIETNAMESE, IN_ENGLISH])
    @pytest.mark.parametrize("case", BAD)
    def test_gets_a_sentence_in_the_visitors_language_and_nothing_is_kept(
        self, visitor: Browser, case: str, language: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        changes, code = BAD[case]
        before = everything_kept()

        page = sent(visitor, language, **changes)

        assert page.status == 422
        hint = "provide_service" if code == "not_for_this" else ""
        assert sentence(code, language, limit=LIMITS.get(case, 0), hint=hint) in told(page)
        assert everything_kept() == before
        for name, value in {**TYPED, **{key: text for key, text in changes.items() if isinstance(text, str)}}.items():
            if value.strip():
                assert value not in caplog.text, name
        assert visitor.cookies == {}

    @pytest.mark.parametrize("language", [IN_VIETNAMESE, IN_ENGLISH])
    def test_leaves_what_was_typed_in_the_form(self, visitor: Browser, language: str) -> None:
        page = sent(visitor, language, phone="0912 0")
        for name in ("full_name", "email"):
            assert f'value="{TYPED[name]}"' in page.text
        assert 'value="0912 0"' in page.text
        assert f"\n{TYPED['message']}</textarea>" in page.text
        assert 'value="advise" checked' in page.text

    def test_is_told_all_at_once(self, visitor: Browser) -> None:
        page = sent(visitor, "en", full_name="", email="canari", phone="1", message="")
        assert page.text.count('aria-invalid="true"') == 4

    def test_never_comes_back_as_markup(self, visitor: Browser) -> None:
        page = sent(visitor, "en", full_name='"><script>alert(1)</script>@', message="</textarea><script>alert(2)</script>", email="no")
        assert page.status == 422
        assert "<script>alert" not in page.text
        assert "&lt;/textarea&gt;&lt;script&gt;alert(2)" in page.text

    def test_says_where_the_consent_of_the_address_stands(self, visitor: Browser) -> None:
        assert "f-address" in sent(visitor, "en", address=AN.address).text


class TestTheForm:
    @pytest.mark.clause("1.4")
    def test_takes_vietnamese_in_loose_letters_and_keeps_them_composed(self, visitor: Browser, sign_in: Any) -> None:
        assert visitor.contact(full_name=NFD_AN, email=AN.email, message=AN.message).status == 200
        inbox = sign_in("adviser").get("/vi/console/").text
        assert AN.full_name in inbox
        assert NFD_AN not in inbox

    @pytest.mark.clause("1.4")
    @pytest.mark.parametrize("name", ["email", "phone"])
    def test_is_content_with_one_way_to_answer(self, visitor: Browser, name: str) -> None:
        assert visitor.contact(**AN.values("full_name", "message", name)).status == 200

    @pytest.mark.clause("1.5")
    def test_takes_the_address_with_its_purpose(self, visitor: Browser) -> None:
        assert visitor.contact(**AN.values(), consents=["advise", "provide_service"]).status == 200

    @pytest.mark.clause("1.8")
    @pytest.mark.parametrize("language", [IN_VIETNAMESE, IN_ENGLISH])
    def test_has_nothing_ticked_beforehand(self, visitor: Browser, language: str) -> None:
        page = visitor.get(f"/{language}/contact")
        assert page.text.count('type="checkbox"') >= 3
        assert " checked" not in page.text

    @pytest.mark.clause("1.9")
    @pytest.mark.parametrize("language", [IN_VIETNAMESE, IN_ENGLISH])
    def test_says_beside_each_field_why_it_is_asked(self, visitor: Browser, language: str) -> None:
        text, policy = visitor.get(f"/{language}/contact").text, editions.policy_in_force()
        for name in ("full_name", "phone", "email", "message", "address", "attachment"):
            why = escape(policy.words[language].of("field", name).why)
            assert f'<p class="why" id="f-{name}-why">{why}</p>' in text, name

    @pytest.mark.clause("7.1")
    def test_writes_no_value_where_a_thief_could_read_it(self, visitor: Browser) -> None:
        assert visitor.contact(**TYPED, address=AN.address, consents=["advise", "provide_service"]).status == 200
        written = everything_written()
        for value in (*TYPED.values(), AN.address, "+84912000777"):
            assert value not in written

    @pytest.mark.clause("7.1")
    def test_journals_names_of_fields_and_never_values(self, visitor: Browser) -> None:
        visitor.contact(**TYPED)
        entries = json.dumps([str(row) for row in JournalEntry.objects.values_list()], ensure_ascii=False)
        assert "full_name" in entries
        for value in TYPED.values():
            assert value not in entries

    def test_says_nothing_of_others(self, visitor: Browser) -> None:
        first = Browser().contact(**BINH.values("full_name", "email", "message"))
        second = visitor.contact(**{**GOOD, "email": BINH.email})
        assert (first.status, second.status) == (200, 200)
        assert BINH.full_name not in second.text
        assert "CK-" in second.words()


class TestASubmission:
    @pytest.fixture
    def filled(self, visitor: Browser) -> tuple[Page, dict[str, Any]]:
        page = visitor.get("/vi/contact")
        return page, {**GOOD, "consents": ["advise"], "work": proof_of_work(page)}

    def test_sent_twice_is_one_inquiry(self, visitor: Browser, filled: tuple[Page, dict[str, Any]]) -> None:
        page, values = filled
        first = visitor.submit(page, values)
        after = everything_kept()
        second = visitor.submit(page, values)
        assert (first.status, second.status) == (200, 200)
        assert first.words() == second.words()
        assert everything_kept() == after

    def test_sent_twice_with_another_content_is_refused(self, visitor: Browser, filled: tuple[Page, dict[str, Any]]) -> None:
        page, values = filled
        visitor.submit(page, values)
        after = everything_kept()
        second = visitor.submit(page, {**values, "message": "Thôi, tôi hỏi chuyện khác."})
        assert second.status == 409
        assert "Thôi, tôi hỏi chuyện khác." in second.text
        assert everything_kept() == after

    def test_refused_for_its_sender_can_be_sent_again_from_the_page_it_got(self, visitor: Browser, filled: tuple[Page, dict[str, Any]]) -> None:
        page, values = filled
        visitor.submit(page, values)
        refused = visitor.submit(page, {**values, "message": "Thôi, tôi hỏi chuyện khác."})
        assert visitor.submit(refused, {**values, "message": "Thôi, tôi hỏi chuyện khác.", "work": proof_of_work(refused)}).status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example.com"},
            {"Origin": "http://localhost:9999"},
            {"Origin": "https://localhost"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("language", [IN_VIETNAMESE, IN_ENGLISH])
    def test_from_a_foreign_site_is_refused(self, visitor: Browser, language: str, headers: dict[str, str]) -> None:
        page = visitor.get(f"/{language}/contact")
        before = everything_kept()
        answer = visitor.post(page.url, {**page.hidden(), **TYPED, "consents": ["advise"], "work": proof_of_work(page)}, **headers)
        assert answer.status == 403
        assert ("một website khác" if language == "vi" else "another website") in answer.words()
        assert not any(value in answer.text for value in TYPED.values())
        assert everything_kept() == before

    def test_whose_origin_the_browser_hides_is_taken_when_it_says_it_is_ours(self, visitor: Browser) -> None:
        """Privacy extensions send `Origin: null`; the browser itself still vouches in Sec-Fetch-Site."""
        page = visitor.get("/vi/contact")
        values = {**page.hidden(), **GOOD, "consents": ["advise"], "work": proof_of_work(page)}
        assert visitor.post(page.url, values, Origin="null", **{"Sec-Fetch-Site": "same-origin"}).status == 200

    @pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/octet-stream", "text/xml"])
    @pytest.mark.parametrize("language", [IN_VIETNAMESE, IN_ENGLISH])
    def test_of_another_content_type_is_refused(self, visitor: Browser, language: str, kind: str) -> None:
        before = everything_kept()
        answer = visitor.request("POST", f"/{language}/contact", json.dumps(TYPED).encode(), kind)
        assert answer.status == 415
        assert ("biểu mẫu" if language == "vi" else "the form on the page") in answer.words()
        assert everything_kept() == before

    def test_of_more_than_64_kilobytes_is_refused(self, visitor: Browser) -> None:
        before = everything_kept()
        answer = visitor.request("POST", "/en/contact", b"message=" + b"d" * 64 * 1024, FORM)
        assert answer.status == 413
        assert "shorten your message" in answer.words()
        assert everything_kept() == before

    def test_of_more_fields_than_any_form_has_is_refused(self, visitor: Browser) -> None:
        body = "&".join(f"f{n}=1" for n in range(500)).encode()
        assert visitor.request("POST", "/vi/contact", body, FORM).status == 413

    @pytest.mark.parametrize("body", [b"", b"------", b"\xff\xfe", b"message=%ff%fe&full_name=%c0%80"])
    @pytest.mark.parametrize("kind", [FORM, "multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=" + "x" * 500])
    def test_that_is_broken_is_refused_and_not_a_fault_of_ours(self, visitor: Browser, body: bytes, kind: str) -> None:
        before = everything_kept()
        assert 400 <= visitor.request("POST", "/vi/contact", body, kind).status < 500
        assert everything_kept() == before


class TestAnotherLanguage:
    MESSAGE = "Tôi muốn hỏi gói máy chủ cho cửa hàng."

    def test_takes_along_what_was_typed_and_keeps_nothing_of_it(self, visitor: Browser) -> None:
        page, before = visitor.get("/vi/contact"), everything_kept()
        typed = {"switch": "1", "message": self.MESSAGE, "email": "an@gmial.com", "consents": ["advise"]}
        page = visitor.submit(page, typed, "/en/contact")
        assert page.status == 200
        assert page.text.count(f"{self.MESSAGE}</textarea>") == 1
        assert 'value="an@gmial.com"' in page.text
        assert 'id="problems"' not in page.text
        assert " checked" not in page.text
        assert visitor.submit(page, {**AN.values("full_name", "message"), "email": "an@gmial.com", "consents": ["advise"]}).status == 422
        assert everything_kept() == before

    def test_says_that_files_have_to_be_chosen_again(self, visitor: Browser) -> None:
        page = visitor.submit(visitor.get("/vi/contact"), {"switch": "files", "message": self.MESSAGE}, "/en/contact")
        assert 'href="#f-attachment"' in page.text

    def test_is_asked_for_by_no_page_of_another_site(self, visitor: Browser) -> None:
        page = visitor.get("/vi/contact")
        answer = visitor.post("/en/contact", {**page.hidden(), "switch": "1", "message": self.MESSAGE}, Origin="https://evil.example.com")
        assert answer.status == 403
        assert self.MESSAGE not in answer.text


class TestTheToken:
    @pytest.mark.parametrize("language", [IN_VIETNAMESE, IN_ENGLISH])
    def test_is_good_for_half_a_day(self, visitor: Browser, clock: Clock, language: str) -> None:
        page = visitor.get(f"/{language}/contact")
        values = {**TYPED, "consents": ["advise"], "work": proof_of_work(page)}
        before = everything_kept()
        clock.wait(hours=12, seconds=1)
        late = visitor.submit(page, values)
        assert late.status == 422
        assert sentence("form_expired", language) in told(late)
        assert TYPED["message"] in late.text
        assert everything_kept() == before
        assert visitor.submit(late, {**values, "work": proof_of_work(late)}).status == 200

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "x",
            "a:b:c",
            "é" * 50,
            "\x00",
            "." * 9000,
            signing.dumps({"at": 0, "nonce": "n"}, salt="another form"),
            signing.dumps([1], salt="camket.contact"),
        ],
        ids=["none", "short", "parts", "letters", "nothing", "dots", "of another form", "of another shape"],
    )
    def test_is_not_taken_when_forged(self, visitor: Browser, token: str) -> None:
        before = everything_kept()
        answer = visitor.contact(**{**TYPED, "token": token})
        assert answer.status == 422
        assert everything_kept() == before

    def test_of_the_future_is_not_taken(self, visitor: Browser, clock: Clock) -> None:
        page = visitor.get("/vi/contact")
        work = proof_of_work(page)
        clock.wait(hours=-1)
        assert visitor.submit(page, {**GOOD, "consents": ["advise"], "work": work}).status == 422


ANYTHING = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", " ", "\x00", "\u202e", "\ufeff", "advise", AN.email, AN.phone, "+", "@", "a@b", "0" * 400, "😀" * 20, "\U000e0041", "%s", "{{ 1 }}"]
    ),
)


class TestArbitraryText:
    @pytest.mark.parametrize("product", ["\x00", "vps\x00", "\ud800"])
    def test_in_place_of_a_product_is_no_product(self, visitor: Browser, product: str) -> None:
        typed = {**AN.values("full_name", "email", "message"), "product": product.encode(errors="surrogatepass")}
        assert visitor.contact(**typed).status in (200, 422)
        assert set(Inquiry.objects.values_list("product", flat=True)) <= {""}

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        values=st.fixed_dictionaries(dict.fromkeys(("full_name", "email", "phone", "message", "address", "product", "website"), ANYTHING)),
        consents=st.lists(st.one_of(ANYTHING, st.just("advise"), st.just("provide_service")), max_size=3),
        language=st.sampled_from(["vi", "en"]),
    )
    def test_in_every_field_is_never_a_fault_of_ours(self, visitor: Browser, values: dict[str, str], consents: list[str], language: str) -> None:
        page = visitor.contact(language, **values, consents=consents)
        assert page.status in (200, 422)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(body=st.binary(max_size=200), kind=st.sampled_from([FORM, "multipart/form-data; boundary=x"]))
    def test_as_a_body_is_never_a_fault_of_ours(self, visitor: Browser, body: bytes, kind: str) -> None:
        assert visitor.request("POST", "/vi/contact", body, kind).status in (400, 413, 415, 422)

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(text=ANYTHING)
    @pytest.mark.parametrize("place", ["/vi/certificate", "/vi/read/no-such-link"])
    def test_as_a_code_is_never_a_fault_of_ours(self, visitor: Browser, place: str, text: str) -> None:
        assert 400 <= visitor.post(place, {"claim_code": text, "reading_code": text}).status < 500


class TestAMisspeltMailDomain:
    def test_is_asked_about_once_and_taken_when_it_is_sent_again(self, visitor: Browser) -> None:
        typed = {"full_name": "Nguyễn Thị Hoài An", "email": "hoai.an@gmial.com", "message": "Xin chào.", "consents": ["advise"]}
        page = visitor.contact("vi", **typed)
        assert page.status == 422
        assert "gmail.com" in page.words()
        assert visitor.submit(page, typed).status == 200
