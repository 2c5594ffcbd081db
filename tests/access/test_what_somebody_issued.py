"""What somebody made for others ends with their own place here: a link or an invitation may have been made for themselves."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from camket.access.actions import (
    LinkRefused,
    accept_invitation,
    add_staff,
    add_token,
    begin_ways_anew,
    change_role,
    dismiss_staff,
    end_sessions,
    erase_staff,
    invite,
    issue_sign_in_link,
    look_at_invitation,
    record_review,
    redeem_sign_in_link,
    rename_staff,
    revoke_token,
    withdraw_invitation,
)
from camket.access.actions.trying import NOWHERE
from camket.access.models import Invitation
from camket.access.queries import StaffRow
from camket.access.rules import NotForThisRole
from camket.journal.models import JournalEntry
from camket.policy.terms import OPERATOR, THE_HOUSE, Actor
from tests.cast import CHI, LAN

End = Callable[[UUID, Actor, datetime], object]


@pytest.fixture
def keeper(db: None, now: datetime) -> StaffRow:
    """An operator who keeps accounts, and may be sent away."""
    return add_staff(email="keeper@staff.example.vn", role=OPERATOR, actor=THE_HOUSE, now=now)


def dismissed(staff_id: UUID, actor: Actor, now: datetime) -> object:
    return dismiss_staff(staff_id=staff_id, actor=actor, now=now)


def moved(staff_id: UUID, actor: Actor, now: datetime) -> object:
    return change_role(staff_id=staff_id, role=LAN.role, actor=actor, now=now)


def signed_out(staff_id: UUID, actor: Actor, now: datetime) -> object:
    return end_sessions(staff_id=staff_id, actor=actor, now=now)


class TestWhatSomebodyIssued:
    @pytest.mark.parametrize("end", [dismissed, moved, signed_out])
    def test_ends_with_their_place_here(self, keeper: StaffRow, chi: StaffRow, operator: Actor, now: datetime, end: End) -> None:
        link = issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor)
        invitation = invite(email="themselves@example.com", role=OPERATOR, actor=keeper.actor, now=now)
        end(keeper.id, operator, now)
        with pytest.raises(LinkRefused):
            redeem_sign_in_link(token=link, now=now)
        with pytest.raises(LinkRefused):
            accept_invitation(token=invitation, display_name="X", caller=NOWHERE, now=now)

    def test_and_was_used_stays_used_and_what_others_issued_opens(self, keeper: StaffRow, chi: StaffRow, operator: Actor, now: datetime) -> None:
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=chi.id, now=now, actor=keeper.actor), now=now)
        link = issue_sign_in_link(staff_id=chi.id, now=now, actor=operator)
        printed = issue_sign_in_link(staff_id=chi.id, now=now)
        invitation = invite(email=LAN.email, role=LAN.role, actor=operator, now=now)
        dismiss_staff(staff_id=keeper.id, actor=operator, now=now)
        assert [redeem_sign_in_link(token=token, now=now).id for token in (link, printed)] == [chi.id, chi.id]
        assert look_at_invitation(token=invitation, now=now).email == LAN.email

    def test_is_issued_by_nobody_who_keeps_no_accounts(self, chi: StaffRow, now: datetime) -> None:
        with pytest.raises(NotForThisRole):
            issue_sign_in_link(staff_id=chi.id, now=now, actor=chi.actor)


class TestTwoWhoKeepAccounts:
    def test_cannot_send_each_other_away(self, keeper: StaffRow, now: datetime) -> None:
        """The second had begun before the first was done: the role that it was asked under is no longer theirs."""
        other = add_staff(email=CHI.email, role=OPERATOR, actor=THE_HOUSE, now=now)
        dismiss_staff(staff_id=keeper.id, actor=other.actor, now=now)
        with pytest.raises(NotForThisRole):
            dismiss_staff(staff_id=other.id, actor=keeper.actor, now=now)
        with pytest.raises(NotForThisRole):
            change_role(staff_id=other.id, role=LAN.role, actor=keeper.actor, now=now)


# what whoever keeps accounts does, told by what: an account at work, one that is closed, and an invitation
ACTS: dict[str, Callable[[UUID, UUID, UUID, Actor, datetime], object]] = {
    "add": lambda chi, left, open_, actor, now: add_staff(email="new@staff.example.vn", role=LAN.role, actor=actor, now=now),
    "invite": lambda chi, left, open_, actor, now: invite(email="themselves@example.com", role=OPERATOR, actor=actor, now=now),
    "withdraw": lambda chi, left, open_, actor, now: withdraw_invitation(invitation_id=open_, actor=actor, now=now),
    "move": lambda chi, left, open_, actor, now: change_role(staff_id=chi, role=LAN.role, actor=actor, now=now),
    "rename": lambda chi, left, open_, actor, now: rename_staff(staff_id=chi, display_name="X", actor=actor, now=now),
    "sign out": lambda chi, left, open_, actor, now: end_sessions(staff_id=chi, actor=actor, now=now),
    "dismiss": lambda chi, left, open_, actor, now: dismiss_staff(staff_id=chi, actor=actor, now=now),
    "erase": lambda chi, left, open_, actor, now: erase_staff(staff_id=left, actor=actor, now=now),
    "link": lambda chi, left, open_, actor, now: issue_sign_in_link(staff_id=chi, actor=actor, now=now),
    "begin anew": lambda chi, left, open_, actor, now: begin_ways_anew(staff_id=chi, actor=actor, now=now),
    "make a token": lambda chi, left, open_, actor, now: add_token(name="shop", scopes=["metrics:read"], actor=actor, now=now),
    "revoke a token": lambda chi, left, open_, actor, now: revoke_token(name="watch", actor=actor, now=now),
    "review": lambda chi, left, open_, actor, now: record_review(actor=actor, now=now),
}


class TestWhoeverLostTheRole:
    @pytest.fixture
    def about(self, chi: StaffRow, operator: Actor, now: datetime) -> tuple[UUID, UUID, UUID]:
        """Chi, somebody who left, and an invitation that is open; and a token that is in force."""
        gone = add_staff(email="gone@staff.example.vn", role=LAN.role, actor=operator, now=now).id
        dismiss_staff(staff_id=gone, actor=operator, now=now)
        invite(email="somebody@example.com", role=LAN.role, actor=operator, now=now)
        add_token(name="watch", scopes=["metrics:read"], actor=operator, now=now)
        return chi.id, gone, Invitation.objects.get().id

    @pytest.mark.parametrize("lose", [dismissed, moved])
    @pytest.mark.parametrize("act", ACTS)
    def test_in_the_instant_in_which_they_act_does_nothing(
        self, keeper: StaffRow, about: tuple[UUID, UUID, UUID], now: datetime, act: str, lose: End
    ) -> None:
        """Their request was let in before, so it still calls them by the role that they had."""
        lose(keeper.id, THE_HOUSE, now)
        before = JournalEntry.objects.count()
        with pytest.raises(NotForThisRole):
            ACTS[act](*about, keeper.actor, now)
        assert JournalEntry.objects.count() == before

    @pytest.mark.parametrize("act", ACTS)
    def test_did_all_of_it_before(self, keeper: StaffRow, about: tuple[UUID, UUID, UUID], now: datetime, act: str) -> None:
        before = JournalEntry.objects.count()
        ACTS[act](*about, keeper.actor, now)
        assert JournalEntry.objects.count() > before
