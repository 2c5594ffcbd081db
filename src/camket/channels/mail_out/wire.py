"""A connection to a mail server, opened as the settings ask, and cut when a letter's time is up."""

import contextlib
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from camket.channels.mail_out.answers import Reply
from camket.channels.mail_out.route import Server, Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the server may take for one step, for one letter in all, and until no further letter of a batch is begun, in seconds."""

    step_seconds: float = 10
    letter_seconds: float = 75  # shorter than a letter's lease: a server that dribbles must not let a second worker send it too
    answer_seconds: float = 30  # to the text: scanners work before they answer, and to give up here is to not know (RFC 5321 §4.5.3.2.6)
    batch_seconds: float = 60  # a batch is in one hand for at most this and `letter_seconds`: its lease must be longer


class Wire(smtplib.SMTP):
    """An open connection: says lines, whole groups of them at once, and hears one answer after the other."""

    def __init__(self, *arguments: Any, watch: Callable[[socket.socket], None], **named: Any) -> None:
        self._watch = watch
        super().__init__(*arguments, **named)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # the stubs leave this hook of smtplib out
        self._watch(opened)
        return opened

    def hear(self, seconds: float) -> Reply:
        """
        Wait for one answer.

        Args:
            seconds: How long the server may be silent.

        Raises:
            OSError: It was silent, said something that is no answer, or the connection is lost.
        """
        if self.sock is not None:
            self.sock.settimeout(seconds)
        reply = Reply(*self.getreply())
        if reply.code < 0:
            raise smtplib.SMTPServerDisconnected("no answer begins so")
        return reply


class _TlsWire(Wire, smtplib.SMTP_SSL):
    """The same over TLS from the first byte; it must be given a context, for its own default checks no certificate."""


class Shears:
    """Cuts a connection when a letter's time is up: the limits of single steps start anew with every byte that comes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._socket: socket.socket | None = None
        self._cuts_at_seconds = 0.0  # by the monotonic clock

    def watch(self, opened: socket.socket) -> None:
        """Remember the socket that is to be cut."""
        self._socket = opened

    def give_time(self) -> None:
        """Let the next letter have its whole time."""
        self._cuts_at_seconds = time.monotonic() + self._seconds

    @contextlib.contextmanager
    def at_hand(self) -> Iterator[None]:
        """Cut what is watched when the time that was given last runs out within a block."""
        self.give_time()
        ended = threading.Event()
        threading.Thread(target=self._wait, args=(ended,), name="shears", daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def _wait(self, ended: threading.Event) -> None:
        while (left := self._cuts_at_seconds - time.monotonic()) > 0:
            if ended.wait(left):
                return
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def open_wire(server: Server, *, helo_name: str, patience: Patience, watch: Callable[[socket.socket], None]) -> Wire:
    """
    Open a connection, encrypted and signed in as the settings say.

    Args:
        server: Where to, and how.
        helo_name: What we greet with: the sender's domain, for the machine's own would tell the world about the inside.
        patience: How long one step may take.
        watch: Told the socket as soon as there is one.

    Returns:
        The connection, which knows what the server can do.

    Raises:
        OSError: It is not to be had; `why_not_open` says why.

    Source: RFC 5321 §3.1, RFC 3207, RFC 4954.
    """
    more: dict[str, Any] = {"local_hostname": helo_name, "timeout": patience.step_seconds, "watch": watch}
    if server.tls is Tls.IMPLICIT:
        wire: Wire = _TlsWire(server.host, server.port, context=ssl.create_default_context(), **more)
    else:
        wire = Wire(server.host, server.port, **more)
    try:
        if server.tls is Tls.STARTTLS:
            wire.starttls(context=ssl.create_default_context())
        if server.username:
            wire.login(server.username, server.password)
        wire.ehlo_or_helo_if_needed()
    except BaseException:
        wire.close()
        raise
    return wire
