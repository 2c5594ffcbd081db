"""What a colleague is told who cannot do something: at their desk, as a colleague, and never as a visitor."""

from collections.abc import Callable

import pytest

from camket.journal import queries as journal
from tests.web.browsing import Browser, everything_kept

SignIn = Callable[[str], Browser]


class TestAColleague:
    @pytest.mark.clause("6.1", "7.3")
    def test_turned_away_is_one_line_in_the_journal_and_no_address(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        for path in ("staff", "staff", "staff/00000000-0000-4000-8000-000000000000"):
            assert adviser.get(f"/vi/console/{path}").status == 403
        assert adviser.get("/vi/console/journal").status == 403
        told = sorted(str(row.facts["desks"]) for row in journal.of_act("desk.refused"))
        assert told == ["['journal']", "['staff']"]

    @pytest.mark.parametrize(("path", "status"), [("journal", 403), ("inquiries/CK-0000-0000", 404), ("products/web-hosting", 403)])
    def test_stays_at_their_desk_and_is_spoken_to_as_one(self, sign_in: SignIn, path: str, status: int) -> None:
        page = sign_in("adviser").get(f"/vi/console/{path}")
        assert page.status == status
        assert "quý khách" not in page.words().lower()
        assert 'href="/vi/console/letters"' in page.text
        assert 'href="/vi/products"' not in page.text

    def test_is_told_in_english_too(self, sign_in: SignIn) -> None:
        assert "your role, Adviser, does not work at" in sign_in("adviser").get("/en/console/journal").words()


class TestAVisitor:
    def test_without_a_session_writes_nothing(self, visitor: Browser) -> None:
        before = everything_kept()
        assert visitor.get("/vi/console/journal").status == 302
        assert everything_kept() == before

    def test_is_still_spoken_to_as_one(self, visitor: Browser) -> None:
        assert "Quý khách" in visitor.post("/vi/console/find", {"query": "x"}).text or "quý khách" in visitor.get("/vi/nowhere").text
