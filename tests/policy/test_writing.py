"""A text is kept in one spelling, whatever keyboard and browser it came from, and with nothing in it that nobody sees."""

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.writing import IN_PARAGRAPHS, NormalForm, composed, has_unseen, one_line, paragraphs

_COMPOSED, _APART = "Tiếng Việt", "Tiê\u0301ng Viê\u0323t"


class TestALine:
    def test_is_kept_in_one_spelling_with_single_spaces(self) -> None:
        assert one_line(f"  {_APART}\r\n \tsố  1 ") == f"{_COMPOSED} số 1"


class TestParagraphs:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_are_kept_in_one_spelling_with_line_feeds_and_nothing_around_them(self, end: str) -> None:
        assert paragraphs(f"{end}{_APART}{end}{end}  Hai.{end}") == f"{_COMPOSED}\n\n  Hai."


_SIGNS = "ae \n\u0300\u0301\u0302\u0316\u0323\u0344\u0f71\u0f73\u0f75\u1100\u1161\u11a8한ệĐﬁ½"
_HEAPS = ("\u0300" * 30_000 + "\u0316" * 30_000, "\u0316\u0300" * 30_000, "\u0f73" * 30_000, "\u0344\u0316" * 30_000)


class TestMarksHeapedUponOneLetter:
    """The library orders them in the square of their number, and no other thread of the process goes on meanwhile."""

    @pytest.mark.parametrize("heap", _HEAPS, ids=range(len(_HEAPS)))
    @pytest.mark.parametrize("tidied", [one_line, paragraphs])
    def test_keep_nobody_waiting(self, tidied: Callable[[str], str], heap: str) -> None:
        began = time.process_time()
        assert tidied(f"a{heap}")
        assert time.process_time() - began < 1.0

    @given(st.text(st.sampled_from(_SIGNS), max_size=200), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    def test_stand_in_the_order_of_the_standard(self, text: str, form: NormalForm) -> None:
        heaped = text + "\u0301\u0316" * 40 + text
        assert composed(heaped, form) == unicodedata.normalize(form, heaped)


class TestACharacterThatNobodySees:
    @pytest.mark.parametrize("char", ["\0", "\x1b", "\n", "\u200b", "\u202e", "\u2028", "\u2029", "\ud800", "\ufeff"])
    def test_is_noticed(self, char: str) -> None:
        assert has_unseen(f"a{char}b")

    @pytest.mark.parametrize("char", sorted(IN_PARAGRAPHS))
    def test_is_let_by_where_it_has_an_honest_use(self, char: str) -> None:
        assert not has_unseen(f"a{char}b", allowed=IN_PARAGRAPHS)

    @pytest.mark.parametrize("char", ["ệ", "\u00a0", "😀", "—"])
    def test_is_not_seen_in_what_is_drawn(self, char: str) -> None:
        assert not has_unseen(f"a{char}b")
