"""Only the people the policy names get behind the desks, and whoever leaves is out at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction

from camket.access.actions import (
    LinkUnknown,
    SecondStepOver,
    StaffExists,
    StaffLeft,
    StillAtWork,
    add_staff,
    begin_session,
    change_role,
    dismiss_staff,
    end_own_sessions,
    end_sessions,
    erase_staff,
    issue_sign_in_link,
    redeem_sign_in_link,
    rename_oneself,
    rename_staff,
)
from camket.access.backend import LinkBackend
from camket.access.models import SignInLink, Staff
from camket.access.queries import StaffRow, StaffUnknown, is_first_start, staff_by_email, staff_by_id, staff_list, staff_names
from camket.access.rules import BadEmail, BadName, NotAStaffRole, NotForThisRole, NotTheOwner
from camket.journal.models import JournalEntry
from camket.policy.terms import ADVISER, AUDITOR, LEGAL, OPERATOR, SYSTEM, Actor
from tests.access.conftest import Journaled
from tests.access.seats import seat
from tests.cast import CHI, DUNG, LAN


@pytest.mark.clause("6.1")
class TestAddingStaff:
    def test_gives_one_role_and_no_password(self, chi: StaffRow) -> None:
        assert (chi.email, chi.display_name, chi.role, chi.is_active) == (CHI.email, CHI.full_name, ADVISER, True)
        assert not Staff.objects.get(pk=chi.id).has_usable_password()

    def test_is_journaled_by_id_and_role_and_never_by_name(self, chi: StaffRow, journaled: Journaled) -> None:
        written = b"".join(bytes(payload) for payload in JournalEntry.objects.values_list("payload", flat=True) if payload)
        assert journaled() == [("staff.added", "operator")]
        assert str(chi.id).encode() in written
        for canary in (CHI.email, CHI.full_name, CHI.full_name.split()[-1]):
            assert canary.encode() not in written

    @pytest.mark.parametrize("role", ["visitor", "subject", "system", "admin", ""])
    def test_refuses_a_role_that_is_none_of_staffs(self, db: None, operator: Actor, now: datetime, role: str) -> None:
        with pytest.raises(NotAStaffRole):
            add_staff(email=DUNG.email, role=role, actor=operator, now=now)
        assert is_first_start()

    @pytest.mark.parametrize("role", [ADVISER, LEGAL, AUDITOR, "visitor"])
    def test_is_for_operators_and_the_command_line_only(self, db: None, now: datetime, role: str) -> None:
        with pytest.raises(NotForThisRole):
            add_staff(email=DUNG.email, role="adviser", actor=Actor(role=role), now=now)
        assert add_staff(email=DUNG.email, role="adviser", actor=Actor(role=SYSTEM), now=now).is_active

    @pytest.mark.parametrize("email", [CHI.email.upper(), f"  {CHI.email} ", CHI.email])
    def test_knows_an_address_in_every_spelling(self, chi: StaffRow, operator: Actor, now: datetime, email: str) -> None:
        with pytest.raises(StaffExists) as caught:
            add_staff(email=email, role="legal", actor=operator, now=now)
        assert caught.value.staff_id == chi.id
        assert CHI.email not in str(caught.value)
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize("email", ["", "chi", "chi@", "@example.vn", "chi@example.vn\nBcc: x@example.com", "chi @example.vn", "a@b@example.vn"])
    def test_refuses_what_is_no_address_without_repeating_it(self, db: None, operator: Actor, now: datetime, email: str) -> None:
        with pytest.raises(BadEmail) as caught:
            add_staff(email=email, role="adviser", actor=operator, now=now)
        assert str(caught.value) == "not an e-mail address"

    @pytest.mark.parametrize("name", ["x" * 121, "Chi\u202e", "Chi\u0000"])
    def test_refuses_a_name_that_could_break_a_page(self, db: None, operator: Actor, now: datetime, name: str) -> None:
        with pytest.raises(BadName):
            add_staff(email=CHI.email, role="adviser", display_name=name, actor=operator, now=now)


class TestAnAccount:
    @pytest.mark.parametrize("by", ["themselves", "who keeps accounts"])
    def test_is_called_otherwise(self, chi: StaffRow, operator: Actor, now: datetime, by: str) -> None:
        def call(name: str) -> str:
            if by == "themselves":
                return rename_oneself(**seat(chi.id, now), display_name=name, now=now).display_name
            return rename_staff(staff_id=chi.id, display_name=name, actor=operator, now=now).display_name

        assert call(f"  {LAN.full_name} ") == LAN.full_name
        assert {one.display_name for one in staff_names()} == {LAN.full_name}
        assert call("") == ""
        assert {one.display_name for one in staff_names()} == {CHI.email}
        told = JournalEntry.objects.filter(act="staff.renamed")
        assert len(told) == 2
        assert not any(LAN.full_name in repr(vars(entry)) for entry in told)

    def test_is_not_renamed_by_colleagues_and_not_to_what_could_break_a_page(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        other = add_staff(email=LAN.email, role=LAN.role, actor=operator, now=now)
        with pytest.raises(NotForThisRole):
            rename_staff(staff_id=chi.id, display_name="X", actor=other.actor, now=now)
        with pytest.raises(BadName):
            rename_oneself(**seat(chi.id, now), display_name="x" * 121, now=now)
        with pytest.raises(NotTheOwner):
            rename_oneself(**{**seat(chi.id, now), "actor": other.actor}, display_name="X", now=now)
        with pytest.raises(NotForThisRole):
            rename_staff(staff_id=chi.id, display_name="X", actor=chi.actor, now=now)
        assert staff_by_id(chi.id) == chi

    def test_is_found_by_id_and_by_address(self, chi: StaffRow) -> None:
        assert staff_by_id(chi.id) == staff_by_email(CHI.email.upper()) == chi

    @pytest.mark.parametrize("email", ["nobody@example.vn", "no address"])
    def test_that_is_not_there_is_not_found(self, chi: StaffRow, email: str) -> None:
        with pytest.raises(StaffUnknown):
            staff_by_email(email)
        with pytest.raises(StaffUnknown):
            staff_by_id(uuid4())

    def test_prints_neither_name_nor_address(self, chi: StaffRow) -> None:
        for text in (repr(chi), str(Staff.objects.get(pk=chi.id)), repr(Staff.objects.get(pk=chi.id))):
            assert CHI.email not in text
            assert CHI.full_name not in text
            assert str(chi.id) in text

    def test_acts_under_its_role_and_id(self, chi: StaffRow) -> None:
        assert chi.actor == Actor(role=ADVISER, id=str(chi.id))

    def test_in_one_spelling_is_one_account_even_for_the_database(self, chi: StaffRow, now: datetime) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Staff.objects.create(email=CHI.email, role="legal", created_at=now)

    def test_of_an_unknown_role_is_refused_by_the_database(self, chi: StaffRow) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Staff.objects.filter(pk=chi.id).update(role="system")

    def test_is_the_first_one_once(self, db: None, operator: Actor, now: datetime) -> None:
        assert is_first_start()
        add_staff(email=CHI.email, role="adviser", actor=operator, now=now)
        assert not is_first_start()


class TestAnotherRole:
    def test_ends_the_sessions_of_the_old_one(self, chi: StaffRow, operator: Actor, now: datetime, journaled: Journaled) -> None:
        before = Staff.objects.get(pk=chi.id).get_session_auth_hash()
        moved = change_role(staff_id=chi.id, role="legal", actor=operator, now=now + timedelta(seconds=1))
        assert moved.role == LEGAL
        assert Staff.objects.get(pk=chi.id).get_session_auth_hash() != before
        assert journaled()[-1] == ("staff.role_changed", "operator")

    def test_cannot_be_taken_by_oneself(self, chi: StaffRow, now: datetime) -> None:
        with pytest.raises(NotForThisRole):
            change_role(staff_id=chi.id, role="legal", actor=chi.actor, now=now)

    def test_cannot_be_given_to_nobody(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        with pytest.raises(StaffUnknown):
            change_role(staff_id=uuid4(), role="legal", actor=operator, now=now)


class TestEndingSessions:
    def test_is_open_to_the_owner_and_takes_unused_links_along(self, chi: StaffRow, now: datetime) -> None:
        token = issue_sign_in_link(staff_id=chi.id, now=now)
        before = Staff.objects.get(pk=chi.id).get_session_auth_hash()
        end_own_sessions(**seat(chi.id, now), now=now)
        assert Staff.objects.get(pk=chi.id).get_session_auth_hash() != before
        with pytest.raises(LinkUnknown):
            redeem_sign_in_link(token=token, now=now)

    @pytest.mark.parametrize("end", [end_sessions, dismiss_staff])
    def test_lets_nobody_begin_one_who_was_let_in_before(self, chi: StaffRow, operator: Actor, now: datetime, end: Callable[..., object]) -> None:
        end(staff_id=chi.id, actor=operator, now=now)
        with pytest.raises(SecondStepOver):
            begin_session(row=chi, session_key="k" * 32, browser="firefox", system="linux", factor="link", now=now)

    def test_is_closed_to_who_kept_accounts_when_they_were_let_in_and_keeps_none_now(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        keeper = add_staff(email=DUNG.email, role=OPERATOR, actor=operator, now=now)
        change_role(staff_id=keeper.id, role=ADVISER, actor=operator, now=now)
        with pytest.raises(NotForThisRole):
            end_sessions(staff_id=chi.id, actor=keeper.actor, now=now)
        assert staff_by_id(chi.id).as_it_is == chi.as_it_is

    def test_is_closed_to_a_colleague(self, chi: StaffRow, now: datetime) -> None:
        with pytest.raises(NotForThisRole):
            end_sessions(staff_id=chi.id, actor=Actor(role=ADVISER, id=str(uuid4())), now=now)
        with pytest.raises(NotTheOwner):
            end_own_sessions(**{**seat(chi.id, now), "actor": Actor(role=ADVISER, id=str(uuid4()))}, now=now)


@pytest.mark.clause("6.1")
class TestSomebodyWhoLeaves:
    @pytest.fixture
    def gone(self, chi: StaffRow, operator: Actor, now: datetime) -> UUID:
        dismiss_staff(staff_id=chi.id, actor=operator, now=now + timedelta(days=1))
        return chi.id

    def test_loses_sessions_and_links(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        token = issue_sign_in_link(staff_id=chi.id, now=now)
        assert LinkBackend().get_user(chi.id) is not None
        dismiss_staff(staff_id=chi.id, actor=operator, now=now)
        assert LinkBackend().get_user(chi.id) is None
        assert not SignInLink.objects.exists()
        with pytest.raises(LinkUnknown):
            redeem_sign_in_link(token=token, now=now)

    def test_can_do_nothing_more_and_be_dismissed_once(self, gone: UUID, operator: Actor, now: datetime) -> None:
        later = now + timedelta(days=2)
        for act in (
            lambda: dismiss_staff(staff_id=gone, actor=operator, now=later),
            lambda: change_role(staff_id=gone, role="legal", actor=operator, now=later),
            lambda: end_sessions(staff_id=gone, actor=operator, now=later),
            lambda: issue_sign_in_link(staff_id=gone, now=later),
        ):
            with pytest.raises(StaffLeft):
                act()

    def test_is_listed_last_and_found_until_erased(self, gone: UUID, operator: Actor, now: datetime) -> None:
        add_staff(email="zoe@example.vn", role="legal", actor=operator, now=now)
        assert [(row.email, row.is_active) for row in staff_list()] == [("zoe@example.vn", True), (CHI.email, False)]

    def test_is_erased_to_a_bare_id(self, gone: UUID, operator: Actor, now: datetime) -> None:
        erase_staff(staff_id=gone, actor=operator, now=now + timedelta(days=2))
        row = staff_by_id(gone)
        assert (row.email, row.display_name) == ("", "")
        assert staff_list() == []
        with pytest.raises(StaffUnknown):
            staff_by_email(CHI.email)

    def test_may_come_back_under_a_new_account(self, gone: UUID, operator: Actor, now: datetime) -> None:
        erase_staff(staff_id=gone, actor=operator, now=now + timedelta(days=2))
        assert add_staff(email=CHI.email, role="adviser", actor=operator, now=now + timedelta(days=3)).id != gone

    def test_is_erased_once_however_often_it_is_asked(self, gone: UUID, operator: Actor, now: datetime, journaled: Journaled) -> None:
        for days in (2, 3):
            erase_staff(staff_id=gone, actor=operator, now=now + timedelta(days=days))
        assert [act for act, _ in journaled()].count("staff.erased") == 1

    def test_is_not_erased_while_at_work(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        with pytest.raises(StillAtWork):
            erase_staff(staff_id=chi.id, actor=operator, now=now)
        assert staff_by_id(chi.id).email == CHI.email


class TestAPassword:
    @pytest.mark.parametrize("password", ["", "!", "correct horse"])
    def test_never_signs_anybody_in(self, chi: StaffRow, password: str) -> None:
        assert authenticate(email=CHI.email, password=password) is None
