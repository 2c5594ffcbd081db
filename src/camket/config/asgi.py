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
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings

from camket.config.bodies import Body, NoRoom, Room, SmallerLimit, Step, TooLarge, WiderLimit, first_parts
from camket.config.databases import suit_pages
from camket.config.heads import plain_head, plain_type
from camket.config.wsgi import application as django_application
from camket.jobs.lifeline import die_with
from camket.web.kit.requests import TOO_LARGE

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_TOO_LARGE, _TOO_SLOW, _OUR_FAULT, _NO_ROOM = 413, 408, 500, 503
_MOST_PARTS = 100  # of a form: Django reads sixty fields, and three files are taken

log = logging.getLogger(__name__)


class BufferedBodies:
    """Receive the whole body, then call the application with it and with a head that can be read in one way."""

    def __init__(
        self,
        inner: Any,
        *,
        limit_bytes: int,
        deadline_seconds: float,
        smaller: SmallerLimit | None = None,
        wider: WiderLimit | None = None,
        most_parts: int = _MOST_PARTS,
        has_page: bool = False,
    ) -> None:
        self._inner = inner
        self._has_page = has_page  # whether the application has words of its own for what is too large
        self._limit_bytes = limit_bytes
        self._deadline_seconds = deadline_seconds
        self._first_bytes = smaller.limit_bytes if smaller else limit_bytes
        self._wider = wider
        self._most_parts = most_parts
        # a room of its own for the form that may bring files: who fills it, slowly, keeps no desk from saving
        self._ordinary, self._wide = ([Step(room=Room(smaller.most_at_once), limit_bytes=limit_bytes)] if smaller else [] for _ in range(2))
        if wider:
            self._wide.append(Step(room=Room(wider.most_at_once), limit_bytes=wider.limit_bytes, is_wide=True))
        self._work = asyncio.Semaphore(wider.most_worked_on if wider else 1)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        wider = self._wider if self._wider and self._wider.covers(scope) else None
        with_files = wider if wider and wider.may_bring_files(scope) else None
        body = Body(
            limit_bytes=self._first_bytes,
            steps=self._wide if with_files else self._ordinary,
            let_by_bytes=wider.let_by_bytes if wider else self._limit_bytes,
            may_be_cut_off=with_files is not None,
        )
        try:
            if await self._is_received(body, with_files, scope, receive, send):
                async with self._work if body.is_wide else nullcontext():
                    await self._hand_over(scope, body, send)
        finally:
            body.close()

    async def _is_received(self, body: Body, with_files: WiderLimit | None, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> bool:
        """Receive a body to its end within its deadline; whoever cannot be waited for, or has too much, is told so."""
        try:
            if with_files is None:
                async with asyncio.timeout(self._deadline_seconds):
                    return await _receive_into(body, scope, receive)
            return await _receive_files(body, with_files, scope, receive)
        except TooLarge:
            await self._refuse_too_large(scope, with_files.limit_bytes if with_files else self._limit_bytes, send)
        except TimeoutError:
            await _refuse(send, _TOO_SLOW, "The request took too long to arrive. / Nội dung gửi lên quá chậm.\n".encode())
        except NoRoom:
            await _refuse(
                send, _NO_ROOM, "Too much is being sent just now: try again in a moment. / Hiện quá tải: xin thử lại sau giây lát.\n".encode()
            )
        return False

    async def _refuse_too_large(self, scope: MutableMapping[str, Any], limit_bytes: int, send: Send) -> None:
        """Let the application say it on a page of its own, with nothing of the body; what is still to come is not read."""
        if not self._has_page:
            await _refuse(send, _TOO_LARGE, "The request is too large. / Nội dung gửi lên quá lớn.\n".encode())
            return

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        nothing = Body(limit_bytes=0, steps=(), let_by_bytes=0, may_be_cut_off=False)
        await self._hand_over({**scope, TOO_LARGE: limit_bytes}, nothing, send_and_close)

    async def _hand_over(self, scope: MutableMapping[str, Any], body: Body, send: Send) -> None:
        kinds = [value for name, value in scope["headers"] if name == b"content-type"]
        content = first_parts(body.whole(), plain_type(kinds), most=self._most_parts) if kinds else body.whole()
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


async def _receive_files(body: Body, wider: WiderLimit, scope: MutableMapping[str, Any], receive: Receive) -> bool:
    """Receive the form that may bring files; where it is not there by its deadline, give its place to others and let the rest go by."""
    try:
        async with asyncio.timeout(wider.deadline_seconds):
            return await _receive_into(body, scope, receive)
    except TimeoutError:
        body.cut_off()
    async with asyncio.timeout(wider.let_by_seconds):
        return await _receive_into(body, scope, receive)


async def _receive_into(body: Body, scope: MutableMapping[str, Any], receive: Receive) -> bool:
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
    if status == _NO_ROOM:
        headers.append((b"retry-after", b"10"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence, "more_body": False})


_PARENT = multiprocessing.parent_process()
if _PARENT is not None and _PARENT.pid is not None:
    # the server forks one process per worker: none may outlive it and keep the port
    die_with(_PARENT.pid)
    suit_pages(settings.DATABASES)

application = BufferedBodies(
    WSGIMiddleware(cast("Any", django_application), workers=settings.CAMKET_WEB_THREADS),
    limit_bytes=settings.CAMKET_BODY_LIMIT_BYTES,
    deadline_seconds=settings.CAMKET_BODY_DEADLINE_SECONDS,
    has_page=True,
    smaller=SmallerLimit(limit_bytes=settings.CAMKET_SMALL_BODY_BYTES, most_at_once=settings.CAMKET_BODIES_AT_ONCE),
    wider=WiderLimit(
        paths=re.compile(r"/(?:vi|en)/contact"),
        limit_bytes=settings.CAMKET_FILES_LIMIT_BYTES,
        let_by_bytes=settings.CAMKET_FILES_LET_BY_BYTES,
        deadline_seconds=settings.CAMKET_FILES_DEADLINE_SECONDS,
        let_by_seconds=settings.CAMKET_FILES_LET_BY_SECONDS,
        most_at_once=settings.CAMKET_FILES_AT_ONCE,
        most_worked_on=settings.CAMKET_FILES_WORKED_ON,
    ),
)
