"""A mail server that means no good, or is broken: whatever it does and wherever, a letter's time is an end."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from camket.channels.mail_out import OutgoingLetter, probe, send
from camket.channels.mail_out.wire import Patience
from tests.channels.mail_out.post_office import Certificate, Script, ScriptedOffice

Write = Callable[..., OutgoingLetter]
Open = Callable[..., Script]
PATIENCE = Patience(step_seconds=5, letter_seconds=0.5, answer_seconds=5)
SOON_SECONDS = 4.0  # the letter's time, two seconds for goodbye, and what a busy machine adds
WAYS = ["none", "starttls", "implicit"]


def dribble(line: socket.socket) -> None:
    """Say a byte now and then: each is a sign of life, and none is an answer."""
    with suppress(OSError):
        for _ in range(200):
            line.sendall(b"2")
            time.sleep(0.05)


def dribble_a_handshake(line: socket.socket) -> None:
    """Begin a record of TLS that is 16 KB long, and let it come byte by byte."""
    with suppress(OSError):
        line.sendall(b"\x16\x03\x03\x40\x00")
        dribble(line)


@pytest.fixture
def opened(settings: Any, certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Offer a function that opens a server which does something at a step, and points the settings at it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    offices: list[ScriptedOffice] = []

    def start(*, tls: str = "none", login: str = "", offers: tuple[str, ...] = (), **does: Callable[[socket.socket], None]) -> Script:
        script = Script(offers=(*offers, *(["STARTTLS"] if tls == "starttls" else [])), does=does)
        office = ScriptedOffice(script, context=None if tls == "none" else certificate.context(), is_implicit=tls == "implicit")
        office.start()
        offices.append(office)
        settings.CAMKET_SMTP_URL = f"smtp://{login}localhost:{office.port}?tls={tls}"
        return script

    yield start
    for office in offices:
        office.close()


def sent(letter: OutgoingLetter) -> tuple[str, str]:
    """Send a letter, and see to it that this had an end in time."""
    began = time.monotonic()
    delivery = send(letter, patience=PATIENCE)
    assert time.monotonic() - began < SOON_SECONDS
    return str(delivery.outcome), delivery.code


class TestAServerThatDribbles:
    @pytest.mark.parametrize("tls", WAYS)
    @pytest.mark.parametrize("step", ["banner", "EHLO", "MAIL", "RCPT", "DATA"])
    def test_before_it_has_a_letter_defers_it(self, opened: Open, write: Write, tls: str, step: str) -> None:
        opened(tls=tls, **{step: dribble})
        assert sent(write())[0] == "deferred"

    @pytest.mark.parametrize("tls", WAYS)
    def test_after_it_has_the_text_leaves_nobody_knowing(self, opened: Open, write: Write, tls: str) -> None:
        opened(tls=tls, text=dribble)
        assert sent(write())[0] == "unknown"

    @pytest.mark.parametrize("tls", WAYS)
    def test_at_the_goodbye_has_taken_the_letter(self, opened: Open, write: Write, tls: str) -> None:
        script = opened(tls=tls, QUIT=dribble)
        assert sent(write()) == ("accepted", "smtp.250")
        assert len(script.taken) == 1

    @pytest.mark.parametrize("tls", ["starttls", "implicit"])
    def test_while_the_line_is_being_encrypted_defers_it(self, opened: Open, write: Write, tls: str) -> None:
        opened(tls=tls, handshake=dribble_a_handshake)
        assert sent(write())[0] == "deferred"

    @pytest.mark.parametrize("step", ["EHLO", "NOOP", "QUIT"])
    def test_keeps_nobody_who_only_looks_whether_it_is_there(self, opened: Open, step: str) -> None:
        opened(**{step: dribble})
        began = time.monotonic()
        assert probe(patience=PATIENCE).ok == (step == "QUIT")
        assert time.monotonic() - began < SOON_SECONDS


class TestAServerThatHangsUpInTheMiddleOfAnAnswer:
    @pytest.mark.parametrize("said", [b"2", b"250", b"250 2.0.0 OK", b"5", b"550 5.7.1 no"])
    def test_has_not_answered(self, opened: Open, write: Write, said: bytes) -> None:
        opened(text=lambda line: line.sendall(said))
        assert sent(write()) == ("unknown", "smtp.connection_lost")


class TestAServerThatSaysWithoutEnd:
    @pytest.mark.parametrize(
        ("step", "expected"), [("banner", "deferred"), ("EHLO", "deferred"), ("MAIL", "deferred"), ("text", "unknown"), ("QUIT", "accepted")]
    )
    def test_is_not_listened_to_for_long(self, opened: Open, write: Write, step: str, expected: str) -> None:
        said: list[int] = []

        def flood(line: socket.socket) -> None:
            lines = (b"250-" + b"x" * 1000 + b"\r\n") * 200
            with suppress(OSError):
                for _ in range(200):
                    line.sendall(lines)
                    said.append(len(lines))

        opened(**{step: flood})
        assert sent(write())[0] == expected
        assert sum(said) < 20_000_000, "what the machine itself holds back for a reader, and no more"


class TestAServerThatAsksForAPassword:
    @pytest.mark.parametrize("question", [b"334 !!!a\r\n", b"334 \xff\xfe\r\n", b"334 YQ\r\n"])
    def test_by_no_question_has_refused_us(self, opened: Open, write: Write, question: bytes) -> None:
        opened(login="camket:secret@", offers=("AUTH CRAM-MD5 LOGIN",), AUTH=lambda line: line.sendall(question))
        outcome, code = sent(write())
        assert (outcome, code) in [("deferred", "smtp.auth_refused"), ("deferred", "smtp.connection_lost")]
