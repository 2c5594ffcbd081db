"""An answer goes out as it is meant: no place of a text stands in it unfilled, and nobody is answered twice unawares."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from camket.duties.intake import actions as intake
from camket.duties.intake import queries, rules
from camket.duties.intake.models import Message
from camket.policy.terms import Actor
from tests.duties.intake.conftest import Receive


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("text", "places"),
        [("Gói {product} là đủ.", "{product}"), ("{name}, gói {product} và {product}, từ {adviser}", "{name}, {product}, {adviser}")],
    )
    def test_with_a_place_that_nothing_was_put_in_is_not_kept(self, receive: Receive, chi: Actor, now: datetime, text: str, places: str) -> None:
        reference = receive().reference
        with pytest.raises(intake.Malformed) as refused:
            intake.answer_inquiry(reference=reference, text=text, key=b"k" * 32, actor=chi, now=now)
        assert refused.value.errors == (rules.FieldError(field="text", code="unfilled_place", hint=places),)
        assert not Message.objects.filter(kind="answer").exists()

    @pytest.mark.parametrize("text", ["Đặt {color: red} vào tệp.", "Mảng {} rỗng", "{Ký tên}"])
    def test_with_braces_that_are_no_place_of_a_text_is_kept(self, receive: Receive, chi: Actor, now: datetime, text: str) -> None:
        intake.answer_inquiry(reference=receive().reference, text=text, key=b"k" * 32, actor=chi, now=now)
        assert Message.objects.filter(kind="answer").count() == 1

    def test_is_asked_for_its_places_and_a_note_is_not(self, receive: Receive, chi: Actor, now: datetime) -> None:
        intake.add_note(reference=receive().reference, text="Mẫu {product} nên sửa lại.", key=b"k" * 32, actor=chi, now=now)
        assert Message.objects.filter(kind="note").count() == 1


class TestTwoAdvisers:
    @pytest.fixture
    def reference(self, receive: Receive) -> str:
        return receive().reference

    def seen(self, reference: str, who: Actor, now: datetime) -> int:
        """What the page that somebody opens knows of answers."""
        return queries.inquiry_page(reference=reference, actor=who, now=now).last_answer

    def test_do_not_answer_the_same_inquiry_unawares(self, reference: str, chi: Actor, colleague: Actor, now: datetime) -> None:
        seen = self.seen(reference, chi, now)
        intake.answer_inquiry(reference=reference, text="Gói Cơ bản.", key=b"a" * 32, seen=seen, actor=colleague, now=now)
        late = {"reference": reference, "text": "Gói Nâng cao.", "key": b"b" * 32, "actor": chi, "now": now}
        with pytest.raises(intake.AnsweredMeanwhile):
            intake.answer_inquiry(**late, seen=seen)
        assert Message.objects.filter(kind="answer").count() == 1
        intake.answer_inquiry(**late, seen=self.seen(reference, chi, now))
        assert Message.objects.filter(kind="answer").count() == 2

    def test_are_not_held_up_by_a_note_nor_by_an_answer_that_was_taken_back(
        self, reference: str, chi: Actor, colleague: Actor, now: datetime, settings: Any
    ) -> None:
        settings.CAMKET_ANSWER_WAITS_SECONDS = 30
        seen = self.seen(reference, chi, now)
        intake.add_note(reference=reference, text="Gọi lại.", key=b"a" * 32, actor=colleague, now=now)
        intake.answer_inquiry(reference=reference, text="Gói Cơ bản.", key=b"b" * 32, seen=seen, actor=colleague, now=now)
        intake.take_back_answer(reference=reference, actor=colleague, now=now)
        intake.answer_inquiry(reference=reference, text="Gói Nâng cao.", key=b"c" * 32, seen=seen, actor=chi, now=now)
        assert Message.objects.filter(kind="answer").values_list("written_by_id", flat=True).get() == UUID(chi.id)

    def test_are_two_people_and_one_with_two_windows_is_none(self, reference: str, chi: Actor, now: datetime) -> None:
        for key in (b"a", b"b"):
            intake.answer_inquiry(reference=reference, text="Gói Cơ bản.", key=key * 32, seen=0, actor=chi, now=now)
        assert Message.objects.filter(kind="answer").count() == 2
