"""People behind the desks come, change and leave, as the operator decides it."""

from collections.abc import Callable, Mapping

import pytest

from tests.cast import CHI
from tests.journeys.house import link_in, running
from tests.journeys.visitor import Visitor

NewHome = Callable[[], Mapping[str, str]]


@pytest.mark.whatever_database
@pytest.mark.slow
class TestSomebodyWhoLeaves:
    @pytest.mark.clause("6.1")
    def test_is_shut_out_at_once_and_forgotten_on_demand(self, new_home: NewHome) -> None:
        with running(new_home()) as house:
            link = house.camket("staff", "add", CHI.email, "--role", "adviser", "--name", "Chi").strip().splitlines()[-1]
            chi = Visitor(house.url)
            assert chi.submit(chi.get(link_in(link, "/sign-in/")), {}).status == 200
            house.camket("staff", "role", CHI.email, "--role", "auditor")
            assert "sign-out" not in chi.get("/vi/console/").text
            again = house.camket("staff", "link", CHI.email).strip().splitlines()[-1]
            assert chi.submit(chi.get(link_in(again, "/sign-in/")), {}).status == 200
            house.camket("staff", "sign-out", CHI.email)
            assert "sign-out" not in chi.get("/vi/console/").text
            anew = house.camket("staff", "link", CHI.email, "--anew").strip().splitlines()[-1]
            assert chi.submit(chi.get(link_in(anew, "/sign-in/")), {}).status == 200
            house.camket("staff", "link", CHI.email, "--anew")
            assert "sign-out" not in chi.get("/vi/console/").text
            last = house.camket("staff", "link", CHI.email).strip().splitlines()[-1]
            house.camket("staff", "dismiss", CHI.email)
            assert chi.submit(chi.get(link_in(last, "/sign-in/")), {}).status >= 400
            house.camket("staff", "link", CHI.email, status=1)
            house.camket("staff", "dismiss", CHI.email, "--erase")
            assert CHI.email not in house.camket("staff", "list")
