"""The page that was asked for, carried to the company's sign-in service and back."""

from urllib.parse import urlencode

import pyotp
import pytest
from django.core import signing

from camket.access.actions import change_role
from camket.access.queries import StaffRow
from camket.policy.terms import THE_HOUSE
from tests.cast import LAN
from tests.channels.identity.service import Service
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock
from tests.web.console.test_company import ACCOUNT, BACK, DOOR, back, chi, linked, press, secret, service
from tests.web.console.test_signing_in import ASKED_FOR, ON_THE_WAY, addressed

__all__ = ["chi", "linked", "secret", "service"]  # fixtures
ASKED = "then=journal%3Fact%3Ddata.shown"


def pressed(browser: Browser) -> Page:
    """The button of the sign-in page, to which somebody was led who asked for a page of the desks."""
    door = browser.get(ASKED_FOR).headers["location"]
    assert door == ON_THE_WAY
    page = browser.get(door)
    assert f'action="{DOOR}?{ASKED}"' in page.text
    return browser.post(f"{DOOR}?{ASKED}", {})


class TestAPageThatWasAskedFor:
    def test_is_the_first_after_the_company_account(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        page = back(visitor, service, pressed(visitor))
        assert (page.status, page.headers["location"]) == (302, ASKED_FOR)

    def test_is_told_to_the_service_in_nothing(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        assert "data.shown" not in pressed(visitor).text

    def test_is_the_first_after_the_second_step_too(self, visitor: Browser, service: Service, secret: str, clock: Clock) -> None:
        half_way = back(visitor, service, pressed(visitor)).headers["location"]
        assert half_way == f"{DOOR}?{ASKED}"
        page = visitor.get(half_way)
        code = {"step": "code", "ticket": page.hidden()["ticket"], "code": pyotp.TOTP(secret).at(clock.now)}
        assert visitor.post(addressed(page, "code"), code).headers["location"] == ASKED_FOR

    def test_is_still_known_where_the_service_let_nobody_through(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        door = back(visitor, service, pressed(visitor), error="access_denied").headers["location"]
        assert door == f"{DOOR}?fault=stopped&{ASKED}"
        page = visitor.get(door)
        assert addressed(page, "password") == ON_THE_WAY
        assert f'action="{DOOR}?{ASKED}"' in page.text

    def test_is_still_known_where_the_service_is_away(self, visitor: Browser, service: Service) -> None:
        service.misbehaves["/.well-known/openid-configuration"] = lambda handler: handler.send_error(500)
        page = pressed(visitor)
        assert (page.status, addressed(page, "password")) == (503, ON_THE_WAY)

    @pytest.mark.parametrize(
        "then", ["//evil.example.com", "https://evil.example.com/", "\\evil.example.com", "../../contact", "sign-out", "no-such-page"]
    )
    def test_is_none_but_one_of_our_desks(self, visitor: Browser, service: Service, linked: StaffRow, then: str) -> None:
        page = back(visitor, service, visitor.post(f"{DOOR}?{urlencode({'then': then})}", {}))
        assert (page.status, page.headers["location"]) == (302, "/vi/console/")

    @pytest.mark.parametrize("then", ["//evil.example.com", "journal#@evil.example.com", "sign-out"])
    def test_is_looked_at_once_more_on_the_way_back(self, visitor: Browser, service: Service, linked: StaffRow, then: str) -> None:
        page = pressed(visitor)
        said = signing.loads(visitor.cookies["camket_errand"], salt="camket.access.errand")
        visitor.client.cookies["camket_errand"] = signing.dumps({**said, "then": then}, salt="camket.access.errand")
        assert back(visitor, service, page).headers["location"] == "/vi/console/"

    def test_is_not_taken_from_what_the_service_brings_along(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        page = back(visitor, service, visitor.post(DOOR, {}), then="journal")
        assert (page.url.split("?")[0], page.headers["location"]) == (BACK, "/vi/console/")


class TestAnInvitationHalfWritten:
    def test_is_said_to_stay_behind_before_the_page_leads_to_the_service(
        self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock
    ) -> None:
        change_role(staff_id=linked.id, role="operator", actor=THE_HOUSE, now=clock.now)
        service.claims_say = lambda claims: claims.update(auth_time=claims["auth_time"] - 3600)
        back(visitor, service, press(visitor))
        asked = visitor.submit(visitor.get("/vi/console/staff"), {"act": "invite", "email": LAN.email, "role": "auditor"})
        assert "không được mang theo" in asked.words()
        assert "không được mang theo" not in visitor.get(f"{ACCOUNT}/confirm").words()
