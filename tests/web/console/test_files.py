"""Files of an inquiry at the desk: listed by name, kind and length; handed over to be saved, to whoever may see the inquiry and to nobody else."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.duties.intake.models import Inquiry
from camket.journal.models import JournalEntry
from camket.policy.files import FileKind, kept_name
from camket.policy.terms import ADVISE, STAFF_ROLES
from camket.web.console.desks.file import disposition
from tests.attaching import PDF, PNG, TEXT, File, padded
from tests.cast import AN, BINH
from tests.web.browsing import Browser, everything_kept

pytestmark = pytest.mark.clause("3.1")

SignIn = Callable[[str], Browser]
GOOD = AN.values("full_name", "email", "phone", "message")
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def reference(visitor: Browser) -> str:
    """An's inquiry, with three files."""
    files = (File("Hợp đồng số 7.pdf", padded(PDF, 1_300_000)), File("ảnh.PNG", PNG), File("ghi chú", TEXT))
    assert visitor.attach(*files, **GOOD).status == 200
    return Inquiry.objects.get().reference


def links(browser: Browser, reference: str, language: str = "vi") -> list[str]:
    page = browser.get(f"/{language}/console/inquiries/{reference}")
    return re.findall(rf'href="(/{language}/console/inquiries/{reference}/files/[0-9a-f-]{{36}})"', page.text)


class TestThePage:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("vi", ["Tệp gửi kèm", "Hợp đồng số 7.pdf", "PDF · 1,2 MB", "ảnh PNG", "văn bản thuần", "hãy mở thận trọng"]),
            ("en", ["Files that came with it", "Hợp đồng số 7.pdf", "PDF · 1.2 MB", "PNG picture", "plain text", "open them with care"]),
        ],
    )
    def test_lists_name_kind_and_length(self, sign_in: SignIn, reference: str, language: str, words: list[str]) -> None:
        text = sign_in("adviser").get(f"/{language}/console/inquiries/{reference}").words()
        assert [word for word in words if word not in text] == []

    def test_of_an_inquiry_without_any_says_nothing_of_files(self, visitor: Browser, sign_in: SignIn) -> None:
        visitor.contact(**GOOD)
        assert "Tệp gửi kèm" not in sign_in("adviser").get(f"/vi/console/inquiries/{Inquiry.objects.get().reference}").words()


class TestADownload:
    def test_is_saved_and_never_shown(self, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        kinds = []
        for link in links(browser, reference):
            found = browser.get(link)
            assert found.status == 200
            assert found.headers["content-disposition"].startswith("attachment; ")
            assert found.headers["x-content-type-options"] == "nosniff"
            assert found.headers["cache-control"] == "no-store"
            rules = found.headers["content-security-policy"].split("; ")
            assert "sandbox" in rules
            assert "default-src 'none'" in rules
            kinds.append(found.headers["content-type"])
        assert kinds == ["application/pdf", "image/png", "text/plain; charset=utf-8"]

    def test_brings_what_was_sent_under_its_name(self, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        first, _, last = links(browser, reference)
        told = browser.get(first).headers["content-disposition"]
        assert unquote(told.partition("filename*=UTF-8''")[2]) == "Hợp đồng số 7.pdf"
        assert 'filename="Hop dong so 7.pdf"' in told
        assert told.isascii()
        answer = browser.client.get(last, headers={"Host": "localhost"})
        assert answer.content == TEXT

    def test_is_a_line_of_the_journal_each_time(self, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        link = links(browser, reference)[0]
        for _ in range(2):
            browser.get(link)
        assert JournalEntry.objects.filter(act="file.opened").count() == 2
        assert "Mở một tệp do khách gửi kèm" in sign_in("auditor").get("/vi/console/journal").words()

    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", sorted(STAFF_ROLES - {"adviser"}))
    def test_is_nobodys_who_may_not_see_the_inquiry(self, sign_in: SignIn, reference: str, role: str) -> None:
        link = links(sign_in("adviser"), reference)[0]
        page = sign_in(role).get(link)
        assert page.status == 403
        assert "Hợp đồng" not in page.text + str(page.headers)
        assert JournalEntry.objects.filter(act="file.opened").count() == 0

    def test_is_not_a_strangers(self, visitor: Browser, sign_in: SignIn, reference: str) -> None:
        link = links(sign_in("adviser"), reference)[0]
        for method, status in (("GET", 302), ("HEAD", 302), ("POST", 403)):
            assert Browser().request(method, link).status == status
        assert JournalEntry.objects.filter(act="file.opened").count() == 0

    def test_under_another_inquiry_is_not_there(self, visitor: Browser, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        link = links(browser, reference)[0]
        visitor.contact(**BINH.values("full_name", "email", "message"))
        other = Inquiry.objects.exclude(reference=reference).get().reference
        before = everything_kept()
        for wrong in (link.replace(reference, other), link.replace(reference, "CK-0000-0000"), link[:-36] + NOWHERE, link[:-36] + "x", link + "0"):
            assert browser.get(wrong).status == 404, wrong
        assert everything_kept() == before

    def test_is_handed_over_by_a_look_alone(self, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        link = links(browser, reference)[0]
        token = browser.get(f"/vi/console/inquiries/{reference}").hidden()
        assert browser.request("HEAD", link).status == 405
        assert browser.post(link, token).status == 405
        assert JournalEntry.objects.filter(act="file.opened").count() == 0

    def test_ends_with_the_consent(self, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        link, page = links(browser, reference)[0], browser.get(f"/vi/console/inquiries/{reference}")
        browser.post(page.url, {**page.hidden(), "act": "withdraw", "purpose": ADVISE, "channel": "phone"})
        for language, heading in (("vi", "Cuộc trao đổi này không mở được nữa"), ("en", "This inquiry cannot be opened any more")):
            told = [browser.get(place.replace("/vi/", f"/{language}/", 1)) for place in (link, page.url)]
            assert [(one.status, heading in one.words()) for one in told] == [(403, True), (403, True)]
        assert JournalEntry.objects.filter(act="file.opened").count() == 0

    def test_goes_on_while_an_inquiry_that_was_resolved_is_kept(self, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        link, page = links(browser, reference)[0], browser.get(f"/vi/console/inquiries/{reference}")
        assert browser.submit(page, {"act": "resolve"}).status == 302
        assert [browser.get(place).status for place in (page.url, link)] == [200, 200]

    def test_is_not_there_for_an_inquiry_that_is_erased(self, sign_in: SignIn, reference: str) -> None:
        browser = sign_in("adviser")
        link = links(browser, reference)[0]
        Inquiry.objects.update(state="erased", resolved_at=Inquiry.objects.get().received_at)
        assert browser.get(link).status == 404


class TestAName:
    @given(name=st.text(max_size=80), kind=st.sampled_from(FileKind))
    def test_goes_into_a_header_whole(self, name: str, kind: FileKind) -> None:
        kept = kept_name(name, kind=kind, max_length=255)
        told = disposition(kept)
        assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9 _.()-]*\"; filename\*=UTF-8''[A-Za-z0-9%!#$&+.^_`|~-]+", told)
        assert unquote(told.partition("''")[2]) == kept

    @pytest.mark.parametrize("name", ['a"; filename="b.html.txt', "a\r\nX: y.txt", "a;b.txt"])
    def test_adds_nothing_to_the_header(self, name: Any) -> None:
        assert "\r" not in disposition(name)
        assert disposition(name).count('"') == 2
