"""Who may listen to the desks' live stream: a ticket for one session and one moment, and whether that session still lives."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing

from camket.access.models import DeskSession
from camket.policy.terms import Actor, RoleId

TICKET_LIVES = timedelta(seconds=30)
_SALT = "camket.access.stream"
_LONGEST_TICKET = 600


class StreamRefused(Exception):
    """This is no ticket of ours, or its moment is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTicket:
    """What a ticket says: which session listens, as whom, from which of our pages, and to what. It holds nothing of anybody's."""

    session_id: UUID
    actor: Actor
    origin: str  # scheme, host and port of the page
    watched: str  # the reference of one inquiry; empty for the list
    as_it_is: str = field(repr=False)  # what changes with the account's role, password and stamp
    nonce: str = field(repr=False)


def new_stream_ticket(*, session_id: UUID, origin: str, watched: str, now: datetime) -> str | None:
    """
    Return a signed ticket that is good once and for half a minute, or None where the session is over.

    Args:
        session_id: The id under which the session is listed.
        origin: Scheme, host and port of the page that asks.
        watched: The reference of one inquiry; empty for the list.
        now: UTC instant.
    """
    found = _living([session_id], now).get(session_id)
    if found is None:
        return None
    actor, as_it_is = found
    said = {"s": str(session_id), "r": actor.role, "a": actor.id, "as": as_it_is, "o": origin, "w": watched, "at": now.timestamp()}
    return signing.dumps({**said, "n": secrets.token_urlsafe(12)}, salt=_SALT)


def read_stream_ticket(text: str, *, now: datetime) -> StreamTicket:
    """
    Return what a ticket says; whether its session still lives is asked of `still_listening`, and whether it was used before, of who holds the stream.

    Args:
        text: What was presented; anything, however long.
        now: UTC instant.

    Raises:
        StreamRefused: It is none of ours, or older than half a minute.
    """
    try:
        said = signing.loads(text[:_LONGEST_TICKET], salt=_SALT)
        age = now.timestamp() - said["at"]
        session_id, actor = UUID(said["s"]), Actor(role=RoleId(said["r"]), id=said["a"])
        told = {"origin": said["o"], "watched": said["w"], "as_it_is": said["as"], "nonce": said["n"]}
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise StreamRefused from None
    # pages and stream may run on two machines whose clocks differ a little
    if not -TICKET_LIVES.total_seconds() <= age <= TICKET_LIVES.total_seconds():
        raise StreamRefused
    return StreamTicket(session_id=session_id, actor=actor, **told)


def still_listening(tickets: Iterable[StreamTicket], *, now: datetime) -> frozenset[UUID]:
    """
    Return the sessions, of those that listen, that live on for the very account they began for: neither ended, nor over, nor of somebody who left.

    One statement, however many there are.

    Args:
        tickets: Those that are being listened with.
        now: UTC instant.
    """
    listening = {ticket.session_id: ticket for ticket in tickets}
    living = _living(listening, now)
    return frozenset(one for one, ticket in listening.items() if living.get(one) == (ticket.actor, ticket.as_it_is))


def _living(session_ids: Iterable[UUID], now: datetime) -> Mapping[UUID, tuple[Actor, str]]:
    rows = DeskSession.objects.filter(pk__in=list(session_ids), session__expire_date__gt=now, staff__is_active=True).select_related("staff")
    return {row.id: (Actor(role=RoleId(row.staff.role), id=str(row.staff_id)), row.staff.as_it_is()) for row in rows}
