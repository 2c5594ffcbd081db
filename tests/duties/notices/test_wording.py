"""How a letter is laid out when its answer stands in it."""

from dataclasses import replace
from datetime import datetime

import pytest

from camket.duties.notices.actions.composing import LetterFacts, compose
from camket.duties.publishing import queries as editions


@pytest.fixture
def facts(house: None, now: datetime) -> LetterFacts:
    """An answer to a proven address."""
    return LetterFacts(
        template="intake/letters/answer",
        language="vi",
        reference="CK-0000-0000",
        claim_code="0000-0000-0000-0000",
        link="",
        consents_link="https://example.com/vi/consents/token",
        is_open=True,
        name="Nguyễn Thị Hoài An",
        text="Chào chị An.",
        edition=editions.policy_in_force(),
        written_at=now,
    )


@pytest.mark.parametrize("language", ["vi", "en"])
class TestAnAnswer:
    def test_is_set_apart_by_the_mark_that_mail_programs_know(self, facts: LetterFacts, language: str) -> None:
        _, text = compose(replace(facts, language=language))
        assert "Chào chị An.\n\n-- \n" in text

    @pytest.mark.parametrize("is_open", [True, False])
    def test_has_the_policy_in_a_paragraph_of_its_own(self, facts: LetterFacts, language: str, is_open: bool) -> None:
        _, text = compose(replace(facts, language=language, is_open=is_open))
        line = next(line for line in text.splitlines() if line.endswith("/policy"))
        assert f"\n\n{line}\n\n" in text
