"""What a visitor is told before sending and after, and what the home page promises."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils.translation import override

from camket.duties.custody import actions as custody
from camket.duties.publishing import queries as editions
from camket.duties.retention import queries as retention
from camket.journal import queries as journal
from camket.web.site.contact_form import notice_of_collection
from tests.cast import AN
from tests.web.browsing import FORM, Browser, Clock, Page

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CLAIM_CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b")


def clauses_beside(text: str, sentence: str) -> list[str]:
    """The clauses that stand right after a sentence of a page."""
    after = text[text.index(sentence) :]
    return re.findall(r"#c([\d.]+)", after[: after.index("</li>")])


class TestWhoLeftOnlyAPhoneNumber:
    @pytest.mark.clause("4.6")
    def test_gets_the_claim_code_which_opens_the_certificate(self, visitor: Browser) -> None:
        page = visitor.contact(**AN.values("full_name", "phone", "message"))
        assert "Mã tra cứu giấy chứng nhận" in page.words()
        assert CLAIM_CODE.search(page.words())

    def test_gets_no_reading_code_for_a_letter_that_never_comes(self, visitor: Browser) -> None:
        assert "Mã mở câu trả lời" not in visitor.contact(**AN.values("full_name", "phone", "message")).words()


class TestTheJournal:
    def test_has_one_name_on_the_page_that_follows(self, visitor: Browser, clock: Clock) -> None:
        custody.keep_journal(now=clock.now)
        words = visitor.contact(**AN.values("full_name", "phone", "message")).words()
        assert "Mốc xác nhận của nhật ký" in words
        assert "sổ" not in re.findall(r"[^\W\d]+", words.casefold())


class TestWhoLeftAnAddress:
    def test_gets_the_reading_code_and_the_claim_code_only_by_letter(self, visitor: Browser) -> None:
        page = visitor.contact(**AN.values("full_name", "email", "message"))
        assert re.search(r"Mã mở câu trả lời của quý khách \d{3} \d{3}", page.words())
        assert not CLAIM_CODE.search(page.words())


class TestTheReceipt:
    @pytest.mark.clause("7.3")
    @pytest.mark.parametrize("given", ["email", "phone"])
    def test_prints_the_latest_checkpoint(self, visitor: Browser, clock: Clock, given: str) -> None:
        clock.wait(hours=1)
        custody.keep_journal(now=clock.now)
        latest = journal.latest_checkpoint()
        assert latest is not None
        page = visitor.contact("en", **AN.values("full_name", given, "message"))
        assert f"<code>{latest.size} · {latest.root.hex()[:16]}</code>" in page.text
        assert "Checkpoint of our journal" in page.words()

    def test_prints_none_before_the_first(self, visitor: Browser) -> None:
        assert journal.latest_checkpoint() is None
        assert "Checkpoint" not in visitor.contact("en", **AN.values("full_name", "email", "message")).words()


class TestACertificate:
    def test_names_fields_in_the_words_of_the_edition_they_were_collected_under(self, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        held = retention.CertificateRow(
            reference="CK-0000-0000", editions=(1,), clauses=("4.2",), fields=("phone", "fax"), records=1, letters=0, erased_at=NOW, collected_at=NOW,
            is_early=False, checkpoint_size=0, checkpoint_root="", key_id="", public_key="", signature="", statement={"fields": ["phone", "fax"]},
        )  # fmt: skip
        monkeypatch.setattr(retention, "certificates", lambda *, code: (held,))

        def ask(language: str, more: dict[str, str] | None = None) -> Page:
            return visitor.submit(visitor.get(f"/{language}/certificate"), {"claim_code": "x", **(more or {})})

        assert "<dd>Phone number, fax</dd>" in ask("en").text
        assert "<dd>Số điện thoại, fax</dd>" in ask("vi").text
        assert '"fields": ["phone", "fax"]' in ask("vi", {"as": "json"}).text

    def test_is_fetched_from_our_own_page_alone_and_another_spends_nothing(self, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("camket.web.site.views._MOST_CERTIFICATES", 1)
        for head in ({"Origin": "https://evil.example.com"}, {"Sec-Fetch-Site": "cross-site"}):
            assert visitor.post("/vi/certificate", {"claim_code": "x"}, **head).status == 403
        page = visitor.get("/vi/certificate")
        assert [visitor.submit(page, {"claim_code": "x"}).status for _ in range(2)] == [404, 429]

    def test_has_what_was_typed_in_its_field_again_where_it_opens_nothing(self, visitor: Browser) -> None:
        page = visitor.get("/vi/certificate")
        wrong = visitor.submit(page, {"claim_code": "AB12-<b>"})
        assert (wrong.status, 'value="AB12-&lt;b&gt;"' in wrong.text) == (404, True)

    def test_is_asked_for_by_its_own_page_which_grows_old_and_by_a_program(self, visitor: Browser, clock: Clock) -> None:
        page = visitor.get("/vi/certificate")
        forged = visitor.post("/vi/certificate", {"claim_code": "AB12", "token": visitor.get("/vi/contact").hidden()["token"]})
        assert forged.status == visitor.post("/vi/certificate", {"claim_code": "AB12"}).status == 422
        assert "AB12" not in forged.text
        clock.wait(hours=13)
        old = visitor.submit(page, {"claim_code": "AB12"})
        assert (old.status, "Xin quý khách nhập lại mã." in old.words()) == (422, True)
        assert visitor.submit(old, {"claim_code": "AB12"}).status == 404
        assert visitor.request("POST", "/vi/certificate", b"claim_code=AB12", FORM).status == 404


class TestTheHomePage:
    @pytest.mark.clause("7.3")
    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("vi", "bất kỳ ai giữ một mốc xác nhận được lập sau khi dòng đó được ghi đều nhận ra"),
            ("en", "Anyone who holds a later checkpoint of it can tell if it was changed."),
        ],
    )
    def test_promises_of_the_journal_what_a_checkpoint_can_show_and_no_more(self, visitor: Browser, language: str, sentence: str) -> None:
        assert sentence in visitor.get(f"/{language}/").words()

    @pytest.mark.clause("4.6")
    @pytest.mark.parametrize(("language", "sentence"), [("vi", "hệ thống tự xóa"), ("en", "erases them by itself")])
    def test_promises_erasure_under_the_clause_that_permits_it(self, visitor: Browser, language: str, sentence: str) -> None:
        assert clauses_beside(visitor.get(f"/{language}/").text, sentence) == ["4.6"]

    @pytest.mark.parametrize(("language", "word"), [("vi", "chứng nhận"), ("en", "certificate")])
    def test_promises_no_certificate_that_no_clause_names(self, visitor: Browser, language: str, word: str) -> None:
        pledge = visitor.get(f"/{language}/").text.partition('class="pledge"')[2].partition("</ol>")[0]
        assert pledge
        assert word not in pledge


class TestTheNoticeOfCollection:
    def test_cites_the_clause_of_every_right_it_tells(self) -> None:
        policy = editions.policy_in_force()
        cited = {number for item in notice_of_collection(policy, "en") for number in item.clauses}
        assert {rule.clause for rule in policy.rights.values()} <= cited

    @pytest.mark.clause("9.3", "9.5", "9.9")
    @pytest.mark.parametrize(
        ("granted", "language", "sentence"),
        [
            (("copy", "view", "withdraw"), "en", "You may see it, have a copy of it and withdraw your consent at any time."),
            (("copy", "view", "withdraw"), "vi", "Với thông tin này, quý khách có quyền xem, nhận bản sao và rút lại sự đồng ý bất cứ lúc nào."),
            (("erase",), "en", "You may have it erased."),
            (("erase",), "vi", "Với thông tin này, quý khách có quyền yêu cầu xóa."),
        ],
    )
    def test_tells_the_rights_that_the_edition_grants_and_no_other(self, granted: tuple[str, ...], language: str, sentence: str) -> None:
        policy = editions.policy_in_force()
        rights = {id: rule for id, rule in policy.rights.items() if id in granted}
        with override(language):
            told = notice_of_collection(replace(policy, rights=rights), language)[-1]
        assert told.text == sentence
        assert set(told.clauses) == {rule.clause for rule in rights.values()}

    def test_speaks_of_no_rights_where_the_edition_grants_none(self) -> None:
        policy = editions.policy_in_force()
        with override("en"):
            terms = [item.term for item in notice_of_collection(replace(policy, rights={}), "en")]
        assert "Who may see it" in terms
        assert "Your rights" not in terms

    @pytest.mark.clause("4.3")
    def test_tells_the_period_of_a_further_purpose(self, visitor: Browser) -> None:
        page = visitor.get("/vi/contact")
        assert re.search(r"Riêng phần “[^”]+”: thêm 30 ngày", page.words())
        assert "#c4.3" in page.text

    @pytest.mark.parametrize(("language", "sentence"), [("vi", "kèm một đường dẫn để quý khách rút lại"), ("en", "has a link for taking it back")])
    def test_says_how_to_withdraw(self, visitor: Browser, language: str, sentence: str) -> None:
        assert sentence in visitor.get(f"/{language}/contact").words()

    @pytest.mark.clause("5.2")
    @pytest.mark.parametrize(("language", "missing"), [("vi", "chưa công bố địa chỉ email"), ("en", "is not published yet")])
    def test_says_when_the_controller_has_no_address(self, settings: Any, language: str, missing: str) -> None:
        policy = editions.policy_in_force()
        with override(language):
            assert missing in notice_of_collection(policy, language)[0].text
            settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
            told = notice_of_collection(policy, language)[0].text
        assert told.endswith(", lienhe@example.vn")

    def test_names_recipients_as_they_stand_within_a_sentence(self, visitor: Browser) -> None:
        assert "viện kiểm sát, tòa án" in visitor.get("/vi/contact").words()


class TestAProductsPage:
    def test_asks_about_a_product_by_its_name_as_it_was_written(self, visitor: Browser) -> None:
        pages = [visitor.get(place) for place in set(re.findall(r'href="(/vi/products/[^"]+)"', visitor.get("/vi/products").text))]
        assert len(pages) > 1
        for page in pages:
            name = re.findall(r"<h1[^>]*>([^<]+)</h1>", page.text)[0]
            assert f"Hỏi về {name}<" in page.text
