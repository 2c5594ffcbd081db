"""What differs between two texts on one form, marked where it stands, with the lines that are alike folded away."""

import pytest

from camket.policy.changes import PieceKind
from camket.web.console.differing import Stretch, stretches

LINES = [f"Dòng {number} có vài chữ.\n" for number in range(100)]


def changed(**words: str) -> str:
    """The lines with another word in some of them, named by their number."""
    return "".join(line.replace("vài", words.get(f"_{at}", "vài")) for at, line in enumerate(LINES))


def read(found: tuple[Stretch, ...], *kinds: PieceKind) -> str:
    """What somebody reads who opens every fold and sees only pieces of these kinds."""
    return "".join(piece.text for one in found for piece in one.pieces if piece.kind in kinds)


class TestTheStretches:
    def test_fold_away_what_is_alike_and_leave_two_lines_around_what_differs(self) -> None:
        found = stretches("".join(LINES), changed(_50="ba"))
        assert [one.lines for one in found] == [48, 0, 47]
        assert read(found[1:2], PieceKind.SAME, PieceKind.NEW) == "".join([*LINES[48:50], "Dòng 50 có ba chữ.\n", *LINES[51:53]])
        assert (read(found, PieceKind.SAME, PieceKind.GONE), read(found, PieceKind.SAME, PieceKind.NEW)) == ("".join(LINES), changed(_50="ba"))

    def test_fold_away_nothing_where_it_would_save_no_room(self) -> None:
        found = stretches("".join(LINES), changed(_3="ba", _10="ba", _19="ba", _96="ba"))
        assert [one.lines for one in found] == [0, 4, 0, 72, 0], "between the first two, and at both ends, fewer than four would be folded"

    def test_stand_from_the_first_line_where_that_differs(self) -> None:
        assert [one.lines for one in stretches("".join(LINES), changed(_0="ba", _99="ba"))] == [0, 94, 0]

    @pytest.mark.parametrize(("before", "after"), [("", "Một."), ("Một.", ""), ("Một.", "Một.")])
    def test_are_none_where_there_is_nothing_to_compare(self, before: str, after: str) -> None:
        assert stretches(before, after) == ()

    @pytest.mark.parametrize(("before", "after", "marked"), [("a b", "a  b", "··"), ("a\nb", "a\n\nb", "¶\n"), ("a\tb", "a b", "·")])
    def test_mark_a_difference_that_nobody_would_see(self, before: str, after: str, marked: str) -> None:
        assert marked in read(stretches(before, after), PieceKind.NEW)
