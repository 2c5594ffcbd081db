"""Somebody in front of the doors, within one process: pages, forms and cookies, and a look at what the house kept of them."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db import router
from django.test import Client
from django.utils import timezone

from camket.duties.publishing.queries import edition_in_force
from camket.web.site import tokens
from tests.attaching import File, in_parts
from tests.journeys.visitor import Page, proof_of_work

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True, kw_only=True)
class Clock:
    """The clock that the doors read in these tests; it stands still unless told otherwise."""

    now: datetime

    def read(self) -> datetime:
        """Return the instant that the doors are told."""
        return self.now

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class Browser:
    """A browser of one person; `raises` is off where a fault of ours is looked at as the visitor would."""

    def __init__(self, *, raises: bool = True, host: str = "localhost", address: str = "203.0.113.7") -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=raises, REMOTE_ADDR=address)
        self.host = host
        self.url = f"http://{host}"

    def request(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str) -> Page:
        """Send one request as it stands."""
        sent = {"Host": self.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = self.client.generic(method, path, body, content_type=kind or "application/octet-stream", headers=sent)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return Page(
            status=answer.status_code,
            text=content.decode(errors="replace"),
            headers={name.lower(): value for name, value in answer.headers.items()},
            url=path,
        )

    def get(self, path: str, **headers: str) -> Page:
        """Open a page; redirects are not followed."""
        return self.request("GET", path, **headers)

    def post(self, path: str, values: Any, **headers: str) -> Page:
        """Send a form as a page of ours does."""
        body = urlencode(values, doseq=True).encode()
        return self.request("POST", path, body, FORM, **{"Origin": self.url, **headers})

    def submit(self, page: Page, values: Mapping[str, Any], path: str = "") -> Page:
        """Fill in a page's form and send it."""
        return self.post(path or page.url, {**page.hidden(), **values})

    def contact(self, language: str = "vi", **values: Any) -> Page:
        """Open the contact form, fill it in as slowly as a person does and send it, with the proof of work that the page's script does."""
        page = opened_earlier(self.get(f"/{language}/contact"))
        return self.submit(page, {"consents": ["advise"], "work": proof_of_work(page), **values})

    def attach(self, *files: File, language: str = "vi", **values: Any) -> Page:
        """Fill in the contact form as `contact` does, and send it with files."""
        page = opened_earlier(self.get(f"/{language}/contact"))
        return self.submit_with(page, files, {"consents": ["advise"], "work": proof_of_work(page), **values})

    def submit_with(self, page: Page, files: Iterable[File], values: Mapping[str, Any], *, ends: bool = True) -> Page:
        """Fill in a page's form and send it with files, in parts."""
        body, kind = in_parts({**page.hidden(), **values}, files, ends=ends)
        return self.request("POST", page.url, body, kind, Origin=self.url)

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies this browser holds, by name."""
        return {name: morsel.value for name, morsel in self.client.cookies.items()}


def opened_earlier(page: Page, **span: float) -> Page:
    """Return a page whose form was issued some time ago, by default as long as a person takes to fill it in."""
    at = timezone.now() - timedelta(**(span or {"seconds": 40}))
    issued = tokens.new_token(edition=edition_in_force(), language=page.url.split("/")[1], now=at)
    return replace(page, text=page.text.replace(page.hidden()["token"], issued))


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program with a token at the door for programs."""

    secret: str = field(repr=False)
    browser: Browser

    def call(self, body: Any, *, kind: str = "application/json", path: str = "/api/v1/inquiries", **headers: str) -> tuple[int, Any]:
        """Pass an inquiry on, and return the status and the JSON that came back."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        bearer = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        answer = self.browser.request("POST", path, content, kind, **{**bearer, **headers})
        assert answer.headers["content-type"].startswith("application/json"), answer.headers["content-type"]
        return answer.status, json.loads(answer.text)


def everything_kept() -> dict[str, int]:
    """Return how many rows there are in every table of both databases."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.label: model._base_manager.using(router.db_for_read(model)).count() for model in models}


def everything_written() -> str:
    """Return every plain value of every table, bytes as Latin letters and in base64: what a thief of the databases would read."""
    rows = (row for model in apps.get_models() for row in model._base_manager.using(router.db_for_read(model)).values_list())
    return "\n".join(_written(value) for row in rows for value in row)


def _written(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1") + base64.b64encode(value).decode()
    return str(value)
