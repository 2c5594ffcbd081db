"""Nobody is staff before they accept; an invitation ends, is withdrawn, and opens one account of one role."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from camket.access.actions import (
    InvitationUnknown,
    LinkExpired,
    LinkRefused,
    LinkRevoked,
    LinkUnknown,
    LinkUsed,
    StaffExists,
    accept_invitation,
    add_staff,
    forget_invitations,
    invite,
    look_at_invitation,
    record_review,
    withdraw_invitation,
)
from camket.access.actions.trying import NOWHERE
from camket.access.models import Invitation, Staff
from camket.access.queries import StaffRow, invitations, last_review, staff_by_email
from camket.access.rules import BadEmail, BadName, NotAStaffRole, NotForThisRole
from camket.policy.terms import OPERATOR, SYSTEM, Actor
from tests.access.conftest import Journaled
from tests.cast import DUNG


@pytest.fixture
def token(db: None, operator: Actor, now: datetime) -> str:
    return invite(email=DUNG.email.upper(), role="auditor", actor=operator, now=now)


def accept(token: str, now: datetime, name: str = "Dũng") -> StaffRow:
    return accept_invitation(token=token, display_name=name, caller=NOWHERE, now=now)


@pytest.mark.clause("6.1")
class TestAnInvitation:
    def test_makes_nobody_staff_by_itself(self, token: str, now: datetime) -> None:
        assert not Staff.objects.exists()
        for _ in range(3):
            assert look_at_invitation(token=token, now=now).role == "auditor"
        assert not Staff.objects.exists()

    def test_opens_one_account_once(self, token: str, now: datetime, journaled: Journaled) -> None:
        row = accept(token, now)
        assert (row.email, row.role, row.display_name) == (DUNG.email, "auditor", "Dũng")
        assert [act for act, _ in journaled()] == ["staff.invited", "staff.added", "staff.signed_in"]
        for act in (look_at_invitation, accept):
            with pytest.raises(LinkUsed):
                act(token=token, now=now)
        assert Invitation.objects.get().email is None

    def test_ends_after_three_days(self, token: str, now: datetime) -> None:
        assert invitations(now=now)[0].email == DUNG.email
        late = now + timedelta(days=3)
        assert invitations(now=late) == ()
        with pytest.raises(LinkExpired):
            accept(token, late)
        assert forget_invitations(older_than=late + timedelta(seconds=1)) == 1

    def test_is_withdrawn_and_forgets_the_address(self, token: str, operator: Actor, now: datetime, journaled: Journaled) -> None:
        withdraw_invitation(invitation_id=Invitation.objects.get().id, actor=operator, now=now)
        with pytest.raises(LinkRevoked):
            accept(token, now)
        assert Invitation.objects.get().email is None
        assert journaled()[-1][0] == "staff.invitation_withdrawn"
        with pytest.raises(InvitationUnknown):
            withdraw_invitation(invitation_id=Invitation.objects.get().id, actor=operator, now=now)
        with pytest.raises(InvitationUnknown):
            withdraw_invitation(invitation_id=uuid4(), actor=operator, now=now)

    def test_ends_with_the_next_one_to_the_same_address(self, token: str, operator: Actor, now: datetime) -> None:
        second = invite(email=DUNG.email, role="legal", actor=operator, now=now)
        with pytest.raises(LinkRevoked):
            accept(token, now)
        assert accept(second, now).role == "legal"

    def test_is_over_where_the_address_got_an_account_meanwhile(self, token: str, operator: Actor, now: datetime) -> None:
        add_staff(email=DUNG.email, role="legal", actor=operator, now=now)
        with pytest.raises(LinkUsed):
            accept(token, now)
        assert staff_by_email(DUNG.email).role == "legal"

    def test_refuses_a_name_that_could_break_a_page_and_stays_open(self, token: str, now: datetime) -> None:
        with pytest.raises(BadName):
            accept(token, now, "x" * 121)
        assert accept(token, now)

    @pytest.mark.parametrize("change", [{"role": OPERATOR}, {"email": "thief@example.com"}, {"expires_at": datetime(2030, 1, 1, tzinfo=UTC)}])
    def test_written_over_by_hand_opens_nothing(self, token: str, now: datetime, change: dict[str, object]) -> None:
        Invitation.objects.update(**change)
        with pytest.raises(LinkUnknown):
            accept(token, now)

    @pytest.mark.parametrize("other", ["", "x", "A" * 64, "\x00"])
    def test_of_no_token_is_none(self, token: str, now: datetime, other: str) -> None:
        with pytest.raises(LinkRefused):
            look_at_invitation(token=other, now=now)

    @pytest.mark.parametrize("role", ["adviser", "auditor", "privacy_officer", "visitor"])
    def test_is_for_operators_and_the_command_line_only(self, db: None, now: datetime, role: str) -> None:
        with pytest.raises(NotForThisRole):
            invite(email=DUNG.email, role="auditor", actor=Actor(role=role), now=now)
        assert invite(email=DUNG.email, role="auditor", actor=Actor(role=SYSTEM), now=now)

    def test_needs_an_address_a_role_and_somebody_new(self, chi: StaffRow, operator: Actor, now: datetime) -> None:
        with pytest.raises(BadEmail):
            invite(email="dũng", role="auditor", actor=operator, now=now)
        with pytest.raises(NotAStaffRole):
            invite(email=DUNG.email, role="system", actor=operator, now=now)
        with pytest.raises(StaffExists):
            invite(email=chi.email, role="auditor", actor=operator, now=now)


class TestAReview:
    def test_is_journaled_with_how_many_and_shown(self, chi: StaffRow, operator: Actor, now: datetime, journaled: Journaled) -> None:
        dung = add_staff(email=DUNG.email, role="privacy_officer", display_name="Dũng", actor=operator, now=now)
        assert last_review() is None
        record_review(actor=dung.actor, now=now)
        found = last_review()
        assert found is not None
        assert (found.at, found.name) == (now, "Dũng")
        assert journaled()[-1] == ("access.reviewed", "privacy_officer")

    def test_is_for_those_who_may_look(self, chi: StaffRow, now: datetime) -> None:
        with pytest.raises(NotForThisRole):
            record_review(actor=chi.actor, now=now)
