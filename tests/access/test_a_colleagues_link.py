"""Whoever keeps accounts comes in as nobody else unseen: a colleague's link closes their own ways, ends their sessions, and is remembered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from camket.access.actions import (
    NOWHERE,
    SIGN_IN,
    ComesInAlone,
    LinkRefused,
    SignInRefused,
    StaffLeft,
    add_staff,
    begin_asking,
    begin_ways_anew,
    change_role,
    check_passkey,
    check_password,
    dismiss_staff,
    forget_links,
    issue_sign_in_link,
    redeem_sign_in_link,
    revoke_everything,
)
from camket.access.models import SignInTry, Staff
from camket.access.queries import StaffRow, account_facts, let_in, may_be_one, staff_lines
from camket.access.rules import ENTWINED_FOR, NotForThisRole, NotTheOwner
from camket.jobs.worker import LINKS_KEPT
from camket.policy.terms import COMMAND_LINE, OPERATOR, THE_HOUSE
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD, Journaled, add
from tests.cast import BINH, LAN

SECOND = timedelta(seconds=1)


@pytest.fixture
def keeper(db: None, now: datetime) -> StaffRow:
    """An operator, who keeps accounts."""
    return add_staff(email="keeper@staff.example.vn", role=OPERATOR, display_name=BINH.full_name, actor=THE_HOUSE, now=now)


@pytest.fixture
def lan(db: None, now: datetime) -> StaffRow:
    return add_staff(email=LAN.email, role=LAN.role, display_name=LAN.full_name, actor=THE_HOUSE, now=now)


@pytest.fixture
def second_keeper(db: None, now: datetime) -> StaffRow:
    return add_staff(email="second@staff.example.vn", role=OPERATOR, actor=THE_HOUSE, now=now)


def let(row: StaffRow, *, by: StaffRow, now: datetime) -> None:
    """Let somebody in by a colleague's link."""
    redeem_sign_in_link(token=issue_sign_in_link(staff_id=row.id, now=now, actor=by.actor), now=now)


def stamp_of(row: StaffRow) -> str:
    """What every session of an account holds, and ends with."""
    return Staff.objects.get(pk=row.id).get_session_auth_hash()


def tries() -> list[tuple[str, str]]:
    return list(SignInTry.objects.order_by("at", "id").values_list("outcome", "factor"))


def shown(device: Authenticator, now: datetime) -> dict[str, str]:
    ceremony = begin_asking(purpose=SIGN_IN, now=now)
    return {"ticket": ceremony.ticket, "answer": device.signed(ceremony.options)}


class TestALinkOfAColleagues:
    def test_is_not_made_for_whoever_comes_in_by_themselves(self, chi: StaffRow, passkey: Authenticator, keeper: StaffRow, now: datetime) -> None:
        with pytest.raises(ComesInAlone):
            issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor)
        assert check_passkey(**shown(passkey, now), caller=NOWHERE, now=now).row.id == chi.id

    def test_that_was_made_before_lets_nobody_in_beside_a_way_that_its_owner_has_set_up_since(
        self, chi: StaffRow, keeper: StaffRow, now: datetime
    ) -> None:
        """Whoever makes two may keep the second for themselves."""
        first, second = (issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor) for _ in range(2))
        redeem_sign_in_link(token=first, now=now)
        add(Authenticator(), chi, now)
        before = stamp_of(chi)
        with pytest.raises(LinkRefused):
            redeem_sign_in_link(token=second, now=now)
        assert (stamp_of(chi), tries()[-1]) == (before, ("refused", "link"))
        assert redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now), now=now).id == chi.id

    def test_is_made_for_them_by_the_machine_and_after_a_restore(
        self, chi: StaffRow, passkey: Authenticator, keeper: StaffRow, now: datetime
    ) -> None:
        assert issue_sign_in_link(staff_id=chi.id, now=now)
        revoke_everything(actor=THE_HOUSE, now=now)
        token = issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor)
        assert redeem_sign_in_link(token=token, now=now).id == chi.id

    def test_ends_every_other_session_as_it_is_used_and_not_before(self, chi: StaffRow, keeper: StaffRow, now: datetime) -> None:
        before = stamp_of(chi)
        token = issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor)
        assert stamp_of(chi) == before
        redeem_sign_in_link(token=token, now=now)
        assert stamp_of(chi) != before

    def test_of_the_machine_ends_none_and_is_remembered_as_nobodys(self, chi: StaffRow, now: datetime) -> None:
        before = stamp_of(chi)
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now), now=now)
        assert stamp_of(chi) == before
        assert let_in() == {}

    def test_is_remembered_with_whose_it_was(self, chi: StaffRow, keeper: StaffRow, now: datetime) -> None:
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor), now=now)
        assert {(told.by, told.at) for told in let_in(staff_id=chi.id, since=now - SECOND).values()} == {(BINH.full_name, now)}
        assert let_in(staff_id=chi.id, since=now) == {}
        assert {line.row.id: line.let_in is not None for line in staff_lines()} == {chi.id: True, keeper.id: False}

    def test_that_is_ones_own_is_nobody_elses(self, keeper: StaffRow, now: datetime) -> None:
        before = stamp_of(keeper)
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=keeper.id, now=now, actor=keeper.actor), now=now)
        assert (stamp_of(keeper), let_in()) == (before, {})
        assert not may_be_one(keeper.id, UUID(int=1), now=now)

    def test_is_made_by_nobody_who_was_moved_meanwhile(self, chi: StaffRow, keeper: StaffRow, now: datetime) -> None:
        change_role(staff_id=keeper.id, role=LAN.role, actor=THE_HOUSE, now=now)
        for make in (issue_sign_in_link, begin_ways_anew):
            with pytest.raises(NotForThisRole):
                make(staff_id=chi.id, now=now, actor=keeper.actor)


class TestWaysBegunAnew:
    def test_open_by_the_one_link_alone(
        self, with_password: StaffRow, passkey: Authenticator, keeper: StaffRow, now: datetime, journaled: Journaled
    ) -> None:
        older, before = issue_sign_in_link(staff_id=with_password.id, now=now), stamp_of(with_password)
        token = begin_ways_anew(staff_id=with_password.id, actor=keeper.actor, now=now)
        assert stamp_of(with_password) != before
        with pytest.raises(SignInRefused):
            check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)
        with pytest.raises(SignInRefused):
            check_password(email=with_password.email, password=PASSWORD, caller=NOWHERE, now=now)
        with pytest.raises(LinkRefused):
            redeem_sign_in_link(token=older, now=now)
        assert not account_facts(with_password.id).comes_in_alone
        assert redeem_sign_in_link(token=token, now=now).id == with_password.id
        assert ("staff.ways_begun_anew", OPERATOR) in journaled()

    def test_are_never_ones_own(self, keeper: StaffRow, now: datetime) -> None:
        with pytest.raises(NotTheOwner):
            begin_ways_anew(staff_id=keeper.id, actor=keeper.actor, now=now)

    def test_are_begun_by_nobody_who_keeps_no_accounts_and_for_nobody_who_left(
        self, chi: StaffRow, lan: StaffRow, keeper: StaffRow, now: datetime
    ) -> None:
        with pytest.raises(NotForThisRole):
            begin_ways_anew(staff_id=lan.id, actor=chi.actor, now=now)
        dismiss_staff(staff_id=lan.id, actor=keeper.actor, now=now)
        with pytest.raises(StaffLeft):
            begin_ways_anew(staff_id=lan.id, actor=keeper.actor, now=now)

    def test_at_the_command_line_leave_no_tie(self, chi: StaffRow, keeper: StaffRow, now: datetime) -> None:
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor), now=now)
        for actor, is_tied in ((THE_HOUSE, True), (COMMAND_LINE, False)):
            assert may_be_one(chi.id, keeper.id, now=now)
            redeem_sign_in_link(token=begin_ways_anew(staff_id=chi.id, actor=actor, now=now), now=now)
            assert may_be_one(chi.id, keeper.id, now=now) is is_tied


class TestTwoWhoMayBeOne:
    def test_are_the_same_person(self, chi: StaffRow, now: datetime) -> None:
        assert may_be_one(chi.id, chi.id, now=now)

    def test_are_not_two_colleagues(self, chi: StaffRow, lan: StaffRow, now: datetime) -> None:
        assert not may_be_one(chi.id, lan.id, now=now)

    def test_are_who_was_let_in_and_by_whom_either_way_round(self, chi: StaffRow, keeper: StaffRow, lan: StaffRow, now: datetime) -> None:
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor), now=now)
        assert may_be_one(chi.id, keeper.id, now=now)
        assert may_be_one(keeper.id, chi.id, now=now)
        assert not may_be_one(chi.id, lan.id, now=now)

    def test_are_two_whom_a_third_let_in(self, chi: StaffRow, keeper: StaffRow, lan: StaffRow, now: datetime) -> None:
        for row in (chi, lan):
            redeem_sign_in_link(token=issue_sign_in_link(staff_id=row.id, now=now, actor=keeper.actor), now=now)
        assert may_be_one(chi.id, lan.id, now=now)

    def test_are_so_for_thirty_days(self, chi: StaffRow, keeper: StaffRow, now: datetime) -> None:
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor), now=now)
        assert may_be_one(chi.id, keeper.id, now=now + ENTWINED_FOR - SECOND)
        assert not may_be_one(chi.id, keeper.id, now=now + ENTWINED_FOR)

    def test_are_so_for_no_shorter_time_than_links_are_kept(self, chi: StaffRow, keeper: StaffRow, now: datetime) -> None:
        let(chi, by=keeper, now=now)
        forget_links(older_than=now + ENTWINED_FOR - SECOND - LINKS_KEPT)
        assert may_be_one(chi.id, keeper.id, now=now + ENTWINED_FOR - SECOND)

    def test_are_not_by_a_link_that_nobody_used(self, chi: StaffRow, keeper: StaffRow, now: datetime) -> None:
        issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor)
        assert not may_be_one(chi.id, keeper.id, now=now)

    def test_are_so_along_a_chain_of_links(self, chi: StaffRow, keeper: StaffRow, second_keeper: StaffRow, now: datetime) -> None:
        """Whoever came in as a colleague who keeps accounts lets the third in by that colleague's link."""
        let(second_keeper, by=keeper, now=now)
        let(chi, by=second_keeper, now=now)
        assert may_be_one(chi.id, keeper.id, now=now)
        assert may_be_one(keeper.id, chi.id, now=now)

    @pytest.mark.parametrize("ending", [begin_ways_anew, dismiss_staff])
    def test_are_so_after_the_ways_in_were_closed_by_a_colleague(
        self, chi: StaffRow, keeper: StaffRow, ending: Callable[..., object], now: datetime
    ) -> None:
        """What was proposed or opened in a colleague's name waits still: whoever closes the account must not confirm it thereby."""
        let(chi, by=keeper, now=now)
        ending(staff_id=chi.id, actor=keeper.actor, now=now)
        assert may_be_one(chi.id, keeper.id, now=now)

    def test_are_so_after_somebody_else_let_them_in(self, chi: StaffRow, keeper: StaffRow, second_keeper: StaffRow, now: datetime) -> None:
        let(chi, by=keeper, now=now)
        let(chi, by=second_keeper, now=now + SECOND)
        assert may_be_one(chi.id, keeper.id, now=now + SECOND)
        assert may_be_one(chi.id, second_keeper.id, now=now + SECOND)
