"""What the desks say where something is missing, taken or mistyped."""

from collections.abc import Callable

import pytest

from tests.cast import AN, BINH
from tests.journeys.visitor import Page
from tests.web.browsing import Browser

SignIn = Callable[[str], Browser]


def case_of(adviser: Browser, *given: str) -> Page:
    """The desk's page of an inquiry by An, who gave these fields."""
    received = Browser().contact(**AN.values("full_name", "message", *given))
    reference = received.text.partition('class="reference">')[2].partition("<")[0]
    return adviser.get(f"/vi/console/inquiries/{reference}")


class TestTheDesk:
    def test_offers_an_inquiry_until_it_is_mine(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = case_of(adviser, "email")
        assert 'value="assign"' in page.text
        assert adviser.submit(page, {"act": "assign"}).status == 302
        assert 'value="assign"' not in adviser.get(page.url).text

    def test_keeps_what_was_said_where_no_letter_goes_out(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        assert "Lưu nội dung đã trao đổi" in case_of(adviser, "phone").words()
        assert "Lưu nội dung đã trao đổi" not in case_of(adviser, "email").words()

    def test_says_what_it_means_that_nothing_is_mine(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        assert "Chưa nhận xử lý" in adviser.get("/vi/console/?show=mine").words()
        assert "Chưa nhận xử lý" not in adviser.get("/vi/console/?show=new").words()

    @pytest.mark.parametrize("typed", ["hoài an", "12", "an@"])
    def test_says_when_a_search_is_neither_address_nor_number(self, sign_in: SignIn, typed: str) -> None:
        adviser = sign_in("adviser")
        page = adviser.submit(adviser.get("/vi/console/find"), {"query": typed})
        assert page.status == 422
        assert "không phải email hay số điện thoại" in page.words()

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
