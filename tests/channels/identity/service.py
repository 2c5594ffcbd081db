"""A sign-in service over HTTP that says the truth, or whatever a test has it say."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

CLIENT, SECRET = "camket-desk", "bí mật/4801 của dịch vụ"
NEW: dict[str, Callable[[], Key]] = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "PS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "ES384": lambda: ECKey.generate_key("P-384"),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
}
Edit = Callable[[dict[str, Any]], object]


@cache
def first_key() -> Key:
    """The key that every service begins with: to make one takes longer than a test."""
    return NEW["RS256"]()


@dataclass(slots=True, kw_only=True)
class Service:
    """What the service knows, and how a test has it misbehave."""

    port: int = 0
    algorithm: str = "RS256"
    key: Key = field(default_factory=first_key)
    kid: str = "first"
    subject: str = "an-employee-4802"
    now: Callable[[], float] = time.time
    papers_say: Edit = lambda papers: None
    claims_also: dict[str, Any] = field(default_factory=lambda: {"email": "an.4803@canary.example.vn", "name": "Nhân Viên 4804 Của Công Ty"})
    claims_say: Edit = lambda claims: None
    head_says: Edit = lambda head: None
    signs: Callable[["Service", dict[str, Any]], str] | None = None
    misbehaves: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)  # by path
    asked: list[str] = field(default_factory=list)  # paths, in order
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its name."""
        return f"http://127.0.0.1:{self.port}"

    def papers(self) -> dict[str, Any]:
        """What it says of itself."""
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.papers_say(said)
        return said

    def keys(self) -> dict[str, Any]:
        """Its public keys, among one that no library knows."""
        public = {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig"}
        return {"keys": [{"kty": "from a later century", "kid": "odd"}, public]}

    def turn_key(self, kid: str) -> None:
        """Sign with another key from now on."""
        self.key, self.kid = NEW[self.algorithm](), kid

    def arrive(self, address: str) -> dict[str, str]:
        """Let a browser arrive at an address and its user agree, and return what it is sent back with."""
        asked = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        code = f"code-{len(self.codes)}-of-this-service"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, asked: dict[str, str]) -> str:
        """Write the token for a question."""
        at = int(self.now())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "exp": at + 300, "iat": at, "nonce": asked["nonce"], "auth_time": at}
        claims |= self.claims_also
        self.claims_say(claims)
        if self.signs is not None:
            return self.signs(self, claims)
        head: dict[str, Any] = {"alg": self.algorithm, "kid": self.kid}
        self.head_says(head)
        return jwt.encode(head, claims, self.key, algorithms=[self.algorithm])

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Answer at the place where codes are handed in, each of them once."""
        if authorization:
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            client, secret = unquote(pair[0]), unquote(pair[2])
        else:
            client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if (client, secret) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "an-access-token-4805", "token_type": "Bearer", "id_token": self.token(asked)}


def _part(said: bytes) -> str:
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode()


def unsigned(service: Service, claims: dict[str, Any]) -> str:
    """A token that nobody signed."""
    return f"{_part(json.dumps({'alg': 'none', 'kid': service.kid}).encode())}.{_part(json.dumps(claims).encode())}."


def signed_with_public_half(service: Service, claims: dict[str, Any]) -> str:
    """A token signed by HS256 with what everybody knows: the public key as a text."""
    signed = f"{_part(json.dumps({'alg': 'HS256', 'kid': service.kid}).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{signed}.{_part(hmac.digest(service.key.as_pem(private=False), signed.encode(), hashlib.sha256))}"


def hangs(handler: BaseHTTPRequestHandler) -> None:
    """Answer nothing."""
    time.sleep(4)


def dribbles(handler: BaseHTTPRequestHandler) -> None:
    """Begin an answer, and let a byte come now and then."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def never_ends(handler: BaseHTTPRequestHandler) -> None:
    """Say more than anybody reads."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(4000):
        handler.wfile.write(b" " * 65536)


def leads_elsewhere(handler: BaseHTTPRequestHandler) -> None:
    """Redirect to another place of the same service."""
    handler.send_response(307)
    handler.send_header("Location", "/elsewhere")
    handler.end_headers()


def breaks(handler: BaseHTTPRequestHandler) -> None:
    """Fail."""
    handler.send_response(500)
    handler.end_headers()


def chatters(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a page."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"<!doctype html><title>Maintenance</title>")


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            path = urlsplit(self.path).path
            service.asked.append(path)
            length = int(self.headers.get("Content-Length") or 0)
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            if path in service.misbehaves:
                service.misbehaves[path](self)
            elif path == "/.well-known/openid-configuration":
                self._say(200, service.papers())
            elif path == "/keys":
                self._say(200, service.keys())
            elif path == "/token":
                self._say(*service.redeem(form, self.headers.get("Authorization", "")))
            else:
                self._say(404, {})

        do_GET = do_POST = _answer  # noqa: N815  # names that the standard library looks for

        def _say(self, status: int, said: dict[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Print nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller who hung up, which is what they shall do."""


@contextmanager
def running_service(**given: Any) -> Iterator[Service]:
    """Run a service of its own until the block ends."""
    service = Service(**given)
    server = _Server(("127.0.0.1", 0), _handler(service))
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
