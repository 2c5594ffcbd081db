"""What differs between the texts of two editions, as a reader would mark it with a pencil."""

from collections.abc import Callable
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camket.policy.changes import Passage, PieceKind, pieces_by_line, text_difference
from camket.policy.changes.texts import MOST_WORDS
from camket.policy.document import Clause, Document, Section
from camket.policy.terms import ClauseNumber

SAME, GONE, NEW = PieceKind.SAME, PieceKind.GONE, PieceKind.NEW


def document(*sections: tuple[str, list[str]], title: str = "Chính sách", preamble: str = "") -> Document:
    """Return a text of these sections, each a title and its clauses."""
    made = tuple(
        Section(
            number=number,
            title=heading,
            clauses=tuple(Clause(number=ClauseNumber(f"{number}.{at}"), paragraphs_markdown=text, line=1) for at, text in enumerate(clauses, 1)),
        )
        for number, (heading, clauses) in enumerate(sections, 1)
    )
    return Document(language="vi", title=title, preamble=preamble, sections=made)


def pieces(passage: Passage) -> list[tuple[PieceKind, str]]:
    """Return what a passage is made of."""
    return [(piece.kind, piece.text) for piece in passage.pieces]


def read(passage: Passage, *kinds: PieceKind) -> str:
    """Return a passage as somebody reads it who sees only pieces of these kinds."""
    return "".join(piece.text for piece in passage.pieces if piece.kind in kinds)


def counting(looked_at: list[int]) -> Callable[..., Any]:
    """Return the search for a match that counts, in the only place of a list, the pairs of equal words or lines that it looks at."""
    search = SequenceMatcher.find_longest_match

    def counted(matcher: Any, alo: int = 0, ahi: Any = None, blo: int = 0, bhi: Any = None) -> Any:
        ends = len(matcher.a) if ahi is None else ahi
        looked_at[0] += sum(1 + len(matcher.b2j.get(matcher.a[at], ())) for at in range(alo, ends))
        return search(matcher, alo, ahi, blo, bhi)

    return counted


def work_of(before: str, after: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many pairs of equal words or lines are looked at while two clauses are compared."""
    looked_at = [0]
    with monkeypatch.context() as patched:
        patched.setattr(SequenceMatcher, "find_longest_match", counting(looked_at))
        (passage,) = text_difference(document(("A", [before])), document(("A", [after])))
    assert read(passage, SAME, GONE) == before
    assert read(passage, SAME, NEW) == after
    return looked_at[0]


ROWS = [f"| {number} | có | không |" for number in range(200)]
# a clause before and after whose words or lines are much the same
ALIKE = {
    "a table with another column": ("\n".join(ROWS), "\n".join(f"{row} mới |" for row in ROWS)),
    "a word over and over": ("a " * 1900, "b " + "a " * 1850 + "c"),
    "a word over and over, and much less of it": ("a " * 1900 + "b", "a b " * 80),
    "a list of equal lines": ("- như nhau\n" * 3000, "- như nhau\n" * 1500 + "- khác\n" + "- như nhau\n" * 1700),
    "two words in turn": ("a b " * 950, "b a a " * 630),
    "a hundred lines in turn": ("".join(f"{at % 110}\n" for at in range(30_000)), "".join(f"{at * 7 % 110}\n" for at in range(30_000))),
}


class TestTheTextDifference:
    @pytest.mark.parametrize("name", ALIKE)
    def test_takes_little_work_however_alike_the_words_are(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        assert work_of(*ALIKE[name], monkeypatch) < 2_000_000

    def test_takes_little_work_for_a_whole_text_in_other_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Spaces are all that is alike, and a clause alone costs as much as it may."""
        before = [" ".join(f"cũ{at}x{number}" for number in range(99)) for at in range(8)]
        after = [" ".join(f"mới{at}x{number}" for number in range(999)) for at in range(8)]
        looked_at = [0]
        monkeypatch.setattr(SequenceMatcher, "find_longest_match", counting(looked_at))
        found = text_difference(document(("A", before)), document(("A", after)))
        assert looked_at[0] < 12_000_000
        assert [read(one, SAME, GONE) for one in found] == before
        assert [read(one, SAME, NEW) for one in found] == after

    def test_marks_single_words_of_a_long_passage(self) -> None:
        """Words that come often are words like any other in a passage of a screen."""
        words = [f"từ{number % 40}" for number in range(300)]
        changed = [f"khác{number}" if number % 50 == 25 else word for number, word in enumerate(words)]
        (passage,) = text_difference(document(("A", [" ".join(words)])), document(("A", [" ".join(changed)])))
        assert [text for kind, text in pieces(passage) if kind is NEW] == [word for word in changed if word.startswith("khác")]

    def test_marks_the_words_and_leaves_the_others_alone(self) -> None:
        (passage,) = text_difference(document(("A", ["Giữ 90 ngày, rồi xóa."])), document(("A", ["Giữ 12 tháng, rồi xóa."])))
        assert (passage.before, passage.after, passage.is_moved) == ("1.1", "1.1", False)
        assert pieces(passage) == [
            (SAME, "Giữ "), (GONE, "90 ngày"), (NEW, "12 tháng"), (SAME, ", rồi xóa."),
        ]  # fmt: skip

    def test_replaces_a_number_and_a_date_whole(self) -> None:
        before, after = "Giá 1.500.000 đồng, đến 05/12/2026, mỗi 2 năm.", "Giá 1.200.000 đồng, đến 06/12/2026, mỗi 3 năm."
        found = [(piece.kind, piece.text) for piece in pieces_by_line(before, after) if piece.kind is not SAME]
        assert found == [(GONE, "1.500.000"), (NEW, "1.200.000"), (GONE, "05/12/2026"), (NEW, "06/12/2026"), (GONE, "2"), (NEW, "3")]

    def test_tells_where_a_clause_went_that_only_has_another_number(self) -> None:
        found = text_difference(document(("A", ["Một.", "Hai."])), document(("A", ["Không.", "Một.", "Hai."])))
        assert [(one.before, one.after, one.is_moved) for one in found] == [(None, "1.1", False), ("1.1", "1.2", True), ("1.2", "1.3", True)]

    def test_tells_of_a_clause_that_is_gone_where_it_stood(self) -> None:
        found = text_difference(document(("A", ["Một.", "Hai."]), ("B", ["Ba."])), document(("A", ["Một."]), ("B", ["Ba!"])))
        assert [(one.before, one.after) for one in found] == [("1.2", None), ("2.1", "2.1")]

    def test_tells_of_a_section_that_is_gone_with_all_it_held(self) -> None:
        found = text_difference(document(("A", ["Một."]), ("B", ["Hai."])), document(("A", ["Một."])))
        assert [(one.before, one.after, read(one, GONE)) for one in found] == [("2", None, "B"), ("2.1", None, "Hai.")]

    def test_tells_of_the_title_the_preamble_and_a_heading(self) -> None:
        found = text_difference(document(("A", ["Một."]), preamble="Xưa."), document(("B", ["Một."]), title="Cam kết", preamble="Nay."))
        assert [(one.before, one.after) for one in found] == [("", ""), ("", ""), ("1", "1")]

    def test_of_the_same_text_is_empty(self) -> None:
        text = document(("A", ["Một.", "Hai."]), preamble="Đầu.")
        assert text_difference(text, replace(text)) == ()

    def test_of_a_clause_longer_than_anybody_reads_goes_line_by_line(self) -> None:
        lines = [f"dòng {number} có vài chữ" for number in range(MOST_WORDS)]
        (passage,) = text_difference(document(("A", ["\n".join(lines)])), document(("A", ["\n".join([*lines[:9], "khác", *lines[10:]])])))
        assert pieces(passage)[1:3] == [(GONE, "dòng 9 có vài chữ\n"), (NEW, "khác\n")]


def rows_of_three_words(seed: int) -> str:
    """Three hundred lines of few words in another order, each with one after it that is the same whatever the seed."""
    return "".join(f"{' '.join('abc'[(at * word + word * word * seed) % 7 % 3] for word in range(100))}\n{at}\n" for at in range(300))


class TestTwoLongTexts:
    @pytest.mark.parametrize(("before", "after"), [*ALIKE.values(), (rows_of_three_words(1), rows_of_three_words(2))], ids=[*ALIKE, "many lines"])
    def test_take_little_work_however_alike_they_are(self, before: str, after: str, monkeypatch: pytest.MonkeyPatch) -> None:
        pairs = [0]
        monkeypatch.setattr(SequenceMatcher, "find_longest_match", counting(pairs))
        found = pieces_by_line(before * 2, after * 2)
        assert pairs[0] < 2_000_000
        assert "".join(piece.text for piece in found if piece.kind is not NEW) == before * 2
        assert "".join(piece.text for piece in found if piece.kind is not GONE) == after * 2

    def test_of_more_words_than_are_compared_at_once_are_marked_word_by_word_all_the_same(self) -> None:
        lines = [f"dòng {number} có vài chữ\n" for number in range(MOST_WORDS)]
        changed = [*lines[:9], "dòng 9 có ba chữ\n", *lines[10:]]
        found = [(piece.kind, piece.text) for piece in pieces_by_line("".join(lines), "".join(changed))]
        assert [one for one in found if one[0] is not SAME] == [(GONE, "vài"), (NEW, "ba")]

    @given(
        st.lists(st.sampled_from(["Một.\n", "\n", "Hai ba.\n", "Hai  bốn.\n", "Năm"])), st.lists(st.sampled_from(["Một.\n", "\n", "Hai ba.\n", "x"]))
    )
    def test_lose_no_letter(self, old: list[str], new: list[str]) -> None:
        before, after = "".join(old), "".join(new)
        found = pieces_by_line(before, after)
        assert "".join(piece.text for piece in found if piece.kind is not NEW) == before
        assert "".join(piece.text for piece in found if piece.kind is not GONE) == after
        assert all(one.kind is not SAME or other.kind is not SAME for one, other in pairwise(found))


TEXTS = st.sampled_from(["Một.", "Hai ba.", "Hai ba bốn.", "Năm,  sáu\n\nbảy."])
DOCUMENTS = st.lists(st.tuples(st.sampled_from("AB"), st.lists(TEXTS, max_size=4)), max_size=3).map(lambda found: document(*found))


class TestAnyTextDifference:
    @given(DOCUMENTS, DOCUMENTS)
    @settings(max_examples=200)
    def test_tells_of_each_clause_that_is_not_as_it_was_and_loses_no_letter(self, old: Document, new: Document) -> None:
        found = text_difference(old, new)
        before, after = ({str(one.number): one.paragraphs_markdown for one in text.clauses} for text in (old, new))
        clauses = [one for one in found if "." in (one.before or one.after or "")]
        for passage in clauses:
            assert read(passage, SAME, GONE) == before.get(passage.before or "", "")
            assert read(passage, SAME, NEW) == after.get(passage.after or "", "")
        told_old, told_new = [one.before for one in clauses if one.before], [one.after for one in clauses if one.after]
        assert len(told_old) == len(set(told_old))
        assert len(told_new) == len(set(told_new))
        quiet = before.keys() & after.keys() - set(told_old) - set(told_new)
        assert all(before[number] == after[number] for number in quiet)
        assert before.keys() - quiet == set(told_old)
        assert after.keys() - quiet == set(told_new)
