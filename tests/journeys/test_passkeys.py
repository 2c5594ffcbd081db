"""A passkey in a real browser, with an authenticator that the browser's debugger plays; and the pages of access as they are looked at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import pyotp
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from tests import stage
from tests.journeys.house import House, link_in, running
from tests.journeys.looking import Watch, looked_at, looked_at_everywhere

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
EMAIL, PASSWORD = "loan@staff.example.vn", "bốn con voi đi chợ sớm"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for every look of this file."""
    with stage.installation(tmp_path_factory.mktemp("home")) as environment, running(environment, "--no-worker") as made:
        yield made


@contextmanager
def somebody(browser: Browser, house: House, role: str = "") -> Iterator[tuple[Page, Watch]]:
    """A page with an authenticator, signed in by a link where a role is given; nothing may be complained of."""
    context = browser.new_context(reduced_motion="reduce")
    watch, page = Watch(host=urlsplit(house.url).netloc, stream=house.stream).over(context), context.new_page()
    debugger = context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    debugger.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    if role:
        email = EMAIL if role == "adviser" else f"{role}@staff.example.vn"
        link = house.camket("staff", "add", email, "--role", role, "--name", "Loan").strip().splitlines()[-1]
        page.goto(f"{house.url}{link_in(link, '/sign-in/')}")
        page.click("main button[type=submit]")
        page.wait_for_url("**/console/**")
    yield page, watch
    assert watch.complaints == []
    context.close()


@pytest.mark.slow
class TestAPasskey:
    def test_is_made_signs_in_with_nothing_typed_and_is_taken_away(self, browser: Browser, house: House) -> None:
        with somebody(browser, house, "adviser") as (page, _):
            page.goto(f"{house.url}/en/console/account")
            page.fill("#passkey-name", "Work laptop")
            page.click("form.add-passkey button")
            page.wait_for_selector(".done-line")
            assert "Work laptop" in page.inner_text("main")

            page.click("form[action*='sign-out'] button")
            page.wait_for_selector("h1")
            page.goto(f"{house.url}/en/console/sign-in")
            page.click("main form[data-passkey] button")
            page.wait_for_selector(".console:not(.door) .top-nav")
            page.goto(f"{house.url}/en/console/account")
            assert "last used" in page.inner_text("main")

            page.click("button[value=remove_passkey]")
            page.wait_for_selector(".done-line")
            assert "None yet." in page.inner_text("main")

    @pytest.mark.whatever_database
    def test_that_is_not_there_says_so_and_sends_nothing(self, browser: Browser, house: House) -> None:
        with somebody(browser, house) as (page, _):
            page.goto(f"{house.url}/en/console/sign-in")
            page.click("main form[data-passkey] button")
            page.wait_for_selector("[data-passkey-error]:visible")
            assert page.url.endswith("/sign-in")
            assert looked_at(page) == []

    @pytest.mark.whatever_database
    def test_is_not_offered_without_scripts_and_nothing_else_is_lost(self, browser: Browser, house: House) -> None:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{house.url}/en/console/sign-in")
        assert not page.is_visible("main form[data-passkey] button")
        page.fill("#email", EMAIL)
        page.fill("#password", "something wrong")
        page.click(".door-form button[type=submit]")
        assert page.is_visible("#sign-in-error")
        assert page.input_value("#email") == EMAIL
        context.close()


@pytest.mark.slow
@pytest.mark.whatever_database
class TestThePagesOfAccess:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_can_be_read_by_everybody(self, browser: Browser, house: House, language: str) -> None:
        role = {"vi": "operator", "en": "privacy_officer"}[language]
        with somebody(browser, house, role) as (page, _):
            wrong = self._own_pages(page, house, language)
            for place in ("console/access", *(("console/sign-ins", "console/staff") if role == "operator" else ())):
                page.goto(f"{house.url}/{language}/{place}")
                wrong[place] = looked_at_everywhere(page)
            if role == "operator":
                page.fill("#email", "moi@staff.example.vn")
                page.select_option("#role", "legal")
                page.click("button[value=invite]")
                page.wait_for_selector(".one-time")
                wrong["the invitation's link"] = looked_at_everywhere(page)
                link = urlsplit(page.input_value("#link")).path
                page.click("th a >> nth=0")
                page.wait_for_selector(".way-back")
                wrong["a colleague"] = looked_at_everywhere(page)
                page.goto(f"{house.url}{link}")
                wrong["the invitation"] = looked_at_everywhere(page)
            assert {place: found for place, found in wrong.items() if found} == {}

    def _own_pages(self, page: Page, house: House, language: str) -> Mapping[str, Mapping[str, list[str]]]:
        account, wrong = f"{house.url}/{language}/console/account", {}
        page.goto(account)
        wrong["account, empty"] = looked_at_everywhere(page)
        page.click("button[value=begin_codes]")
        page.wait_for_selector(".qr svg")
        wrong["setting up the app"] = looked_at_everywhere(page)
        secret = page.inner_text(".key-text").replace(" ", "")
        page.fill("#code", pyotp.TOTP(secret).at(timezone.now()))
        page.click("main form button[type=submit]")
        page.wait_for_selector(".done-line")
        page.fill("#password", PASSWORD)
        page.click("button[value=password]")
        page.wait_for_selector(".done-line")
        page.fill("#passkey-name", "Máy")
        page.click("form.add-passkey button")
        page.wait_for_selector(".things form")
        wrong["account, full"] = looked_at_everywhere(page)
        page.click("button[value=recovery_codes]")
        page.wait_for_selector(".codes")
        wrong["recovery codes"] = looked_at_everywhere(page)
        page.goto(f"{account}/confirm")
        wrong["confirming"] = looked_at_everywhere(page)
        return wrong
