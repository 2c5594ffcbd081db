"""A translation can be corrected: dated, journaled, by revision; the text that binds and the words people agreed to cannot."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from camket.access.actions import add_staff
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.editions.models import Edition, Translation
from camket.editions.queries import forget_cached
from camket.journal import published
from camket.journal import queries as journal
from camket.policy.exports import translation_hash
from camket.policy.terms import AUDITOR, PRIVACY_OFFICER, THE_HOUSE, Actor, EditionNumber
from tests.duties.publishing.conftest import Publish

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.1")]

ONE = EditionNumber(1)
MINUTE = timedelta(minutes=1)
Correct = Callable[..., int]


@pytest.fixture
def officer(publish: Publish, draft: Path, now: datetime) -> Actor:
    """Publish edition 1; Dũng is the privacy officer."""
    publish(draft)
    return add_staff(email="dung@staff.example.vn", role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now).actor


@pytest.fixture
def correct(officer: Actor, now: datetime) -> Correct:
    """Offer a function that corrects the English translation."""

    def go(old: str = "4.1 ", new: str = "4.1 Better said: ", *, revision: int = 1, **changes: object) -> int:
        text = english().replace(old, new, 1)
        given = {"number": ONE, "language": "en", "revision": revision, "text": text, "actor": officer, "now": now + MINUTE} | changes
        return publishing.correct_translation(**given)

    return go


def english() -> str:
    found = editions.translation(ONE, "en")
    assert found is not None
    return found.text


def clause_4_1(language: str) -> str:
    sections = editions.policy_page(ONE, language).sections
    return next(clause.html for section in sections for clause in section.clauses if clause.number == "4.1")


class TestACorrection:
    def test_is_on_paper_at_once_too(self, correct: Correct) -> None:
        before = editions.edition_pdf(ONE, "en")
        correct()
        assert editions.edition_pdf(ONE, "en") != before

    def test_is_shown_at_once_with_its_date_and_the_earlier_text_stays(self, correct: Correct, now: datetime) -> None:
        first, before = english(), clause_4_1("en")
        assert correct() == 2
        assert "Better said" in clause_4_1("en")
        assert "Better said" not in before
        assert editions.edition_line(ONE).corrected_at == {"en": now + MINUTE}
        assert list(Translation.objects.order_by("revision").values_list("revision", "text")) == [(1, first), (2, english())]

    def test_is_journaled_and_the_edition_stays_genuine(self, correct: Correct) -> None:
        correct()
        (told,) = journal.of_act("translation.corrected")
        assert dict(told.facts) == {"edition": 1, "language": "en", "revision": 2, "hash": translation_hash(english())}
        assert list(published.faults()) == []
        assert list(published.missing()) == []

    def test_changes_nothing_of_what_binds(self, correct: Correct) -> None:
        text, compiled, line = editions.authoritative_text(ONE), editions.compiled(ONE), editions.edition_line(ONE)
        correct()
        forget_cached()
        assert (editions.authoritative_text(ONE), editions.compiled(ONE), editions.edition_line(ONE).hash) == (text, compiled, line.hash)

    def test_is_noticed_by_a_process_that_has_the_page_in_memory(self, correct: Correct, now: datetime) -> None:
        clause_4_1("en")
        text = english().replace("4.1 ", "4.1 Elsewhere: ", 1)
        row = Translation.objects.get()
        Translation.objects.create(edition_id=1, language="en", revision=2, text=text, hash=translation_hash(text), published_at=now)
        assert row.revision == 1
        assert "Elsewhere" in clause_4_1("en")

    def test_that_the_journal_does_not_know_is_found(self, correct: Correct, now: datetime) -> None:
        text = english().replace("4.1 ", "4.1 Forged: ", 1)
        Translation.objects.create(edition_id=1, language="en", revision=2, text=text, hash=translation_hash(text), published_at=now)
        assert [fault.code for fault in published.faults()] == ["correction_unrecorded"]

    def test_of_the_same_text_is_none(self, correct: Correct) -> None:
        assert correct("4.1 ", "4.1 ") == 1
        assert Translation.objects.count() == 1

    def test_never_takes_the_place_of_one_that_its_writer_has_not_seen(self, correct: Correct) -> None:
        correct()
        with pytest.raises(publishing.Overtaken):
            correct("4.1 ", "4.1 Late: ")
        assert correct("4.1 ", "4.1 Seen: ", revision=2) == 3

    def test_is_what_the_next_draft_begins_with(self, correct: Correct, officer: Actor, now: datetime) -> None:
        correct()
        begun = editions.draft(publishing.start_draft(texts={}, actor=officer, now=now))
        assert begun is not None
        assert "Better said" in begun.texts["en"]


class TestWhatCannotBeCorrected:
    def test_is_the_text_that_binds(self, correct: Correct) -> None:
        with pytest.raises(publishing.NoTranslation):
            correct(language="vi", text=editions.authoritative_text(ONE))
        assert Edition.objects.get().text == editions.authoritative_text(ONE)

    @pytest.mark.parametrize("changes", [{"number": EditionNumber(9)}, {"language": "fr"}])
    def test_is_what_is_not_there(self, correct: Correct, changes: dict[str, object]) -> None:
        with pytest.raises(publishing.NoTranslation):
            correct(**changes)

    @pytest.mark.parametrize(
        ("old", "new"), [("\n4.2 ", "\nNo number "), ("\n## 5. ", "\n## 6. "), ("\n4.1 ", '\n```rule\nrule = "none"\n```\n\n4.1 ')]
    )
    def test_is_its_shape(self, correct: Correct, old: str, new: str) -> None:
        with pytest.raises(publishing.Unpublishable):
            correct(old, new)

    def test_are_the_words_that_people_agreed_to(self, correct: Correct) -> None:
        with pytest.raises(publishing.WordsChanged):
            correct('label = "Website visitor"', 'label = "Anybody"')

    @pytest.mark.parametrize("text", ["", "a\0b", "\ufffd", "x" * 400_001])
    def test_is_replaced_by_no_text_that_cannot_be_kept(self, correct: Correct, text: str) -> None:
        with pytest.raises((publishing.Unfit, publishing.Unpublishable)):
            correct(text=text)
        assert Translation.objects.count() == 1

    def test_is_so_for_everybody_but_the_privacy_officer(self, correct: Correct) -> None:
        with pytest.raises(publishing.NotForThisRole):
            correct(actor=Actor(role=AUDITOR))
