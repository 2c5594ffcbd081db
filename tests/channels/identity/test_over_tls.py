"""The way to a sign-in service: TLS that can be trusted, and a limit that holds from the look-up of its name on."""

import datetime
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from camket.access.providers import Away, ProviderAway
from camket.channels.identity.wire import Patience, ask
from tests.channels.test_names import Resolver, resolver

__all__ = ["resolver"]  # a fixture
HASTY = Patience(step_seconds=0.3, answer_seconds=0.6)


class Papers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"host": "%s"}' % self.headers["Host"].encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # so it is called there
        return None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost with its key, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """A service over TLS on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Papers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


class TestAService:
    def test_that_can_be_trusted_is_asked_by_its_name(self, port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        answer = ask(f"https://localhost:{port}/papers", patience=Patience())
        assert (answer.status, answer.said) == (200, {"host": f"localhost:{port}"})

    def test_whose_certificate_nobody_vouches_for_is_told_nothing(self, port: int) -> None:
        with pytest.raises(ProviderAway) as told:
            ask(f"https://localhost:{port}/papers", patience=Patience())
        assert told.value.code is Away.CERTIFICATE

    def test_by_another_name_than_its_certificates_is_told_nothing(self, port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(ProviderAway) as told:
            ask(f"https://127.0.0.1:{port}/papers", patience=Patience())
        assert told.value.code is Away.CERTIFICATE

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_whose_name_is_looked_up_for_ever_takes_no_longer_than_a_step(self, resolver: Resolver, scheme: str) -> None:
        began = time.monotonic()
        with pytest.raises(ProviderAway) as told:
            ask(f"{scheme}://login.example.vn/papers", patience=HASTY)
        assert told.value.code is Away.NO_ANSWER
        assert time.monotonic() - began < 5

    def test_that_takes_the_connection_and_says_nothing_is_cut_off(self) -> None:
        silent = ThreadingHTTPServer(("127.0.0.1", 0), Papers)  # listens, and nobody serves
        began = time.monotonic()
        with pytest.raises(ProviderAway) as told:
            ask(f"https://127.0.0.1:{silent.server_address[1]}/papers", patience=HASTY)
        silent.server_close()
        assert told.value.code in {Away.TIMEOUT, Away.NO_ANSWER, Away.CERTIFICATE}
        assert time.monotonic() - began < 5
