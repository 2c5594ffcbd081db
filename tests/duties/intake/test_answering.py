"""An answer goes out as it is meant: no place of a text stands in it unfilled."""

from datetime import datetime

import pytest

from camket.duties.intake import actions as intake
from camket.duties.intake import rules
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
