"""A failed row comes back later each time, never later than six hours, and never together with the others."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.outbox.rules import FIRST_DELAY, LONGEST_DELAY, NotAnErrorCode, delay_after, due_again_at, error_code

ROWS = st.uuids()
ROW = UUID("01900000-0000-7000-8000-000000000001")


class TestADelay:
    @given(row=ROWS, attempt=st.integers(1, 10_000))
    def test_lies_between_three_quarters_of_its_step_and_the_step(self, row: UUID, attempt: int) -> None:
        step = LONGEST_DELAY if attempt > 10 else min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
        assert step * 0.75 <= delay_after(row_id=row, attempt=attempt) <= step

    def test_follows_the_schedule_of_the_documents(self) -> None:
        steps = [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
        for attempt, step in enumerate(steps, start=1):
            assert step * 0.75 <= delay_after(row_id=ROW, attempt=attempt) <= step
        assert delay_after(row_id=ROW, attempt=30) <= timedelta(hours=6)

    @given(row=ROWS, attempt=st.integers(1, 20))
    def test_is_the_same_for_the_same_row(self, row: UUID, attempt: int) -> None:
        assert delay_after(row_id=row, attempt=attempt) == delay_after(row_id=row, attempt=attempt)

    def test_spreads_rows_that_failed_together(self) -> None:
        delays = {delay_after(row_id=UUID(int=number), attempt=8) for number in range(200)}
        assert len(delays) == 200
        assert max(delays) - min(delays) > LONGEST_DELAY / 60

    @pytest.mark.parametrize("attempt", [0, -1])
    def test_is_refused_to_a_row_that_was_never_tried(self, attempt: int) -> None:
        with pytest.raises(ValueError, match="counted from 1"):
            delay_after(row_id=ROW, attempt=attempt)

    def test_counts_from_the_failure(self) -> None:
        failed_at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
        assert due_again_at(row_id=ROW, attempt=3, now=failed_at) == failed_at + delay_after(row_id=ROW, attempt=3)


@pytest.mark.clause("7.1")
class TestAnErrorCode:
    @pytest.mark.parametrize("code", ["", "smtp.451.4.7.1", "host.no_answer", "a" * 60])
    def test_is_a_short_dotted_name(self, code: str) -> None:
        assert error_code(code) == code

    @pytest.mark.parametrize("text", ["a" * 61, "Mailbox full", "an@example.vn", "0912-000-101", "lỗi", "smtp.451\n", "SMTP"])
    def test_cannot_be_a_sentence_an_address_or_a_number_with_dashes(self, text: str) -> None:
        with pytest.raises(NotAnErrorCode) as caught:
            error_code(text)
        assert text not in str(caught.value)
