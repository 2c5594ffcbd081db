"""A request's body is received whole, within its limit and its deadline, before a thread is taken."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve

from camket.config.asgi import BufferedBodies, application
from camket.config.bodies import SmallerLimit, WiderLimit
from camket.web.site.views import contact

Message = MutableMapping[str, Any]


class Inner:
    """An application that keeps what it was given, and may fail."""

    def __init__(self, *, fails_with: Exception | None = None) -> None:
        self.bodies: list[bytes] = []
        self.headers: dict[bytes, bytes] = {}
        self.told: int | None = None
        self.fails_with = fails_with

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        self.bodies.append((await receive())["body"])
        self.headers = dict(scope["headers"])
        self.told = scope.get("camket.too_large")
        if self.fails_with is not None:
            raise self.fails_with
        await send({"type": "http.response.start", "status": 200, "headers": []})


WIDER = WiderLimit(
    paths=re.compile("/vi/contact"), limit_bytes=300, let_by_bytes=1000, deadline_seconds=5, let_by_seconds=5, most_at_once=2, most_worked_on=2
)
SMALLER = SmallerLimit(limit_bytes=20, most_at_once=2)
FILES = {"type": "http", "method": "POST", "path": "/vi/contact", "headers": [(b"content-type", b"multipart/form-data; boundary=x")]}


def ask(inner: Inner, parts: list[Message], *, headers: list[tuple[bytes, bytes]] | None = None, deadline_seconds: float = 5) -> int | None:
    """Send a request in parts (and then nothing more) and return the status of the answer."""
    bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=deadline_seconds)
    return sent(bodies, {"type": "http", "headers": headers or []}, parts)


def sent(bodies: BufferedBodies, scope: Message, parts: list[Message]) -> int | None:
    statuses: list[int] = []

    async def receive() -> Message:
        if parts:
            return parts.pop(0)
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    asyncio.run(bodies(scope, receive, send))
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

    @pytest.mark.parametrize("parts", [[b"a" * 101], [b"a" * 60, b"a" * 60]], ids=["announced", "found out"])
    def test_that_is_too_large_is_said_to_be_by_an_application_that_can(self, parts: list[bytes]) -> None:
        inner, answers = Inner(), list[Message]()
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, has_page=True)
        coming = [part(one, more=at + 1 < len(parts)) for at, one in enumerate(parts)]

        async def receive() -> Message:
            return coming.pop(0)

        async def send(message: Message) -> None:
            answers.append(message)

        headers = [(b"content-length", b"101")] if len(parts) == 1 else []
        asyncio.run(bodies({"type": "http", "headers": headers}, receive, send))
        assert (inner.bodies, inner.headers[b"content-length"], inner.told) == ([b""], b"0", 100)
        assert (b"connection", b"close") in answers[0]["headers"], "what is still to come is not read"

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


class Slow(Inner):
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        self.bodies.append((await receive())["body"])
        await self.may_answer.wait()


def one_part(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return part(body)

    return receive


async def into_nothing(message: Message) -> None:
    """Let an answer go."""


class TestABodyWithFiles:
    def test_may_be_longer_than_any_other(self) -> None:
        inner = Inner()
        assert (
            sent(BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, wider=WIDER), FILES, [part(b"a" * 200, more=True), part(b"b" * 100)])
            == 200
        )
        assert inner.bodies == [b"a" * 200 + b"b" * 100]
        assert inner.headers[b"content-length"] == b"300"

    @pytest.mark.parametrize(
        "other",
        [
            {"path": "/vi/certificate"},
            {"path": "/vi/contact/x"},
            {"method": "PUT"},
        ],
        ids=repr,
    )
    def test_goes_to_its_form_and_nowhere_else(self, other: Message) -> None:
        bodies = BufferedBodies(Inner(), limit_bytes=100, deadline_seconds=5, wider=WIDER)
        assert sent(bodies, {**FILES, **other}, [part(b"a" * 101)]) == 413

    @pytest.mark.parametrize("headers", [[(b"content-type", b"application/x-www-form-urlencoded")], [], FILES["headers"] * 2], ids=repr)
    def test_is_none_where_it_does_not_come_in_parts(self, headers: list[tuple[bytes, bytes]]) -> None:
        """It is heard to its end all the same, so that a proxy that passes it on as it comes hears the answer."""
        inner = Inner()
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, wider=WIDER)
        assert sent(bodies, {**FILES, "headers": headers}, [part(b"a" * 90, more=True), part(b"a" * 200, more=True), part(b"end")]) == 200
        assert inner.bodies == [b"a" * 100]

    def test_has_more_time_to_come_in_where_it_comes_in_parts_and_no_other_has(self) -> None:
        bodies = BufferedBodies(Inner(), limit_bytes=100, deadline_seconds=0.05, wider=replace(WIDER, deadline_seconds=0.2, let_by_seconds=0.1))
        plain = {**FILES, "headers": [(b"content-type", b"application/x-www-form-urlencoded")]}
        for scope, least, most in ((FILES, 0.3, 5), (plain, 0.05, 0.29)):
            started = time.monotonic()
            assert sent(bodies, scope, [part(b"a", more=True)]) == 408
            assert least <= time.monotonic() - started < most

    def test_that_is_too_long_is_cut_off_so_that_what_was_typed_comes_back(self) -> None:
        inner = Inner()
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, wider=WIDER)
        assert sent(bodies, FILES, [part(b"typed" + b"a" * 245, more=True), *[part(b"b" * 250, more=True)] * 2, part(b"end")]) == 200
        assert inner.bodies == [b"typed" + b"a" * 245 + b"b" * 50]
        assert inner.headers[b"content-length"] == b"300"

    def test_that_never_ends_is_refused(self) -> None:
        inner = Inner()
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, wider=WIDER)
        assert sent(bodies, FILES, [part(b"a" * 400, more=True)] * 3) == 413
        assert sent(bodies, {**FILES, "headers": [*FILES["headers"], (b"content-length", b"1001")]}, [part(b"a")]) == 413
        assert inner.bodies == []

    def test_finds_room_for_so_many_at_once(self) -> None:
        """The third keeps its ordinary limit; once one is answered, there is room again."""

        async def play() -> list[int]:
            slow = Slow()
            bodies = BufferedBodies(slow, limit_bytes=100, deadline_seconds=5, wider=WIDER)
            running = []
            for _ in range(3):
                running.append(asyncio.create_task(bodies(FILES, one_part(b"a" * 250), into_nothing)))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            slow.may_answer.set()
            await asyncio.gather(*running)
            await bodies(FILES, one_part(b"a" * 250), into_nothing)
            return [len(body) for body in slow.bodies]

        assert asyncio.run(play()) == [250, 250, 100, 250]

    def test_waits_while_as_many_are_worked_on_as_there_is_memory_for(self) -> None:
        async def play() -> list[int]:
            slow = Slow()
            bodies = BufferedBodies(slow, limit_bytes=100, deadline_seconds=5, wider=replace(WIDER, most_worked_on=1))
            running = [asyncio.create_task(bodies(FILES, one_part(b"a" * length), into_nothing)) for length in (250, 251, 50)]
            for _ in range(5):
                await asyncio.sleep(0)
            begun = [len(body) for body in slow.bodies]
            slow.may_answer.set()
            await asyncio.gather(*running)
            return [*begun, *(len(body) for body in slow.bodies)]

        assert asyncio.run(play()) == [250, 50, 250, 50, 251]

    def test_that_is_too_slow_is_cut_off_so_that_what_was_typed_comes_back(self) -> None:
        """What has not come by the deadline is let go by, and meanwhile there is room for another."""
        inner, arrived = Inner(), [part(b"typed" + b"a" * 245, more=True)]
        once = replace(WIDER, deadline_seconds=0.05, most_at_once=1)
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, wider=once, smaller=SMALLER)

        async def receive() -> Message:
            if arrived:
                return arrived.pop()
            await asyncio.sleep(0.1)
            return part(b"end", more=not may_end.is_set())

        async def play() -> None:
            slow = asyncio.create_task(bodies(FILES, receive, into_nothing))
            await asyncio.sleep(0.2)
            await bodies(FILES, one_part(b"b" * 250), into_nothing)
            may_end.set()
            await slow

        may_end = asyncio.Event()
        asyncio.run(play())
        assert inner.bodies == [b"b" * 250, b"typed" + b"a" * 15]
        assert inner.headers[b"content-length"] == b"20"

    def test_that_is_too_slow_for_that_too_is_refused(self) -> None:
        inner = Inner()
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, wider=replace(WIDER, deadline_seconds=0.05, let_by_seconds=0.05))
        assert sent(bodies, FILES, [part(b"a", more=True)]) == 408
        assert inner.bodies == []

    def test_leaves_its_room_whoever_leaves_or_breaks(self) -> None:
        inner = Inner(fails_with=ValueError("x"))
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=0.05, wider=replace(WIDER, deadline_seconds=0.05, let_by_seconds=0.05))
        gone: Message = {"type": "http.disconnect"}
        for parts in ([part(b"a" * 200, more=True), gone], [part(b"a" * 200, more=True)], [part(b"a" * 200)]) * 2:
            sent(bodies, FILES, list(parts))
        inner.bodies.clear()
        sent(bodies, FILES, [part(b"a" * 250)])
        assert [len(body) for body in inner.bodies] == [250]

    def test_is_taken_where_the_form_is(self) -> None:
        for language in ("vi", "en"):
            scope = {**FILES, "path": f"/{language}/contact"}
            assert application._wider is not None
            assert application._wider.covers(scope)
            assert resolve(scope["path"]).func is contact


class TestBodiesOverASmallOne:
    """Whoever opens a thousand connections must not fill the memory with them."""

    def held(self, scope: Message, *lengths: int) -> list[int]:
        """Send as many at once and return how much of each is held, and the statuses of those that were refused."""
        found: list[int] = []

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.append(message["status"])

        async def play() -> None:
            slow = Slow()
            bodies = BufferedBodies(slow, limit_bytes=100, deadline_seconds=5, wider=WIDER, smaller=SMALLER)
            running = []
            for length in lengths:
                running.append(asyncio.create_task(bodies(scope, one_part(b"a" * length), note)))
                for _ in range(3):
                    await asyncio.sleep(0)
            slow.may_answer.set()
            await asyncio.gather(*running)
            found.extend(len(body) for body in slow.bodies)

        asyncio.run(play())
        return found

    def test_are_held_as_far_as_there_is_room_and_small_ones_always(self) -> None:
        assert self.held({"type": "http", "headers": []}, 90, 91, 92, 20, 20) == [503, 90, 91, 20, 20]

    def test_with_files_are_cut_off_where_there_is_no_room(self) -> None:
        assert self.held(FILES, 90, 250, 92, 20) == [90, 250, 20, 20]

    def test_leave_their_places(self) -> None:
        inner = Inner()
        bodies = BufferedBodies(inner, limit_bytes=100, deadline_seconds=5, wider=WIDER, smaller=SMALLER)
        for scope in ({"type": "http", "headers": []}, FILES):
            assert [sent(bodies, scope, [part(b"a" * 90)]) for _ in range(4)] == [200] * 4

    def test_with_files_take_no_room_from_others(self) -> None:
        async def play() -> list[int]:
            slow = Slow()
            bodies = BufferedBodies(slow, limit_bytes=100, deadline_seconds=5, wider=WIDER, smaller=SMALLER)
            running = [asyncio.create_task(bodies(FILES, one_part(b"a" * 90), into_nothing)) for _ in range(3)]
            running.append(asyncio.create_task(bodies({"type": "http", "headers": []}, one_part(b"a" * 90), into_nothing)))
            await asyncio.sleep(0)
            slow.may_answer.set()
            await asyncio.gather(*running)
            return [len(body) for body in slow.bodies]

        assert asyncio.run(play()) == [90, 90, 20, 90]

    def test_are_what_a_form_without_files_never_is(self) -> None:
        """So that it is never cut, and never turned away."""
        assert settings.CAMKET_SMALL_BODY_BYTES > settings.CAMKET_FORM_LIMIT_BYTES + 16 * 1024
