"""In by a passkey, by a password and a code, by a link or an invitation: what each page says, and what it never tells."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pyotp
import pytest
from django.contrib.sessions.models import Session

from camket.access import passwords
from camket.access.actions import (
    add_passkey,
    add_staff,
    begin_adding,
    begin_codes,
    confirm_codes,
    dismiss_staff,
    invite,
    issue_sign_in_link,
    make_recovery_codes,
    set_password,
)
from camket.access.models import DeskSession, SignInTry, Staff
from camket.access.queries import StaffRow, waiting_setup
from camket.policy.terms import THE_HOUSE
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD
from tests.access.seats import seat
from tests.cast import CHI, LAN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept

PLACE = "/vi/console/sign-in"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash less: these tests are about pages."""
    monkeypatch.setattr("camket.access.passwords.Argon2id.time_cost", 1)
    monkeypatch.setattr("camket.access.passwords.Argon2id.memory_cost", 8)


@pytest.fixture
def chi(clock: Clock) -> StaffRow:
    return add_staff(email=CHI.email, role=CHI.role, display_name=CHI.full_name, actor=THE_HOUSE, now=clock.now)


@pytest.fixture
def secret(chi: StaffRow, clock: Clock) -> str:
    """Chi's app and password, set up an hour ago."""
    begin_codes(**seat(chi.id, clock.now), now=clock.now)
    found = waiting_setup(chi.id, now=clock.now)
    assert found is not None
    confirm_codes(**seat(chi.id, clock.now), code=pyotp.TOTP(found).at(clock.now), now=clock.now)
    set_password(**seat(chi.id, clock.now), password=PASSWORD, now=clock.now)
    clock.wait(hours=1)
    return found


@pytest.fixture
def passkey(chi: StaffRow, clock: Clock) -> Authenticator:
    ceremony, device = begin_adding(staff_id=chi.id, account=chi.email, name="", known=(), now=clock.now), Authenticator()
    add_passkey(**seat(chi.id, clock.now), name="", ticket=ceremony.ticket, answer=device.made(ceremony.options), now=clock.now)
    return device


def password_step(browser: Browser, email: str = CHI.email, password: str = PASSWORD) -> Page:
    return browser.post(PLACE, {"step": "password", "email": email, "password": password})


def code_step(browser: Browser, page: Page, code: str) -> Page:
    return browser.post(PLACE, {"step": "code", "ticket": page.hidden()["ticket"], "code": code})


def passkey_step(browser: Browser, device: Authenticator) -> Page:
    page = browser.get(PLACE)
    return browser.post(PLACE, {"step": "passkey", "passkey_ticket": page.hidden()["passkey_ticket"], "passkey": device.signed(options_of(page))})


def options_of(page: Page) -> str:
    found = re.search(r'data-options="([^"]*)"', page.text)
    assert found is not None
    return unescape(found[1])


class TestThePage:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_opens_without_a_cookie_and_changes_nothing(self, visitor: Browser, language: str) -> None:
        before = everything_kept()
        assert visitor.get(f"/{language}/console/sign-in").status == 200
        assert visitor.cookies == {}
        assert everything_kept() == before

    def test_asks_a_new_question_each_time(self, visitor: Browser) -> None:
        asked = {json.loads(options_of(visitor.get(PLACE)))["publicKey"]["challenge"] for _ in range(3)}
        assert len(asked) == 3

    @pytest.mark.parametrize("step", ["password", "code", "passkey", "", "x"])
    def test_takes_no_form_from_another_site(self, visitor: Browser, chi: StaffRow, step: str) -> None:
        before = everything_kept()
        answer = visitor.post(PLACE, {"step": step, "email": CHI.email, "password": PASSWORD}, **{"Sec-Fetch-Site": "cross-site"})
        assert answer.status == 403
        assert everything_kept() == before

    @pytest.mark.parametrize("value", ["", "\x00", "x" * 30_000, "An\u202e", "{{ 7 }}", "😀", "a@b@c", "[]"])
    @pytest.mark.parametrize("name", ["step", "email", "password", "ticket", "code", "passkey", "passkey_ticket"])
    def test_is_never_a_fault_of_ours_whatever_is_typed(self, visitor: Browser, chi: StaffRow, name: str, value: str) -> None:
        for step in ("password", "code", "passkey"):
            assert visitor.post(PLACE, {"step": step, name: value}).status < 500


ASKED_FOR = "/vi/console/journal?act=data.shown"
ON_THE_WAY = f"{PLACE}?then=journal%3Fact%3Ddata.shown"


def addressed(page: Page, step: str) -> str:
    """Where a form of the door is sent to."""
    form = next(part for part in page.text.split("<form")[1:] if f'name="step" value="{step}"' in part)
    found = re.search(r'action="([^"]*)"', form)
    assert found is not None
    return unescape(found[1])


class TestAPageThatWasAskedFor:
    def test_is_the_first_after_a_password_and_a_code(self, visitor: Browser, secret: str, clock: Clock) -> None:
        door = visitor.get(ASKED_FOR).headers["location"]
        assert door == ON_THE_WAY
        page = visitor.post(addressed(visitor.get(door), "password"), {"step": "password", "email": CHI.email, "password": PASSWORD})
        wrong = visitor.post(addressed(page, "code"), {"step": "code", "ticket": page.hidden()["ticket"], "code": "000000"})
        code = pyotp.TOTP(secret).at(clock.now)
        done = visitor.post(addressed(wrong, "code"), {"step": "code", "ticket": page.hidden()["ticket"], "code": code})
        assert (done.status, done.headers["location"]) == (302, ASKED_FOR)

    def test_is_the_first_after_a_passkey(self, visitor: Browser, passkey: Authenticator) -> None:
        page = visitor.get(ON_THE_WAY)
        given = {"passkey_ticket": page.hidden()["passkey_ticket"], "passkey": passkey.signed(options_of(page))}
        assert visitor.post(addressed(page, "passkey"), {"step": "passkey", **given}).headers["location"] == ASKED_FOR

    @pytest.mark.parametrize(
        "then",
        [
            "//evil.example.com",
            "/\\evil.example.com",
            "\\\\evil.example.com",
            "https:evil.example.com",
            "https://evil.example.com/vi/console/journal",
            "javascript:alert(1)",
            "../../contact",
            "journal/../sign-out",
            "journal\r\nLocation: https://evil.example.com",
            "journal?act=data.shown#@evil.example.com",
            "@evil.example.com",
            "/vi/console/journal",
            "no-such-page",
            "sign-in",
            "sign-out",
            "sign-in/oidc",
            "sign-in/abc",
            "invitation/abc",
            "journal?act=" + "x" * 600,
            "\x00",
            "",
        ],
    )
    def test_is_none_but_one_of_our_desks(self, visitor: Browser, passkey: Authenticator, then: str) -> None:
        page = visitor.get(f"{PLACE}?{urlencode({'then': then})}")
        assert (page.status, addressed(page, "passkey")) == (200, PLACE)
        given = {"passkey_ticket": page.hidden()["passkey_ticket"], "passkey": passkey.signed(options_of(page))}
        done = visitor.post(f"{PLACE}?{urlencode({'then': then})}", {"step": "passkey", **given})
        assert (done.status, done.headers["location"]) == (302, "/vi/console/")

    @pytest.mark.parametrize(("path", "headers"), [("/vi/console/", {}), (ASKED_FOR, {"Sec-Fetch-Mode": "cors"}), (f"{ASKED_FOR}&from=<b>", {})])
    def test_is_not_carried_where_it_is_the_first_anyway_or_no_page_that_somebody_went_to(
        self, visitor: Browser, path: str, headers: dict[str, str]
    ) -> None:
        assert visitor.get(path, **headers).headers["location"] in (PLACE, f"{PLACE}?then=journal%3Fact%3Ddata.shown%26from%3D%253Cb%253E")


class TestAPassword:
    def test_and_a_code_sign_in(self, visitor: Browser, secret: str, clock: Clock) -> None:
        page = password_step(visitor)
        assert page.status == 200
        assert visitor.cookies == {}, "half way is nowhere"
        done = code_step(visitor, page, pyotp.TOTP(secret).at(clock.now))
        assert (done.status, done.headers["location"]) == (302, "/vi/console/")
        assert visitor.get("/vi/console/").status == 200

    def test_alone_opens_nothing(self, visitor: Browser, secret: str) -> None:
        password_step(visitor)
        assert visitor.get("/vi/console/").status == 302

    def test_of_a_wrong_code_may_be_followed_by_the_right_one(self, visitor: Browser, secret: str, clock: Clock) -> None:
        wrong = code_step(visitor, password_step(visitor), "000000")
        assert wrong.status == 422
        assert "Mã này không đúng" in wrong.words()
        assert code_step(visitor, wrong, pyotp.TOTP(secret).at(clock.now)).status == 302

    def test_and_a_recovery_code_sign_in(self, visitor: Browser, chi: StaffRow, secret: str, clock: Clock) -> None:
        code = make_recovery_codes(**seat(chi.id, clock.now), now=clock.now)[3]
        assert code_step(visitor, password_step(visitor), code).status == 302

    def test_is_over_after_five_minutes(self, visitor: Browser, secret: str, clock: Clock) -> None:
        page = password_step(visitor)
        clock.wait(minutes=6)
        assert "làm lại từ đầu" in code_step(visitor, page, pyotp.TOTP(secret).at(clock.now)).words()

    def test_that_is_wrong_looks_like_an_address_nobody_has_or_a_closed_account(self, secret: str, chi: StaffRow, clock: Clock) -> None:
        gone = add_staff(email=LAN.email, role=LAN.role, actor=THE_HOUSE, now=clock.now)
        dismiss_staff(staff_id=gone.id, actor=THE_HOUSE, now=clock.now)
        tries = ((CHI.email, "wrong wrong wrong"), ("nobody@staff.example.vn", PASSWORD), (LAN.email, PASSWORD), ("no address", PASSWORD))
        answers = [password_step(Browser(), email, password) for email, password in tries]
        assert {answer.status for answer in answers} == {422}
        plain = {re.sub(r'(nonce|value|data-options)="[^"]*"', "", answer.text) for answer in answers}
        assert len(plain) == 1

    def test_among_too_many_of_strangers_is_asked_to_come_again_and_a_known_browser_is_let_on(
        self, visitor: Browser, secret: str, clock: Clock
    ) -> None:
        known = Browser()
        code_step(known, password_step(known), pyotp.TOTP(secret).at(clock.now))
        with passwords._STRANGERS._places, passwords._STRANGERS._places:
            page = password_step(visitor)
            assert (page.status, page.headers["retry-after"]) == (503, "60")
            assert "Lúc này đang có quá nhiều lượt đăng nhập" in page.words()
            assert CHI.email in page.text, "what was typed is not lost"
            assert password_step(known).status == 200

    def test_stays_out_of_page_address_and_cookie(self, visitor: Browser, secret: str) -> None:
        page = password_step(visitor, password="wrong wrong wrong")
        assert "wrong wrong wrong" not in page.text
        assert CHI.email in page.text, "what was typed is not lost"
        assert visitor.cookies == {}

    def test_tried_too_often_names_the_other_ways(self, visitor: Browser, secret: str) -> None:
        for _ in range(10):
            assert password_step(visitor, password="wrong wrong wrong").status == 422
        page = password_step(visitor)
        assert page.status == 429
        assert int(page.headers["retry-after"]) == 3600
        assert "khóa truy cập" in page.words()
        assert password_step(Browser(address="198.51.100.4")).status == 200


class TestAPasskey:
    def test_signs_in_with_nothing_typed(self, visitor: Browser, passkey: Authenticator) -> None:
        assert passkey_step(visitor, passkey).status == 302
        assert visitor.get("/vi/console/").status == 200

    def test_names_no_account_on_the_page(self, visitor: Browser, passkey: Authenticator, chi: StaffRow) -> None:
        asked = json.loads(options_of(visitor.get(PLACE)))["publicKey"]
        assert not asked.get("allowCredentials")

    def test_of_who_left_opens_nothing_and_says_so(self, visitor: Browser, passkey: Authenticator, chi: StaffRow, clock: Clock) -> None:
        dismiss_staff(staff_id=chi.id, actor=THE_HOUSE, now=clock.now)
        page = passkey_step(visitor, passkey)
        assert page.status == 422
        assert "không mở được tài khoản nào" in page.words()


class TestAnInvitation:
    @pytest.fixture
    def place(self, clock: Clock) -> str:
        return f"/vi/console/invitation/{invite(email=LAN.email, role='legal', actor=THE_HOUSE, now=clock.now)}"

    def test_shows_the_role_and_a_hint_of_whose_it_is_and_changes_nothing(self, visitor: Browser, place: str) -> None:
        before = everything_kept()
        page = visitor.get(place)
        assert "Bộ phận pháp lý" in page.words()
        assert LAN.email not in page.text
        assert f"{LAN.email[:2]}…@{LAN.email.partition('@')[2]}" in page.text
        assert everything_kept() == before

    def test_opens_an_account_and_leads_to_its_ways_in(self, visitor: Browser, place: str) -> None:
        page = visitor.post(place, {"name": LAN.full_name})
        assert (page.status, page.headers["location"]) == (302, "/vi/console/account")
        assert LAN.full_name in visitor.get("/vi/console/account").words()
        assert visitor.post(place, {"name": LAN.full_name}).status == 410

    def test_from_another_site_opens_nothing(self, visitor: Browser, place: str) -> None:
        assert visitor.post(place, {"name": "x"}, Origin="https://evil.example.com").status == 403
        assert not Staff.objects.exists()

    @pytest.mark.parametrize("name", ["x" * 121, "\x00", "An\u202e"])
    def test_keeps_a_name_that_cannot_be_kept_on_the_page(self, visitor: Browser, place: str, name: str) -> None:
        assert visitor.post(place, {"name": name}).status == 422
        assert not Staff.objects.exists()

    @pytest.mark.parametrize("name", ["", " ", "\u3000"])
    def test_asks_for_a_name(self, visitor: Browser, place: str, name: str) -> None:
        page = visitor.post(place, {"name": name})
        assert (page.status, "Hãy điền tên" in page.words()) == (422, True)
        assert not Staff.objects.exists()

    @pytest.mark.parametrize("token", ["x", "A" * 400, "%00", "%F0%9F%98%80"])
    def test_that_is_none_is_over(self, visitor: Browser, token: str) -> None:
        assert visitor.get(f"/vi/console/invitation/{token}").status == 410


@pytest.mark.usefixtures("ended_as_they_enter")
class TestWhoeverIsLetInAsAllSessionsAreEnded:
    """All sessions of the account are ended after a way in was judged to be right, and before the session begins."""

    def stays_out(self, browser: Browser, answer: Page) -> None:
        assert (answer.status, "làm lại từ đầu" in answer.words()) == (422, True)
        assert browser.get("/vi/console/").status == 302
        assert not DeskSession.objects.exists()
        assert not Session.objects.exists()
        assert browser.cookies == {}

    def test_by_a_code_begins_again(self, visitor: Browser, secret: str, clock: Clock) -> None:
        self.stays_out(visitor, code_step(visitor, password_step(visitor), pyotp.TOTP(secret).at(clock.now)))

    def test_by_a_passkey_begins_again(self, visitor: Browser, passkey: Authenticator) -> None:
        self.stays_out(visitor, passkey_step(visitor, passkey))

    def test_by_a_link_begins_again(self, visitor: Browser, chi: StaffRow, clock: Clock) -> None:
        place = f"{PLACE}/{issue_sign_in_link(staff_id=chi.id, now=clock.now)}"
        self.stays_out(visitor, visitor.submit(visitor.get(place), {}))

    def test_by_an_invitation_begins_again(self, visitor: Browser, clock: Clock) -> None:
        place = f"/vi/console/invitation/{invite(email=LAN.email, role=LAN.role, actor=THE_HOUSE, now=clock.now)}"
        self.stays_out(visitor, visitor.submit(visitor.get(place), {"name": "Lan"}))


class TestAFreshHouse:
    """Nobody is staff by default, and there is no page that makes anybody so."""

    def test_has_no_route_that_makes_the_first_one(self, visitor: Browser) -> None:
        assert not Staff.objects.exists()
        everything = {"act": "invite", "email": LAN.email, "role": "operator", "name": LAN.full_name, "password": PASSWORD, "step": "password"}
        places = ("", "sign-in", "sign-in/no-such-link", "invitation/no-such-link", "account", "account/codes", "account/confirm", "staff", "access")
        for place in places:
            visitor.get(f"/vi/console/{place}")
            assert visitor.post(f"/vi/console/{place}", everything).status in (302, 403, 405, 410, 422)
        assert not Staff.objects.exists()
        assert visitor.cookies == {}


class TestTheLog:
    def test_keeps_address_and_source_port_of_each_try(self, secret: str, clock: Clock) -> None:
        browser = Browser()
        browser.client.defaults["REMOTE_PORT"] = "50999"
        code_step(browser, password_step(browser), pyotp.TOTP(secret).at(clock.now))
        rows = SignInTry.objects.order_by("id").values_list("outcome", "address", "port")
        assert list(rows) == [("half_way", "203.0.113.7", 50999), ("signed_in", "203.0.113.7", 50999)]

    @pytest.mark.parametrize(
        ("headers", "port"),
        [
            ({"X-Forwarded-For": "198.51.100.4:6001"}, 6001),
            ({"X-Forwarded-For": "[2001:db8::1]:6002"}, 6002),
            ({"X-Forwarded-For": "198.51.100.4", "X-Forwarded-Client-Port": "6003"}, 6003),
            ({"X-Forwarded-For": "198.51.100.4"}, None),
            ({"X-Forwarded-For": "198.51.100.4", "X-Forwarded-Client-Port": "99999"}, None),
        ],
    )
    def test_believes_a_port_of_trusted_proxies_alone(self, settings: Any, headers: dict[str, str], port: int | None) -> None:
        for proxies, found in (((), 50999), (("203.0.113.7",), port)):
            settings.CAMKET_TRUSTED_PROXIES = proxies
            browser = Browser()
            browser.client.defaults["REMOTE_PORT"] = "50999"
            browser.post(PLACE, {"step": "password", "email": "x@example.vn", "password": "x"}, **headers)
            assert SignInTry.objects.order_by("-id")[0].port == found

    def test_notes_who_signs_out(self, sign_in: Callable[[str], Browser]) -> None:
        browser = sign_in("adviser")
        browser.submit(browser.get("/vi/console/"), {}, "/vi/console/sign-out")
        assert SignInTry.objects.order_by("-id")[0].outcome == "signed_out"
        assert not DeskSession.objects.exists()
