"""A request's body is received whole, within its limit and its deadline, before a thread is taken."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from camket.config.asgi import BufferedBodies

Message = MutableMapping[str, Any]


class Inner:
    """An application that keeps what it was given, and may fail."""

    def __init__(self, *, fails_with: Exception | None = None) -> None:
        self.bodies: list[bytes] = []
        self.headers: dict[bytes, bytes] = {}
        self.fails_with = fails_with

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        self.bodies.append((await receive())["body"])
        self.headers = dict(scope["headers"])
        if self.fails_with is not None:
            raise self.fails_with
        await send({"type": "http.response.start", "status": 200, "headers": []})


def ask(inner: Inner, parts: list[Message], *, headers: list[tuple[bytes, bytes]] | None = None, deadline_seconds: float = 5) -> int | None:
    """Send a request in parts (and then nothing more) and return the status of the answer."""
    statuses: list[int] = []

    async def receive() -> Message:
        if parts:
            return parts.pop(0)
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=deadline_seconds)
    asyncio.run(bodies({"type": "http", "headers": headers or []}, receive, send))
    return statuses[0] if statuses else None


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class TestABody:
    def test_reaches_the_application_in_one_piece(self) -> None:
        inner = Inner()
        assert ask(inner, [part(b"full_", more=True), part(b"name=An")]) == 200
        assert inner.bodies == [b"full_name=An"]

    def test_sent_in_chunks_is_told_with_its_length(self) -> None:
        inner = Inner()
        ask(inner, [part(b"full_", more=True), part(b"name=An")], headers=[(b"transfer-encoding", b"chunked")])
        assert inner.headers == {b"content-length": b"12"}

    def test_that_the_application_stumbles_over_gets_a_plain_answer(self, caplog: pytest.LogCaptureFixture) -> None:
        canary = "chim-hoang-yen"
        assert ask(Inner(fails_with=ValueError(canary)), [part(b"a")]) == 500
        (record,) = caplog.records
        assert "ValueError" in record.getMessage()
        assert canary not in record.getMessage()

    def test_that_says_it_is_too_large_is_not_even_received(self) -> None:
        inner, parts = Inner(), [part(b"a")]
        assert ask(inner, parts, headers=[(b"content-length", b"101")]) == 413
        assert parts
        assert inner.bodies == []

    def test_that_turns_out_too_large_is_refused(self) -> None:
        inner = Inner()
        assert ask(inner, [part(b"a" * 60, more=True), part(b"a" * 60)]) == 413
        assert inner.bodies == []

    def test_of_exactly_the_limit_is_taken(self) -> None:
        assert ask(Inner(), [part(b"a" * 100)], headers=[(b"content-length", b"100")]) == 200

    def test_that_takes_too_long_is_refused(self) -> None:
        inner = Inner()
        assert ask(inner, [part(b"a", more=True)], deadline_seconds=0.05) == 408
        assert inner.bodies == []

    def test_whose_sender_leaves_is_dropped(self) -> None:
        inner = Inner()
        assert ask(inner, [part(b"a", more=True), {"type": "http.disconnect"}]) is None
        assert inner.bodies == []
