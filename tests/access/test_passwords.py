"""A password is long, not made of its owner, not tried first; and nothing tells an account from none."""

import time
import unicodedata
from datetime import datetime
from uuid import uuid4

import pytest

from camket.access import passwords
from camket.access.actions import (
    NOWHERE,
    Caller,
    FactorNeeded,
    check_password,
    confirm_by_password,
    remove_codes,
    remove_passkey,
    remove_password,
    set_password,
)
from camket.access.actions.trying import OF_AN_ACCOUNT_FROM_A_NETWORK
from camket.access.models import Staff
from camket.access.queries import StaffRow, account_facts, tries_of
from camket.access.rules import BadPassword, NotTheOwner, new_password
from camket.policy.terms import OPERATOR, Actor
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD, Journaled
from tests.access.seats import seat
from tests.cast import CHI


class TestAPassword:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("ngắn quá", "short"),
            ("x" * 11, "short"),
            ("a b c " * 30, "long"),
            ("e\u0323\u0302" * 100, "long"),  # as many letters as fit; but of what is typed at the door only so much is looked at
            ("chi.nguyen-12", "name"),
            ("Nguyễn Chi 1990", "name"),
            ("chi.nguyen@staff.example.vn", "name"),
            ("aaaaaaaaaaaa", "guessed"),
            ("123456789012", "guessed"),
            ("abcabcabcabc", "guessed"),
            ("matkhau123456", "guessed"),
            ("P@ssw0rd1234567".replace("@", "a"), "guessed"),
            ("qwertyuiopas", "guessed"),
            ("password12345678", "guessed"),
            ("bốn con voi\x00 đi chợ", "characters"),
        ],
    )
    def test_is_refused_where_it_is_short_or_guessed_first(self, text: str, reason: str) -> None:
        with pytest.raises(BadPassword) as caught:
            passwords.hash_of(text, email="chi.nguyen@staff.example.vn", display_name="Nguyễn Chi")
        assert caught.value.reason == reason
        assert text not in str(caught.value)

    @pytest.mark.parametrize("text", [PASSWORD, "four elephants to market", "khôngcầnchữhoahaysố", "😀 mười hai ký tự", "chi thích cà phê sữa đá"])
    def test_needs_no_signs_or_digits(self, text: str) -> None:
        assert new_password(text, email=CHI.email, display_name=CHI.full_name)

    def test_is_the_same_however_a_keyboard_composes_its_accents(self) -> None:
        encoded = passwords.hash_of(unicodedata.normalize("NFD", PASSWORD), email=CHI.email, display_name="")
        assert passwords.is_right(unicodedata.normalize("NFC", PASSWORD), encoded)
        assert not passwords.is_right(PASSWORD + "x", encoded)

    def test_is_kept_as_argon2id(self) -> None:
        assert passwords.hash_of(PASSWORD, email=CHI.email, display_name="").startswith("argon2$argon2id$v=19$m=32768,t=3,p=1$")

    def test_costs_one_hash_whether_or_not_there_is_one_to_compare_with(self, monkeypatch: pytest.MonkeyPatch) -> None:
        counted: list[str] = []
        plain = passwords.Argon2id.verify
        monkeypatch.setattr(passwords.Argon2id, "verify", lambda self, text, encoded: counted.append(encoded[:30]) or plain(self, text, encoded))
        encoded = passwords.hash_of(PASSWORD, email=CHI.email, display_name="")
        passwords._nobodys.cache_clear()  # tests that hash less leave theirs
        passwords.is_right("", None)  # makes what nobody's password is, once
        counted.clear()
        for one in (encoded, None, passwords.no_password()):
            assert not passwords.is_right("something else", one)
        assert len(counted) == 3
        assert len(set(counted)) == 1, "each of the same strength"

    @pytest.mark.parametrize("is_known", [True, False])
    def test_waits_for_one_other_at_most_and_never_for_strangers_where_its_browser_is_known(self, is_known: bool) -> None:
        lane = passwords._KNOWN if is_known else passwords._STRANGERS
        with lane._places, lane._places:
            with pytest.raises(passwords.Busy), passwords.turn(is_known=is_known):
                pass
            with passwords.turn(is_known=not is_known):
                assert not passwords.is_right(PASSWORD, None)
        with passwords.turn(is_known=is_known):
            assert not passwords.is_right(PASSWORD, None)

    def test_that_had_no_turn_is_no_try(self, with_password: StaffRow, now: datetime) -> None:
        caller = Caller(network=b"203.0.113.0/24")
        with passwords._STRANGERS._places, passwords._STRANGERS._places:
            for _ in range(OF_AN_ACCOUNT_FROM_A_NETWORK + 2):
                with pytest.raises(passwords.Busy):
                    check_password(email=with_password.email, password=PASSWORD, caller=caller, now=now)
        assert check_password(email=with_password.email, password=PASSWORD, caller=caller, now=now)

    def test_of_somebody_signed_in_waits_for_no_stranger(self, with_password: StaffRow, now: datetime) -> None:
        with passwords._STRANGERS._places, passwords._STRANGERS._places:
            set_password(**seat(with_password.id, now), password=PASSWORD, now=now)
            confirm_by_password(staff_id=with_password.id, session_id=uuid4(), password=PASSWORD, caller=NOWHERE, now=now)
        assert tries_of(with_password.id)[0].outcome == "confirmed"

    def test_that_is_a_book_is_not_hashed_whole(self) -> None:
        assert not passwords.is_right("x" * 10_000_000, None)

    def test_of_marks_upon_marks_keeps_nobody_waiting_when_it_is_set(self) -> None:
        began = time.process_time()
        with pytest.raises(BadPassword):
            new_password("a" + "\u0300" * 20_000 + "\u0316" * 20_000, email=CHI.email, display_name="Chi")
        assert time.process_time() - began < 1.0


class TestSettingAPassword:
    def test_needs_something_beside_it(self, chi: StaffRow, now: datetime) -> None:
        with pytest.raises(FactorNeeded):
            set_password(**seat(chi.id, now), password=PASSWORD, now=now)
        assert not account_facts(chi.id).has_password

    def test_ends_every_session_and_is_journaled_without_it(self, chi: StaffRow, passkey: Authenticator, now: datetime, journaled: Journaled) -> None:
        before = Staff.objects.get(pk=chi.id).get_session_auth_hash()
        set_password(**seat(chi.id, now), password=PASSWORD, now=now)
        assert Staff.objects.get(pk=chi.id).get_session_auth_hash() != before
        assert journaled()[-1] == ("staff.password_set", "adviser")
        remove_password(**seat(chi.id, now), now=now)
        remove_password(**seat(chi.id, now), now=now)
        assert [act for act, _ in journaled()].count("staff.password_removed") == 1

    def test_is_its_owners_alone(self, chi: StaffRow, passkey: Authenticator, now: datetime) -> None:
        with pytest.raises(NotTheOwner):
            set_password(**{**seat(chi.id, now), "actor": Actor(role=OPERATOR, id="operator")}, password=PASSWORD, now=now)

    def test_keeps_its_last_companion(self, with_password: StaffRow, now: datetime) -> None:
        with pytest.raises(FactorNeeded):
            remove_codes(**seat(with_password.id, now), now=now)
        remove_password(**seat(with_password.id, now), now=now)
        remove_codes(**seat(with_password.id, now), now=now)
        assert not account_facts(with_password.id).has_factor

    def test_keeps_its_last_passkey(self, chi: StaffRow, passkey: Authenticator, now: datetime) -> None:
        set_password(**seat(chi.id, now), password=PASSWORD, now=now)
        (kept,) = account_facts(chi.id).passkeys
        with pytest.raises(FactorNeeded):
            remove_passkey(**seat(chi.id, now), passkey_id=kept.id, now=now)
