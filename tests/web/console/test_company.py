"""The company's own account as a way in, from the button to the desk, with a service that answers over HTTP."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pyotp
import pytest

from camket.access.actions import add_staff, begin_codes, confirm_codes, dismiss_staff, issue_sign_in_link, revoke_everything
from camket.access.models import CompanyLink, DeskSession, SignInTry, Staff
from camket.access.queries import StaffRow, waiting_setup
from camket.channels.identity import company as channel
from camket.journal.models import JournalEntry
from camket.policy.terms import THE_HOUSE
from tests.access.seats import seat
from tests.cast import CHI, LAN
from tests.channels.identity import service as services
from tests.channels.identity.service import CLIENT, SECRET, Service, running_service
from tests.channels.identity.test_company import QUICK
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept, everything_written

DOOR, BACK, ACCOUNT = "/vi/console/sign-in/oidc", "/console/sign-in/oidc", "/vi/console/account"
SAID_OF_THEM = ("employee-4802", "an.4803", "4804 Của", "token-4805")  # marks in all that the service says; digits alone stand in ids by chance


@pytest.fixture
def service(clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The company's service, set by the operator."""
    monkeypatch.setattr(channel, "Patience", lambda: QUICK)
    with running_service(now=lambda: clock.read().timestamp()) as found:
        settings.CAMKET_OIDC_ISSUER, settings.CAMKET_OIDC_CLIENT_ID, settings.CAMKET_OIDC_CLIENT_SECRET = found.issuer, CLIENT, SECRET
        yield found
    channel._provider.cache_clear()


@pytest.fixture
def chi(clock: Clock) -> StaffRow:
    return add_staff(email=CHI.email, role=CHI.role, display_name=CHI.full_name, actor=THE_HOUSE, now=clock.now)


def in_by_link(row: StaffRow, clock: Clock) -> Browser:
    browser = Browser()
    page = browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}")
    assert browser.submit(page, {}).status == 302
    return browser


def address_on(page: Page) -> str:
    """Where the page leads the browser on to."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found is not None, page.words()[:400]
    return unescape(found[1])


def back(browser: Browser, service: Service, page: Page, **said: str) -> Page:
    """Go there, agree, and come back."""
    brought = {**service.arrive(address_on(page)), **said}
    return came_with(browser, brought)


def came_with(browser: Browser, brought: dict[str, str]) -> Page:
    return browser.get(BACK + "?" + "&".join(f"{name}={value}" for name, value in brought.items()))


def press(browser: Browser) -> Page:
    return browser.post(DOOR, {})


def link(browser: Browser) -> Page:
    return browser.submit(browser.get(ACCOUNT), {"act": "link_company"}, ACCOUNT)


@pytest.fixture
def linked(service: Service, chi: StaffRow, clock: Clock) -> StaffRow:
    """Chi, whose company account opens hers."""
    browser = in_by_link(chi, clock)
    assert back(browser, service, link(browser)).headers["location"] == ACCOUNT
    clock.wait(minutes=20)
    return chi


@pytest.fixture
def secret(linked: StaffRow, clock: Clock) -> str:
    """Chi's app with one-time codes, beside it."""
    begin_codes(**seat(linked.id, clock.now), now=clock.now)
    found = waiting_setup(linked.id, now=clock.now)
    assert found is not None
    confirm_codes(**seat(linked.id, clock.now), code=pyotp.TOTP(found).at(clock.now), now=clock.now)
    clock.wait(hours=1)
    return found


def tries() -> list[tuple[str, str]]:
    return list(SignInTry.objects.order_by("id").values_list("outcome", "factor"))


def is_in(browser: Browser) -> bool:
    return browser.get(ACCOUNT).status == 200


class TestWithoutAService:
    def test_nothing_of_it_is_there(self, visitor: Browser, chi: StaffRow, clock: Clock) -> None:
        assert [visitor.get(DOOR).status, press(visitor).status, visitor.get(BACK).status] == [404, 404, 404]
        assert "oidc" not in visitor.get("/vi/console/sign-in").text
        browser = in_by_link(chi, clock)
        assert "link_company" not in browser.get(ACCOUNT).text
        assert [link(browser).status, browser.submit(browser.get(ACCOUNT), {"act": "unlink_company"}).status] == [404, 404]

    @pytest.mark.parametrize("missing", ["CAMKET_OIDC_ISSUER", "CAMKET_OIDC_CLIENT_ID", "CAMKET_OIDC_CLIENT_SECRET"])
    def test_half_of_it_is_none(self, visitor: Browser, service: Service, settings: Any, missing: str) -> None:
        assert visitor.get(DOOR).status == 200
        setattr(settings, missing, "")
        assert visitor.get(DOOR).status == 404

    def test_a_link_of_earlier_opens_nothing_and_is_no_way_in(self, linked: StaffRow, settings: Any, clock: Clock) -> None:
        settings.CAMKET_OIDC_ISSUER = ""
        page = in_by_link(linked, clock).get(ACCOUNT)
        assert "Tài khoản công ty" not in page.text
        assert "đường dẫn dùng một lần" in page.words()


class TestTheButton:
    def test_leads_on_by_a_page_and_lays_one_cookie_that_no_other_host_can_lay(self, visitor: Browser, service: Service) -> None:
        page = press(visitor)
        assert (page.status, service.issuer in address_on(page), page.headers["cache-control"]) == (200, True, "no-store")
        laid = visitor.client.cookies["camket_errand"]
        assert (laid["path"], laid["httponly"], laid["samesite"], laid["max-age"], laid["domain"]) == ("/", True, "Lax", 600, "")
        assert set(visitor.cookies) == {"camket_errand"}

    def test_does_nothing_by_get_or_from_another_site(self, visitor: Browser, service: Service) -> None:
        before = everything_kept()
        assert visitor.get(DOOR).status == 200
        assert visitor.post(DOOR, {}, Sec_Fetch_Site="cross-site").status == 403
        assert (everything_kept(), visitor.cookies, service.asked) == (before, {}, [])

    def test_says_so_where_the_service_is_away(self, visitor: Browser, service: Service) -> None:
        service.misbehaves["/.well-known/openid-configuration"] = services.breaks
        page = press(visitor)
        assert (page.status, page.headers["retry-after"], visitor.cookies) == (503, "60", {})
        assert "không trả lời được" in page.words()
        assert "console/sign-in" in page.text

    def test_is_slowed_for_a_network_and_leaves_the_other_ways_open(self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock) -> None:
        assert [press(visitor).status for _ in range(62)].count(429) >= 1
        assert tries()[-1] == ("slowed", "company")
        assert press(Browser(address="198.51.100.9")).status == 200
        assert is_in(in_by_link(linked, clock))


class TestComingIn:
    def test_opens_the_desk_to_whoever_linked_it(self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock) -> None:
        page = back(visitor, service, press(visitor))
        assert (page.status, page.headers["location"], page.headers["referrer-policy"]) == (302, "/vi/console/", "no-referrer")
        assert is_in(visitor)
        assert tries()[-1] == ("signed_in", "company")
        assert DeskSession.objects.latest("began_at").factor == "company"
        entry = JournalEntry.objects.filter(act="staff.signed_in").latest("id")
        assert b'"factor":"company"' in bytes(entry.payload or b"")
        assert "camket_errand" not in {name for name, value in visitor.cookies.items() if value}
        assert "Tài khoản công ty" in visitor.get(ACCOUNT).words()

    def test_comes_back_in_the_language_it_left_in(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        assert back(visitor, service, visitor.post("/en/console/sign-in/oidc", {})).headers["location"] == "/en/console/"

    def test_keeps_and_says_nothing_that_the_service_told(
        self, visitor: Browser, service: Service, linked: StaffRow, capsys: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        pages = [press(visitor)]
        pages += [back(visitor, service, pages[0]), visitor.get(ACCOUNT)]
        written = everything_written() + caplog.text + "".join(page.text + str(page.headers) for page in pages) + str(visitor.cookies)
        told = str(capsys.readouterr())
        assert linked.email in written
        assert [mark for mark in SAID_OF_THEM if mark in written + told] == []

    def test_is_not_taken_for_having_just_shown_who_one_is_where_the_service_only_remembered(
        self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock
    ) -> None:
        service.claims_say = lambda claims: claims.update(auth_time=claims["auth_time"] - 3600)
        back(visitor, service, press(visitor))
        assert visitor.submit(visitor.get(ACCOUNT), {"act": "unlink_company"}).headers["location"].endswith("/account/confirm")
        page = visitor.get(f"{ACCOUNT}/confirm")
        asked = visitor.submit(page, {"company": "1"})
        assert "max_age=0" in address_on(asked)
        assert back(visitor, service, asked).headers["location"] == f"{ACCOUNT}/confirm", "it remembered them once more"
        assert "không qua được bước kiểm tra" in visitor.get(f"{ACCOUNT}/confirm").words()
        service.claims_say = lambda claims: None
        assert back(visitor, service, visitor.submit(page, {"company": "1"})).headers["location"] == ACCOUNT
        assert tries()[-1] == ("confirmed", "company")
        assert visitor.submit(visitor.get(ACCOUNT), {"act": "unlink_company"}).headers["location"] == ACCOUNT
        assert CompanyLink.objects.count() == 0

    def test_asks_for_the_second_factor_of_the_account(self, visitor: Browser, service: Service, secret: str, clock: Clock) -> None:
        page = back(visitor, service, press(visitor))
        assert page.headers["location"] == DOOR
        assert not is_in(visitor)
        asked = visitor.get(DOOR)
        assert "Tài khoản công ty đã đúng" in asked.words()
        ticket = asked.hidden()["ticket"]
        wrong = visitor.post("/vi/console/sign-in", {"step": "code", "ticket": ticket, "code": "000000"})
        assert (wrong.status, "Tài khoản công ty đã đúng" in wrong.words()) == (422, True)
        entered = visitor.post("/vi/console/sign-in", {"step": "code", "ticket": ticket, "code": pyotp.TOTP(secret).at(clock.now)})
        assert (entered.status, is_in(visitor)) == (302, True)
        assert tries()[-3:] == [("half_way", "company"), ("refused", "company_code"), ("signed_in", "company_code")]
        assert "ticket" not in visitor.get(DOOR).hidden() or visitor.get(DOOR).hidden()["ticket"] == ""

    @pytest.mark.parametrize(
        "case",
        [
            ("", {"amr": ["mfa"], "acr": "phr"}, False),
            ("amr=mfa", {"amr": ["pwd", "mfa"]}, True),
            ("amr=mfa", {"amr": ["pwd"], "acr": "mfa"}, False),
            ("amr=hwk, acr=phr", {"acr": "phr"}, True),
            ("acr=phr", {"amr": ["phr"]}, False),
            ("amr=mfa", {"amr": "mfa"}, False),
            ("amr=mfa", {}, False),
        ],
    )
    def test_takes_the_services_second_factor_only_where_the_operator_says_so(
        self, visitor: Browser, service: Service, secret: str, settings: Any, case: tuple[str, dict[str, Any], bool]
    ) -> None:
        settings.CAMKET_OIDC_SECOND_FACTOR, said, is_let_in = case
        service.claims_say = lambda claims: claims.update(said)
        back(visitor, service, press(visitor))
        assert is_in(visitor) is is_let_in


class TestWhoIsKeptOut:
    def out(self, visitor: Browser, page: Page, fault: str) -> None:
        assert (page.status, page.headers["location"]) == (302, f"{DOOR}?fault={fault}")
        assert not is_in(visitor)
        assert visitor.get(page.headers["location"]).status == 200

    def test_whoever_linked_nothing_whatever_their_address_says(self, visitor: Browser, service: Service, chi: StaffRow) -> None:
        service.claims_say = lambda claims: claims.update(email=chi.email, email_verified=True)
        before = Staff.objects.count()
        self.out(visitor, back(visitor, service, press(visitor)), "unknown")
        assert (Staff.objects.count(), tries()[-1]) == (before, ("refused", "company"))

    def test_a_colleague_who_was_dismissed(self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock) -> None:
        dismiss_staff(staff_id=linked.id, actor=THE_HOUSE, now=clock.now)
        assert CompanyLink.objects.count() == 0
        self.out(visitor, back(visitor, service, press(visitor)), "unknown")

    def test_a_colleague_whose_sessions_end_then(self, visitor: Browser, service: Service, linked: StaffRow, ended_as_they_enter: None) -> None:
        self.out(visitor, back(visitor, service, press(visitor)), "over")

    def test_a_colleague_whose_row_was_put_back_by_hand(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        Staff.objects.filter(pk=linked.id).update(is_active=False, left_at=linked.created_at)
        self.out(visitor, back(visitor, service, press(visitor)), "unknown")

    def test_everybody_after_a_restore(self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock) -> None:
        revoke_everything(actor=THE_HOUSE, now=clock.now)
        self.out(visitor, back(visitor, service, press(visitor)), "unknown")
        in_by_link(linked, clock)
        back(visitor, service, press(visitor))
        assert is_in(visitor)

    def test_whoever_moved_a_row_to_another_account(self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock) -> None:
        lan = add_staff(email=LAN.email, role="operator", actor=THE_HOUSE, now=clock.now)
        CompanyLink.objects.update(staff_id=lan.id)
        self.out(visitor, back(visitor, service, press(visitor)), "unknown")

    def test_the_same_name_at_another_service(self, visitor: Browser, service: Service, linked: StaffRow, settings: Any, clock: Clock) -> None:
        with running_service(now=lambda: clock.read().timestamp()) as other:
            settings.CAMKET_OIDC_ISSUER = other.issuer
            self.out(visitor, back(visitor, other, press(visitor)), "unknown")

    def test_whoever_was_on_the_way_to_another_service(self, visitor: Browser, service: Service, linked: StaffRow, settings: Any) -> None:
        page = press(visitor)
        settings.CAMKET_OIDC_ISSUER = "http://127.0.0.1:9"
        self.out(visitor, back(visitor, service, page), "over")

    def test_another_state(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        self.out(visitor, back(visitor, service, press(visitor), state="another"), "over")
        assert "/token" not in service.asked[service.asked.index("/keys") + 1 :], "a code of another errand is shown to nobody"

    def test_another_browser(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        brought = service.arrive(address_on(press(Browser())))
        press(visitor)
        self.out(visitor, came_with(visitor, brought), "over")

    def test_the_same_answer_once_more(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        page = press(visitor)
        kept, brought = visitor.cookies["camket_errand"], service.arrive(address_on(page))
        came_with(visitor, brought)
        assert is_in(visitor)
        thief = Browser()
        thief.client.cookies["camket_errand"] = kept
        self.out(thief, came_with(thief, brought), "over")

    def test_an_answer_after_ten_minutes(self, visitor: Browser, service: Service, linked: StaffRow, clock: Clock) -> None:
        page = press(visitor)
        clock.wait(minutes=11)
        self.out(visitor, back(visitor, service, page), "over")

    def test_a_token_to_another_question(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        service.claims_say = lambda claims: claims.update(nonce="another")
        self.out(visitor, back(visitor, service, press(visitor)), "refused")
        assert tries()[-1] == ("refused", "company")

    def test_a_token_that_nobody_signed(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        service.signs = services.unsigned
        self.out(visitor, back(visitor, service, press(visitor)), "refused")

    def test_whoever_the_service_let_through_not(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        self.out(visitor, back(visitor, service, press(visitor), error="access_denied"), "stopped")

    def test_everybody_while_the_service_is_away(self, visitor: Browser, service: Service, linked: StaffRow) -> None:
        service.misbehaves["/token"] = services.hangs
        self.out(visitor, back(visitor, service, press(visitor)), "away")

    def test_whoever_forges_the_ticket_of_the_second_step(self, visitor: Browser, service: Service, secret: str) -> None:
        for ticket in ("", "x", "x:y:z"):
            visitor.client.cookies["camket_half_way"] = ticket
            page = visitor.get(DOOR)
            assert (page.status, page.hidden().get("ticket", "")) == (200, "")

    @pytest.mark.parametrize("query", ["", "?state=", "?code=x&state=y", "?fault=away", "?state=%00&code=%ff", "?state=" + "x" * 4000])
    def test_whoever_comes_with_nothing(self, visitor: Browser, service: Service, query: str) -> None:
        before = everything_kept()
        page = visitor.get(BACK + query)
        assert (page.status, page.headers["location"]) == (302, f"{DOOR}?fault=over")
        assert everything_kept() == before, "a stranger cannot fill the log"

    @pytest.mark.parametrize("fault", ["", "none", "<b>", "away%0d%0a", "%00", "x" * 3000])
    def test_whoever_writes_a_word_of_their_own(self, visitor: Browser, service: Service, fault: str) -> None:
        page = visitor.get(f"{DOOR}?fault={fault}")
        assert (page.status, "sign-in-error" in page.text) == (200, False)


class TestLinking:
    def test_is_told_in_the_journal_shown_and_taken_back(self, service: Service, linked: StaffRow, clock: Clock) -> None:
        browser = in_by_link(linked, clock)
        assert "liên kết ngày" in browser.get(ACCOUNT).words()
        page = browser.submit(browser.get(ACCOUNT), {"act": "unlink_company"})
        assert (page.headers["location"], CompanyLink.objects.count()) == (ACCOUNT, 0)
        acts = list(JournalEntry.objects.filter(act__startswith="staff.company_").order_by("id").values_list("act", "actor_role"))
        assert acts == [("staff.company_linked", "adviser"), ("staff.company_unlinked", "adviser")]
        visitor = Browser()
        assert "fault=unknown" in back(visitor, service, press(visitor)).headers["location"]

    def test_is_for_whoever_just_showed_who_they_are(self, service: Service, chi: StaffRow, clock: Clock) -> None:
        browser = in_by_link(chi, clock)
        clock.wait(minutes=11)
        assert link(browser).headers["location"].endswith("/account/confirm")
        assert service.asked == []

    def test_of_one_company_account_is_for_one_colleague(self, service: Service, linked: StaffRow, clock: Clock) -> None:
        lan = add_staff(email=LAN.email, role=LAN.role, actor=THE_HOUSE, now=clock.now)
        browser = in_by_link(lan, clock)
        assert back(browser, service, link(browser)).headers["location"] == ACCOUNT
        assert "đang mở một tài khoản khác" in browser.get(ACCOUNT).words()
        assert [row.staff_id for row in CompanyLink.objects.all()] == [linked.id]

    def test_once_more_changes_nothing(self, service: Service, linked: StaffRow, clock: Clock) -> None:
        browser = in_by_link(linked, clock)
        service.subject = "another-employee"
        back(browser, service, link(browser))
        assert CompanyLink.objects.count() == 1
        visitor = Browser()
        assert "fault=unknown" in back(visitor, service, press(visitor)).headers["location"]

    def test_goes_on_with_a_new_service(self, service: Service, linked: StaffRow, settings: Any, clock: Clock) -> None:
        with running_service(now=lambda: clock.read().timestamp()) as other:
            settings.CAMKET_OIDC_ISSUER = other.issuer
            browser = in_by_link(linked, clock)
            assert "liên kết ngày" not in browser.get(ACCOUNT).words()
            back(browser, other, link(browser))
            assert [row.issuer for row in CompanyLink.objects.all()] == [other.issuer]

    def test_is_not_done_for_another_session(self, service: Service, chi: StaffRow, clock: Clock) -> None:
        browser = in_by_link(chi, clock)
        page = link(browser)
        lan = add_staff(email=LAN.email, role=LAN.role, actor=THE_HOUSE, now=clock.now)
        other = in_by_link(lan, clock)
        other.client.cookies["camket_errand"] = browser.cookies["camket_errand"]
        assert "fault=over" in back(other, service, page).headers["location"]
        assert CompanyLink.objects.count() == 0

    def test_is_not_done_for_nobody(self, service: Service, chi: StaffRow, clock: Clock) -> None:
        browser = in_by_link(chi, clock)
        page = link(browser)
        browser.submit(browser.get(ACCOUNT), {}, "/vi/console/sign-out")
        assert "fault=over" in back(browser, service, page).headers["location"]
        assert CompanyLink.objects.count() == 0

    def test_says_so_where_the_service_is_away_or_refuses(self, service: Service, chi: StaffRow, clock: Clock) -> None:
        browser = in_by_link(chi, clock)
        service.misbehaves["/.well-known/openid-configuration"] = services.breaks
        assert link(browser).headers["location"] == ACCOUNT
        assert "không trả lời được" in browser.get(ACCOUNT).words()
        assert "không trả lời được" not in browser.get(ACCOUNT).words(), "it is said once"

    def test_is_seen_in_the_list_of_staff_and_in_the_review_of_access(self, service: Service, linked: StaffRow, sign_in: Any) -> None:
        operator = sign_in("operator")
        for place in ("staff", f"staff/{linked.id}", "access"):
            assert "Tài khoản công ty" in operator.get(f"/vi/console/{place}").words(), place
