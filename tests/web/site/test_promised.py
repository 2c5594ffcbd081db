"""When an answer comes: said where the company says it, in its own words, and nowhere made up."""

import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest
from django.utils.translation import override

from camket.duties.catalogue import actions as catalogue
from camket.duties.publishing import queries as editions
from camket.policy.terms import THE_HOUSE
from camket.web.kit.edition_form import Typed
from camket.web.site.contact_form import ContactForm, build_form
from tests.cast import AN
from tests.web.browsing import Browser, Clock

WORDS = {"vi": "Chúng tôi trả lời trong một ngày làm việc.", "en": "We answer within one working day."}


class TestWhenAnAnswerComes:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_is_said_before_and_after_sending_in_the_companys_words(self, visitor: Browser, clock: Clock, language: str) -> None:
        texts = {f"answer_{code}": words for code, words in WORDS.items()}
        catalogue.save_site_texts(texts=texts, version=0, actor=THE_HOUSE, now=clock.now)
        assert WORDS[language] in visitor.get(f"/{language}/contact").words()
        assert WORDS[language] in visitor.contact(language, **AN.values("full_name", "email", "message")).words()

    def test_is_not_made_up_where_the_company_says_nothing(self, visitor: Browser) -> None:
        assert 'class="promised"' not in visitor.get("/vi/contact").text


class TestTheWaysToReachUs:
    def test_that_exist_stand_beside_the_form_as_on_the_home_page(self, visitor: Browser, clock: Clock, settings: Any) -> None:
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        texts = {"company_phone": "028 0000 0000", "hours_vi": "8 giờ đến 17 giờ", "hours_en": "8 am to 5 pm"}
        texts |= {"messenger_url": "https://m.example.com/wesoft", "messenger_label_vi": "Zalo", "messenger_label_en": "Zalo"}
        catalogue.save_site_texts(texts=texts, version=0, actor=THE_HOUSE, now=clock.now)
        for path in ("/vi/", "/vi/contact"):
            page = visitor.get(path)
            ways = "".join(re.findall(r'<ul class="ways">.*?</ul>', page.text, re.DOTALL))
            assert ways
            for way in ("mailto:lienhe@example.vn", "tel:02800000000", "https://m.example.com/wesoft", "8 giờ đến 17 giờ", "Zalo"):
                assert way in ways, (path, way)
        assert 'href="/vi/contact"' not in visitor.get("/vi/contact").text.partition('<ul class="ways">')[2].partition("</ul>")[0]

    def test_leave_no_empty_place_where_there_is_none(self, visitor: Browser, clock: Clock) -> None:
        texts = {"hours_vi": "8 giờ đến 17 giờ", "hours_en": "8 am to 5 pm"}
        catalogue.save_site_texts(texts=texts, version=0, actor=THE_HOUSE, now=clock.now)  # of a telephone that is not named
        assert 'class="ways"' not in visitor.get("/vi/contact").text
        assert "Hoặc liên hệ trực tiếp" not in visitor.get("/vi/contact").words()


def drawn(language: str, *, without: str = "") -> ContactForm:
    """The form of an edition that has no such field."""
    policy = editions.policy_in_force()
    policy = replace(policy, fields={name: rule for name, rule in policy.fields.items() if name != without})
    with override(language):
        return build_form(policy, language=language, token="", products=(), typed=Typed())


@pytest.mark.usefixtures("visitor")
class TestWhereAnAnswerGoes:
    @pytest.mark.parametrize(
        ("without", "language", "answered", "take_back"),
        [
            (
                "",
                "en",
                "We answer at the e-mail address or phone number you leave.",
                "If you left no e-mail address, tell the adviser who rings you.",
            ),
            ("", "vi", "qua địa chỉ email hoặc số điện thoại", "nói với nhân viên tư vấn khi họ gọi"),
            ("phone", "en", "We answer at the e-mail address you leave.", "without giving a reason."),
            ("phone", "vi", "qua địa chỉ email quý khách để lại", "không cần nêu lý do."),
            ("email", "en", "We ring the number you leave.", "To take it back, tell the adviser who rings you"),
            ("email", "vi", "gọi vào số điện thoại quý khách để lại", "nói với nhân viên tư vấn khi họ gọi"),
        ],
    )
    def test_is_told_from_the_fields_of_the_edition(self, without: str, language: str, answered: str, take_back: str) -> None:
        form = drawn(language, without=without)
        assert answered in form.answered
        assert take_back in form.take_back

    @pytest.mark.parametrize(
        ("without", "language", "word"), [("phone", "en", "ring"), ("phone", "vi", "gọi"), ("email", "en", "letter"), ("email", "vi", "thư")]
    )
    def test_names_no_way_that_the_form_does_not_ask_for(self, without: str, language: str, word: str) -> None:
        form = drawn(language, without=without)
        assert word not in form.answered
        assert word not in form.take_back

    @pytest.mark.parametrize("path", ["", "products", "contact"])
    def test_is_said_without_a_choice_that_nobody_is_given(self, visitor: Browser, path: str) -> None:
        english, vietnamese = visitor.get(f"/en/{path}").words(), visitor.get(f"/vi/{path}").words()
        assert "We answer at the e-mail address or phone number you leave." in english
        assert "as you choose" not in english
        assert "how you would like to be answered" not in english
        assert "Chúng tôi trả lời qua địa chỉ email hoặc số điện thoại quý khách để lại." in vietnamese
        assert "tùy quý khách chọn" not in vietnamese


class TestTheForm:
    def test_marks_what_a_further_purpose_cannot_do_without(self, visitor: Browser) -> None:
        text = visitor.get("/vi/contact").text
        label = text.split('<label for="f-address">')[1].split("</label>")[0]
        assert 'class="must"' in label
        assert " required" not in text.split('id="f-address"')[1].split("aria-describedby")[0]

    def test_stays_open_with_what_was_typed_while_a_clause_is_read(self, visitor: Browser) -> None:
        clauses = re.findall(r'<a class="clause"[^>]*>', visitor.get("/vi/contact").text)
        assert len(clauses) > 5
        assert all('target="_blank" rel="noopener"' in link for link in clauses)

    def test_comes_back_at_what_is_wrong(self, visitor: Browser) -> None:
        page = visitor.get("/vi/contact")
        assert 'action="#problems"' in page.text
        assert 'id="problems"' in visitor.submit(page, {}).text

    def test_speaks_of_no_file_where_none_can_be_attached(self, visitor: Browser) -> None:
        long = visitor.submit(visitor.get("/vi/contact"), {"message": "x" * 70_000})
        assert long.status == 413
        assert "tệp" not in long.words()


class TestTheVerifier:
    @pytest.mark.parametrize("name", ["verify_journal.py", "journal.md"])
    def test_is_handed_out_as_text_with_the_hash_that_the_page_prints(self, visitor: Browser, name: str) -> None:
        found = visitor.get(f"/vi/transparency/{name}")
        assert (found.status, found.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert f'href="/vi/transparency/{name}"' in visitor.get("/vi/transparency").text

    def test_of_signatures_is_linked_where_something_signed_stands(self, visitor: Browser) -> None:
        assert visitor.get("/vi/transparency/verifying.md").text.startswith("# Checking what we signed")
        assert "[[permit]]" in visitor.get("/vi/policy/policy-language.md").text
        assert 'href="/vi/transparency/verifying.md"' in visitor.get("/vi/policy").text

    def test_is_the_file_that_comes_with_the_software(self, visitor: Browser) -> None:
        found = hashlib.sha256(visitor.get("/vi/transparency/verify_journal.py").text.encode()).hexdigest()
        assert found in visitor.get("/vi/transparency").text
