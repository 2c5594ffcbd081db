"""Guessing becomes slow, and nobody is locked out by somebody else's guesses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest

from camket.access.actions import (
    SIGN_IN,
    Caller,
    LinkUnknown,
    SignInRefused,
    Slowed,
    begin_asking,
    begin_errand,
    check_code,
    check_passkey,
    check_password,
    device_token,
    dismiss_staff,
    forget_tries,
)
from camket.access.actions.sign_in_links import issue_sign_in_link, redeem_sign_in_link
from camket.access.actions.trying import OF_A_DEVICE, OF_A_NETWORK, OF_AN_ACCOUNT_FROM_A_NETWORK, is_known
from camket.access.errands import ENTER
from camket.access.models import SignInTry, Staff
from camket.access.queries import StaffRow, tries, tries_of
from camket.policy.terms import Actor
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD

HOME = Caller(address="203.0.113.7", port=50123, network=b"203.0.113.0/24")
ATTACKER = Caller(address="198.51.100.9", port=40000, network=b"198.51.100.0/24")


def everywhere(number: int) -> Caller:
    return Caller(network=f"10.{number // 256}.{number % 256}.0/24".encode())


def attack(email: str, now: datetime, *, times: int, callers: Callable[[int], Caller] = lambda _: ATTACKER) -> list[str]:
    """Guess so many times, and return what came of each guess."""
    found = []
    for number in range(times):
        try:
            check_password(email=email, password="nobody would choose this", caller=callers(number), now=now)
        except (SignInRefused, Slowed) as refused:
            found.append(type(refused).__name__)
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash less: these tests count tries."""
    monkeypatch.setattr("camket.access.passwords.Argon2id.time_cost", 1)
    monkeypatch.setattr("camket.access.passwords.Argon2id.memory_cost", 8)


@pytest.mark.whatever_database
class TestAnAttackerFromOneNetwork:
    def test_is_slowed_after_ten_guesses_and_keeps_nobody_out(self, with_password: StaffRow, now: datetime) -> None:
        found = attack(with_password.email, now, times=14)
        assert found == ["SignInRefused"] * OF_AN_ACCOUNT_FROM_A_NETWORK + ["Slowed"] * 4
        assert check_password(email=with_password.email, password=PASSWORD, caller=HOME, now=now)

    def test_gets_the_same_answers_for_an_address_that_nobody_has(self, with_password: StaffRow, now: datetime) -> None:
        other = Caller(network=b"192.0.2.0/24")
        assert attack(with_password.email, now, times=14) == attack("nobody@staff.example.vn", now, times=14, callers=lambda _: other)

    def test_does_not_get_in_with_the_right_one_once_slowed_and_may_try_again_later(self, with_password: StaffRow, now: datetime) -> None:
        attack(with_password.email, now, times=11)
        with pytest.raises(Slowed) as caught:
            check_password(email=with_password.email, password=PASSWORD, caller=ATTACKER, now=now)
        assert caught.value.seconds == 3600
        assert check_password(email=with_password.email, password=PASSWORD, caller=ATTACKER, now=now + timedelta(hours=1))

    def test_cannot_try_many_accounts_either(self, with_password: StaffRow, now: datetime) -> None:
        found = [one for number in range(OF_A_NETWORK + 5) for one in attack(f"somebody{number}@staff.example.vn", now, times=1)]
        assert found == ["SignInRefused"] * OF_A_NETWORK + ["Slowed"] * 5


@pytest.mark.whatever_database
class TestTricklesFromManyNetworks:
    def test_leave_each_network_one_guess_in_ten_minutes(self, with_password: StaffRow, now: datetime) -> None:
        attack(with_password.email, now, times=40, callers=everywhere)
        assert attack(with_password.email, now, times=3, callers=lambda _: ATTACKER) == ["SignInRefused", "Slowed", "Slowed"]

    def test_do_not_lock_the_owner_out(self, with_password: StaffRow, now: datetime) -> None:
        attack(with_password.email, now, times=200, callers=everywhere)
        assert check_password(email=with_password.email, password=PASSWORD, caller=HOME, now=now)

    def test_touch_neither_passkey_nor_link_nor_a_known_device(self, with_password: StaffRow, passkey: Authenticator, now: datetime) -> None:
        attack(with_password.email, now, times=60, callers=everywhere)
        attack(with_password.email, now, times=14, callers=lambda _: HOME)  # even from the owner's own network
        known = Caller(network=HOME.network, device=device_token(with_password.id))
        assert check_password(email=with_password.email, password=PASSWORD, caller=known, now=now)
        ceremony = begin_asking(purpose=SIGN_IN, now=now)
        assert check_passkey(ticket=ceremony.ticket, answer=passkey.signed(ceremony.options), caller=HOME, now=now)
        assert redeem_sign_in_link(token=issue_sign_in_link(staff_id=with_password.id, now=now), now=now, caller=HOME)

    def test_with_the_right_password_may_not_try_all_codes(self, with_password: StaffRow, generator: str, now: datetime) -> None:
        ticket = check_password(email=with_password.email, password=PASSWORD, caller=HOME, now=now)
        found = []
        for number in range(40):
            try:
                check_code(ticket=ticket, code="000000", caller=everywhere(number), now=now)
            except (SignInRefused, Slowed) as refused:
                found.append(type(refused).__name__)
        assert found == ["SignInRefused"] * 30 + ["Slowed"] * 10
        known = Caller(network=HOME.network, device=device_token(with_password.id))
        assert check_code(ticket=ticket, code=pyotp.TOTP(generator).at(now), caller=known, now=now)


class TestAKnownDevice:
    def test_is_known_to_its_own_account_alone(self, with_password: StaffRow, now: datetime) -> None:
        borrowed = Caller(network=ATTACKER.network, device=device_token(with_password.id))
        attack("somebody@staff.example.vn", now, times=10, callers=lambda _: borrowed)
        assert attack("somebody@staff.example.vn", now, times=1, callers=lambda _: borrowed) == ["Slowed"]

    @pytest.mark.parametrize("device", ["", "x", "A" * 64, "\x00", "A" * 5000])
    def test_made_up_is_none(self, with_password: StaffRow, now: datetime, device: str) -> None:
        made_up = Caller(network=ATTACKER.network, device=device)
        assert attack(with_password.email, now, times=11, callers=lambda _: made_up)[-1] == "Slowed"


class TestAPasskeyOfAKnownBrowser:
    def test_is_slowed_by_no_stranger_in_the_same_network(self, chi: StaffRow, passkey: Authenticator, now: datetime) -> None:
        stranger = replace(HOME, device="")
        for _ in range(OF_A_NETWORK):
            with pytest.raises(SignInRefused):
                check_passkey(ticket="", answer="{}", caller=stranger, now=now)
        with pytest.raises(Slowed):
            check_passkey(ticket="", answer="{}", caller=stranger, now=now)
        ceremony = begin_asking(purpose=SIGN_IN, now=now)
        known = replace(HOME, device=device_token(chi.id))
        assert check_passkey(ticket=ceremony.ticket, answer=passkey.signed(ceremony.options), caller=known, now=now)

    def test_is_known_by_one_spelling(self, chi: StaffRow) -> None:
        token = next(one for _ in range(1000) if "-" in (one := device_token(chi.id)))
        staff = Staff.objects.get(pk=chi.id)
        assert is_known(replace(HOME, device=token), staff)
        assert not is_known(replace(HOME, device=token.replace("-", "+")), staff)


class TestTheWayToTheCompanyOfAKnownBrowser:
    def gone(self, caller: Caller, now: datetime) -> int:
        """How often the way is taken before it is shut."""
        for taken in range(OF_A_NETWORK + OF_A_DEVICE):
            try:
                begin_errand(purpose=ENTER, session=None, language="vi", caller=caller, now=now)
            except Slowed:
                return taken
        pytest.fail("it is never shut")

    def test_is_shut_by_no_stranger_in_the_same_network(self, chi: StaffRow, now: datetime) -> None:
        assert self.gone(replace(HOME, device="A" * 64), now) == OF_A_NETWORK
        assert self.gone(replace(HOME, device=device_token(chi.id)), now) == OF_A_DEVICE

    def test_is_a_strangers_once_nobody_works_here_by_it(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        device = device_token(chi.id)
        assert self.gone(HOME, now) == OF_A_NETWORK
        dismiss_staff(staff_id=chi.id, actor=operator, now=now)
        assert self.gone(replace(HOME, device=device), now) == 0


class TestTheLogOfSignIns:
    @pytest.mark.clause("11.1")
    def test_tells_when_what_by_what_and_from_where(self, with_password: StaffRow, generator: str, now: datetime) -> None:
        attack(with_password.email, now, times=1)
        ticket = check_password(email=with_password.email, password=PASSWORD, caller=HOME, now=now + timedelta(seconds=1))
        later = now + timedelta(seconds=2)
        check_code(ticket=ticket, code=pyotp.TOTP(generator).at(later), caller=HOME, now=later)
        rows = tries_of(with_password.id)
        assert [(row.outcome, row.factor, row.address, row.port) for row in rows] == [
            ("signed_in", "password_code", "203.0.113.7", 50123),
            ("half_way", "password", "203.0.113.7", 50123),
            ("refused", "password", "198.51.100.9", 40000),
        ]

    def test_keeps_nothing_of_what_was_typed_at_no_account(self, with_password: StaffRow, now: datetime) -> None:
        attack("matkhau-go-nham-o-email@example.vn", now, times=1)
        (row,) = tries().rows
        assert (row.staff_id, row.name) == (None, "")

    def test_is_not_flooded_by_whoever_is_slowed_or_guesses_links(self, with_password: StaffRow, now: datetime) -> None:
        attack(with_password.email, now, times=200)
        for number in range(100):
            with pytest.raises(LinkUnknown):
                redeem_sign_in_link(token=f"guess {number}", now=now, caller=ATTACKER)
        outcomes = list(SignInTry.objects.values_list("outcome", "factor"))
        assert outcomes.count(("slowed", "password")) == 1
        assert outcomes.count(("refused", "link")) == OF_A_NETWORK

    @pytest.mark.clause("11.2")
    def test_is_kept_for_twelve_months_and_not_a_day_longer(self, with_password: StaffRow, now: datetime) -> None:
        attack(with_password.email, now, times=1)
        assert forget_tries(now=now.replace(year=now.year + 1)) == 0
        assert forget_tries(now=now.replace(year=now.year + 1) + timedelta(seconds=1)) == 1
        assert not SignInTry.objects.exists()

    def test_is_forgotten_on_a_leap_day_too(self, db: None, now: datetime) -> None:
        assert forget_tries(now=now.replace(year=2028, month=2, day=29)) == 0
