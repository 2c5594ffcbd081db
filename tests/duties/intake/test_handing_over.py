"""Somebody leaves, and what they took care of goes on."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.access.actions import add_staff, dismiss_staff, erase_staff
from camket.access.rules import NotForThisRole
from camket.duties.intake import actions as intake
from camket.duties.intake import queries
from camket.duties.intake.models import Event, Inquiry
from camket.duties.intake.queries import count_assigned
from camket.journal.models import JournalEntry
from camket.policy.terms import ADVISER, AUDITOR, OPERATOR, THE_HOUSE, Actor
from tests.cast import LAN
from tests.duties.intake.conftest import Receive


@pytest.fixture
def operator(house: None, now: datetime) -> Actor:
    row = add_staff(email="phuc@staff.example.vn", role=OPERATOR, actor=THE_HOUSE, now=now, display_name="Phúc")
    return Actor(role=OPERATOR, id=str(row.id))


@pytest.fixture
def lan(house: None, now: datetime) -> UUID:
    return add_staff(email=LAN.email, role=ADVISER, actor=THE_HOUSE, now=now, display_name="Lan").id


def assigned_to(chi: Actor, receive: Receive, now: datetime, *, count: int) -> None:
    for number in range(count):
        intake.assign(reference=receive(nonce=str(number)).reference, staff_id=UUID(chi.id), actor=chi, now=now)


def acts(act: str) -> int:
    return JournalEntry.objects.filter(act=act).count()


class TestHandingOver:
    @pytest.mark.clause("6.1")
    def test_moves_every_open_inquiry_and_leaves_what_is_over(self, receive: Receive, chi: Actor, lan: UUID, operator: Actor, now: datetime) -> None:
        assigned_to(chi, receive, now, count=3)
        over = Inquiry.objects.order_by("reference")[0]
        intake.resolve_inquiry(reference=over.reference, actor=chi, now=now)
        assert count_assigned(UUID(chi.id)) == 2
        assert intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=operator, now=now + timedelta(seconds=1)) == 2
        assert (count_assigned(UUID(chi.id)), count_assigned(lan)) == (0, 2)
        assert Inquiry.objects.get(id=over.id).assigned_to_id == UUID(chi.id)
        assert acts("inquiry.handed_over") == 1

    def test_may_be_to_nobody_in_particular(self, receive: Receive, chi: Actor, operator: Actor, now: datetime) -> None:
        assigned_to(chi, receive, now, count=1)
        assert intake.hand_over(from_id=UUID(chi.id), to_id=None, actor=operator, now=now) == 1
        assert Inquiry.objects.get().assigned_to_id is None

    def test_stands_in_the_timeline_of_each(self, receive: Receive, chi: Actor, lan: UUID, operator: Actor, now: datetime) -> None:
        assigned_to(chi, receive, now, count=2)
        later = now + timedelta(hours=1)
        intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=operator, now=later)
        for inquiry in Inquiry.objects.all():
            last = queries.inquiry_page(reference=inquiry.reference, actor=chi, now=later).timeline[-1]
            assert (last.kind, last.by, last.given_to, last.at) == ("assigned", "Phúc", "Lan", later)
            assert Event.objects.filter(inquiry=inquiry).latest("id").sequence == inquiry.sequence

    @pytest.mark.parametrize("who", ["operator", "gone"])
    def test_is_to_nobody_who_does_not_answer_inquiries(
        self, receive: Receive, chi: Actor, lan: UUID, operator: Actor, *, now: datetime, who: str
    ) -> None:
        assigned_to(chi, receive, now, count=1)
        dismiss_staff(staff_id=lan, actor=THE_HOUSE, now=now)
        with pytest.raises(intake.NotAnAdviser):
            intake.hand_over(from_id=UUID(chi.id), to_id=lan if who == "gone" else UUID(operator.id), actor=operator, now=now)
        assert count_assigned(UUID(chi.id)) == 1

    def test_of_nothing_is_not_journaled(self, chi: Actor, lan: UUID, operator: Actor, now: datetime) -> None:
        assert intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=operator, now=now) == 0
        assert acts("inquiry.handed_over") == 0

    def test_is_as_many_statements_for_twenty_as_for_one(self, receive: Receive, chi: Actor, lan: UUID, operator: Actor, now: datetime) -> None:
        counts = []
        for count in (1, 20):
            assigned_to(chi, receive, now, count=count)
            Inquiry.objects.update(assigned_to_id=UUID(chi.id))
            with CaptureQueriesContext(connection) as found:
                intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=operator, now=now)
            counts.append(sum("intake_inquiry" in one["sql"] for one in found))
        assert counts == [2, 2]

    @pytest.mark.parametrize("role", [ADVISER, AUDITOR, "visitor"])
    def test_is_for_those_who_keep_accounts(self, receive: Receive, chi: Actor, lan: UUID, now: datetime, role: str) -> None:
        assigned_to(chi, receive, now, count=1)
        with pytest.raises(NotForThisRole):
            intake.hand_over(from_id=UUID(chi.id), to_id=lan, actor=Actor(role=role, id=chi.id), now=now)
        assert count_assigned(UUID(chi.id)) == 1


class TestSomebodyWhoWasErased:
    def test_is_called_a_former_colleague_and_not_by_digits(self, receive: Receive, chi: Actor, lan: UUID, operator: Actor, now: datetime) -> None:
        reference = receive().reference
        texts = {"title": "Chào", "body": "Chào {name}", "language": "vi", "is_ours": False, "text_id": None}
        leaving = Actor(role=ADVISER, id=str(lan))
        intake.assign(reference=reference, staff_id=UUID(chi.id), actor=leaving, now=now)
        intake.add_note(reference=reference, text="Gọi lại.", key=b"k" * 32, actor=leaving, now=now)
        intake.keep_text(**texts, actor=leaving, now=now)
        dismiss_staff(staff_id=lan, actor=operator, now=now)
        erase_staff(staff_id=lan, actor=operator, now=now)
        page = queries.inquiry_page(reference=reference, actor=chi, now=now)
        assert {row.by for row in page.timeline if row.by} == {"một đồng nghiệp cũ (tên đã xóa)"}
        assert [row.changed_by for row in queries.canned_texts()] == ["một đồng nghiệp cũ (tên đã xóa)"]

    def test_is_not_taken_for_whom_they_gave_an_inquiry_to(self, receive: Receive, chi: Actor, lan: UUID, operator: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.assign(reference=reference, staff_id=UUID(chi.id), actor=Actor(role=ADVISER, id=str(lan)), now=now)
        for gone in (lan, UUID(chi.id)):
            dismiss_staff(staff_id=gone, actor=operator, now=now)
            erase_staff(staff_id=gone, actor=operator, now=now)
        page = queries.inquiry_page(reference=reference, actor=chi, now=now)
        assert [row.is_taken_on for row in page.timeline if row.kind == "assigned"] == [False]
