"""A browser without JavaScript: pages, forms and cookies over HTTP, nothing else."""

import re
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from http.client import HTTPConnection, HTTPSConnection
from itertools import count
from time import sleep
from typing import Any
from urllib.parse import urlencode, urlsplit

from camket.web.site.tokens import TOO_QUICK
from tests.attaching import File, in_parts

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')


@dataclass(slots=True, kw_only=True)
class Page:
    """One answer."""

    status: int
    text: str = field(repr=False)
    headers: dict[str, str]
    url: str

    def hidden(self) -> dict[str, str]:
        """Return the hidden values of the page's forms."""
        found = {}
        for tag in _INPUT.findall(self.text):
            attributes = dict(_ATTRIBUTE.findall(tag))
            if attributes.get("type") == "hidden" and attributes.get("name"):
                found[attributes["name"]] = unescape(attributes.get("value", ""))
        return found

    def words(self) -> str:
        """Return what a person reads: the page without its markup."""
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", self.text)))


def proof_of_work(page: Page) -> str:
    """Do what the contact page's script does: find the number that gives the token's hash its leading zeros."""
    token = page.hidden()["token"]
    difficulty = re.search(r'data-difficulty="(\d+)"', page.text)
    assert difficulty is not None
    shift = 256 - int(difficulty.group(1))
    return next(str(n) for n in count() if int.from_bytes(sha256(f"{token}.{n}".encode()).digest(), "big") >> shift == 0)


def fill_in_like_a_person() -> None:
    """Let as much time pass as a person needs at least: a form that comes back sooner goes the slower lane."""
    sleep(TOO_QUICK.total_seconds() + 0.1)


class Visitor:
    """Somebody with a browser; their cookies stay with them."""

    def __init__(self, url: str, *, trusts: ssl.SSLContext | None = None) -> None:
        self._scheme, self._trusts = urlsplit(url).scheme, trusts
        self._host = urlsplit(url).netloc
        self._port = urlsplit(url).port or 80
        self.origin = f"{self._scheme}://{self._host}"
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Page:
        """Send one request as it stands."""
        sent = {"Host": self._host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = self._connect()
        with closing(connection):
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", errors="replace")
        for value in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return Page(status=answer.status, text=text, headers={k.lower(): v for k, v in answer.headers.items()}, url=path)

    def _connect(self) -> HTTPConnection:
        if self._trusts is None:
            return HTTPConnection("127.0.0.1", self._port, timeout=30)
        return HTTPSConnection("localhost", self._port, timeout=30, context=self._trusts)

    def get(self, path: str, **headers: str) -> Page:
        """Open a page, following redirects."""
        page = self.request("GET", path, **headers)
        for _ in range(5):
            if page.status not in (301, 302, 303):
                break
            page = self.request("GET", urlsplit(page.headers["location"])._replace(scheme="", netloc="").geturl(), **headers)
        return page

    def post(self, path: str, values: Any, **headers: str) -> Page:
        """Send a form, following redirects."""
        body = urlencode(values, doseq=True).encode()
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin, **headers}
        page = self.request("POST", path, body, **sent)
        if page.status in (302, 303):
            return self.get(urlsplit(page.headers["location"])._replace(scheme="", netloc="").geturl())
        return page

    def attach(self, page: Page, values: Mapping[str, Any], *files: File) -> Page:
        """Fill in a page's form and send it with files, in parts."""
        body, kind = in_parts({**page.hidden(), **values}, files)
        return self.request("POST", page.url, body, Content_Type=kind, Origin=self.origin)

    def submit(self, page: Page, values: Any, path: str = "") -> Page:
        """Fill in a page's form and send it."""
        return self.post(path or page.url, {**page.hidden(), **values})
