"""An answer is taken back before its letter goes, and not a moment later."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from camket.duties.intake import actions as intake
from camket.duties.intake import queries
from camket.duties.intake.actions import taking_back
from camket.duties.intake.models import Inquiry, Message
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as outbox
from camket.journal import queries as journal
from camket.policy.terms import Actor
from tests.duties.intake.conftest import Receive

TEXT = "Chào chị, gói Cơ bản là đủ."


@pytest.fixture
def reference(receive: Receive, chi: Actor, now: datetime, settings: Any) -> str:
    """An inquiry of An's that Chi has just answered; letters of answers wait for thirty seconds."""
    settings.CAMKET_ANSWER_WAITS_SECONDS = 30
    reference = receive().reference
    for letter in notices.take_letters(worker="w", now=now):  # the acknowledgement
        notices.report_letter(letter=letter, worker="w", outcome="accepted", code="smtp.250", now=now)
    intake.answer_inquiry(reference=reference, text=TEXT, key=b"k" * 32, actor=chi, now=now)
    return reference


def taken(now: datetime) -> int:
    return len(notices.take_letters(worker="w", now=now))


class TestAnAnswer:
    def test_waits_before_a_worker_may_take_its_letter(self, reference: str, now: datetime) -> None:
        assert taken(now + timedelta(seconds=29)) == 0
        assert taken(now + timedelta(seconds=30)) == 1

    def test_taken_back_goes_to_nobody_and_stays_a_note_of_the_house(self, reference: str, chi: Actor, now: datetime) -> None:
        intake.take_back_answer(reference=reference, actor=chi, now=now)
        assert taken(now + timedelta(days=1)) == 0
        page = queries.inquiry_page(reference=reference, actor=chi, now=now)
        assert (page.row.state, page.own_answer) == ("new", None)
        (note,) = [row for row in page.timeline if row.letter]
        assert (note.kind, note.letter and note.letter.error_code) == ("note", "taken.back")
        assert Inquiry.objects.get().answered_at is None
        (line,) = journal.of_act("inquiry.answer_withdrawn")
        assert (line.actor, line.facts["reference"]) == (chi, reference)

    def test_taken_back_leaves_the_one_before_it_as_it_was(self, reference: str, chi: Actor, now: datetime) -> None:
        later = now + timedelta(minutes=5)
        assert taken(later) == 1
        intake.answer_inquiry(reference=reference, text="Và tên miền nữa.", key=b"l" * 32, actor=chi, now=later)
        intake.take_back_answer(reference=reference, actor=chi, now=later)
        inquiry = Inquiry.objects.get()
        assert (inquiry.state, inquiry.answered_at) == ("answered", now)
        assert Message.objects.filter(kind="answer").count() == 1

    def test_can_be_sent_anew_from_the_same_form(self, reference: str, chi: Actor, now: datetime) -> None:
        intake.take_back_answer(reference=reference, actor=chi, now=now)
        intake.answer_inquiry(reference=reference, text=TEXT, key=b"k" * 32, actor=chi, now=now)
        assert taken(now + timedelta(minutes=1)) == 1

    def test_whose_letter_was_taken_is_not_taken_back_any_more(self, reference: str, chi: Actor, now: datetime) -> None:
        assert taken(now + timedelta(seconds=30)) == 1
        for _ in range(2):
            with pytest.raises(intake.AnswerGone):
                intake.take_back_answer(reference=reference, actor=chi, now=now + timedelta(seconds=31))
        assert Message.objects.filter(kind="answer").count() == 1
        assert list(journal.of_act("inquiry.answer_withdrawn")) == []

    def test_is_taken_back_by_who_wrote_it_and_once(self, reference: str, chi: Actor, colleague: Actor, now: datetime) -> None:
        with pytest.raises(intake.AnswerGone):
            intake.take_back_answer(reference=reference, actor=colleague, now=now)
        intake.take_back_answer(reference=reference, actor=chi, now=now)
        with pytest.raises(intake.AnswerGone):
            intake.take_back_answer(reference=reference, actor=chi, now=now)

    def test_is_taken_back_whole_or_not_at_all(self, reference: str, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """No place among the acts that are killed: before it begins, the worker sends the letter, and then there is nothing to take back."""

        def lost(**_: object) -> None:
            raise DatabaseError

        monkeypatch.setattr(taking_back, "record", lost)
        with pytest.raises(DatabaseError):
            intake.take_back_answer(reference=reference, actor=chi, now=now)
        assert (Message.objects.filter(kind="answer").count(), Inquiry.objects.get().state) == (1, "answered")
        assert taken(now + timedelta(seconds=30)) == 1

    def test_is_not_shown_to_the_person_once_it_is_taken_back(self, reference: str, chi: Actor, now: datetime) -> None:
        intake.take_back_answer(reference=reference, actor=chi, now=now)
        assert not Message.objects.filter(kind="answer").exists()
        inquiry = Inquiry.objects.get()
        assert [row.state for row in outbox.letters_of(inquiry.matter_id) if row.record_id] == ["dropped"]
