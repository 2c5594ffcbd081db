"""The carrier for development: every letter becomes a file that only its owner may read."""

import contextlib
import os
import secrets
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from camket.channels.mail_out.form import Sendable, written
from camket.channels.mail_out.letter import Delivery, DeliveryOutcome, LetterUnsendable
from camket.channels.mail_out.route import Folder


class FolderCarrier:
    """Writes letters as .eml files under random names: a name would otherwise tell whom they are for."""

    def __init__(self, folder: Folder) -> None:
        self._path = folder.path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def send(self, letter: Sendable) -> Delivery:
        """
        Write one letter; whoever watches the folder sees it whole or not at all.

        Args:
            letter: The letter.

        Returns:
            Accepted with "file.written", or deferred with "file.not_written".

        Raises:
            LetterUnsendable: The letter cannot be put into a message.
        """
        message = written(letter)
        name = secrets.token_hex(16)
        part = self._path / f".{name}.part"
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(part, "xb", opener=_private) as file:
                file.write(message)
            part.rename(self._path / f"{name}.eml")
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
            return Delivery(outcome=DeliveryOutcome.DEFERRED, code="file.not_written")
        return Delivery(outcome=DeliveryOutcome.ACCEPTED, code="file.written")

    def send_all(self, letters: Sequence[Sendable]) -> Sequence[Delivery]:
        """
        Write many letters.

        Args:
            letters: The letters.

        Returns:
            What became of each, in their order; a letter that cannot be put into a message is refused with the part's code.
        """
        return [self._sent(letter) for letter in letters]

    def _sent(self, letter: Sendable) -> Delivery:
        try:
            return self.send(letter)
        except LetterUnsendable as unsendable:
            return Delivery(outcome=DeliveryOutcome.REFUSED, code=unsendable.code)

    def greet(self) -> str:
        """
        Tell whether letters can be written.

        Returns:
            "file.writable" or "file.not_writable".
        """
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return "file.not_writable"
        return "file.writable" if os.access(self._path, os.W_OK | os.X_OK) else "file.not_writable"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
