"""What differs between the texts of two editions, word by word, for a person who reads both."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from enum import StrEnum

from camket.policy.document import Clause, Document, Section
from camket.policy.terms import ClauseNumber

_FEW_PAIRS, _MOST_PAIRS = 100_000, 500_000  # of equal words or lines between two passages
_MOST_WORK = 1_500_000  # pairs looked at, some over and over, for two texts that somebody waits for
_MOST_OF_A_TEXT = 10_000_000  # of all the passages of two editions: twice as many as where every word is another one
MOST_WORDS = 4_000  # of one passage compared word by word; a longer one is compared line by line

_WORDS = re.compile(r"\d+(?:[.,:/]\d+)+|\w+|\s+|[^\w\s]")  # 1.500.000 and 05/12/2026 are read, and replaced, whole


class PieceKind(StrEnum):
    """Whether a piece of text stands in both editions, in the old one alone, or in the new one alone."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some words in a row of which the same holds."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """
    A title, heading, preamble or clause that differs; its Markdown in pieces.

    `before` and `after` number it: a clause's number, a section's, or empty for title and preamble; None where it does not stand.
    """

    before: str | None
    after: str | None
    pieces: tuple[Piece, ...]

    @property
    def is_moved(self) -> bool:
        """Whether it only stands under another number."""
        return all(piece.kind is PieceKind.SAME for piece in self.pieces)


@dataclass(slots=True, kw_only=True)
class _Work:
    """How many pairs of equal words or lines may still be looked at."""

    left: int


def text_difference(old: Document, new: Document) -> tuple[Passage, ...]:
    """
    Return the passages that differ between two texts in one language, in the order of the new one, each where a reader would look for it.

    A clause is compared with the one of its number; a text that stands under another number now has moved. It takes as much work as it may, and no
    more: what is left then is told as replaced.

    Args:
        old: The text so far.
        new: The text that is to follow it.
    """
    return tuple(_passages(old, new))


def _passages(old: Document, new: Document) -> Iterator[Passage]:
    work = _Work(left=_MOST_OF_A_TEXT)
    for before, after in ((old.title, new.title), (old.preamble, new.preamble)):
        if before != after:
            yield Passage(before="", after="", pieces=tuple(_pieces(before, after, work)))
    headings, moved = {one.number: one for one in old.sections}, _moved(old, new)
    left_out = _left_out(old, new, moved)
    for section in new.sections:
        yield from _heading(headings.pop(section.number, None), section, work)
        for clause in section.clauses:
            yield from _clause(old, clause, moved, work)
        yield from (_gone(one) for one in left_out.get(section.number, ()))
    for section in headings.values():
        yield Passage(before=str(section.number), after=None, pieces=pieces_of(section.title, ""))
        yield from (_gone(one) for one in left_out.get(section.number, ()))


def _heading(before: Section | None, after: Section, work: _Work) -> Iterator[Passage]:
    if before is None or before.title != after.title:
        pieces = tuple(_pieces(before.title if before else "", after.title, work))
        yield Passage(before=str(after.number) if before else None, after=str(after.number), pieces=pieces)


def _clause(old: Document, clause: Clause, moved: dict[ClauseNumber, ClauseNumber], work: _Work) -> Iterator[Passage]:
    text = clause.paragraphs_markdown
    if clause.number in moved:
        yield Passage(before=moved[clause.number], after=clause.number, pieces=pieces_of(text, text))
        return
    before = old.clause(clause.number)
    if before is not None and before.number in moved.values():
        before = None  # what stood here stands elsewhere now
    if before is None or before.paragraphs_markdown != text:
        known = before.paragraphs_markdown if before else ""
        yield Passage(before=before.number if before else None, after=clause.number, pieces=tuple(_pieces(known, text, work)))


def _gone(clause: Clause) -> Passage:
    return Passage(before=clause.number, after=None, pieces=pieces_of(clause.paragraphs_markdown, ""))


def _left_out(old: Document, new: Document, moved: dict[ClauseNumber, ClauseNumber]) -> dict[int, list[Clause]]:
    """The old clauses that stand nowhere in the new text, by their section."""
    kept = {one.number for one in new.clauses if one.number not in moved} | set(moved.values())
    return {section.number: [one for one in section.clauses if one.number not in kept] for section in reversed(old.sections)}


def _moved(old: Document, new: Document) -> dict[ClauseNumber, ClauseNumber]:
    """Which new clause carries the very text that an old clause of another number had, by the new number."""
    texts = {one.paragraphs_markdown: one.number for one in old.clauses}
    found: dict[ClauseNumber, ClauseNumber] = {}
    for clause in new.clauses:
        number = texts.get(clause.paragraphs_markdown)
        same = old.clause(clause.number)
        stays = same is not None and same.paragraphs_markdown == clause.paragraphs_markdown
        if number is not None and not stays and number not in found.values() and not _stands(new, old, number):
            found[clause.number] = number
    return found


def _stands(new: Document, old: Document, number: ClauseNumber) -> bool:
    before, after = old.clause(number), new.clause(number)
    return before is not None and after is not None and before.paragraphs_markdown == after.paragraphs_markdown


def pieces_of(before: str, after: str) -> tuple[Piece, ...]:
    """
    Return two texts as one row of pieces; words and the spaces between them count alike, so that nothing is lost.

    Args:
        before: The text so far.
        after: The one that is to follow it.
    """
    return tuple(_pieces(before, after))


def pieces_by_line(before: str, after: str) -> tuple[Piece, ...]:
    """
    Return two texts of any length as one row of pieces: line by line, and word by word where lines differ.

    It takes as much work as it may, and no more: what is left then is told as replaced.

    Args:
        before: The text so far.
        after: The one that is to follow it.
    """
    found: list[Piece] = []
    work = _Work(left=_MOST_WORK)
    for is_same, ours, theirs in _compared(before.splitlines(keepends=True), after.splitlines(keepends=True), work):
        for piece in (Piece(kind=PieceKind.SAME, text=ours),) if is_same else _pieces(ours, theirs, work):
            if found and found[-1].kind is piece.kind is PieceKind.SAME:
                found[-1] = Piece(kind=PieceKind.SAME, text=found[-1].text + piece.text)
            else:
                found.append(piece)
    return tuple(found)


class _Search(SequenceMatcher[str]):
    """A search for what two rows have in common that finds nothing more once its work is done."""

    a: Sequence[str]  # documented, and not in the stubs
    b2j: Mapping[str, Sequence[int]]
    work: _Work | None = None

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        """Return the longest run that two parts of the rows have in common, or an empty one."""
        if self.work:
            end = len(self.a) if ahi is None else ahi
            self.work.left -= sum(1 + len(self.b2j.get(self.a[at], ())) for at in range(alo, end))
            if self.work.left < 0:
                return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


def _pieces(before: str, after: str, work: _Work | None = None) -> Iterator[Piece]:
    ours, theirs = _parted(before), _parted(after)
    if max(len(ours), len(theirs)) > MOST_WORDS:
        ours, theirs = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return _told(_without_gaps(list(_compared(ours, theirs, work))))


def _compared(ours: Sequence[str], theirs: Sequence[str], work: _Work | None = None) -> Iterator[tuple[bool, str, str]]:
    """
    The runs of two rows of words or lines: whether both have them, and what each has.

    What both begin and end with is set aside first. Where many are alike, what comes often in the longer row is no place to begin a match at, or
    a table of equal lines would take minutes; beside one that is found it counts like any other. Where all too many are, nothing is compared.
    """
    head = next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), min(len(ours), len(theirs)))
    rest = [row[head:] for row in (ours, theirs)]
    turned = zip(reversed(rest[0]), reversed(rest[1]), strict=False)
    tail = next((at for at, (one, other) in enumerate(turned) if one != other), min(map(len, rest)))
    left, right = (row[: len(row) - tail] for row in rest)
    if head:
        yield True, "".join(ours[:head]), "".join(theirs[:head])
    is_turned = len(left) > len(right)
    has_many = _pairs(left, right) > _FEW_PAIRS
    has_too_many = has_many and _pairs(left, right, most=max(len(left), len(right)) // 100 + 1) > _MOST_PAIRS
    if has_too_many or (work and work.left < 0):
        yield False, "".join(left), "".join(right)
        left, right = [], []
    matcher = _Search(None, *((right, left) if is_turned else (left, right)), autojunk=has_many)
    matcher.work = work
    opcodes = matcher.get_opcodes()
    for tag, start, end, first, last in opcodes:
        mine, other = ((first, last), (start, end)) if is_turned else ((start, end), (first, last))
        yield tag == "equal", "".join(left[slice(*mine)]), "".join(right[slice(*other)])
    if tail:
        yield True, "".join(ours[len(ours) - tail :]), "".join(theirs[len(theirs) - tail :])


def _pairs(ours: Sequence[str], theirs: Sequence[str], *, most: int | None = None) -> int:
    """How many pairs of equal words or lines there are between two rows; left out are those that come more often than `most` in one."""
    known, counted = Counter(theirs), Counter(ours).items()
    return sum(many * known[word] for word, many in counted if most is None or max(many, known[word]) <= most)


def _without_gaps(runs: Sequence[tuple[bool, str, str]]) -> Iterator[tuple[bool, str, str]]:
    """The runs with those made one that only spaces part: two words in a row that were replaced read as one replacement."""
    gone, new = "", ""
    for at, (is_same, ours, theirs) in enumerate(runs):
        is_gap = is_same and ours.isspace() and 0 < at < len(runs) - 1
        if is_same and not is_gap:
            if gone or new:
                yield False, gone, new
            gone, new = "", ""
            yield True, ours, theirs
        else:
            gone, new = gone + ours, new + theirs
    if gone or new:
        yield False, gone, new


def _told(runs: Iterator[tuple[bool, str, str]]) -> Iterator[Piece]:
    for is_same, ours, theirs in runs:
        if is_same:
            yield Piece(kind=PieceKind.SAME, text=ours)
            continue
        if ours:
            yield Piece(kind=PieceKind.GONE, text=ours)
        if theirs:
            yield Piece(kind=PieceKind.NEW, text=theirs)


def _parted(text: str) -> Sequence[str]:
    return _WORDS.findall(text)
