"""What moved in one language, or in a rule, while the rest stayed where it was."""

from collections.abc import Mapping

import pytest

from camket.policy.changes import Change, ChangeKind, Direction, OutOfStep, Side, StepKind, out_of_step
from camket.policy.document import Document
from camket.policy.terms import ClauseNumber
from tests.policy.test_text_changes import document

pytestmark = pytest.mark.clause("8.4")
FIRST, SECOND = ClauseNumber("1.1"), ClauseNumber("1.2")


def edition(vi: list[str], en: list[str]) -> Mapping[str, Document]:
    """The texts of an edition with one section, in both languages."""
    return {"vi": document(("Thu thập", vi)), "en": document(("Collection", en))}


def of_clause(number: ClauseNumber) -> Change:
    """A difference of what the rules of a clause say."""
    sides = {"before": Side(clauses=(number,)), "after": Side(clauses=(number,))}
    return Change(kind=ChangeKind.RETENTION, direction=Direction.WIDER, is_significant=True, **sides)


OLD = edition(["Chúng tôi đọc số điện thoại.", "Giữ 90 ngày."], ["We read your number.", "Kept for 90 days."])


class TestAClause:
    def test_that_stays_in_both_languages_is_in_step(self) -> None:
        assert out_of_step(OLD, OLD, authoritative="vi") == ()

    def test_that_changes_in_both_languages_is_in_step(self) -> None:
        new = edition(["Chúng tôi không đọc số điện thoại.", "Giữ 90 ngày."], ["We do not read your number.", "Kept for 90 days."])
        assert out_of_step(OLD, new, authoritative="vi", changes=[of_clause(FIRST)]) == ()

    def test_whose_translation_was_left_behind_is_named(self) -> None:
        new = edition(["Chúng tôi không đọc số điện thoại.", "Giữ 90 ngày."], ["We read your number.", "Kept for 90 days."])
        assert out_of_step(OLD, new, authoritative="vi") == (OutOfStep(clause=FIRST, kind=StepKind.TRANSLATION, language="en"),)

    def test_of_which_the_translation_alone_changed_is_named(self) -> None:
        new = edition(["Chúng tôi đọc số điện thoại.", "Giữ 90 ngày."], ["We read your number.", "Kept for 30 days."])
        assert out_of_step(OLD, new, authoritative="vi") == (OutOfStep(clause=SECOND, kind=StepKind.BINDING, language="en"),)

    def test_whose_rule_changed_under_an_unchanged_text_is_named(self) -> None:
        assert out_of_step(OLD, OLD, authoritative="vi", changes=[of_clause(SECOND)]) == (
            OutOfStep(clause=SECOND, kind=StepKind.TEXT, language="vi"),
        )

    def test_that_is_new_or_gone_is_no_matter_of_step(self) -> None:
        new = edition(["Chúng tôi đọc số điện thoại."], ["We read your number.", "Kept for 90 days."])
        assert out_of_step(OLD, new, authoritative="vi", changes=[of_clause(SECOND)]) == ()

    def test_is_held_against_nothing_where_another_language_binds_now(self) -> None:
        assert out_of_step({"vi": OLD["vi"]}, {"en": OLD["en"]}, authoritative="en") == ()
