"""The carrier that speaks SMTP (RFC 5321), and tells apart what was refused, what never left, and what nobody can know."""

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from camket.channels.mail_out.letter import Delivery, DeliveryOutcome, OutgoingLetter, in_ascii
from camket.channels.mail_out.message import compose
from camket.channels.mail_out.route import Server, Tls

_START_INPUT = 354
_ENHANCED_CODE = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_AUTHENTICATION_WANTED = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the server may take for one step, and for one letter in all, in seconds."""

    step_seconds: float = 10
    letter_seconds: float = 75  # shorter than a letter's lease: a server that dribbles must not let a second worker send it too
    answer_seconds: float = 30  # to the text: scanners work before they answer, and to give up here is to not know (RFC 5321 §4.5.3.2.6)


class _Attentive(smtplib.SMTP):
    """A connection that remembers whether the text has begun to leave and its answer is still owed."""

    is_answer_owed = False
    answer_seconds = Patience().answer_seconds

    def __init__(self, *arguments: Any, watch: Callable[[socket.socket], None], **named: Any) -> None:
        self._watch = watch
        super().__init__(*arguments, **named)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # the stubs leave this hook of smtplib out
        self._watch(opened)
        return opened

    def getreply(self) -> tuple[int, bytes]:
        reply = super().getreply()
        self.is_answer_owed = reply[0] == _START_INPUT
        if self.sock is not None:
            self.sock.settimeout(self.answer_seconds if self.is_answer_owed else self.timeout)
        return reply


class _AttentiveTls(_Attentive, smtplib.SMTP_SSL):
    """The same over TLS from the first byte; it must be given a context, for its own default checks no certificate."""


class _Shears:
    """Cuts a connection when a letter's time is up: the limits of single steps start anew with every byte that comes."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def watch(self, opened: socket.socket) -> None:
        """Remember the socket that is to be cut."""
        self._socket = opened

    @contextlib.contextmanager
    def cutting_after(self, seconds: float) -> Iterator[None]:
        """Cut what is watched when a block takes longer than so many seconds."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class SmtpCarrier:
    """One connection to one server; opened by the first letter, opened anew after a failure, closed at the end."""

    def __init__(self, server: Server, *, patience: Patience) -> None:
        self._server = server
        self._patience = patience
        self._wire: _Attentive | None = None
        self._shears = _Shears()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def send(self, letter: OutgoingLetter) -> Delivery:
        """
        Hand one letter to the server.

        Args:
            letter: The letter.

        Returns:
            What became of it; a failure of the network is an outcome, not an exception.

        Raises:
            LetterUnsendable: The letter cannot be put into a message.

        Source: RFC 5321 §3.3, §4.2.1.
        """
        written = compose(letter)
        with self._shears.cutting_after(self._patience.letter_seconds):
            return self._send(letter, written)

    def _send(self, letter: OutgoingLetter, written: bytes) -> Delivery:
        try:
            wire = self._wire = self._wire or self._open(in_ascii(letter.from_email).rpartition("@")[2])
        except OSError as failure:
            return _deferred(_why_not_open(failure))
        try:
            _hand_over(wire, letter, written)
        except OSError as failure:
            is_unknown = wire.is_answer_owed
            self._close()
            return _judge(failure, is_unknown=is_unknown)
        return Delivery(outcome=DeliveryOutcome.ACCEPTED, code="smtp.250")

    def greet(self) -> str:
        """
        Open the way to the server, sign in, and close it again.

        Returns:
            "smtp.250", or the code of what stood in the way.
        """
        try:
            with self._shears.cutting_after(self._patience.letter_seconds):
                wire = self._wire = self._open("localhost")
                code, _ = wire.noop()
        except OSError as failure:
            return _why_not_open(failure)
        finally:
            self._close()
        return f"smtp.{code}"

    def _open(self, helo_name: str) -> _Attentive:
        server, seconds = self._server, self._patience.step_seconds
        # the name we greet with is the sender's domain: the machine's own would tell the world about the inside
        if server.tls is Tls.IMPLICIT:
            context = ssl.create_default_context()
            wire: _Attentive = _AttentiveTls(
                server.host, server.port, local_hostname=helo_name, timeout=seconds, context=context, watch=self._shears.watch
            )
        else:
            wire = _Attentive(server.host, server.port, local_hostname=helo_name, timeout=seconds, watch=self._shears.watch)
        wire.answer_seconds = self._patience.answer_seconds
        try:
            if server.tls is Tls.STARTTLS:
                wire.starttls(context=ssl.create_default_context())
            if server.username:
                wire.login(server.username, server.password)
        except BaseException:
            wire.close()
            raise
        return wire

    def _close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is None:
            return
        with contextlib.suppress(OSError):
            # QUIT after a broken answer would wait once more for a server that is gone
            if wire.sock is not None and not wire.is_answer_owed:
                wire.quit()
        wire.close()


def _hand_over(wire: _Attentive, letter: OutgoingLetter, written: bytes) -> None:
    wire.ehlo_or_helo_if_needed()
    is_eight_bit = not written.isascii() and wire.has_extn("8bitmime")
    wire.sendmail(in_ascii(letter.from_email), [in_ascii(letter.to)], written, mail_options=["body=8bitmime"] if is_eight_bit else [])


def _judge(failure: OSError, *, is_unknown: bool) -> Delivery:
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(failure.recipients.values()))
        return _answered("recipient", code, answer)
    if isinstance(failure, smtplib.SMTPSenderRefused):
        return _answered("sender", failure.smtp_code, failure.smtp_error)
    if isinstance(failure, smtplib.SMTPDataError):
        return _answered("data", failure.smtp_code, failure.smtp_error)
    if is_unknown:
        return Delivery(outcome=DeliveryOutcome.UNKNOWN, code=_why_lost(failure))
    return _deferred(_why_not_open(failure))


def _answered(stage: str, code: int, answer: bytes | str) -> Delivery:
    if code in _AUTHENTICATION_WANTED:
        # our set-up is at fault, not the letter: it must still go once that is mended
        return _deferred("smtp.auth_refused")
    text = answer.decode("ascii", errors="replace") if isinstance(answer, bytes) else answer
    enhanced = _ENHANCED_CODE.match(text)
    outcome = DeliveryOutcome.REFUSED if 500 <= code <= 599 else DeliveryOutcome.DEFERRED
    return Delivery(outcome=outcome, code=f"smtp.{stage}.{code}" + (f".{enhanced[1]}" if enhanced else ""))


def _deferred(code: str) -> Delivery:
    return Delivery(outcome=DeliveryOutcome.DEFERRED, code=code)


def _why_not_open(failure: OSError) -> str:
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        return "smtp.auth_refused"
    if isinstance(failure, smtplib.SMTPNotSupportedError):
        return "smtp.tls_refused" if "STARTTLS" in str(failure) else "smtp.auth_refused"
    if isinstance(failure, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return f"smtp.connect.{failure.smtp_code}"
    if isinstance(failure, ssl.SSLError | smtplib.SMTPResponseException):
        # what is left of the answers at this stage is the one to STARTTLS
        return "smtp.tls_refused"
    return _why_lost(failure)


def _why_lost(failure: OSError) -> str:
    if isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError):
        return "smtp.timeout"
    if isinstance(failure, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return "smtp.connection_lost"
    return "smtp.no_connection"
