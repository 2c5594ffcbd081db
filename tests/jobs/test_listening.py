"""Holding on to the live stream: what is told and when, who is let go, and how many may come. One process, no socket, no database."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from camket.access.queries import StreamRefused, StreamTicket
from camket.jobs import listening, stream
from camket.jobs.listening import MOST_LISTENERS, MOST_OF_A_SESSION, Listener, Listeners, Seen, StreamFull
from camket.policy.terms import ADVISER, Actor

ORIGIN = "http://localhost:8000"


def ticket(session: UUID | None = None, watched: str = "") -> StreamTicket:
    actor = Actor(role=ADVISER, id="chi")
    return StreamTicket(session_id=session or uuid4(), actor=actor, origin=ORIGIN, watched=watched, as_it_is="as", nonce=uuid4().hex)


class House:
    """A database as it may stand: which sessions are over, what the mark is, whether it answers."""

    def __init__(self) -> None:
        self.over: set[UUID] = set()
        self.mark = "one"
        self.is_away = False

    def look(self, tickets: Collection[StreamTicket], now: datetime) -> Seen:
        """Look as the real one does."""
        if self.is_away:
            raise ConnectionError
        return Seen(living=frozenset(one.session_id for one in tickets) - self.over, marks={(ADVISER, ""): self.mark})


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(listening, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(listening, "_WAIT_AFTER_A_FAULT_SECONDS", 0.01)
    monkeypatch.setattr(listening, "note_stream", lambda **_: None)
    return House()


def living(house: House, story: Callable[[Listeners], Awaitable[Any]]) -> Any:
    """Run a story while the loop of the listeners runs."""

    async def told() -> Any:
        listeners = Listeners(looking=house.look)
        looking = asyncio.ensure_future(listeners.run())
        try:
            async with asyncio.timeout(10):
                return await story(listeners)
        finally:
            looking.cancel()

    return asyncio.run(told())


class Reader:
    """A page that reads what it is sent, or takes nothing."""

    def __init__(self, *, takes: int = 1000) -> None:
        self.takes = takes
        self.got: list[bytes] = []
        self.leaves = asyncio.Event()

    async def send(self, message: Any) -> None:
        """Take what is sent, as long as it takes anything."""
        if len(self.got) >= self.takes:
            await asyncio.Event().wait()
        self.got.append(message.get("body", b""))

    async def receive(self) -> Any:
        """Say nothing until it leaves."""
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def until(self, part: bytes) -> None:
        """Wait until something has come."""
        while part not in b"".join(self.got):
            await asyncio.sleep(0.01)


def held(listeners: Listeners, listener: Listener, reader: Reader, told: str = "") -> "asyncio.Future[None]":
    return asyncio.ensure_future(stream._hold(listener, told, reader.receive, reader.send))


class TestAPageThatListens:
    def test_is_told_how_things_stand_and_then_of_each_change(self, house: House) -> None:
        async def story(listeners: Listeners) -> list[bytes]:
            reader = Reader()
            holding = held(listeners, await listeners.join(ticket()), reader)
            await reader.until(b"id: one\n")
            house.mark = "two"
            await reader.until(b"id: two\n")
            reader.leaves.set()
            await holding
            return reader.got

        assert b"".join(living(house, story)) == b":\n\nid: one\ndata: changed\n\nid: two\ndata: changed\n\n"

    def test_that_comes_back_is_told_nothing_it_knows(self, house: House) -> None:
        async def story(listeners: Listeners) -> list[bytes]:
            reader = Reader()
            holding = held(listeners, await listeners.join(ticket()), reader, told="one")
            await asyncio.sleep(0.1)
            reader.leaves.set()
            await holding
            return reader.got

        assert b"id:" not in b"".join(living(house, story))

    def test_is_let_go_when_its_session_is_over(self, house: House) -> None:
        async def story(listeners: Listeners) -> None:
            mine = ticket()
            holding = held(listeners, await listeners.join(mine), Reader())
            await asyncio.sleep(0.05)
            assert not holding.done()
            house.over.add(mine.session_id)
            await holding

        living(house, story)

    def test_is_let_go_when_it_takes_nothing(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stream, "_TAKEN_WITHIN_SECONDS", 0.05)

        async def story(listeners: Listeners) -> None:
            with pytest.raises(TimeoutError):
                await held(listeners, await listeners.join(ticket()), Reader(takes=2))

        living(house, story)

    def test_outlives_a_short_fault_of_the_database_and_no_long_one(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listening, "_TRUSTED_FOR_SECONDS", 0.3)

        async def story(listeners: Listeners) -> None:
            reader = Reader()
            holding = held(listeners, await listeners.join(ticket()), reader)
            house.is_away = True
            await asyncio.sleep(0.1)
            house.is_away, house.mark = False, "two"
            await reader.until(b"id: two\n")
            house.is_away = True
            await holding

        living(house, story)

    def test_goes_on_hearing_when_the_note_of_it_cannot_be_written(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaks(**_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(listening, "note_stream", breaks)

        async def story(listeners: Listeners) -> None:
            reader = Reader()
            holding = held(listeners, await listeners.join(ticket()), reader)
            house.mark = "two"
            await reader.until(b"id: two\n")
            reader.leaves.set()
            await holding

        living(house, story)


class TestWhoComes:
    def test_comes_once_with_a_ticket(self, house: House) -> None:
        async def story(listeners: Listeners) -> None:
            once = ticket()
            await listeners.join(once)
            with pytest.raises(StreamRefused):
                await listeners.join(once)

        living(house, story)

    def test_does_not_come_in_where_the_session_is_over(self, house: House) -> None:
        async def story(listeners: Listeners) -> int:
            gone = ticket()
            house.over.add(gone.session_id)
            with pytest.raises(StreamRefused):
                await listeners.join(gone)
            return len(listeners)

        assert living(house, story) == 0

    def test_is_one_of_so_many_at_most_for_a_session_and_in_all(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        async def story(listeners: Listeners) -> None:
            session = uuid4()
            first = [await listeners.join(ticket(session)) for _ in range(MOST_OF_A_SESSION)]
            with pytest.raises(StreamFull):
                await listeners.join(ticket(session))
            listeners.leave(first[0])
            await listeners.join(ticket(session))
            came = await asyncio.gather(*(listeners.join(ticket()) for _ in range(MOST_LISTENERS)), return_exceptions=True)
            assert sum(isinstance(one, StreamFull) for one in came) == MOST_OF_A_SESSION
            assert len(listeners) == MOST_LISTENERS

        living(house, story)
