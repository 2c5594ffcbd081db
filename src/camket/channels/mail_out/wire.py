"""A connection to a mail server, opened as the settings ask, and cut when a letter's time is up."""

import base64
import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass
from typing import Any, BinaryIO

from camket.channels.mail_out.answers import Reply
from camket.channels.mail_out.route import Server, Tls
from camket.channels.names import connect
from camket.channels.shears import Watch

_SIGNED_IN = 235
_LONGEST_ANSWER = 64 * 1024  # bytes of one answer; the longest that is of use are some hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the server may take for one step, for one letter in all, and until no further letter of a batch is begun, in seconds."""

    step_seconds: float = 10
    letter_seconds: float = 75  # shorter than a letter's lease: a server that dribbles must not let a second worker send it too
    answer_seconds: float = 30  # to the text: scanners work before they answer, and to give up here is to not know (RFC 5321 §4.5.3.2.6)
    batch_seconds: float = 60  # a batch is in one hand for at most this and `letter_seconds`: its lease must be longer


class _Lines:
    """What the server says, line by line, and no more of one answer than anybody would say."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _LONGEST_ANSWER

    def begin(self) -> None:
        """Let the next answer be as long as the one before."""
        self._left = _LONGEST_ANSWER

    def readline(self, limit: int) -> bytes:
        """Read a line, or nothing where the connection ended in the middle of one: the beginning of an answer is none."""
        line = self._file.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("an answer without an end")
        return line if line.endswith(b"\n") or len(line) >= limit else b""

    def close(self) -> None:
        """Close what is read from."""
        self._file.close()


class Wire(smtplib.SMTP):
    """An open connection: says lines, whole groups of them at once, and hears one answer after the other."""

    def __init__(self, *arguments: Any, watch: Watch, **named: Any) -> None:
        self._watch = watch
        super().__init__(*arguments, **named)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = connect(host, port, seconds=timeout)
        self._watch(opened)
        return opened

    def getreply(self) -> tuple[int, bytes]:
        """Hear one answer; one that is longer than any counts as a connection that is lost."""
        if isinstance(self.file, _Lines):
            self.file.begin()
        elif self.sock is not None:
            self.file = _Lines(self.sock.makefile("rb"))
        return super().getreply()

    def hear(self, seconds: float) -> Reply:
        """
        Wait for one answer.

        Args:
            seconds: How long the server may be silent.

        Raises:
            OSError: It was silent, said something that is no answer, or the connection is lost.
        """
        if self.sock is not None and self.sock.gettimeout() != seconds:  # each setting of it asks the operating system
            self.sock.settimeout(seconds)
        reply = Reply(*self.getreply())
        if reply.code < 0:
            raise smtplib.SMTPServerDisconnected("no answer begins so")
        return reply

    def leave(self) -> None:
        """Say goodbye and close; whatever the server makes of it, nothing depends on it any more."""
        with contextlib.suppress(OSError):
            if self.sock is not None:
                self.quit()
        self.close()

    def close(self) -> None:
        """Close the connection."""
        super().close()
        self._watch(None)


class _TlsWire(smtplib.SMTP_SSL, Wire):
    """The same over TLS from the first byte; it must be given a context, for its own default checks no certificate."""

    def __init__(self, *arguments: Any, watch: Watch, **named: Any) -> None:
        self._watch = watch  # smtplib goes past the parent above; its socket comes from there all the same, before it is encrypted
        smtplib.SMTP_SSL.__init__(self, *arguments, **named)


def open_wire(server: Server, *, helo_name: str, patience: Patience, watch: Watch) -> Wire:
    """
    Open a connection, encrypted and signed in as the settings say.

    Args:
        server: Where to, and how.
        helo_name: What we greet with: the sender's domain, for the machine's own would tell the world about the inside.
        patience: How long one step may take.
        watch: Told what can be cut.

    Returns:
        The connection, which knows what the server can do.

    Raises:
        OSError: It is not to be had; `why_not_open` says why.

    Source: RFC 5321 §3.1, RFC 3207, RFC 4954.
    """
    more: dict[str, Any] = {"local_hostname": helo_name, "timeout": patience.step_seconds, "watch": watch}
    wire: Wire | None = None
    try:
        if server.tls is Tls.IMPLICIT:
            wire = _TlsWire(server.host, server.port, context=ssl.create_default_context(), **more)
        else:
            wire = Wire(server.host, server.port, **more)
        if server.tls is Tls.STARTTLS:
            wire.starttls(context=ssl.create_default_context())
        if server.username:
            _sign_in(wire, server)
        wire.ehlo_or_helo_if_needed()
    except BaseException:
        if wire is not None:
            wire.close()
        watch(None)
        raise
    return wire


def _sign_in(wire: Wire, server: Server) -> None:
    username, password = server.username, server.password
    try:
        if (username + password).isascii():
            wire.login(username, password)
        else:
            _sign_in_plainly(wire, f"\0{username}\0{password}".encode())
    except ValueError as failure:  # a challenge that nobody can read
        raise smtplib.SMTPAuthenticationError(535, b"the server's question was no question") from failure


def _sign_in_plainly(wire: Wire, said: bytes) -> None:
    """Sign in with letters beyond ASCII, by the one mechanism that says how they are written (RFC 4616 §2); smtplib knows ASCII alone."""
    wire.ehlo_or_helo_if_needed()
    if "PLAIN" not in wire.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError("AUTH PLAIN is not offered")
    code, text = wire.docmd("AUTH", f"PLAIN {base64.b64encode(said).decode()}")
    if code != _SIGNED_IN:
        raise smtplib.SMTPAuthenticationError(code, text)
