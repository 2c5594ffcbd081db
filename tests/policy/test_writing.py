"""A text is kept in one spelling, whatever keyboard and browser it came from, and with nothing in it that nobody sees."""

import pytest

from camket.policy.writing import IN_PARAGRAPHS, has_unseen, one_line, paragraphs

_COMPOSED, _APART = "Tiếng Việt", "Tiê\u0301ng Viê\u0323t"


class TestALine:
    def test_is_kept_in_one_spelling_with_single_spaces(self) -> None:
        assert one_line(f"  {_APART}\r\n \tsố  1 ") == f"{_COMPOSED} số 1"


class TestParagraphs:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_are_kept_in_one_spelling_with_line_feeds_and_nothing_around_them(self, end: str) -> None:
        assert paragraphs(f"{end}{_APART}{end}{end}  Hai.{end}") == f"{_COMPOSED}\n\n  Hai."


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
