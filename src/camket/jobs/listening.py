"""Who holds on to the live stream: looked after together, so that a hundred open pages cost the database what one costs."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import close_old_connections, connections
from django.utils import timezone

from camket.access.queries import TICKET_LIVES, StreamRefused, StreamTicket, still_listening
from camket.duties.custody.actions import note_stream
from camket.duties.intake import queries as inquiries

P = ParamSpec("P")
T = TypeVar("T")

MOST_LISTENERS = 500
MOST_OF_A_SESSION = 6  # open pages; the next ones poll
LOOK_EVERY_SECONDS = 0.5
_NOTE_EVERY_SECONDS = 5.0
_WAIT_AFTER_A_FAULT_SECONDS = 3.0
_NONCE_KEPT_SECONDS = 3 * TICKET_LIVES.total_seconds()  # longer than any ticket can be good for
_TRUSTED_FOR_SECONDS = 10.0  # as long as nobody can be asked whether a session lives, its stream goes on, and no longer

log = logging.getLogger(__name__)


class StreamFull(Exception):
    """As many hold on as may, in all or of this session; the page polls."""


@dataclass(slots=True, kw_only=True, eq=False)
class Listener:
    """One open page: what it may hear, the mark of it that was seen last and when, and whether it is over."""

    ticket: StreamTicket
    mark: str = ""
    seen_at_seconds: float = 0.0  # by the loop's clock: when its session was last known to live
    is_over: bool = False
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, mark: str, *, at_seconds: float) -> None:
        """Note what was seen, and stir who waits where it is news."""
        self.seen_at_seconds = at_seconds
        if mark != self.mark:
            self.mark = mark
            self.stirred.set()

    def end(self) -> None:
        """Let it close: the session is over, or the process stops."""
        self.is_over = True
        self.stirred.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look found: the sessions that live, and the mark of each thing watched by each role."""

    living: frozenset[UUID]
    marks: Mapping[tuple[str, str], str]

    def mark_for(self, ticket: StreamTicket) -> str:
        """Return the mark of what a ticket is for; of an inquiry that this role never comes across, always the same."""
        return self.marks.get((ticket.actor.role, ticket.watched), "")


def look(tickets: Collection[StreamTicket], now: datetime) -> Seen:
    """
    Ask the database which sessions live, and how things stand: one statement for the sessions and a handful for each role, however many listen.

    Args:
        tickets: Of those that listen.
        now: UTC instant.
    """
    marks: dict[tuple[str, str], str] = {}
    for role, actor in {ticket.actor.role: ticket.actor for ticket in tickets}.items():
        watched = {ticket.watched for ticket in tickets if ticket.actor.role == role}
        if "" in watched:
            marks[role, ""] = inquiries.mark_of_list(actor=actor, now=now)
        if references := watched - {""}:
            found = inquiries.marks_of(references, actor=actor, now=now)
            marks |= {(role, reference): mark for reference, mark in found.items()}
    return Seen(living=still_listening(tickets, now=now), marks=marks)


class Listeners:
    """
    Everybody who holds on, within the limits, and the one loop that looks for all of them.

    Args:
        looking: How the database is asked.
    """

    def __init__(self, *, looking: Callable[[Collection[StreamTicket], datetime], Seen] = look) -> None:
        self._looking = looking
        self._held: set[Listener] = set()
        self._used: dict[str, float] = {}  # nonce of a ticket → when it was used, by the loop's clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="look")  # one connection, however many listen
        self._noted_at_seconds = float("-inf")

    def __len__(self) -> int:
        return len(self._held)

    async def join(self, ticket: StreamTicket) -> Listener:
        """
        Take in who comes with a ticket.

        Args:
            ticket: As it was read.

        Raises:
            StreamRefused: It was used before, or its session is over.
            StreamFull: As many hold on as may.
        """
        self._use_up(ticket)
        per_session = Counter(one.ticket.session_id for one in self._held)
        if len(self._held) >= MOST_LISTENERS or per_session[ticket.session_id] >= MOST_OF_A_SESSION:
            raise StreamFull
        listener = Listener(ticket=ticket)
        self._held.add(listener)  # before the database is asked: many who come at once are counted too
        try:
            seen = await self._aside(self._looking, [ticket], timezone.now())
            if ticket.session_id not in seen.living:
                raise StreamRefused
        except BaseException:
            self._held.discard(listener)
            raise
        listener.hear(seen.mark_for(ticket), at_seconds=asyncio.get_running_loop().time())
        return listener

    def _use_up(self, ticket: StreamTicket) -> None:
        now_seconds = asyncio.get_running_loop().time()
        self._used = {nonce: at for nonce, at in self._used.items() if now_seconds - at < _NONCE_KEPT_SECONDS}
        if ticket.nonce in self._used:
            raise StreamRefused
        self._used[ticket.nonce] = now_seconds

    def leave(self, listener: Listener) -> None:
        """Let somebody go."""
        self._held.discard(listener)

    async def run(self) -> None:
        """Look again and again, until the task is cancelled; a fault of the database ends no stream before its time."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                began_seconds = loop.time()
                is_well = await self._turn()
                span = LOOK_EVERY_SECONDS if is_well else _WAIT_AFTER_A_FAULT_SECONDS
                await asyncio.sleep(max(0.05, span - (loop.time() - began_seconds)))
        finally:
            for listener in self._held:
                listener.end()

    async def _turn(self) -> bool:
        """Look once for everybody who holds on, and return whether all went well."""
        held = list(self._held)
        try:
            await self._note(len(held))
            if held:
                seen = await self._aside(self._looking, [one.ticket for one in held], timezone.now())
                self._tell(held, seen)
        except Exception:  # the loop must outlive any fault; the log keeps its kind and place
            log.exception("live stream")
            self._end_untrusted(held)
            return False
        return True

    def _tell(self, held: Collection[Listener], seen: Seen) -> None:
        at_seconds = asyncio.get_running_loop().time()
        for listener in held:
            if listener.ticket.session_id in seen.living:
                listener.hear(seen.mark_for(listener.ticket), at_seconds=at_seconds)
            else:
                listener.end()

    def _end_untrusted(self, held: Collection[Listener]) -> None:
        now_seconds = asyncio.get_running_loop().time()
        for listener in held:
            if now_seconds - listener.seen_at_seconds > _TRUSTED_FOR_SECONDS:
                listener.end()

    async def _note(self, held: int) -> None:
        now_seconds = asyncio.get_running_loop().time()
        if now_seconds - self._noted_at_seconds >= _NOTE_EVERY_SECONDS:
            self._noted_at_seconds = now_seconds
            await self._aside(_note, held)

    async def _aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: _with_connection(lambda: work(*args, **kwargs)))


def _note(held: int) -> None:
    note_stream(held=held, now=timezone.now())


def _with_connection(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    except BaseException:
        connections.close_all()  # the next look begins with a fresh one
        raise
