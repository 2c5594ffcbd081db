"""
A letter to many that is composed once, with blanks, and filled in for each.

What is filled in is never read as anything but itself: the composed bytes are cut at their blanks, and a value is laid between the pieces.
Every value is checked as the parts of an `OutgoingLetter` are, and `FilledLetter.as_letter` is the same letter by the slow way.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from camket.channels.mail_out.letter import LetterUnsendable, OutgoingLetter, date_header, in_ascii, is_address, is_line, is_message_id
from camket.channels.mail_out.message import compose, write

# Characters that mean nothing to anybody (Unicode's private use): no text of ours or of others has a reason to hold them.
_OPEN, _CLOSE = "\ue0fa", "\ue0fb"
_BLANK = re.compile(f"{_OPEN}([a-z](?:[a-z_]{{0,30}}[a-z])?){_CLOSE}")
_IN_A_HEADER = re.compile(r"[\x21-\x7e]{1,600}")
_LONGEST_VALUE = 1000
_LONGEST_LINE = 900  # bytes; mail allows 998
_OWN = ("to_", "message_id_", "date_")  # blanks that every form has; no name of others ends so
_ANY_INSTANT = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def blank(name: str) -> str:
    """
    Return the mark of a place to be filled in, for the text or a header of a `LetterForm`.

    Args:
        name: What goes there, e.g. "link"; small letters, with underscores between them.
    """
    return f"{_OPEN}{name}{_CLOSE}"


@dataclass(frozen=True, kw_only=True, eq=False)
class LetterForm:
    """
    What a letter to many has in common. Its printed form holds neither subject nor text.

    Args:
        subject: One line, the same for all.
        text: The plain text, with `blank` marks.
        headers: Further headers; their values may hold blanks too.
        from_email: The sender's address.
        from_name: The sender's name; may be empty.

    Raises:
        LetterUnsendable: A part is malformed, as in an `OutgoingLetter`; "letter.blank" for half a mark.
    """

    subject: str = field(repr=False)
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    from_email: str = field(repr=False)
    from_name: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", MappingProxyType(dict(self.headers)))
        if any(mark in _BLANK.sub("", part) for part in (self.text, *self.headers.values()) for mark in (_OPEN, _CLOSE)):
            raise LetterUnsendable("letter.blank")
        if not _BLANK.sub("", self.text).strip():
            raise LetterUnsendable("letter.text")
        # the rest is judged by the letter that it would make
        sample = dict.fromkeys(self.blanks, "x")
        self.letter(to=self.from_email, message_id="<form@example.com>", sent_at=_ANY_INSTANT, values=sample)

    @cached_property
    def blanks(self) -> frozenset[str]:
        """The names of all blanks."""
        return frozenset(_BLANK.findall(self.text)) | self.header_blanks

    @cached_property
    def header_blanks(self) -> frozenset[str]:
        """The names of those that stand in headers, whose values may hold no space."""
        return frozenset(name for value in self.headers.values() for name in _BLANK.findall(value))

    def fill(self, *, to: str, message_id: str, sent_at: datetime, values: Mapping[str, str]) -> "FilledLetter":
        """
        Return the letter for one person.

        Args:
            to: The one address it goes to.
            message_id: With its angle brackets.
            sent_at: The instant its Date header names, with its time zone.
            values: One line for every blank.

        Raises:
            LetterUnsendable: One of them is malformed, or could begin a line or a header of its own.
        """
        return FilledLetter(form=self, to=to, message_id=message_id, sent_at=sent_at, values=values)

    def letter(self, *, to: str, message_id: str, sent_at: datetime, values: Mapping[str, str]) -> OutgoingLetter:
        """
        Return the letter with every blank filled in, to be composed by itself.

        Args:
            to: The one address it goes to.
            message_id: With its angle brackets.
            sent_at: The instant its Date header names.
            values: One line for every blank.

        Raises:
            LetterUnsendable: A part is malformed.
        """
        return OutgoingLetter(
            to=to,
            subject=self.subject,
            text=_filled(self.text, values),
            headers={name: _filled(value, values) for name, value in self.headers.items()},
            message_id=message_id,
            sent_at=sent_at,
            from_email=self.from_email,
            from_name=self.from_name,
        )

    @cached_property
    def moulds(self) -> Mapping[bool, "Mould | None"]:
        """What is poured for values that are ASCII (True), and for others (False): the letter's encoding depends on it."""
        return {is_ascii: Mould.of(self, is_ascii=is_ascii) for is_ascii in (True, False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledLetter:
    """
    A form filled in for one person. Its printed form holds neither address nor values.

    Raises:
        LetterUnsendable: A value is malformed, missing, or of no blank.
    """

    form: LetterForm = field(repr=False)
    to: str = field(repr=False)
    message_id: str
    sent_at: datetime
    values: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        if not is_address(self.to):
            raise LetterUnsendable("letter.to")
        if not is_message_id(self.message_id):
            raise LetterUnsendable("letter.message_id")
        if self.sent_at.tzinfo is None:
            raise LetterUnsendable("letter.sent_at")
        if self.values.keys() != self.form.blanks:
            raise LetterUnsendable("letter.values")
        for name, value in self.values.items():
            is_good = _IN_A_HEADER.fullmatch(value) if name in self.form.header_blanks else len(value) <= _LONGEST_VALUE and is_line(value)
            if not is_good:
                raise LetterUnsendable("letter.values")

    @property
    def from_email(self) -> str:
        """The sender's address."""
        return self.form.from_email

    @property
    def date_header(self) -> str:
        """The instant as RFC 5322 writes it."""
        return date_header(self.sent_at)

    def as_letter(self) -> OutgoingLetter:
        """
        Return the same letter, to be composed by itself.

        Raises:
            LetterUnsendable: What came out is malformed, e.g. a text of nothing but empty values.
        """
        return self.form.letter(to=self.to, message_id=self.message_id, sent_at=self.sent_at, values=self.values)

    def written(self) -> bytes:
        """
        Return the letter as a message, byte for byte what composing it by itself gives.

        Raises:
            LetterUnsendable: It cannot be put into a message.
        """
        mould = self.form.moulds[all(map(str.isascii, self.values.values()))]
        if mould is not None:
            poured = mould.pour(self)
            # a line beyond the limit is folded or encoded otherwise: the library knows how
            if len(poured) - mould.least_bytes + mould.longest_line <= _LONGEST_LINE or _longest_line(poured) <= _LONGEST_LINE:
                return poured
        return compose(self.as_letter())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mould:
    """A composed message, cut at its blanks."""

    pieces: tuple[bytes, ...] = field(repr=False)  # every second one stands for a blank
    names: tuple[str, ...]  # of the blanks, in their order
    least_bytes: int  # with nothing in its blanks
    longest_line: int  # so too, in bytes: with values in them no line is longer than this and all of them together

    @classmethod
    def of(cls, form: LetterForm, *, is_ascii: bool) -> "Mould | None":
        """
        Compose a form once, and cut it.

        Args:
            form: The form.
            is_ascii: Whether every value that will be poured in is.

        Returns:
            The mould; None for a form whose encoding leaves no places to cut, such as a text with a line too long for mail.
        """
        mark = f"x{secrets.token_hex(16)}x"  # that nobody can have foreseen, so that no text holds it
        also = "" if is_ascii else "ạ"
        values = {name: f"{mark}{name}{mark}" for name in form.blanks}
        headed = form.letter(to=form.from_email, message_id="<form@example.com>", sent_at=_ANY_INSTANT, values=values)
        marked = replace(headed, text=_filled(form.text, {name: f"{value}{also}" for name, value in values.items()}))
        own = {name: f"{mark}{name}{mark}" for name in _OWN}
        composed = write(marked, to=own["to_"], message_id=own["message_id_"], date=own["date_"])
        cut = re.split(f"{mark}([a-z_]+){mark}{also and f'(?:{also})?'}".encode(), composed)
        expected = 3 + sum(len(_BLANK.findall(part)) for part in (form.text, *form.headers.values()))
        if len(cut) != 2 * expected + 1 or _longest_line(composed) > _LONGEST_LINE:
            return None
        fixed = b"".join(cut[::2])
        names = tuple(name.decode() for name in cut[1::2])
        return cls(pieces=tuple(cut), names=names, least_bytes=len(fixed), longest_line=_longest_line(fixed))

    def pour(self, letter: "FilledLetter") -> bytes:
        """
        Return the message with a letter's values in it.

        Args:
            letter: Of the form that this was made of.
        """
        values = {name: value.encode() for name, value in letter.values.items()}
        values["to_"] = in_ascii(letter.to).encode()
        values["message_id_"] = letter.message_id.encode()
        values["date_"] = letter.date_header.encode()
        pieces = list(self.pieces)
        pieces[1::2] = [values[name] for name in self.names]
        return b"".join(pieces)


Sendable = OutgoingLetter | FilledLetter


def written(letter: Sendable) -> bytes:
    """
    Return any letter as a message.

    Args:
        letter: The letter.

    Raises:
        LetterUnsendable: It cannot be put into a message.
    """
    return letter.written() if isinstance(letter, FilledLetter) else compose(letter)


def _longest_line(message: bytes) -> int:
    return max(map(len, message.split(b"\n")))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _BLANK.sub(lambda found: values[found[1]], text)
