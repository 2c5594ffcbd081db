"""My account: each way in is set up, shown and taken away; sessions are listed and ended; what is sensitive asks again who it is."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test.utils import CaptureQueriesContext

from camket.access import passwords
from camket.access.actions import issue_sign_in_link
from camket.access.models import DeskSession, Passkey, Staff
from camket.policy.terms import THE_HOUSE
from camket.web.console.desks import account
from camket.web.console.entrance import AtDesk
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept
from tests.web.console.test_signing_in import options_of

PLACE = "/vi/console/account"
SignIn = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash less: these tests are about pages."""
    monkeypatch.setattr("camket.access.passwords.Argon2id.time_cost", 1)
    monkeypatch.setattr("camket.access.passwords.Argon2id.memory_cost", 8)


def press(browser: Browser, act: str, **values: str) -> Page:
    token = {"csrfmiddlewaretoken": browser.get(PLACE).hidden()["csrfmiddlewaretoken"]}
    return browser.post(PLACE, {**token, "act": act, **values})


def set_up_app(browser: Browser, clock: Clock) -> str:
    assert press(browser, "begin_codes").headers["location"] == f"{PLACE}/codes"
    page = browser.get(f"{PLACE}/codes")
    found = re.search(r'class="key-text"><code>([A-Z2-7 ]+)<', page.text)
    assert found is not None
    secret = found[1].replace(" ", "")
    assert browser.submit(page, {"code": pyotp.TOTP(secret).at(clock.now)}).headers["location"] == PLACE
    return secret


def add_passkey(browser: Browser, device: Authenticator, name: str = "Máy bàn") -> Page:
    page = browser.get(PLACE)
    return browser.submit(page, {"act": "add_passkey", "passkey_name": name, "passkey": device.made(options_of(page))})


def again(clock: Clock, *, agent: str = "") -> Browser:
    """Sign the same adviser in with another browser."""
    row, browser = Staff.objects.get(), Browser()
    if agent:
        browser.client.defaults["HTTP_USER_AGENT"] = agent
    page = browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now, actor=THE_HOUSE)}")
    assert browser.submit(page, {}).status == 302
    return browser


class TestAnApp:
    def test_is_set_up_by_a_picture_a_key_and_a_code(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        page = browser.get(PLACE)
        assert "đã cài 23/11/2026" in page.words()

    def test_asks_for_recovery_codes_only_where_they_open_something(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        words = browser.get(PLACE).words()
        assert "Còn một bước" in words
        assert "Bạn nên tạo thêm mã khôi phục" not in words
        press(browser, "password", password=PASSWORD)
        clock.wait(minutes=1)
        set_up_app(browser, clock)
        assert "Bạn nên tạo thêm mã khôi phục" in browser.get(PLACE).words()

    def test_is_drawn_without_a_style_of_its_own_and_names_nobody_in_the_address(self, sign_in: SignIn) -> None:
        browser = sign_in("adviser")
        press(browser, "begin_codes")
        page = browser.get(f"{PLACE}/codes")
        assert "<svg" in page.text
        assert "style=" not in page.text
        assert "otpauth" not in page.text

    def test_is_not_in_force_by_a_wrong_code(self, sign_in: SignIn) -> None:
        browser = sign_in("adviser")
        press(browser, "begin_codes")
        page = browser.submit(browser.get(f"{PLACE}/codes"), {"code": "000000"})
        assert page.status == 422
        assert "<svg" in page.text, "the same picture, to try again"
        assert "đã cài" not in browser.get(PLACE).words()

    def test_leads_back_where_none_is_being_set_up(self, sign_in: SignIn) -> None:
        assert sign_in("adviser").get(f"{PLACE}/codes").headers["location"] == PLACE


class TestAPassword:
    def test_is_offered_once_something_stands_beside_it(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        assert 'name="password"' not in browser.get(PLACE).text
        assert press(browser, "password", password=PASSWORD).status == 422
        set_up_app(browser, clock)
        other = again(clock)
        assert press(browser, "password", password=PASSWORD).status == 302
        assert "Đã đặt mật khẩu. Mọi phiên khác đã kết thúc." in browser.get(PLACE).words()
        assert other.get("/vi/console/").status == 302

    @pytest.mark.parametrize(("text", "says"), [("ngắn", "ít nhất 12 ký tự"), ("123456789012", "bị thử đầu tiên"), ("adviser-staff", "ghép từ tên")])
    def test_that_cannot_be_used_says_why(self, sign_in: SignIn, clock: Clock, text: str, says: str) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        page = press(browser, "password", password=text)
        assert page.status == 422
        assert says in page.words()
        assert text not in page.text

    def test_among_too_many_others_is_asked_for_again(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        with passwords._KNOWN._places, passwords._KNOWN._places:
            assert press(browser, "password", password=PASSWORD).status == 503
        assert press(browser, "password", password=PASSWORD).status == 302

    def test_keeps_its_last_companion(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        press(browser, "password", password=PASSWORD)
        page = press(browser, "remove_codes")
        assert page.status == 422
        assert "Chỉ riêng mật khẩu thì không mở được gì" in page.words()
        assert press(browser, "remove_password").status == 302
        assert press(browser, "remove_codes").status == 302


class TestAPasskey:
    def test_is_added_named_listed_and_removed(self, sign_in: SignIn) -> None:
        browser = sign_in("adviser")
        assert add_passkey(browser, Authenticator()).headers["location"] == PLACE
        assert "Máy bàn" in browser.get(PLACE).words()
        assert press(browser, "remove_passkey", passkey_id=str(Passkey.objects.get().id)).status == 302
        assert not Passkey.objects.exists()

    @pytest.mark.parametrize("answer", ["", "{}", "x" * 20_000, "[]"])
    def test_that_is_none_is_refused_with_a_sentence(self, sign_in: SignIn, answer: str) -> None:
        page = press(sign_in("adviser"), "add_passkey", passkey=answer, passkey_ticket="x")
        assert page.status == 422
        assert "chưa tạo được khóa truy cập" in page.words()

    def test_of_a_long_name_is_refused_with_a_sentence(self, sign_in: SignIn) -> None:
        page = add_passkey(sign_in("adviser"), Authenticator(), name="x" * 41)
        assert page.status == 422
        assert "40 ký tự" in page.words()


class TestRecoveryCodes:
    def test_are_shown_once(self, sign_in: SignIn) -> None:
        browser = sign_in("adviser")
        page = press(browser, "recovery_codes")
        codes = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", page.text)
        assert (page.status, len(codes)) == (200, 10)
        assert "còn 10 mã" in browser.get(PLACE).words()
        assert not any(code in browser.get(PLACE).text for code in codes)


class TestSessions:
    AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

    def test_are_listed_in_plain_words_and_ended_one_by_one(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        clock.wait(minutes=1)
        other = again(clock, agent=self.AGENT)
        words = browser.get(PLACE).words()
        assert "Firefox, Windows" in words
        assert words.count("phiên này") == 1
        theirs = DeskSession.objects.get(browser="firefox")
        assert press(browser, "end_session", session_id=str(theirs.id)).status == 302
        assert other.get("/vi/console/").status == 302
        assert browser.get("/vi/console/").status == 200

    def test_are_ended_all_but_this_one_which_stays_known(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        others = [again(clock) for _ in range(2)]
        before = browser.cookies["camket_device"]
        assert press(browser, "end_others").status == 302
        assert [one.get("/vi/console/").status for one in others] == [302, 302]
        assert browser.get("/vi/console/").status == 200
        assert browser.cookies["camket_device"] != before
        assert DeskSession.objects.count() == 1

    def test_keep_the_day_of_the_house_on_which_they_were_last_seen(self, sign_in: SignIn, clock: Clock) -> None:
        clock.wait(hours=21)
        browser = sign_in("adviser")
        clock.wait(hours=2)
        browser.get("/vi/console/")
        assert DeskSession.objects.get().last_seen_on == clock.now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date()
        assert "UTC" not in browser.get(PLACE).words()

    def test_keep_nothing_else_of_what_a_browser_says(self, sign_in: SignIn, clock: Clock) -> None:
        sign_in("adviser")
        again(clock, agent="Chim-Hoàng-Yến/47.11 Firefox/1".encode().decode("latin-1"))
        row = DeskSession.objects.get(browser="firefox")
        assert (row.browser, row.system) == ("firefox", "other")


class TestWhatIsSensitive:
    ACTS = ("password", "remove_password", "begin_codes", "remove_codes", "add_passkey", "remove_passkey", "recovery_codes")

    @pytest.mark.parametrize("act", ACTS)
    def test_asks_again_after_ten_minutes(self, sign_in: SignIn, clock: Clock, act: str) -> None:
        browser = sign_in("adviser")
        clock.wait(minutes=11)
        before = everything_kept()
        page = press(browser, act, password=PASSWORD)
        assert (page.status, page.headers["location"]) == (302, f"{PLACE}/confirm")
        assert everything_kept() == before

    def test_is_open_again_for_ten_minutes_by_the_password(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        press(browser, "password", password=PASSWORD)
        clock.wait(minutes=11)
        assert "xác nhận đúng là bạn" in browser.get(PLACE).words()
        wrong = browser.submit(browser.get(f"{PLACE}/confirm"), {"password": "wrong wrong wrong"})
        assert wrong.status == 422
        assert browser.submit(browser.get(f"{PLACE}/confirm"), {"password": PASSWORD}).headers["location"] == PLACE
        assert press(browser, "recovery_codes").status == 200
        clock.wait(minutes=11)
        assert press(browser, "recovery_codes").status == 302

    def test_is_open_again_by_a_passkey(self, sign_in: SignIn, clock: Clock) -> None:
        browser, device = sign_in("adviser"), Authenticator()
        add_passkey(browser, device)
        clock.wait(minutes=11)
        page = browser.get(f"{PLACE}/confirm")
        assert browser.submit(page, {"passkey": device.signed(options_of(page))}).headers["location"] == PLACE
        assert press(browser, "recovery_codes").status == 200

    def test_does_not_become_fresh_by_ending_sessions(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        clock.wait(minutes=11)
        press(browser, "end_others")
        assert press(browser, "recovery_codes").headers["location"] == f"{PLACE}/confirm"

    def test_is_guessed_at_twenty_times_an_hour_in_one_session_alone(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        press(browser, "password", password=PASSWORD)
        other = again(clock)
        page = browser.get(f"{PLACE}/confirm")
        assert [browser.submit(page, {"password": "wrong"}).status for _ in range(22)] == [422] * 20 + [429] * 2
        assert other.submit(other.get(f"{PLACE}/confirm"), {"password": PASSWORD}).status == 302

    def test_names_the_command_for_an_operator_who_comes_in_by_links_alone(self, sign_in: SignIn, clock: Clock) -> None:
        operator = sign_in("operator")
        clock.wait(minutes=11)
        assert "camket staff link" in operator.get(f"{PLACE}/confirm").words()

    @pytest.mark.parametrize("act", ["", "x", "\x00", "erase"])
    def test_that_does_not_exist_is_not_there(self, sign_in: SignIn, act: str) -> None:
        assert press(sign_in("adviser"), act).status == 404


class TestASession:
    def test_is_told_from_another_of_the_same_browser_by_when_it_began(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        for _ in range(2):
            clock.wait(seconds=20)
            again(clock)
        text = browser.get(PLACE).text
        rows = re.findall(r"<li>.*?</li>", text.partition('id="sessions"')[2].partition("</section>")[0], re.DOTALL)
        assert ["phiên này" in row for row in rows].count(True) == 1
        assert all(re.search(r"đăng nhập lúc <time[^>]*>\d\d/\d\d/\d{4}, \d\d:\d\d:\d\d<", row) for row in rows)
        names = [re.sub(r"<[^>]+>", "", row.partition('value="end_session"')[2]) for row in rows if "end_session" in row]
        assert len(set(names)) == len(names) == 2

    def test_is_over_after_its_time_whatever_is_done_in_it(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        set_up_app(browser, clock)
        began = Session.objects.get().expire_date
        clock.now += timedelta(minutes=5)
        assert press(browser, "end_others").status == 302
        assert press(browser, "password", password=PASSWORD).status == 302
        assert Session.objects.get().expire_date == began
        clock.now += timedelta(minutes=20)
        press(browser, "begin_codes")  # asks first who it is, and keeps in the session where to go on
        assert Session.objects.get().expire_date == began

    def test_ends_others_only_for_who_has_just_shown_who_they_are(self, sign_in: SignIn, clock: Clock) -> None:
        thief = sign_in("adviser")
        clock.now += timedelta(minutes=11)
        owner = again(clock)
        assert press(thief, "end_others").headers["location"].endswith("/account/confirm")
        for one in DeskSession.objects.all():  # nor one by one
            assert press(thief, "end_session", session_id=str(one.id)).headers["location"].endswith("/account/confirm")
        assert owner.get(PLACE).status == 200
        assert press(owner, "end_others").status == 302
        assert thief.get(PLACE).status == 302

    def test_that_is_ended_while_its_page_is_made_leads_to_the_sign_in(self, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
        browser, made = sign_in("adviser"), account._account_page

        def ended_meanwhile(request: HttpRequest, desk: AtDesk) -> HttpResponse:
            request.session["seen"] = True
            Session.objects.all().delete()
            return made(request, desk)

        monkeypatch.setattr(account, "_account_page", ended_meanwhile)
        answer = browser.get(PLACE)
        assert (answer.status, answer.headers["location"]) == (302, "/vi/console/sign-in")

    def test_that_was_begun_by_a_passkey_ends_when_that_is_removed(self, sign_in: SignIn, clock: Clock) -> None:
        browser, device = sign_in("adviser"), Authenticator()
        add_passkey(browser, device)
        thief = again(clock)
        assert thief.get(PLACE).status == 200
        assert press(browser, "remove_passkey", passkey_id=str(Passkey.objects.get().id)).status == 302
        assert browser.get(PLACE).status == 200
        assert thief.get(PLACE).status == 302


class TestWhatThePageCosts:
    def test_is_the_same_for_ten_passkeys_and_twenty_sessions_as_for_one(self, sign_in: SignIn, clock: Clock) -> None:
        browser = sign_in("adviser")
        add_passkey(browser, Authenticator())
        browser.get(PLACE)  # the sentence that an act leaves is taken down once

        def statements() -> int:
            with CaptureQueriesContext(connection) as found:
                assert browser.get(PLACE).status == 200
            return len(found)

        one = statements()
        for number in range(2, 11):
            add_passkey(browser, Authenticator(number=number))
        for _ in range(20):
            again(clock)
        browser.get(PLACE)
        assert statements() == one
        assert one <= 20


class TestTheName:
    def test_of_a_colleague_stands_on_no_account_but_their_own(self, sign_in: SignIn, clock: Clock, settings: Any) -> None:
        sign_in("legal")
        assert "legal@staff.example.vn" not in sign_in("adviser").get(PLACE).text
