"""The same way, there and back, with a service that others wrote: Authlib's server in a process of its own."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from camket.access.providers import ProviderRefused, Question
from camket.channels.identity import CompanyProvider, Settings
from tests.ports import free_port

ASKED = Question(state="a-state", nonce="a-nonce", verifier="a-verifier-" + "x" * 40)
CALLBACK = "http://localhost:8000/console/sign-in/oidc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """The service, and what its clock says."""

    port: int

    def ask(self, method: str, path: str, form: str = "") -> tuple[int, str, datetime]:
        """Ask it something: the status, where it leads, and its instant."""
        line = http.client.HTTPConnection("localhost", self.port, timeout=10)
        try:
            line.request(method, path, body=form or None, headers={"Content-Type": "application/x-www-form-urlencoded"} if form else {})
            with line.getresponse() as response:
                response.read()
                at = parsedate_to_datetime(response.headers["Date"])
                return response.status, response.headers.get("Location", ""), at
        finally:
            line.close()


@pytest.fixture(scope="module")
def another() -> Iterator[Another]:
    """Run it until the tests of this file are over."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    service = Another(port=port)
    try:
        for _ in range(200):
            try:
                service.ask("GET", "/")
                break
            except OSError:
                time.sleep(0.1)
        yield service
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.mark.slow
class TestAServiceThatOthersWrote:
    def test_says_who_came(self, another: Another) -> None:
        given = Settings(issuer=f"http://localhost:{another.port}", client_id="camket", client_secret="x/y z", callback=CALLBACK)
        provider = CompanyProvider(given)
        _, _, now = another.ask("GET", "/")
        address = urlsplit(provider.address(ASKED, is_anew=False, now=now))
        status, leads_to, now = another.ask("POST", f"{address.path}?{address.query}", urlencode({"sub": "an@congty.example.vn"}))
        brought = dict(parse_qsl(urlsplit(leads_to).query))
        assert (status, leads_to.startswith(CALLBACK), brought["state"]) == (302, True, ASKED.state)
        found = provider.prove(code=brought["code"], issuer=brought.get("iss", ""), question=ASKED, now=now)
        assert (found.issuer, found.subject) == (given.issuer, "an@congty.example.vn")
        with pytest.raises(ProviderRefused):
            provider.prove(code=brought["code"], issuer="", question=ASKED, now=now)

    def test_says_that_they_said_no(self, another: Another) -> None:
        given = Settings(issuer=f"http://localhost:{another.port}", client_id="camket", client_secret="x", callback=CALLBACK)
        _, _, now = another.ask("GET", "/")
        address = urlsplit(CompanyProvider(given).address(ASKED, is_anew=False, now=now))
        _, leads_to, _ = another.ask("POST", f"{address.path}?{address.query}", urlencode({"action": "deny"}))
        assert dict(parse_qsl(urlsplit(leads_to).query))["error"] == "access_denied"
