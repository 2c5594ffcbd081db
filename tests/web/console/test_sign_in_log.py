"""The operator's page of who tried to come in."""

import re
from collections.abc import Callable

import pytest

from camket.access.models import SignInTry
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]


class TestTheLogOfSignIns:
    @pytest.mark.clause("11.3")
    @pytest.mark.parametrize("role", ["adviser", "abuse", "legal", "privacy_officer", "auditor"])
    def test_is_opened_by_operators_alone(self, sign_in: SignIn, role: str) -> None:
        assert sign_in("operator").get("/vi/console/sign-ins").status == 200
        other = sign_in(role)
        assert other.get("/vi/console/sign-ins").status == 403
        assert "/console/sign-ins" not in other.get("/vi/console/account").text

    def test_is_turned_page_by_page(self, sign_in: SignIn, clock: Clock) -> None:
        operator = sign_in("operator")
        for number in range(70):
            SignInTry.objects.create(at=clock.now, outcome="refused", factor="password", address=f"198.51.100.{number}")
        first = operator.get("/vi/console/sign-ins")
        older = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert older is not None
        second = operator.get(older[1])
        rows = [len(re.findall(r"<code>198", page.text)) for page in (first, second)]
        assert sum(rows) == 70

    @pytest.mark.parametrize("place", ["x", "%00", "9" * 500, ""])
    def test_begins_anew_where_the_place_is_none(self, sign_in: SignIn, place: str) -> None:
        assert sign_in("operator").get(f"/vi/console/sign-ins?before={place}").status == 200
