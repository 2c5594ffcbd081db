"""Acts upon many inquiries at once, and what takes them back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.access.actions import add_staff, dismiss_staff
from camket.duties.intake import actions as intake
from camket.duties.intake import queries
from camket.duties.intake.models import DeskAct, Event, Inquiry
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.terms import OPERATOR, SYSTEM, Actor, PurposeId
from camket.vault import gate
from tests.cast import AN
from tests.duties.intake.conftest import Receive

MINUTE = timedelta(minutes=1)


@pytest.fixture
def many(receive: Receive) -> Callable[[int], list[str]]:
    """Offer a function that takes in so many inquiries and returns their references."""
    return lambda count: [receive(nonce=f"many {number}").reference for number in range(count)]


def states(references: list[str]) -> list[str]:
    found = dict(Inquiry.objects.values_list("reference", "state"))
    return [found[reference] for reference in references]


def needs_open(reference: str) -> bool:
    matter = gate.MatterId(Inquiry.objects.get(reference=reference).matter_id)
    return any(need.closed_at is None for row in gate.matter_rows([matter]) for need in row.needs)


def token(actor: Actor, now: datetime) -> str:
    last = queries.last_desk_act(actor=actor, now=now)
    assert last is not None
    return last.token


def acts_told() -> list[str]:
    sequence()
    return [entry.act for entry in journal.recent(limit=100)]


class TestResolvingMany:
    @pytest.mark.clause("4.1")
    def test_ends_each_and_says_which_could_not_be_ended(self, many: Callable[[int], list[str]], chi: Actor, colleague: Actor, now: datetime) -> None:
        references = many(3)
        intake.resolve(references=references[:1], actor=colleague, now=now)
        done = intake.resolve(references=[*references, "CK-0000-0000"], actor=chi, now=now + MINUTE)
        assert (done.count, done.left) == (2, {"resolved": 1, "unknown": 1})
        assert states(references) == ["resolved"] * 3
        assert not any(needs_open(reference) for reference in references)
        assert Inquiry.objects.get(reference=references[0]).resolved_at == now

    def test_is_as_many_statements_as_resolving_two(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        references, counts = many(14), []
        for piece in (references[:2], references[2:]):
            with CaptureQueriesContext(connections["default"]) as statements:
                assert intake.resolve(references=piece, actor=chi, now=now).count == len(piece)
            counts.append(len(statements))
        assert counts[0] == counts[1] or abs(counts[0] - counts[1]) <= 20, counts  # the tree over the journal grows by its leaves
        reopened = [self.statements_of_reopening(piece, chi, now) for piece in (references[:2], references[2:])]
        assert abs(reopened[0] - reopened[1]) <= 20, reopened

    def statements_of_reopening(self, references: list[str], chi: Actor, now: datetime) -> int:
        with CaptureQueriesContext(connections["default"]) as statements:
            assert intake.reopen(references=references, actor=chi, now=now).count == len(references)
        return len(statements)

    def test_writes_a_line_for_each_into_the_journal(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        intake.resolve(references=many(3), actor=chi, now=now)
        assert acts_told().count("inquiry.resolved") == 3
        assert acts_told().count("need.closed") == 3

    @pytest.mark.clause("6.1")
    def test_by_a_role_that_no_clause_lets_in_touches_nothing(self, many: Callable[[int], list[str]], now: datetime) -> None:
        row = add_staff(email="op@staff.example.vn", role=OPERATOR, actor=Actor(role=SYSTEM), now=now, display_name="Op")
        references = many(2)
        done = intake.resolve(references=references, actor=row.actor, now=now)
        assert (done.count, done.left) == (0, {"unknown": 2})
        assert states(references) == ["new", "new"]

    def test_named_twice_is_done_once(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        references = many(1)
        done = intake.resolve(references=references * 3, actor=chi, now=now)
        assert (done.count, done.left) == (1, {})


class TestGiving:
    def test_puts_inquiries_into_a_colleagues_hands(self, many: Callable[[int], list[str]], chi: Actor, colleague: Actor, now: datetime) -> None:
        references = many(2)
        intake.take_on(references=references, given_to=UUID(colleague.id), actor=chi, now=now)
        page = queries.inquiry_page(reference=references[0], actor=chi, now=now)
        assert page.row.assigned_to == "Minh"
        assert [(row.kind, row.by, row.given_to) for row in page.timeline if row.text is None] == [("assigned", "Chi", "Minh")]

    @pytest.mark.parametrize("who", ["nobody there", "operator"])
    def test_to_somebody_who_does_not_answer_inquiries_is_refused(
        self, many: Callable[[int], list[str]], chi: Actor, now: datetime, who: str
    ) -> None:
        operator = add_staff(email="op@staff.example.vn", role=OPERATOR, actor=Actor(role=SYSTEM), now=now, display_name="Op")
        references = many(1)
        with pytest.raises(intake.NotAnAdviser):
            intake.take_on(references=references, given_to=operator.id if who == "operator" else uuid4(), actor=chi, now=now)
        assert Inquiry.objects.get(reference=references[0]).assigned_to is None


class TestTakingBack:
    @pytest.mark.clause("4.1")
    def test_a_resolving_opens_the_inquiries_and_their_needs(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        references = many(2)
        intake.answer_inquiry(reference=references[0], text="Chào chị.", key=b"k" * 32, actor=chi, now=now)
        intake.resolve(references=references, actor=chi, now=now)
        done = intake.undo(token=token(chi, now), actor=chi, now=now + MINUTE)
        assert (done.count, done.left) == (2, {})
        assert states(references) == ["answered", "new"]
        assert all(needs_open(reference) for reference in references)
        assert acts_told().count("act.undone") == 1

    def test_a_giving_brings_each_back_into_the_hands_it_was_in(
        self, many: Callable[[int], list[str]], chi: Actor, colleague: Actor, now: datetime
    ) -> None:
        references = many(2)
        intake.take_on(references=references[:1], given_to=UUID(colleague.id), actor=colleague, now=now)
        intake.take_on(references=references, given_to=UUID(chi.id), actor=chi, now=now + MINUTE)
        intake.undo(token=token(chi, now + MINUTE), actor=chi, now=now + MINUTE)
        hands = dict(Inquiry.objects.values_list("reference", "assigned_to"))
        assert [hands[reference] for reference in references] == [UUID(colleague.id), None]

    def test_gives_nothing_to_a_colleague_who_left_meanwhile(
        self, many: Callable[[int], list[str]], chi: Actor, colleague: Actor, now: datetime
    ) -> None:
        references = many(1)
        intake.take_on(references=references, given_to=UUID(colleague.id), actor=colleague, now=now)
        intake.take_on(references=references, given_to=UUID(chi.id), actor=chi, now=now + MINUTE)
        dismiss_staff(staff_id=UUID(colleague.id), actor=Actor(role=SYSTEM), now=now + MINUTE)
        intake.undo(token=token(chi, now + MINUTE), actor=chi, now=now + MINUTE)
        assert Inquiry.objects.get().assigned_to_id is None

    def test_a_reopening_resolves_again(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        references = many(1)
        intake.resolve(references=references, actor=chi, now=now)
        intake.reopen(references=references, actor=chi, now=now + MINUTE)
        intake.undo(token=token(chi, now + MINUTE), actor=chi, now=now + MINUTE)
        assert states(references) == ["resolved"]
        assert not needs_open(references[0])

    def test_leaves_alone_what_a_colleague_has_gone_on_with(
        self, many: Callable[[int], list[str]], chi: Actor, colleague: Actor, now: datetime
    ) -> None:
        references = many(2)
        intake.resolve(references=references, actor=chi, now=now)
        mine = token(chi, now)
        intake.reopen(references=references[:1], actor=colleague, now=now)
        intake.add_note(reference=references[0], text="Khách gọi lại.", key=b"n" * 32, actor=colleague, now=now)
        done = intake.undo(token=mine, actor=chi, now=now)
        assert (done.count, done.left) == (1, {"changed": 1})

    def test_works_once(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        intake.resolve(references=many(1), actor=chi, now=now)
        mine = token(chi, now)
        intake.undo(token=mine, actor=chi, now=now)
        with pytest.raises(intake.NotUndoable):
            intake.undo(token=mine, actor=chi, now=now)

    def test_works_for_half_a_minute_and_more_and_not_for_ever(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        references = many(1)
        intake.resolve(references=references, actor=chi, now=now)
        mine = token(chi, now)
        with pytest.raises(intake.NotUndoable):
            intake.undo(token=mine, actor=chi, now=now + timedelta(minutes=2))
        assert intake.undo(token=mine, actor=chi, now=now + timedelta(seconds=119)).count == 1

    def test_is_nobody_elses_to_do(self, many: Callable[[int], list[str]], chi: Actor, colleague: Actor, now: datetime) -> None:
        intake.resolve(references=many(1), actor=chi, now=now)
        with pytest.raises(intake.NotUndoable):
            intake.undo(token=token(chi, now), actor=colleague, now=now)
        assert queries.last_desk_act(actor=colleague, now=now) is None

    @pytest.mark.parametrize("forged", ["", "x", "00000000000000000000000000000000:x", "\x00"])
    def test_takes_no_token_that_we_did_not_sign(self, many: Callable[[int], list[str]], chi: Actor, now: datetime, forged: str) -> None:
        references = many(1)
        intake.resolve(references=references, actor=chi, now=now)
        with pytest.raises(intake.NotUndoable):
            intake.undo(token=forged, actor=chi, now=now)
        assert states(references) == ["resolved"]

    @pytest.mark.clause("9.9")
    def test_brings_nothing_back_to_which_the_consent_was_taken_back(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive(AN.values("full_name", "email", "message")).reference
        intake.resolve(references=[reference], actor=chi, now=now)
        intake.withdraw_consent(reference=reference, purpose=PurposeId("advise"), channel="phone", actor=chi, now=now)
        done = intake.undo(token=token(chi, now), actor=chi, now=now)
        assert (done.count, done.left) == (0, {"not_agreed": 1})
        assert states([reference]) == ["resolved"]


class TestWhatIsLeftOfIt:
    def test_is_forgotten_within_the_hour_but_for_the_timeline(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        references = many(2)
        intake.resolve(references=references[:1], actor=chi, now=now)
        intake.resolve(references=references[1:], actor=chi, now=now + timedelta(hours=2))
        assert DeskAct.objects.count() == 1
        assert Event.objects.count() == 2

    @pytest.mark.clause("4.7")
    def test_goes_with_the_inquirys_data(self, many: Callable[[int], list[str]], chi: Actor, now: datetime) -> None:
        references = many(2)
        intake.resolve(references=references, actor=chi, now=now)
        intake.bury_inquiries(matters=[gate.MatterId(Inquiry.objects.get(reference=references[0]).matter_id)])
        assert [event.inquiry.reference for event in Event.objects.select_related("inquiry")] == references[1:]
        assert intake.undo(token=token(chi, now), actor=chi, now=now).left == {}
        assert states(references) == ["erased", "new"]
