"""A real SMTP server for one test, that does what the test tells it: accept, refuse, hang or hang up."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
        return responses

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
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"camket", b"p:ss@wo/rd")
    return AuthResult(success=is_right, handled=False)
