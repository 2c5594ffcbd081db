"""A mailbox that dribbles: each byte is in time, and no answer ever comes. Reading it has an end all the same."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from camket.channels.mail_in.mailbox import Mailbox, MailboxFault
from camket.channels.mail_in.place import Place, read_place
from tests.ports import free_port

SOON_SECONDS = 4.0  # half a second, two for goodbye, and what a busy machine adds


@pytest.fixture
def opened() -> Iterator[Callable[[bytes], Place]]:
    """Offer a function that opens a server which dribbles from a word on, and returns where it is."""
    doors: list[socket.socket] = []

    def start(at: bytes) -> Place:
        door = socket.create_server(("127.0.0.1", free_port()))
        doors.append(door)
        threading.Thread(target=serve, args=(door, at), daemon=True).start()
        place = read_place(f"imap://hotro:secret@127.0.0.1:{door.getsockname()[1]}/INBOX?tls=none")
        assert place is not None
        return place

    yield start
    for door in doors:
        door.close()


def serve(door: socket.socket, at: bytes) -> None:
    line, _ = door.accept()
    with line, suppress(OSError):
        if at == b"":
            dribble(line)
        line.sendall(b"* OK ready\r\n")
        while said := line.recv(4096):
            tag, word = said.split()[:2]
            if word == at:
                dribble(line)
            line.sendall(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* OK [UIDVALIDITY 1] well\r\n" + tag + b" OK done\r\n")


def dribble(line: socket.socket) -> None:
    for _ in range(200):
        line.sendall(b"*")
        time.sleep(0.05)


class TestAMailboxThatDribbles:
    @pytest.mark.parametrize("at", [b"", b"CAPABILITY", b"LOGIN", b"SELECT"])
    def test_is_given_up(self, opened: Callable[[bytes], Place], at: bytes) -> None:
        began = time.monotonic()
        with pytest.raises(MailboxFault) as fault, Mailbox(opened(at), seconds=5, whole_seconds=0.5):
            pass
        assert fault.value.code in ("imap.connection_lost", "imap.no_connection")
        assert time.monotonic() - began < SOON_SECONDS

    def test_at_the_goodbye_was_read(self, opened: Callable[[bytes], Place]) -> None:
        began = time.monotonic()
        with Mailbox(opened(b"LOGOUT"), seconds=5, whole_seconds=5) as box:
            assert box.uid_validity == 1
        assert time.monotonic() - began < SOON_SECONDS
