"""A real SMTP server for one test, that does what the test tells it: accept, refuse, hang or hang up."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import free_port

HANG = "hang"
HANG_UP = "hang up"


@dataclass(kw_only=True)
class Received:
    """One message as the server took it."""

    helo: str
    sender: str
    recipients: list[str]
    options: list[str]
    content: bytes


@dataclass(kw_only=True)
class Clerk:
    """Answers each step as told, and keeps what it accepted."""

    at_mail: str = "250 2.1.0 OK"
    at_rcpt: str = "250 2.1.5 OK"
    at_data: str = "250 2.0.0 OK"
    offers: tuple[str, ...] = ()
    received: list[Received] = field(default_factory=list)
    sessions: int = 0

    async def _answer(self, answer: str, server: SMTP) -> str:
        if answer == HANG:
            await asyncio.sleep(60)
        if answer == HANG_UP:
            assert server.transport is not None
            server.transport.abort()
        return answer

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:  # noqa: N802  # aiosmtpd's name
        self.sessions += 1
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{offer}" for offer in self.offers), responses[-1]]

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  # aiosmtpd's name
        if self.at_mail.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return await self._answer(self.at_mail, server)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  # aiosmtpd's name
        if self.at_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return await self._answer(self.at_rcpt, server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        answer = await self._answer(self.at_data, server)
        if answer.startswith("250"):
            self.received.append(
                Received(
                    helo=str(session.host_name),
                    sender=str(envelope.mail_from),
                    recipients=list(envelope.rcpt_tos),
                    options=list(envelope.mail_options),
                    content=bytes(envelope.content or b""),
                )
            )
        return answer


class ImplicitTls(Controller):
    """A server that speaks TLS from the first byte."""

    def _trigger_server(self) -> None:
        # the parent would greet its own server in plain text and wait for an answer that TLS does not give
        with socket.create_connection((self.hostname, self.port), timeout=5):
            pass


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate for localhost that nobody has signed but itself."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


def self_signed(folder: Path, now: datetime.datetime) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    built = x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key(), serial_number=1)
    # TLS looks at the machine's own clock, which no test may read: the certificate outlives every plausible one
    built = built.not_valid_before(now - datetime.timedelta(days=3650)).not_valid_after(now + datetime.timedelta(days=36500))
    built = built.add_extension(x509.SubjectAlternativeName(names), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = built.sign(key, hashes.SHA256())
    written = Certificate(certificate=folder / "server.pem", key=folder / "server.key")
    written.certificate.write_bytes(pem.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    written.key.write_bytes(private)
    return written


def authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) in (
        (b"camket", b"p:ss@wo/rd"),
        ("hộp-thư".encode(), "mật khẩu".encode()),
    )
    return AuthResult(success=is_right, handled=False)


@dataclass(kw_only=True)
class Script:
    """What a server says letter by letter: at the n-th envelope, at a step, something else than yes."""

    offers: tuple[str, ...] = ()
    says: dict[tuple[int, str], str] = field(default_factory=dict)  # (number of the envelope, "MAIL" | "RCPT" | "DATA" | "text")
    taken: list[tuple[str, bytes]] = field(default_factory=list)  # recipient and text, as it came
    heard: list[bytes] = field(default_factory=list)  # what came between two waits
    # what it does with the line where a yes was due: "banner", "handshake", a word such as "EHLO" (on the encrypted line, if there is one), or a step
    does: dict[str, Callable[[socket.socket], None]] = field(default_factory=dict)
    sessions: int = 0
    _envelopes: int = 0


class ScriptedOffice(threading.Thread):
    """A server of lines, one connection at a time, that reads no more than a client has said and keeps what came together."""

    _YES = {"MAIL": "250 2.1.0 OK", "RCPT": "250 2.1.5 OK", "DATA": "354 go on", "text": "250 2.0.0 OK"}

    def __init__(self, script: Script, *, context: ssl.SSLContext | None = None, is_implicit: bool = False) -> None:
        super().__init__(daemon=True)
        self.script = script
        self._context = context
        self._is_implicit = is_implicit
        self._listening = socket.create_server(("127.0.0.1", free_port()))
        self.port = int(self._listening.getsockname()[1])

    def run(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            self.script.sessions += 1
            with line, suppress(OSError):
                if self._is_implicit:
                    with self._encrypted(line) as encrypted:
                        self._serve(encrypted, is_last=True)
                else:
                    self._serve(line, is_last=self._context is None)

    def close(self) -> None:
        """Take no further connection; a hanging one ends with its client."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.join()

    def _encrypted(self, line: socket.socket) -> ssl.SSLSocket:
        self._do("handshake", line)
        assert self._context is not None
        return self._context.wrap_socket(line, server_side=True)

    def _do(self, step: str, line: socket.socket) -> None:
        if act := self.script.does.get(step):
            act(line)
            raise ConnectionError

    def _serve(self, line: socket.socket, *, is_last: bool, is_greeted: bool = False) -> None:
        """Serve a line until it closes; `is_last` says that no encrypted one follows it."""
        if not is_greeted:
            self._do("banner", line)
            line.sendall(b"220 office.example.com\r\n")
        waiting, recipient, has_sender = b"", "", False
        while came := line.recv(1 << 16):
            self.script.heard.append(came)
            waiting += came
            while b"\r\n" in waiting:
                said, _, waiting = waiting.partition(b"\r\n")
                word = said[:4].decode().upper()
                if word in self.script.does and is_last:
                    self._do(word, line)
                if word == "STAR":
                    line.sendall(b"220 go on\r\n")
                    with self._encrypted(line) as encrypted:
                        self._serve(encrypted, is_last=True, is_greeted=True)
                    return
                if word == "EHLO":
                    line.sendall("".join(f"250-{offer}\r\n" for offer in ("office.example.com", *self.script.offers)).encode() + b"250 HELP\r\n")
                elif word == "MAIL":
                    self.script._envelopes += 1
                    has_sender, recipient = self._answer(line, "MAIL"), ""
                elif word == "RCPT":
                    is_taken = self._answer(line, "RCPT", "" if has_sender else "503 5.5.1 whose letter?")
                    recipient = said.decode().partition("<")[2].partition(">")[0] if is_taken else recipient
                elif word == "DATA":
                    if self._answer(line, "DATA", "" if recipient else "503 5.5.1 to whom?"):
                        waiting = self._take_text(line, waiting, recipient)
                else:
                    line.sendall(b"221 bye\r\n" if word == "QUIT" else b"250 OK\r\n")

    def _take_text(self, line: socket.socket, waiting: bytes, recipient: str) -> bytes:
        assert waiting == b"", "nothing may follow DATA before its answer"
        while b"\r\n.\r\n" not in b"\r\n" + waiting:
            came = line.recv(1 << 16)
            if not came:
                raise ConnectionError
            self.script.heard.append(came)
            waiting += came
        text, _, waiting = (b"\r\n" + waiting).partition(b"\r\n.\r\n")
        if self._answer(line, "text", "" if recipient else "554 5.5.1 no valid recipients"):
            self.script.taken.append((recipient, text[2:]))
        return waiting

    def _answer(self, line: socket.socket, step: str, otherwise: str = "") -> bool:
        self._do(step, line)
        answer = self.script.says.get((self.script._envelopes, step)) or otherwise or self._YES[step]
        if answer == HANG:
            line.recv(1 << 16)
            raise ConnectionError
        if answer == HANG_UP:
            raise ConnectionError
        line.sendall(f"{answer}\r\n".encode())
        if answer.startswith("421"):
            raise ConnectionError
        return answer[0] in "23"
