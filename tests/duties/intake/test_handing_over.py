"""Somebody leaves, and what they took care of goes on."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.access.actions import add_staff
from camket.access.rules import NotForThisRole
from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries import count_assigned
from camket.journal.models import JournalEntry
from camket.policy.terms import ADVISER, AUDITOR, OPERATOR, Actor
from tests.cast import LAN
from tests.duties.intake.conftest import Receive

THE_OPERATOR = Actor(role=OPERATOR, id="0196a0c4-0000-7000-8000-00000000000f")


@pytest.fixture
def lan(house: None, now: datetime) -> UUID:
    return add_staff(email=LAN.email, role=ADVISER, actor=THE_OPERATOR, now=now).id


def assigned_to(chi: Actor, receive: Receive, now: datetime, *, count: int) -> None:
    for number in range(count):
        intake.assign(reference=receive(nonce=str(number)).reference, staff_id=UUID(chi.id), actor=chi, now=now)


def acts(act: str) -> int:
    return JournalEntry.objects.filter(act=act).count()


class TestHandingOver:
    @pytest.mark.clause("6.1")
    def test_moves_every_open_inquiry_and_leaves_what_is_over(self, receive: Receive, chi: Actor, lan: UUID, now: datetime) -> None:
        assigned_to(chi, receive, now, count=3)
        over = Inquiry.objects.order_by("reference")[0]
        intake.resolve_inquiry(reference=over.reference, actor=chi, now=now)
        assert count_assigned(UUID(chi.id)) == 2
        assert intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=THE_OPERATOR, now=now + timedelta(seconds=1)) == 2
        assert (count_assigned(UUID(chi.id)), count_assigned(lan)) == (0, 2)
        assert Inquiry.objects.get(id=over.id).assigned_to_id == UUID(chi.id)
        assert acts("inquiry.handed_over") == 1

    def test_may_be_to_nobody_in_particular(self, receive: Receive, chi: Actor, now: datetime) -> None:
        assigned_to(chi, receive, now, count=1)
        assert intake.hand_over(from_id=UUID(chi.id), to_id=None, actor=THE_OPERATOR, now=now) == 1
        assert Inquiry.objects.get().assigned_to_id is None

    def test_of_nothing_is_not_journaled(self, chi: Actor, lan: UUID, now: datetime) -> None:
        assert intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=THE_OPERATOR, now=now) == 0
        assert acts("inquiry.handed_over") == 0

    def test_is_as_many_statements_for_twenty_as_for_one(self, receive: Receive, chi: Actor, lan: UUID, now: datetime) -> None:
        counts = []
        for count in (1, 20):
            assigned_to(chi, receive, now, count=count)
            Inquiry.objects.update(assigned_to_id=UUID(chi.id))
            with CaptureQueriesContext(connection) as found:
                intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=THE_OPERATOR, now=now)
            counts.append(sum("intake_inquiry" in one["sql"] for one in found))
        assert counts == [1, 1]

    @pytest.mark.parametrize("role", [ADVISER, AUDITOR, "visitor"])
    def test_is_for_those_who_keep_accounts(self, receive: Receive, chi: Actor, lan: UUID, now: datetime, role: str) -> None:
        assigned_to(chi, receive, now, count=1)
        with pytest.raises(NotForThisRole):
            intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=Actor(role=role, id=chi.id), now=now)
        assert count_assigned(UUID(chi.id)) == 1
