"""What the desk's search shows of many inquiries under one address."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.duties.intake.queries import finding
from camket.journal.models import JournalEntry
from camket.web.console.references import Reference
from tests.cast import AN, BINH
from tests.web.browsing import Browser, Clock


class TestASearch:
    def test_that_finds_more_than_a_page_says_that_it_shows_the_newest_alone(self, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        adviser: Browser = sign_in("adviser")
        for _ in range(2):
            assert Browser().contact(**AN.values("full_name", "email", "message")).status == 200

        def said() -> str:
            return adviser.submit(adviser.get("/vi/console/find"), {"query": AN.email}).words()

        assert "mới nhất" not in said()
        monkeypatch.setattr(finding, "PAGE", 1)
        assert "chỉ hiện những cuộc trao đổi mới nhất" in said()

    def test_is_written_down_in_one_commit_with_what_it_shows(self, sign_in: Any) -> None:
        adviser: Browser = sign_in("adviser")
        assert Browser().contact(**AN.values("full_name", "email", "message")).status == 200
        page = adviser.get("/vi/console/find")
        with CaptureQueriesContext(connection) as asked:
            assert AN.full_name in adviser.submit(page, {"query": AN.email}).words()
        # a commit, within the test's own transaction
        assert len([one for one in asked if one["sql"].startswith("RELEASE")]) == 1
        assert [JournalEntry.objects.filter(act=act).count() for act in ("data.sought", "data.shown")] == [1, 1]


class TestTheWayBack:
    """A page that a browser has come to by a form cannot be come back to: it has an address of its own, with public names alone."""

    def test_leads_to_what_was_found_and_looks_for_nobody(self, sign_in: Any) -> None:
        adviser: Browser = sign_in("adviser")
        for person in (AN, AN, BINH):
            assert Browser().contact(**person.values("full_name", "email", "message")).status == 200
        (found,) = re.findall(r'data-found="([^"]*)"', adviser.submit(adviser.get("/vi/console/find"), {"query": AN.email}).text)
        assert len(found.split(",")) == 2
        before = [JournalEntry.objects.filter(act=act).count() for act in ("data.sought", "data.shown")]
        page = adviser.get(f"/vi/console/find?found={found}")
        assert [page.text.count(f'data-reference="{name}"') for name in found.split(",")] == [1, 1]
        assert (AN.full_name in page.words(), BINH.full_name in page.words()) == (True, False)
        # the same people on the same page within minutes: one look
        assert [JournalEntry.objects.filter(act=act).count() for act in ("data.sought", "data.shown")] == before == [1, 1]

    @pytest.mark.parametrize("asked", ["CK-2345-6789", "CK-2345-6789," * 500, "x" * 100_000, "%00", "<script>", "CK-2345-6789'--", ",,,", ""])
    def test_leads_nowhere_by_names_that_are_none(self, sign_in: Any, asked: str) -> None:
        page = sign_in("adviser").get(f"/vi/console/find?found={quote(asked, safe='%')}")
        assert (page.status, "<script>" in page.text, 'class="rows"' in page.text) == (200, False, False)

    def test_says_so_where_what_was_found_is_gone(self, sign_in: Any) -> None:
        assert "Không có cuộc trao đổi nào mang mã này" in sign_in("adviser").get("/vi/console/find?found=CK-2345-6789").words()

    def test_asks_as_often_however_many_were_found(self, sign_in: Any) -> None:
        adviser: Browser = sign_in("adviser")
        names = []
        counts = []
        for _ in range(3):
            words = Browser().contact(**AN.values("full_name", "email", "message")).words()
            names.append(words[words.index("CK-") :][:12])
            with CaptureQueriesContext(connection) as asked:
                assert adviser.get(f"/vi/console/find?found={','.join(names)}").status == 200
            counts.append(len(asked))
        assert len(set(counts[1:])) == 1

    def test_is_nowhere_where_nothing_was_found(self, sign_in: Any) -> None:
        adviser: Browser = sign_in("adviser")
        assert 'data-found=""' in adviser.submit(adviser.get("/vi/console/find"), {"query": AN.email}).text


class TestWhatIsNothingToLookFor:
    @pytest.mark.parametrize(
        ("language", "said"),
        [("vi", "không phải email, số điện thoại, tên hay mã số"), ("en", "neither an e-mail address nor a phone number, a name or a reference")],
    )
    def test_is_told_with_all_that_can_be_looked_for(self, sign_in: Any, language: str, said: str) -> None:
        adviser: Browser = sign_in("adviser")
        page = adviser.submit(adviser.get(f"/{language}/console/find"), {"query": "@example.com"})
        assert (page.status, said in page.words()) == (422, True)


class TestAnInquiryOfTheSlowerLane:
    @pytest.mark.parametrize("is_named", [False, True])
    def test_is_not_said_to_be_none(self, sign_in: Any, clock: Clock, is_named: bool) -> None:
        adviser: Browser = sign_in("adviser")
        words = Browser().contact(**AN.values("full_name", "email", "message"), work="").words()
        reference = words[words.index("CK-") :][:12]
        query = reference if is_named else AN.email
        assert "nếu khách vừa gửi, hãy tìm lại sau ít phút" in adviser.submit(adviser.get("/vi/console/find"), {"query": query}).words()
        clock.wait(minutes=30)
        found = adviser.submit(adviser.get("/vi/console/find"), {"query": query})
        assert found.status == 302 if is_named else AN.full_name in found.words()


class TestAnAddress:
    @pytest.mark.parametrize("around", ["<{}>", "{},", "mailto:{}", "<mailto:{}>;", " MAILTO:{}?subject=x ", "({})", "“{}”."])
    def test_is_found_with_what_stood_around_it_where_it_was_copied(self, sign_in: Any, around: str) -> None:
        adviser: Browser = sign_in("adviser")
        assert Browser().contact(**AN.values("full_name", "email", "message")).status == 200
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": around.format(AN.email)})
        assert (page.status, AN.full_name in page.words()) == (200, True)


class TestASearchByName:
    @pytest.mark.clause("3.2")
    @pytest.mark.parametrize("typed", ["nguyen thi hoai an", "Hoài", "nguyễn an"])
    def test_finds_the_inquiries_of_who_bears_it(self, sign_in: Any, typed: str) -> None:
        adviser: Browser = sign_in("adviser")
        for person in (AN, BINH):
            assert Browser().contact(**person.values("full_name", "email", "message")).status == 200
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": typed})
        assert AN.full_name in page.words()
        assert BINH.full_name not in page.words()
        assert typed not in page.url

    @pytest.mark.parametrize("typed", ["Nguyễn Thị", "thị"])
    def test_asks_for_the_given_name_where_only_a_family_name_was_typed(self, sign_in: Any, typed: str) -> None:
        adviser: Browser = sign_in("adviser")
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": typed})
        assert page.status == 422
        assert "gõ thêm tên" in page.words()

    def test_says_that_nobody_of_the_name_is_there(self, sign_in: Any) -> None:
        adviser: Browser = sign_in("adviser")
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": "hoài an"})
        assert page.status == 200
        assert "Chưa có ai tên như vậy" in page.words()


class TestAReference:
    @pytest.mark.parametrize("said", ["{0}", " {0} ", "{1}", "{2}"])
    def test_that_somebody_says_leads_to_its_inquiry(self, sign_in: Any, said: str) -> None:
        adviser: Browser = sign_in("adviser")
        words = Browser().contact(**AN.values("full_name", "email", "message")).words()
        reference = words[words.index("CK-") :][:12]
        typed = said.format(reference, reference.lower(), reference.replace("-", " "))
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": typed})
        assert (page.status, page.headers["location"]) == (302, f"/vi/console/inquiries/{reference}")

    def test_of_nobody_is_said_to_be_none_and_stays_in_the_field(self, sign_in: Any) -> None:
        adviser: Browser = sign_in("adviser")
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": "ck-0000-000a"})
        assert page.status == 422
        assert "Không có cuộc trao đổi nào mang mã này" in page.words()
        assert 'value="ck-0000-000a"' in page.text

    @pytest.mark.parametrize("typed", ["0912 000 101", "84912000101", "Nguyễn An", "an@example.com", "https://evil.example.com", "12345678"])
    def test_is_not_taken_for_one_where_it_is_none(self, typed: str) -> None:
        assert Reference.said(typed) == ""
