"""
The live stream's own small door: plain ASGI, one address, one kind of answer (server-sent events).

It tells an open page of the desks that something it may see has changed, and a mark of it; what has changed the page asks for by itself, through the
gate as ever. Everything that is refused is refused before a database is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from typing import Any

from django.utils import timezone

from camket.access.queries import StreamRefused, read_stream_ticket
from camket.jobs.listening import Listener, Listeners, StreamFull
from camket.web.kit.requests import host_name

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/stream"
_HEARTBEAT_SECONDS = 10.0  # shorter than any proxy's patience
_LIVES_SECONDS = 600.0  # then the page comes with a fresh ticket
_TAKEN_WITHIN_SECONDS = 5.0  # a reader slower than that is let go
_LONGEST_MARK = 40
_HEARTBEAT = b":\n\n"
_SAME = frozenset({"same-origin", "same-site"})  # pages and stream of one machine differ in their port
_KEPT_FROM_OTHERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_SENTENCES = {
    400: "This address is not ours. / Tên miền này không phải của chúng tôi.\n",
    401: "A fresh ticket is needed. / Cần một vé mới.\n",
    403: "This is for our own pages. / Chỉ dành cho các trang của chúng tôi.\n",
    404: "There is nothing here. / Ở đây không có gì.\n",
    405: "Only GET is answered here. / Ở đây chỉ nhận GET.\n",
    503: "Too many are listening. / Quá nhiều nơi đang theo dõi.\n",
}


class _Refusal(Exception):
    def __init__(self, status: int, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers


class LiveStream:
    """The stream as an ASGI application."""

    def __init__(self, *, hosts: Collection[str], listeners: Listeners) -> None:
        self._hosts = frozenset(hosts)
        self._listeners = listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                await self._answer(scope, receive, send)
            except _Refusal as refusal:
                await _say_no(send, refusal)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        looking = asyncio.ensure_future(self._listeners.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if host_name(_one(scope, b"host") or "") not in self._hosts:
            raise _Refusal(400)
        if scope["path"] != PATH:
            raise _Refusal(404)
        if scope["method"] == "OPTIONS":
            await self._allow(scope, send)
            return
        if scope["method"] != "GET":
            raise _Refusal(405, (b"allow", b"GET, OPTIONS"))
        listener = await self._let_in(scope)
        try:
            await _hold(listener, _said_last(scope), receive, send)
        except TimeoutError:
            pass  # a reader that takes nothing: the connection ends with this task
        finally:
            self._listeners.leave(listener)

    async def _let_in(self, scope: Scope) -> Listener:
        if _one(scope, b"sec-fetch-site") not in (None, *_SAME):
            raise _Refusal(403)
        kind, _, text = (_one(scope, b"authorization") or "").partition(" ")
        try:
            ticket = read_stream_ticket(text if kind.lower() == "bearer" else "", now=timezone.now())
            if _one(scope, b"origin") not in (None, ticket.origin):
                raise _Refusal(403)
            return await self._listeners.join(ticket)
        except StreamRefused:
            raise _Refusal(401, (b"www-authenticate", b"Bearer")) from None
        except StreamFull:
            raise _Refusal(503, (b"retry-after", b"60")) from None

    async def _allow(self, scope: Scope, send: Send) -> None:
        """Answer a browser that asks before it sends a ticket to another port."""
        origin = _one(scope, b"origin") or ""
        scheme, _, netloc = origin.partition("://")
        if scheme not in ("http", "https") or host_name(netloc) not in self._hosts:
            raise _Refusal(403)
        allowed = [(b"access-control-allow-methods", b"GET"), (b"access-control-allow-headers", b"authorization, last-event-id")]
        headers = [*_shared_with(origin), *allowed, (b"access-control-max-age", b"600"), *_KEPT_FROM_OTHERS]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hold(listener: Listener, told: str, receive: Receive, send: Send) -> None:
    """Tell a page of each change until it leaves, its session is over, or it has to come anew."""
    loop = asyncio.get_running_loop()
    ends_at_seconds = loop.time() + _LIVES_SECONDS
    gone = asyncio.ensure_future(_until_gone(receive))
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
    headers += [*_shared_with(listener.ticket.origin), *_KEPT_FROM_OTHERS]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _say(send, _HEARTBEAT)
        while not (gone.done() or listener.is_over) and loop.time() < ends_at_seconds:
            listener.stirred.clear()
            if listener.mark != told:
                told = listener.mark
                await _say(send, f"id: {told}\ndata: changed\n\n".encode())
            elif not await _stirs(listener, gone):
                await _say(send, _HEARTBEAT)
        await _say(send, b"", is_last=True)
    finally:
        gone.cancel()


async def _stirs(listener: Listener, gone: "asyncio.Future[None]") -> bool:
    """Wait until there is something to do, and return whether there is; no longer than between two heartbeats."""
    stirred = asyncio.ensure_future(listener.stirred.wait())
    waited: set[asyncio.Future[Any]] = {stirred, gone}
    try:
        done, _ = await asyncio.wait(waited, timeout=_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stirred.cancel()
    return bool(done)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, body: bytes, *, is_last: bool = False) -> None:
    async with asyncio.timeout(_TAKEN_WITHIN_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": not is_last})


async def _say_no(send: Send, refusal: _Refusal) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *refusal.headers, *_KEPT_FROM_OTHERS]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": _SENTENCES[refusal.status].encode(), "more_body": False})


def _shared_with(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]


def _said_last(scope: Scope) -> str:
    return (_one(scope, b"last-event-id") or "")[:_LONGEST_MARK]


def _one(scope: Scope, name: bytes) -> str | None:
    """The one value of a header, or None; two are read by nobody alike."""
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) > 1:
        raise _Refusal(400)
    return values[0].decode("latin-1") if values else None
