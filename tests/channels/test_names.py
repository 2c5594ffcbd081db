"""A resolver that hangs holds up nobody for longer than our own limit, and no more threads than hosts."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from camket.channels import mail_out
from camket.channels.mail_in.mailbox import Mailbox, MailboxFault
from camket.channels.mail_in.place import read_place
from camket.channels.mail_out import OutgoingLetter
from camket.channels.mail_out.wire import Patience
from tests.channels.mail_out.conftest import open_office, write
from tests.channels.mail_out.post_office import Clerk

__all__ = ["open_office", "write"]
HOST = "mail.example.vn"
Found = TypeVar("Found")
HASTY = Patience(step_seconds=0.4)


class Resolver:
    """The machine's resolver, that does not answer for one host until it is let."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask
        self.answers = threading.Event()
        self.asked = 0
        self.points_to: tuple[str, int] | None = None

    def __call__(self, host: object, port: Any, *more: Any, **named: Any) -> Any:
        """Answer as the machine does."""
        if host != HOST:
            return self._ask(host, port, *more, **named)
        self.asked += 1
        self.answers.wait(30)
        if self.points_to is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return self._ask(*self.points_to, *more, **named)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    found = Resolver(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", found)
    yield found
    found.answers.set()
    for thread in threading.enumerate():
        if thread.name.startswith("name of "):
            thread.join(30)


def timed(act: Callable[[], Found]) -> tuple[float, Found]:
    """Return how many seconds an act took, and what it returned."""
    began = time.monotonic()
    found = act()
    return time.monotonic() - began, found


class TestANameThatIsLookedUp:
    def test_for_ever_takes_a_step_of_a_letter_and_one_thread(self, resolver: Resolver, write: Callable[..., OutgoingLetter], settings: Any) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://{HOST}:2525?tls=none"
        for _ in range(3):
            seconds, delivery = timed(lambda: mail_out.send(write(), patience=HASTY))
            assert (delivery.code, seconds < 5) == ("smtp.no_name", True)
        assert resolver.asked == 1
        assert len([one for one in threading.enumerate() if one.name == f"name of {HOST}"]) == 1

    def test_in_vain_is_told_apart_from_a_server_that_is_away(self, resolver: Resolver, write: Callable[..., OutgoingLetter], settings: Any) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://{HOST}:2525?tls=none"
        resolver.answers.set()
        assert mail_out.send(write(), patience=HASTY).code == "smtp.no_name"
        assert mail_out.probe(patience=HASTY).detail == "The name of the mail server cannot be looked up: no letter goes out."
        assert resolver.asked == 2

    def test_slowly_is_used_once_it_is_known(
        self, resolver: Resolver, write: Callable[..., OutgoingLetter], open_office: Callable[..., Clerk], settings: Any
    ) -> None:
        clerk = open_office()
        port = int(settings.CAMKET_SMTP_URL.rpartition(":")[2].partition("?")[0])
        settings.CAMKET_SMTP_URL = f"smtp://{HOST}:{port}?tls=none"
        resolver.points_to = ("localhost", port)
        assert mail_out.send(write(), patience=HASTY).code == "smtp.no_name"
        resolver.answers.set()
        assert mail_out.send(write(), patience=HASTY).code == "smtp.250"
        assert len(clerk.received) == 1

    def test_for_ever_keeps_nobody_from_the_mailbox_for_long_either(self, resolver: Resolver) -> None:
        place = read_place(f"imaps://hotro:geheim@{HOST}:1143/INBOX")
        assert place is not None

        def open_it() -> str:
            try:
                with Mailbox(place, seconds=0.4):
                    return "imap.ok"
            except MailboxFault as fault:
                return fault.code

        seconds, code = timed(open_it)
        assert (code, seconds < 5) == ("imap.no_connection", True)
