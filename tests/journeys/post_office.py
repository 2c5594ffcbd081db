"""A real SMTP server that keeps what it is given, and can be told to behave badly."""

import asyncio
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port


class PostOffice:
    """Every letter that arrived, in order; `answer` replaces the "250 OK" while it is set."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.answer = ""
        self._port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port, ready_timeout=60)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name for it
        """Keep a letter, or give the answer that was ordered."""
        await asyncio.sleep(0)
        if self.answer:
            return self.answer
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.raw.append(content)
        self.letters.append(message_from_bytes(content, _class=EmailMessage, policy=policy.default))
        return "250 OK"

    def __enter__(self) -> "PostOffice":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        """The address to put into CAMKET_SMTP_URL."""
        return f"smtp://127.0.0.1:{self._port}?tls=none"

    def to(self, address: str) -> list[EmailMessage]:
        """Return the letters to one address."""
        return [letter for letter in self.letters if address in str(letter["To"])]

    def wait_for(self, address: str, *, count: int, seconds: float = 30) -> list[EmailMessage]:
        """Return the letters to one address once there are so many."""
        deadline = time.monotonic() + seconds
        while len(self.to(address)) < count:
            assert time.monotonic() < deadline, f"{len(self.to(address))} of {count} letters came within {seconds} s"
            time.sleep(0.05)
        return self.to(address)


def text_of(letter: EmailMessage) -> str:
    """Return a letter's plain text."""
    body = letter.get_body(preferencelist=("plain",))
    assert body is not None
    return str(body.get_content())
