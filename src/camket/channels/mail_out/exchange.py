"""
Letters handed over on one open connection.

Where the server takes commands in groups (PIPELINING), a letter's text goes out together with the next letter's envelope: each letter waits for
the server once instead of four times. The texts themselves never leave before the server asked for them.
"""

import re
from dataclasses import dataclass, field

from camket.channels.mail_out.answers import SHUTTING_DOWN, START_INPUT, TAKEN, Reply, is_yes, judge
from camket.channels.mail_out.letter import Delivery
from camket.channels.mail_out.wire import Patience, Wire

_STEPS = ("sender", "recipient", "data")
_FIRST_DOTS = re.compile(rb"(?<=\n)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One letter as the server takes it."""

    position: int  # in its batch
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    written: bytes = field(repr=False)


class Exchange:
    """What was said on one connection, what is still owed to it, and what became of each letter."""

    def __init__(self, wire: Wire, *, patience: Patience, told: dict[int, Delivery]) -> None:
        self._wire = wire
        self._patience = patience
        self._told = told
        self._is_grouping = wire.has_extn("pipelining")
        self._unsaid: list[bytes] = []
        self._is_reset_owed = False
        self.begun: int | None = None  # position of the letter whose text has begun to leave, while its answer is owed
        self.has_carried = False  # a letter was taken on this connection
        self.is_over = False  # the server wishes to close

    def hand_over(self, packed: Packed) -> None:
        """
        Say a letter's envelope, and its text if the server wants it; hear what became of the one before.

        Args:
            packed: The letter.

        Raises:
            OSError: The connection was lost; `begun` says which letter's fate is not known.

        Source: RFC 5321 §3.3; RFC 2920 §3.1.
        """
        lines = self._envelope(packed)
        if self._is_grouping:
            self._say(*lines)
            self._settle()
        refused = self._introduce(lines)
        if refused:
            self._told[packed.position] = refused
            self._reset()
        elif not self.is_over:
            self.begun = packed.position
            self._say(_closed(packed.written))
        if not self._is_grouping:
            self._settle()

    def end(self) -> None:
        """
        Hear what became of the last letter.

        Raises:
            OSError: The connection was lost.
        """
        if not self.is_over:
            self._settle()

    def _introduce(self, lines: tuple[bytes, bytes, bytes]) -> Delivery | None:
        """Hear what the server says to each line of an envelope, and return what it refused; in a group every line is answered."""
        refused: Delivery | None = None
        has_recipient = False
        for step, line in zip(_STEPS, lines, strict=True):
            if self.is_over or (refused and not self._is_grouping):
                break
            if not self._is_grouping:
                self._say(line)
            reply = self._hear()
            is_good = is_yes(step, reply)
            has_recipient = has_recipient or (step == "recipient" and is_good)
            refused = refused or (None if is_good else judge(step, reply))
            if refused and reply.code == START_INPUT:
                self._withdraw(has_recipient=has_recipient)
        return refused

    def _envelope(self, packed: Packed) -> tuple[bytes, bytes, bytes]:
        options = ""
        if self._wire.has_extn("size"):
            options += f" SIZE={len(packed.written)}"
        if not packed.written.isascii() and self._wire.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        return f"MAIL FROM:<{packed.sender}>{options}\r\n".encode(), f"RCPT TO:<{packed.recipient}>\r\n".encode(), b"DATA\r\n"

    def _withdraw(self, *, has_recipient: bool) -> None:
        """Take back a text that the server asks for although it refused a part of the envelope: without a recipient, by an empty one."""
        if has_recipient:
            self.is_over = True
        else:
            self._say(b".\r\n")
            self._is_reset_owed = True

    def _reset(self) -> None:
        if not self.is_over and not self._is_reset_owed:
            self._say(b"RSET\r\n")
            self._is_reset_owed = True

    def _settle(self) -> None:
        """Say what waits, and hear the answer that is owed to what came before this letter."""
        self._flush()
        if self._is_reset_owed:
            self._hear()
            self._is_reset_owed = False
        elif self.begun is not None:
            reply = self._hear(self._patience.answer_seconds)
            self._told[self.begun] = TAKEN if is_yes("text", reply) else judge("text", reply)
            self.has_carried = self.has_carried or is_yes("text", reply)
            self.begun = None

    def _say(self, *lines: bytes) -> None:
        self._unsaid.extend(lines)

    def _flush(self) -> None:
        if self._unsaid:
            said, self._unsaid = b"".join(self._unsaid), []
            self._wire.send(said)

    def _hear(self, seconds: float | None = None) -> Reply:
        self._flush()
        reply = self._wire.hear(self._patience.step_seconds if seconds is None else seconds)
        self.is_over = self.is_over or reply.code == SHUTTING_DOWN
        return reply


def _closed(written: bytes) -> bytes:
    """Return a text with its first dots doubled and its end marked (RFC 5321 §4.5.2)."""
    stuffed = _FIRST_DOTS.sub(b"..", written) if b"\n." in written else written
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
