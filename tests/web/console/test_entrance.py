"""Signing in and out: one link, one press, one cookie."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection

from camket.access.actions import add_staff, dismiss_staff, forget_sessions, issue_sign_in_link
from camket.access.models import SignInLink
from camket.access.queries import StaffRow
from camket.access.secret import digest_of, new_bound_token
from camket.access.sessions import SessionStore
from camket.policy.terms import THE_HOUSE
from tests.cast import CHI, LAN
from tests.web.browsing import Browser, Clock, everything_kept, everything_written


@pytest.fixture
def chi(clock: Clock) -> StaffRow:
    return add_staff(email=CHI.email, role=CHI.role, display_name=CHI.full_name, actor=THE_HOUSE, now=clock.now)


@pytest.fixture
def place(chi: StaffRow, clock: Clock) -> str:
    return f"/vi/console/sign-in/{issue_sign_in_link(staff_id=chi.id, now=clock.now)}"


class TestOpeningASignInLink:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_changes_nothing_however_often_a_mail_scanner_does_it(self, visitor: Browser, place: str, method: str) -> None:
        before = everything_kept()
        for _ in range(3):
            assert visitor.request(method, place).status == 200
        assert everything_kept() == before
        assert visitor.cookies == {}
        assert visitor.get("/vi/console/").status == 302

    def test_shows_nothing_of_whose_it_is(self, visitor: Browser, place: str) -> None:
        page = visitor.get(place).text
        assert CHI.full_name not in page
        assert CHI.email not in page

    def test_looks_alike_whether_or_not_the_link_exists(self, visitor: Browser, place: str) -> None:
        token = place.rpartition("/")[2]
        real, invented = visitor.get(place), visitor.get(f"/vi/console/sign-in/{'A' * len(token)}")
        # the style's and the script's nonces differ on every page
        plain = [re.sub(r'nonce="[^"]+"', "", page.text).replace(token, "").replace("A" * len(token), "") for page in (real, invented)]
        assert plain[0] == plain[1]


class TestPressingTheButton:
    def test_signs_in_once(self, visitor: Browser, place: str) -> None:
        assert visitor.submit(visitor.get(place), {}).status == 302
        assert visitor.get("/vi/console/").status == 200
        second = Browser()
        assert second.submit(second.get(place), {}).status == 410
        assert second.cookies == {}

    def test_is_refused_when_it_comes_from_another_site(self, visitor: Browser, place: str) -> None:
        assert visitor.post(place, {}, Origin="https://evil.example.com").status == 403
        assert visitor.post(place, {}, **{"Sec-Fetch-Site": "cross-site"}).status == 403
        assert visitor.cookies == {}
        assert visitor.submit(visitor.get(place), {}).status == 302

    def test_is_too_late_after_thirty_minutes(self, visitor: Browser, place: str, clock: Clock) -> None:
        clock.wait(minutes=30)
        assert visitor.submit(visitor.get(place), {}).status == 410

    def test_of_who_left_opens_nothing(self, visitor: Browser, place: str, chi: StaffRow, clock: Clock) -> None:
        dismiss_staff(staff_id=chi.id, actor=THE_HOUSE, now=clock.now)
        assert visitor.submit(visitor.get(place), {}).status == 410

    @pytest.mark.parametrize("token", ["x", "A" * 400, "%00", "%F0%9F%98%80", "..%2F.."])
    def test_of_no_link_is_no_fault_of_ours(self, visitor: Browser, token: str) -> None:
        assert visitor.post(f"/vi/console/sign-in/{token}", {}).status in (404, 410)

    def test_leads_home_and_nowhere_else(self, visitor: Browser, place: str) -> None:
        answer = visitor.post(f"{place}?next=https://evil.example.com", {"next": "https://evil.example.com"})
        assert answer.headers["location"] == "/vi/console/"


class TestTheSessionsCookie:
    def test_is_kept_from_scripts_and_from_other_sites(self, visitor: Browser, place: str) -> None:
        visitor.submit(visitor.get(place), {})
        cookie = visitor.client.cookies["camket_desk"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        assert 0 < int(cookie["max-age"]) <= timedelta(hours=12).total_seconds()

    def test_has_one_companion_by_which_the_device_is_known_and_neither_names_anybody(self, visitor: Browser, place: str, chi: StaffRow) -> None:
        visitor.submit(visitor.get(place), {})
        assert set(visitor.cookies) == {"camket_desk", "camket_device"}
        device = visitor.client.cookies["camket_device"]
        assert (device["httponly"], device["samesite"]) == (True, "Strict")
        for name in visitor.cookies:
            raw = visitor.cookies[name]
            assert str(chi.id) not in raw
            assert chi.id.bytes not in base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))

    def test_is_a_fresh_one_after_sign_in(self, place: str) -> None:
        browser = Browser()
        browser.client.cookies["camket_desk"] = "fixed-by-somebody-else"
        browser.submit(browser.get(place), {})
        assert browser.cookies["camket_desk"] != "fixed-by-somebody-else"

    def test_opens_nothing_once_its_owner_left(self, visitor: Browser, place: str, chi: StaffRow, clock: Clock) -> None:
        visitor.submit(visitor.get(place), {})
        dismiss_staff(staff_id=chi.id, actor=THE_HOUSE, now=clock.now)
        assert visitor.get("/vi/console/").status == 302

    def test_opens_nothing_after_signing_out(self, sign_in: Any) -> None:
        browser: Browser = sign_in("adviser")
        held = browser.cookies["camket_desk"]
        assert browser.submit(browser.get("/vi/console/"), {}, "/vi/console/sign-out").status == 200
        browser.client.cookies["camket_desk"] = held
        assert browser.get("/vi/console/").status == 302

    def test_is_not_ended_by_opening_a_page(self, sign_in: Any) -> None:
        browser: Browser = sign_in("adviser")
        assert browser.get("/vi/console/sign-out").status == 405
        assert browser.get("/vi/console/").status == 200


class TestACopyOfTheDatabase:
    def test_opens_no_desk(self, sign_in: Any) -> None:
        browser: Browser = sign_in("adviser")
        assert browser.cookies["camket_desk"] not in everything_written()
        for key in Session.objects.values_list("session_key", flat=True):
            thief = Browser()
            thief.client.cookies["camket_desk"] = key
            assert thief.get("/vi/console/").status == 302

    def test_would_be_seen_to_open_one(self, visitor: Browser) -> None:
        """A test of the test: Django's own store keeps the key as it is."""
        plain = PlainStore()
        plain.create()
        assert str(plain.session_key) in everything_written()


class TestWhoeverWritesIntoTheDatabase:
    """Somebody who owns the main database and none of the key files: no row that they write or move lets them in."""

    @pytest.fixture
    def two(self, sign_in: Any) -> tuple[Browser, Browser]:
        return sign_in("adviser"), sign_in("auditor")

    def test_is_nobody_else_by_moving_a_session(self, two: tuple[Browser, Browser]) -> None:
        chi, thief = two
        assert thief.get("/vi/console/").status == 302
        words = dict(Session.objects.values_list("session_key", "session_data"))
        mine, hers = (SessionStore(one.cookies["camket_desk"]).create_model_instance({}).session_key for one in (thief, chi))
        Session.objects.filter(session_key=mine).update(session_data=words[hers])
        assert thief.get("/vi/console/").status == 302
        assert thief.get("/vi/console/journal").status == 302
        Session.objects.filter(session_key=mine).update(session_data=words[mine])
        assert thief.get("/vi/console/journal").status == 200

    def test_is_nobody_by_writing_a_session_under_a_key_of_their_own(self, two: tuple[Browser, Browser]) -> None:
        cookie, stranger = "k" * 32, Browser()
        row = SessionStore(cookie).create_model_instance({})
        row.session_data = Session.objects.values_list("session_data", flat=True)[0]
        row.save(force_insert=True)
        stranger.client.cookies["camket_desk"] = cookie
        assert stranger.get("/vi/console/editions").status == 302

    def test_would_be_let_in_with_the_key_of_the_pages(self, two: tuple[Browser, Browser]) -> None:
        """A test of these tests: it is the key that keeps them out, and not a slip in the row."""
        stranger, words = Browser(), SessionStore(two[0].cookies["camket_desk"]).load()
        SessionStore("k" * 32).create_model_instance(words).save(force_insert=True)
        stranger.client.cookies["camket_desk"] = "k" * 32
        assert stranger.get("/vi/console/").status == 200

    def test_has_no_use_for_a_sign_in_link_of_their_own_making(self, visitor: Browser, chi: StaffRow, clock: Clock) -> None:
        token = new_bound_token(to=f"sign in|{chi.id}", key=b"a key of their own")
        SignInLink.objects.create(token_hash=digest_of(token), staff_id=chi.id, issued_at=clock.now, expires_at=clock.now + timedelta(minutes=30))
        assert visitor.submit(visitor.get(f"/vi/console/sign-in/{token}"), {}).status == 410
        assert visitor.cookies == {}

    def test_has_no_use_for_their_own_link_in_somebody_elses_name(self, visitor: Browser, place: str, clock: Clock) -> None:
        lan = add_staff(email=LAN.email, role=LAN.role, display_name=LAN.full_name, actor=THE_HOUSE, now=clock.now)
        ours = SignInLink.objects.get()
        SignInLink.objects.update(staff_id=lan.id)
        assert visitor.submit(visitor.get(place), {}).status == 410
        SignInLink.objects.update(staff_id=ours.staff_id)
        assert visitor.submit(visitor.get(place), {}).status == 302

    def test_cannot_make_an_old_link_young(self, visitor: Browser, place: str, clock: Clock) -> None:
        clock.wait(hours=1)
        SignInLink.objects.update(issued_at=clock.now, expires_at=clock.now + timedelta(minutes=30))
        assert visitor.submit(visitor.get(place), {}).status == 410


class TestACookie:
    @pytest.mark.parametrize(
        "cookie",
        ['"aaaaaaaaaaa\\000aaaaaaaaaaaaaaaaaaaa"', '"aaaaaaaaaaa\\355\\240\\200"', "a" * 6000, "A" * 32, "é" * 32, "a" * 31, "a" * 33, '""', "%00"],
    )
    def test_of_another_shape_is_no_session_and_no_fault_of_ours(self, visitor: Browser, cookie: str) -> None:
        sent = f"camket_desk={cookie}".encode().decode("latin-1")
        assert visitor.get("/vi/console/", Cookie=sent).status == 302
        assert visitor.get("/vi/contact", Cookie=sent).status == 200

    def test_of_the_right_shape_and_of_nobody_is_none_either(self, visitor: Browser) -> None:
        assert visitor.get("/vi/console/", Cookie=f"camket_desk={'a' * 32}").status == 302


class TestASession:
    def test_that_ended_is_forgotten(self, sign_in: Any, clock: Clock) -> None:
        sign_in("adviser")
        (ends,) = Session.objects.values_list("expire_date", flat=True)
        assert forget_sessions(older_than=ends) == 0
        assert forget_sessions(older_than=ends + timedelta(seconds=1)) == 1

    @pytest.mark.parametrize(("left", "status"), [(timedelta(minutes=1), 200), (timedelta(0), 302), (timedelta(minutes=-1), 302)])
    def test_opens_the_desk_until_its_time_is_over_and_no_longer(self, sign_in: Any, clock: Clock, left: timedelta, status: int) -> None:
        adviser = sign_in("adviser")
        Session.objects.update(expire_date=clock.now + left)
        assert adviser.get("/vi/console/").status == status

    def test_ended_while_a_page_is_made_is_not_begun_again(self) -> None:
        store = SessionStore()
        store.create()
        Session.objects.all().delete()
        with pytest.raises(UpdateError):
            store.save()

    def test_that_a_locked_database_cannot_keep_says_so(self) -> None:
        def locked(execute: Any, text: str, *how: Any) -> Any:
            if text.startswith("UPDATE django_session"):
                raise OperationalError("database is locked")
            return execute(text, *how)

        store = SessionStore()
        store.create()
        with pytest.raises(OperationalError), connection.execute_wrapper(locked):
            store.save()
