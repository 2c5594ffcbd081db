"""Whoever is to be the second person is told so where they arrive, and nobody else is."""

from collections.abc import Callable

import pytest

from tests.web.browsing import Browser
from tests.web.console.test_cases import about, act, chi, opened  # fixtures: an inquiry of An's, and an adviser
from tests.web.console.test_policy_desk import DESK
from tests.web.console.test_policy_publishing import place, press  # fixture: a draft that can be published

__all__ = ["about", "chi", "place"]

SignIn = Callable[[str], Browser]
CASE, DRAFT = "trường hợp đặc biệt đang chờ người thứ hai", "bản thảo chính sách đang chờ người thứ hai"
JOURNAL, OPERATIONS = "/vi/console/journal", "/vi/console/operations"


@pytest.mark.clause("3.9")
class TestASpecialCase:
    def test_is_told_of_until_it_is_decided_and_not_to_whoever_opened_it(self, chi: Browser, dung: Browser, about: str) -> None:
        where = opened(chi, about)
        assert CASE not in chi.get("/vi/console/").words()
        page = dung.get(JOURNAL)
        assert f"Có 1 {CASE}" in page.words()
        assert 'href="/vi/console/cases"' in page.text
        assert act(dung, where, "approve").status == 302
        assert CASE not in dung.get(JOURNAL).words()

    @pytest.mark.parametrize(("role", "home"), [("auditor", JOURNAL), ("operator", OPERATIONS)])
    def test_is_told_to_nobody_who_has_no_part_in_it(self, chi: Browser, sign_in: SignIn, about: str, role: str, home: str) -> None:
        opened(chi, about)
        page = sign_in(role).get(home)
        assert (page.status, CASE in page.words()) == (200, False)

    def test_of_one_colleague_is_told_to_another_at_the_inbox(self, dung: Browser, chi: Browser, about: str) -> None:
        opened(dung, about)
        assert f"Có 1 {CASE}" in chi.get("/vi/console/").words()


@pytest.mark.clause("8.1")
class TestAProposal:
    def test_is_told_to_the_other_officer_alone(self, dung: Browser, binh: Browser, sign_in: SignIn, place: str) -> None:
        press(dung, place, "propose")
        for desk in (JOURNAL, DESK):
            assert DRAFT in binh.get(desk).words()
            assert f'href="{place}"' in binh.get(desk).text
            assert DRAFT not in dung.get(desk).words()
        assert DRAFT not in sign_in("operator").get(OPERATIONS).words()
        press(binh, place, "confirm")
        assert DRAFT not in binh.get(JOURNAL).words()

    def test_is_told_to_an_operator_where_there_is_one_officer(self, dung: Browser, sign_in: SignIn, place: str) -> None:
        press(dung, place, "propose")
        assert DRAFT in sign_in("operator").get(OPERATIONS).words()
