"""The proxies that docs/operate offers to put in front of the house, run for real: their own files, with other ports, names and certificates."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.house.tree import ROOT
from tests.ports import free_port

FILES = ROOT / "docs" / "operate"
_AROUND_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
_AROUND_CADDY = "{{\n\tadmin off\n\thttp_port {http}\n\thttps_port {https}\n\tauto_https disable_certs\n}}\n"


class FrontMissing(Exception):
    """The program is not on this machine; the message says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A proxy that serves: where it listens, and what a visitor trusts it by."""

    name: str
    http_port: int
    https_port: int
    trusts: ssl.SSLContext
    folder: Path

    @property
    def url(self) -> str:
        """The public address of the house behind it."""
        return f"https://localhost:{self.https_port}"


@contextmanager
def front(name: str, *, house_port: int, stream_port: int, https_port: int, folder: Path) -> Iterator[Front]:
    """
    Run a proxy with the file that we publish for it, in front of a house.

    Args:
        name: `nginx` or `caddy`.
        house_port: Where the house listens.
        stream_port: Where its live stream does.
        https_port: Where the proxy is to listen.
        folder: Everything it writes goes there.

    Raises:
        FrontMissing: The program is not installed.
    """
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if program is None:
        raise FrontMissing(f"PROXY TEST NOT RUN: no {name}. As root: apt-get install -y {name}")
    http_port = free_port()
    certificate, key = _self_signed(folder)
    files = {"/etc/ssl/hotro.example.vn.pem": str(certificate), "/etc/ssl/hotro.example.vn.key": str(key)}
    replaced = {"127.0.0.1:8000": f"127.0.0.1:{house_port}", "127.0.0.1:8001": f"127.0.0.1:{stream_port}", **files}
    command = _PREPARE[name](program, replaced, http_port, https_port, folder)
    with (folder / "front.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)})
    try:
        _wait_for(https_port, process, folder)
        trusts = ssl.create_default_context(cafile=str(certificate))
        yield Front(name=name, http_port=http_port, https_port=https_port, trusts=trusts, folder=folder)
    finally:
        process.terminate()
        process.wait(20)


def _nginx(program: str, replaced: dict[str, str], http: int, https: int, folder: Path) -> list[str]:
    replaced |= {"listen 80": f"listen 127.0.0.1:{http}", "listen 443": f"listen 127.0.0.1:{https}"}
    # the redirect first: it names the host whose port the test has to change
    replaced = {"https://hotro.example.vn$": f"https://localhost:{https}$", **replaced, "hotro.example.vn": "localhost"}
    (folder / "site.conf").write_text(_published("nginx.conf", replaced))
    (folder / "nginx.conf").write_text(_AROUND_NGINX.format(folder=folder))
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _caddy(program: str, replaced: dict[str, str], http: int, https: int, folder: Path) -> list[str]:
    site = _published("Caddyfile", {**replaced, "hotro.example.vn {": "localhost {"})
    (folder / "Caddyfile").write_text(_AROUND_CADDY.format(http=http, https=https) + site)
    return [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


_PREPARE: dict[str, Callable[[str, dict[str, str], int, int, Path], list[str]]] = {"nginx": _nginx, "caddy": _caddy}


def _published(name: str, replaced: dict[str, str]) -> str:
    text = (FILES / name).read_text("utf-8")
    for old, new in replaced.items():
        assert old in text, f"{name} no longer holds {old}"
        text = text.replace(old, new)
    return text


def _self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)  # the processes under test live in the present
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
    built = built.not_valid_before(at - timedelta(days=1)).not_valid_after(at + timedelta(days=7))
    made = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(key, hashes.SHA256())
    certificate, secret = folder / "front.pem", folder / "front.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return certificate, secret


def _wait_for(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, (folder / "front.log").read_text()
            assert time.monotonic() < deadline, (folder / "front.log").read_text()
            time.sleep(0.05)
        else:
            return
