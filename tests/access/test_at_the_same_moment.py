"""Eight at the same moment: a link signs in once, a budget is not overspent, an attempt is not saved."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from itertools import count, islice
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.db import connections

from camket.access.actions import (
    AttemptsSpent,
    Busy,
    CompanyAccountTaken,
    ErrandOver,
    LinkRefused,
    SecondStepOver,
    SignedIn,
    SignInRefused,
    accept_invitation,
    add_staff,
    begin_codes,
    begin_errand,
    begin_session,
    begin_ways_anew,
    change_role,
    check_code,
    check_passkey,
    check_password,
    device_token,
    dismiss_staff,
    end_errand,
    end_own_sessions,
    end_sessions,
    invite,
    issue_link,
    issue_sign_in_link,
    link_company,
    make_recovery_codes,
    open_link,
    redeem_sign_in_link,
    spend_attempt,
    spend_budget,
)
from camket.access.actions.trying import NOWHERE, Caller
from camket.access.errands import ENTER
from camket.access.models import CodeGenerator, DeskSession, Invitation, RecoveryCode
from camket.access.passwords import Argon2id
from camket.access.providers import Proven
from camket.access.queries import StaffRow, staff_by_id, staff_list
from camket.access.rules import NotForThisRole
from camket.access.sessions import hash_of
from camket.policy.terms import OPERATOR, Actor
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD
from tests.access.seats import seat
from tests.access.test_second_factors import shown
from tests.cast import CHI

HANDS = 8


def all_at_once(act: Callable[[], object]) -> list[object]:
    """Let eight threads begin `act` together and return what each got, a refusal included."""
    start = Barrier(HANDS)

    def hand(_: int) -> object:
        start.wait(timeout=30)
        try:
            return act()
        except (LinkRefused, SignInRefused, CompanyAccountTaken, ErrandOver, SecondStepOver, NotForThisRole) as refused:
            return type(refused).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(hand, range(HANDS)))


@pytest.mark.usefixtures("transactional_db")
class TestEightAtOnce:
    def test_sign_in_once_with_one_link(self, operator: Actor, now: datetime) -> None:
        staff = add_staff(email=CHI.email, role=CHI.role, actor=operator, now=now)
        token = issue_sign_in_link(staff_id=staff.id, now=now)
        got = all_at_once(lambda: redeem_sign_in_link(token=token, now=now))
        assert got.count(staff) == 1
        assert got.count("LinkUsed") == HANDS - 1

    def test_sign_in_once_with_one_code(self, with_password: StaffRow, generator: str, now: datetime) -> None:
        ticket = check_password(email=with_password.email, password=PASSWORD, caller=NOWHERE, now=now)
        printed = make_recovery_codes(**seat(with_password.id, now), now=now)[0]
        for code in (pyotp.TOTP(generator).at(now), printed):
            # each from a network of its own, so that no budget helps
            place = count()
            got = all_at_once(lambda: check_code(ticket=ticket, code=code, caller=Caller(network=b"%d" % next(place)), now=now))  # noqa: B023  # called at once
            assert [isinstance(one, SignedIn) for one in got].count(True) == 1
            assert got.count("SignInRefused") == HANDS - 1

    def test_sign_in_once_with_one_answer_of_a_passkey(self, chi: StaffRow, passkey: Authenticator, now: datetime) -> None:
        said = shown(passkey, now)
        got = all_at_once(lambda: check_passkey(**said, caller=NOWHERE, now=now))
        assert [isinstance(one, SignedIn) for one in got].count(True) == 1
        assert got.count("SignInRefused") == HANDS - 1

    def test_open_one_account_with_one_invitation(self, operator: Actor, now: datetime) -> None:
        token = invite(email=CHI.email, role=CHI.role, actor=operator, now=now)
        got = all_at_once(lambda: accept_invitation(token=token, display_name="Chi", caller=NOWHERE, now=now))
        assert [isinstance(one, StaffRow) for one in got].count(True) == 1
        assert got.count("LinkUsed") == HANDS - 1

    def test_link_one_company_account_to_one_colleague(self, operator: Actor, now: datetime) -> None:
        rows = [add_staff(email=f"nv{number}@staff.example.vn", role=CHI.role, actor=operator, now=now) for number in range(HANDS)]
        proven, turn = Proven(issuer="https://login.example.vn", subject="an-employee"), count()

        def link() -> str:
            row = rows[next(turn)]
            link_company(**seat(row.id, now), proven=proven, now=now)
            return "linked"

        got = all_at_once(link)
        assert (got.count("linked"), got.count("CompanyAccountTaken")) == (1, HANDS - 1)

    def test_end_one_errand_once(self, now: datetime) -> None:
        errand, ticket = begin_errand(purpose=ENTER, session=None, language="vi", caller=NOWHERE, now=now)
        got = all_at_once(lambda: end_errand(ticket=ticket, state=errand.question.state, now=now))
        assert (got.count(errand), got.count("ErrandOver")) == (1, HANDS - 1)

    def test_spend_an_attempt_each(self, now: datetime) -> None:
        token = issue_link(purpose="read_answer", matter_id=uuid4(), target_id=None, now=now, attempts=5)
        link = open_link(token=token, purpose="read_answer", now=now)
        got = all_at_once(lambda: spend_attempt(link_id=link.id, now=now))
        assert sorted(left for left in got if isinstance(left, int)) == [0, 1, 2, 3, 4]
        assert got.count(AttemptsSpent.__name__) == HANDS - 5

    def test_do_not_overspend_a_budget(self, now: datetime) -> None:
        got = all_at_once(lambda: spend_budget(key=b"form:203.0.113.0/24", limit=3, window=timedelta(hours=1), now=now))
        assert got.count(True) == 3

    @pytest.mark.parametrize("act", ["move", "dismiss"])
    def test_leave_one_who_keeps_accounts_whoever_acts_on_whom(self, operator: Actor, now: datetime, act: str) -> None:
        keepers = [add_staff(email=f"nv{number}@staff.example.vn", role=OPERATOR, actor=operator, now=now) for number in range(HANDS)]
        number = count()

        def next_one() -> str:
            hand = next(number)
            other, actor = keepers[(hand + 1) % HANDS].id, keepers[hand].actor
            if act == "move":
                change_role(staff_id=other, role=CHI.role, actor=actor, now=now)
            else:
                dismiss_staff(staff_id=other, actor=actor, now=now)
            return "done"

        got = all_at_once(next_one)
        left = [row for row in staff_list() if row.is_active and row.role == OPERATOR]
        assert set(got) <= {"done", "NotForThisRole"}
        assert len(left) == HANDS - got.count("done") >= 1

    def test_leave_no_way_into_an_account_whose_ways_were_begun_anew(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        for _ in range(6):
            own, number = seat(chi.id, now), count()

            def make(own: dict[str, Any] = own, number: Iterator[int] = number) -> str:
                if (hand := next(number)) == HANDS // 2:
                    begin_ways_anew(staff_id=chi.id, actor=operator, now=now)
                    return "anew"
                if hand % 2:
                    begin_codes(**own, now=now)
                else:
                    make_recovery_codes(**own, now=now)
                return "made"

            got = all_at_once(make)
            assert set(got) <= {"anew", "made", "SecondStepOver"}
            assert not RecoveryCode.objects.exists()
            assert not CodeGenerator.objects.exists()
            assert not DeskSession.objects.exists()

    def test_renew_no_session_when_all_are_ended(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        words = {"browser": "firefox", "system": "linux", "factor": "link"}
        for turn in range(6):
            own, number = seat(chi.id, now), count()

            def renew(own: dict[str, Any] = own, number: Iterator[int] = number, turn: int = turn) -> str:
                if (hand := next(number)) == HANDS // 2:
                    end_sessions(staff_id=chi.id, actor=operator, now=now)
                    return "ended"
                row, key = end_own_sessions(**own, now=now), f"renewed{turn * HANDS + hand:025}"
                Session.objects.create(session_key=hash_of(key), session_data="", expire_date=now)
                begin_session(row=row, session_key=key, now=now, **words)
                return "renewed"

            got = all_at_once(renew)
            assert set(got) <= {"ended", "renewed", "SecondStepOver"}
            assert got.count("renewed") <= 1
            assert not DeskSession.objects.exists()

    def test_leave_no_invitation_of_somebody_who_keeps_accounts_no_more(self, operator: Actor, now: datetime) -> None:
        for turn in range(6):
            keeper, number = add_staff(email=f"nv{turn}@staff.example.vn", role=OPERATOR, actor=operator, now=now), count()

            def ask(keeper: StaffRow = keeper, number: Iterator[int] = number, turn: int = turn) -> str:
                if (hand := next(number)) == HANDS // 2:
                    dismiss_staff(staff_id=keeper.id, actor=operator, now=now)
                    return "dismissed"
                invite(email=f"khach{turn}-{hand}@example.com", role=OPERATOR, actor=keeper.actor, now=now)
                return "invited"

            got = all_at_once(ask)
            assert set(got) <= {"dismissed", "invited", "NotForThisRole"}
            assert not Invitation.objects.filter(issued_by=keeper.id, withdrawn_at__isnull=True).exists()

    def test_begin_no_session_that_outlives_the_end_of_all(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        words = {"browser": "firefox", "system": "linux", "factor": "link"}
        for turn in range(6):
            row, number = staff_by_id(chi.id), count()

            def enter(row: StaffRow = row, number: Iterator[int] = number, turn: int = turn) -> str:
                if (hand := next(number)) == HANDS // 2:
                    end_sessions(staff_id=row.id, actor=operator, now=now)
                    return "ended"
                key = f"{turn * HANDS + hand:032}"
                Session.objects.create(session_key=hash_of(key), session_data="", expire_date=now)
                begin_session(row=row, session_key=key, now=now, **words)
                return "began"

            got = all_at_once(enter)
            assert set(got) <= {"ended", "began", "SecondStepOver"}
            assert not DeskSession.objects.exists()


@pytest.mark.usefixtures("transactional_db")
class TestFortyPasswordsOfStrangers:
    def test_hold_two_threads_and_keep_no_known_browser_waiting(
        self, with_password: StaffRow, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        is_over, plain = Event(), Argon2id.verify
        monkeypatch.setattr(Argon2id, "verify", lambda self, text, encoded: (text == PASSWORD or is_over.wait(30)) and plain(self, text, encoded))

        def guess(number: int) -> object:
            try:
                return check_password(email=with_password.email, password="no such password", caller=Caller(network=b"%d" % number), now=now)
            except (Busy, SignInRefused) as refused:
                return type(refused)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(40) as pool:
            guesses = [pool.submit(guess, number) for number in range(40)]
            at_once = list(islice(as_completed(guesses, timeout=30), 38))
            known = Caller(network=b"0", device=device_token(with_password.id))
            assert check_password(email=with_password.email, password=PASSWORD, caller=known, now=now)
            is_over.set()
        assert {one.result() for one in at_once} == {Busy}
        assert [one.result() for one in guesses if one not in at_once] == [SignInRefused] * 2
