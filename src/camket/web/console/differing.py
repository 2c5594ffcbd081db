"""What differs between two texts, as a form shows it: the words that do, with the lines around them; what is alike beyond those is folded away."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from camket.policy.changes import Piece, PieceKind, pieces_by_line

_AROUND: Final = 2  # lines beside one that differs that stay open
_FEWEST_FOLDED: Final = 4  # lines: fewer take hardly more room than what says that they are folded
_SEEN: Final = str.maketrans({"\n": "¶\n", " ": "·", "\t": "→"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some of two texts in a row: how many lines are folded away because they are alike, or 0 where it stands open."""

    pieces: tuple[Piece, ...]
    lines: int = 0


def stretches(before: str, after: str) -> tuple[Stretch, ...]:
    """
    Return two texts as one row of what stands open and what is folded away; nothing where one is empty or both are the same.

    Args:
        before: The text that stands.
        after: The one that is to take its place.
    """
    if not before or not after or before == after:
        return ()
    return tuple(_folded(pieces_by_line(before, after)))


def _folded(pieces: tuple[Piece, ...]) -> Iterator[Stretch]:
    is_open: list[Piece] = []
    for at, piece in enumerate(pieces):
        if piece.kind is not PieceKind.SAME:
            is_open.append(_visible(piece))
            continue
        head, alike, tail = _parted(piece.text, after=pieces[at - 1].text if at else None, is_last=at == len(pieces) - 1)
        if head:
            is_open.append(replace(piece, text=head))
        if alike:
            if is_open:
                yield Stretch(pieces=tuple(is_open))
            yield Stretch(pieces=(replace(piece, text="".join(alike)),), lines=len(alike))
            is_open = []
        if tail:
            is_open.append(replace(piece, text=tail))
    if is_open:
        yield Stretch(pieces=tuple(is_open))


def _parted(text: str, *, after: str | None, is_last: bool) -> tuple[str, list[str], str]:
    """What both texts have, with the lines in its middle that are folded away."""
    lines = text.splitlines(keepends=True)
    # the rest of a line that differs, and the beginning of one, are no lines beside it
    head = 0 if after is None else _AROUND + (not after.endswith("\n"))
    end = len(lines) - (0 if is_last else _AROUND + (not text.endswith("\n")))
    if end - head < _FEWEST_FOLDED:
        return text, [], ""
    return "".join(lines[:head]), lines[head:end], "".join(lines[end:])


def _visible(piece: Piece) -> Piece:
    """A piece that differs; one of spaces or ends of lines alone with signs for them, for nobody would see what is marked."""
    return replace(piece, text=piece.text.translate(_SEEN)) if piece.text.isspace() else piece
