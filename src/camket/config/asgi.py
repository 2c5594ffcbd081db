"""
The server's entry: each request's body is received whole, within its limit and deadline, before one of the few threads is taken.

A body that trickles in would otherwise hold a thread for as long as its sender likes (house.md §9.1, docs/decisions/0003-front.md). One form may
bring files and so has a wider limit, for as many at once as there is room for (docs/decisions/0025-attachments.md).
"""

import asyncio
import logging
import multiprocessing
import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import nullcontext
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderLimit:
    """
    What the one form takes that may bring files.

    A body that is longer is cut off and the rest let go by as it comes: what was typed stands before the files, so the form can be given back
    with it. So is a body for which there is no room; both lack the field that stands at the form's end, and none of their files is kept.
    """

    paths: re.Pattern[str]
    limit_bytes: int  # of a body that is held
    let_by_bytes: int  # of a body altogether; one that says it is longer is not received
    deadline_seconds: float
    most_at_once: int  # bodies over the ordinary limit that are held at once, until they are answered
    most_worked_on: int  # of those, by the application: it takes some five times a body's memory, and a moment

    def covers(self, scope: MutableMapping[str, Any]) -> bool:
        """Return whether a request is for the form that may bring files: it is received to its end, however little of it is held."""
        return scope.get("method") == "POST" and self.paths.fullmatch(scope.get("path", "")) is not None

    def may_bring_files(self, scope: MutableMapping[str, Any]) -> bool:
        """Return whether a request for that form comes in parts, in which files may be."""
        kinds = [value for name, value in scope["headers"] if name == b"content-type"]
        return len(kinds) == 1 and kinds[0].strip().lower().startswith(b"multipart/form-data")


class _Room:
    """How many wide bodies are held just now; one loop counts them, so nothing has to be locked."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self) -> bool:
        """Take a place, or return that there is none."""
        if not self._left:
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        """Leave a place to the next."""
        self._left += 1


class _Body:
    """A body as it comes in: held as far as its limit goes, which is the wider one once it is needed and there is room."""

    def __init__(self, limit_bytes: int, wider: WiderLimit | None, room: _Room, *, let_by_bytes: int) -> None:
        self._parts: list[bytes] = []
        self._held, self._size = 0, 0
        self._limit_bytes, self._wider, self._room = limit_bytes, wider, room
        self._let_by_bytes = let_by_bytes
        self._has_asked = False
        self.has_place = False  # whether it is one of the wide ones

    def expect(self, declared: bytes) -> None:
        """Turn a body away that says it is longer than what is received."""
        if declared.isdigit() and int(declared) > self._let_by_bytes:
            raise _TooLarge

    def add(self, part: bytes) -> None:
        """Hold a part, or as much of it as the limit leaves."""
        self._size += len(part)
        if self._size > self._let_by_bytes:
            raise _TooLarge
        if self._wider and self._size > self._limit_bytes and not self._has_asked:
            self._has_asked, self.has_place = True, self._room.take()
            if self.has_place:
                self._limit_bytes = self._wider.limit_bytes
        kept = part[: self._limit_bytes - self._held]
        if kept:
            self._parts.append(kept)
            self._held += len(kept)

    def whole(self) -> bytes:
        """Return what is held, once, in one piece."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

    def close(self) -> None:
        """Leave the place that was taken."""
        if self.has_place:
            self.has_place = False
            self._room.give_back()


class BufferedBodies:
    """Receive the whole body, then call the application with it and with a head that can be read in one way."""

    def __init__(self, inner: Any, *, limit_bytes: int, deadline_seconds: float, wider: WiderLimit | None = None) -> None:
        self._inner = inner
        self._limit_bytes = limit_bytes
        self._deadline_seconds = deadline_seconds
        self._wider = wider
        self._room = _Room(wider.most_at_once if wider else 0)
        self._work = asyncio.Semaphore(wider.most_worked_on if wider else 1)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        wider = self._wider if self._wider and self._wider.covers(scope) else None
        with_files = wider if wider and wider.may_bring_files(scope) else None
        body = _Body(self._limit_bytes, with_files, self._room, let_by_bytes=wider.let_by_bytes if wider else self._limit_bytes)
        deadline_seconds = with_files.deadline_seconds if with_files else self._deadline_seconds
        try:
            if await self._is_received(body, deadline_seconds, scope, receive, send):
                async with self._work if body.has_place else nullcontext():
                    await self._hand_over(scope, body, send)
        finally:
            body.close()

    async def _is_received(self, body: _Body, deadline_seconds: float, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> bool:
        """Receive a body to its end within its deadline; whoever cannot be waited for, or has too much, is told so."""
        try:
            async with asyncio.timeout(deadline_seconds):
                return await _receive_into(body, scope, receive)
        except _TooLarge:
            await _refuse(send, _TOO_LARGE, "The request is too large. / Nội dung gửi lên quá lớn.\n".encode())
        except TimeoutError:
            await _refuse(send, _TOO_SLOW, "The request took too long to arrive. / Nội dung gửi lên quá chậm.\n".encode())
        return False

    async def _hand_over(self, scope: MutableMapping[str, Any], body: _Body, send: Send) -> None:
        content = body.whole()
        head, replay = plain_head(scope, body_bytes=len(content)), _replay(content)
        del content  # the application has it in pieces of its own before long, and megabytes need not lie here too
        is_answered = False

        async def send_on(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            await self._inner(head, replay, send_on)
        except Exception:  # what Django could not even begin with; the log keeps its kind and place, the server would print all of it
            log.exception("request")
            if not is_answered:
                await _refuse(send, _OUR_FAULT, "Something went wrong on our side. / Đã có lỗi ở phía chúng tôi.\n".encode())


async def _receive_into(body: _Body, scope: MutableMapping[str, Any], receive: Receive) -> bool:
    """Receive a body to its end, and return whether it came to one."""
    body.expect(dict(scope["headers"]).get(b"content-length", b""))
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        body.add(message.get("body", b""))
        if not message.get("more_body", False):
            return True


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
    wider=WiderLimit(
        paths=re.compile(r"/(?:vi|en)/contact"),
        limit_bytes=settings.CAMKET_FILES_LIMIT_BYTES,
        let_by_bytes=settings.CAMKET_FILES_LET_BY_BYTES,
        deadline_seconds=settings.CAMKET_FILES_DEADLINE_SECONDS,
        most_at_once=settings.CAMKET_FILES_AT_ONCE,
        most_worked_on=settings.CAMKET_FILES_WORKED_ON,
    ),
)
