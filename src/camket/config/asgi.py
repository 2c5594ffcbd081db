"""
The server's entry: each request's body is received whole, within its limit and deadline, before one of the few threads is taken.

A body that trickles in would otherwise hold a thread for as long as its sender likes (house.md §9.1, docs/decisions/0003-front.md).
"""

import asyncio
import logging
import multiprocessing
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings

from camket.config.databases import wait_less
from camket.config.heads import plain_head
from camket.config.wsgi import application as django_application
from camket.jobs.lifeline import die_with

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_TOO_LARGE, _TOO_SLOW, _OUR_FAULT = 413, 408, 500

log = logging.getLogger(__name__)


class _TooLarge(Exception):
    """The body is larger than any route takes."""


class BufferedBodies:
    """Receive the whole body, then call the application with it and with a head that can be read in one way."""

    def __init__(self, inner: Any, *, limit_bytes: int, deadline_seconds: float) -> None:
        self._inner = inner
        self._limit_bytes = limit_bytes
        self._deadline_seconds = deadline_seconds

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            async with asyncio.timeout(self._deadline_seconds):
                body = await self._read(scope, receive)
        except _TooLarge:
            await _refuse(send, _TOO_LARGE, b"The request is too large. / N\xe1\xbb\x99i dung g\xe1\xbb\xadi l\xc3\xaan qu\xc3\xa1 l\xe1\xbb\x9bn.\n")
            return
        except TimeoutError:
            await _refuse(
                send, _TOO_SLOW, b"The request took too long to arrive. / N\xe1\xbb\x99i dung g\xe1\xbb\xadi l\xc3\xaan qu\xc3\xa1 ch\xe1\xba\xadm.\n"
            )
            return
        if body is not None:
            await self._hand_over(scope, body, send)

    async def _hand_over(self, scope: MutableMapping[str, Any], body: bytes, send: Send) -> None:
        is_answered = False

        async def send_on(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            await self._inner(plain_head(scope, body_bytes=len(body)), _replay(body), send_on)
        except Exception:  # what Django could not even begin with; the log keeps its kind and place, the server would print all of it
            log.exception("request")
            if not is_answered:
                await _refuse(send, _OUR_FAULT, "Something went wrong on our side. / Đã có lỗi ở phía chúng tôi.\n".encode())

    async def _read(self, scope: MutableMapping[str, Any], receive: Receive) -> bytes | None:
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit_bytes:
            raise _TooLarge
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._limit_bytes:
                raise _TooLarge
            if not message.get("more_body", False):
                return b"".join(parts)


def _replay(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()  # nothing more comes; the server ends the task when the client leaves
        return {"type": "http.disconnect"}

    return receive


async def _refuse(send: Send, status: int, sentence: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    headers += [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence, "more_body": False})


_PARENT = multiprocessing.parent_process()
if _PARENT is not None and _PARENT.pid is not None:
    # the server forks one process per worker: none may outlive it and keep the port
    die_with(_PARENT.pid)
    wait_less(settings.DATABASES)

application = BufferedBodies(
    WSGIMiddleware(cast("Any", django_application), workers=settings.CAMKET_WEB_THREADS),
    limit_bytes=settings.CAMKET_BODY_LIMIT_BYTES,
    deadline_seconds=settings.CAMKET_BODY_DEADLINE_SECONDS,
)
