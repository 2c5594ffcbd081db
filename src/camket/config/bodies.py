"""How much of a request's body is held: a little for everybody, more for as many at once as there is memory for, and of a form only so many parts."""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from camket.config.heads import boundary_in


class TooLarge(Exception):
    """The body is larger than any route takes."""


class NoRoom(Exception):
    """As many bodies are held just now as there is memory for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallerLimit:
    """What every body may have; one that is longer needs a place among those that are held at once."""

    limit_bytes: int
    most_at_once: int  # bodies over it that are held at once, until they are answered


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderLimit:
    """
    What the one form takes that may bring files.

    A body that is longer is cut off and the rest let go by as it comes: what was typed stands before the files, so the form can be given back
    with it. So is a body for which there is no room, and one that is too slow; they lack the field that stands at the form's end, and none of
    their files is kept.
    """

    paths: re.Pattern[str]
    limit_bytes: int  # of a body that is held
    let_by_bytes: int  # of a body altogether; one that says it is longer is not received
    deadline_seconds: float
    let_by_seconds: float  # for the rest of one that was not there by the deadline
    most_at_once: int  # bodies over the ordinary limit that are held at once, until they are answered
    most_worked_on: int  # of those, by the application: it takes some five times a body's memory, and a moment

    def covers(self, scope: MutableMapping[str, Any]) -> bool:
        """Return whether a request is for the form that may bring files: it is received to its end, however little of it is held."""
        return scope.get("method") == "POST" and self.paths.fullmatch(scope.get("path", "")) is not None

    def may_bring_files(self, scope: MutableMapping[str, Any]) -> bool:
        """Return whether a request for that form comes in parts, in which files may be."""
        kinds = [value for name, value in scope["headers"] if name == b"content-type"]
        return len(kinds) == 1 and kinds[0].strip().lower().startswith(b"multipart/form-data")


class Room:
    """How many bodies of a size are held just now; one loop counts them, so nothing has to be locked."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self) -> bool:
        """Take a place, or return that there is none."""
        if not self._left:
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        """Leave a place to the next."""
        self._left += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A larger limit, and the room in which a body needs a place for it."""

    room: Room
    limit_bytes: int
    is_wide: bool = False


class Body:
    """A body as it comes in: held as far as its limit goes, which grows step by step once that is needed and there is room."""

    def __init__(self, *, limit_bytes: int, steps: Sequence[Step], let_by_bytes: int, may_be_cut_off: bool) -> None:
        self._parts: list[bytes] = []
        self._held, self._size = 0, 0
        self._first_bytes = self._limit_bytes = limit_bytes
        self._steps = list(steps)
        self._let_by_bytes = let_by_bytes
        self._may_be_cut_off = may_be_cut_off
        self._places: list[Room] = []
        self.is_wide = False  # whether it is one of the few that are larger than all others

    def expect(self, declared: bytes) -> None:
        """Turn a body away that says it is longer than what is received."""
        if declared.isdigit() and int(declared) > self._let_by_bytes:
            raise TooLarge

    def add(self, part: bytes) -> None:
        """Hold a part, or as much of it as the limit leaves."""
        self._size += len(part)
        if self._size > self._let_by_bytes:
            raise TooLarge
        while self._steps and self._size > self._limit_bytes:
            self._grow(self._steps.pop(0))
        kept = part[: self._limit_bytes - self._held]
        if kept:
            self._parts.append(kept)
            self._held += len(kept)

    def _grow(self, step: Step) -> None:
        if step.room.take():
            self._places.append(step.room)
            self._limit_bytes, self.is_wide = step.limit_bytes, step.is_wide
        elif self._may_be_cut_off:
            self._steps.clear()
        else:
            raise NoRoom

    def cut_off(self) -> None:
        """Hold no more than everybody may, and nothing of what is still to come."""
        self._parts = [b"".join(self._parts)[: self._first_bytes]]
        self._held = self._limit_bytes = len(self._parts[0])
        self._steps.clear()
        self.close()

    def whole(self) -> bytes:
        """Return what is held, once, in one piece."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

    def close(self) -> None:
        """Leave the places that were taken."""
        places, self._places, self.is_wide = self._places, [], False
        for room in places:
            room.give_back()


def first_parts(body: bytes, kind: bytes, *, most: int) -> bytes:
    """
    Return a form in parts as far as so many of them go, and any other body as it is.

    Django counts fields and files and leaves uncounted what is a file and has no name: of those a megabyte holds a thousand, for each of which it
    reads a head of a kilobyte, and a request of nine was half a minute's work. A form that is cut here lacks its end, as one that was too long.

    Args:
        body: As it was received.
        kind: Its media type, from `heads.plain_type`.
        most: How many parts are read.

    Source: RFC 7578 §4.1; RFC 2046 §5.1.1.
    """
    boundary = boundary_in(kind)
    mark, at = b"--" + boundary, 0
    for _ in range(most + 1 if boundary else 0):
        found = body.find(mark, at)
        if found < 0:
            return body
        at = found + len(mark)
    return body[: at - len(mark)] if boundary else body
