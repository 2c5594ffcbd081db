"""What a page that stays open asks again and again: names and numbers only, never a word of anybody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from camket.duties.intake.models import Event, Message
from camket.duties.intake.queries.filters import InboxFilter
from camket.duties.intake.queries.listing import counts, first_page
from camket.duties.intake.queries.scope import visible
from camket.policy.terms import Actor

_NEWEST = 64  # more than are ever written at once: whoever commits later than the one after them is still among these


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The references at the top of a list, each with its sequence, and how many each tab holds."""

    rows: tuple[tuple[str, int], ...]
    counts: dict[str, int]


def news(*, actor: Actor, chosen: InboxFilter, now: datetime) -> News:
    """
    Return what stands at the top of a list now; one statement for each state and one for the counts, and nothing is opened.

    Args:
        actor: Who looks.
        chosen: Which list.
        now: UTC instant.
    """
    rows = tuple((inquiry.reference, inquiry.sequence) for inquiry in first_page(chosen=chosen, actor=actor, now=now))
    return News(rows=rows, counts=counts(actor=actor, now=now))


def sequence_of(*, reference: str, actor: Actor, now: datetime) -> int | None:
    """
    Return how many times something was said or done with an inquiry, or None where there is none for this role; one statement.

    Args:
        reference: Its public name.
        actor: Who looks.
        now: UTC instant.
    """
    return visible(actor, now=now).filter(reference=reference).values_list("sequence", flat=True).first()


def mark_of_list(*, actor: Actor, now: datetime) -> str:
    """
    Return a mark that is another one once anything came in, was said or was done that an actor may come across; three statements, each in an index.

    It may stay the same where only something old was erased or handed on: an open page still asks of its own accord, more rarely.

    Args:
        actor: Who looks; whom no clause lets use inquiries sees no change.
        now: UTC instant.
    """
    shown = visible(actor, now=now)
    newest = list(shown.order_by("-received_at", "-id").values_list("id", "sequence", "state")[:_NEWEST])
    said = list(Message.objects.order_by("-id").values_list("id", flat=True)[:_NEWEST]) if newest else []
    done = list(Event.objects.order_by("-id").values_list("id", flat=True)[:_NEWEST]) if newest else []
    return sha256(repr((newest, said, done)).encode()).hexdigest()[:24]


def marks_of(references: Collection[str], *, actor: Actor, now: datetime) -> Mapping[str, str]:
    """
    Return, for those inquiries that an actor may come across, a mark that is another one once something was said or done with it; one statement.

    Args:
        references: Their public names.
        actor: Who looks.
        now: UTC instant.
    """
    rows = visible(actor, now=now).filter(reference__in=references).values_list("reference", "sequence", "state")
    return {reference: f"{sequence}.{state}" for reference, sequence, state in rows}


def lately(*, actor: Actor, now: datetime, limit: int = 8) -> tuple[str, ...]:
    """
    Return the references of the inquiries that a member of staff did or wrote something with last, the latest first.

    Args:
        actor: Who looks.
        now: UTC instant.
        limit: At most so many.
    """
    shown = visible(actor, now=now)
    touched: dict[str, datetime] = {}
    for path, by in (("events", "events__by"), ("messages", "messages__written_by")):
        rows = shown.filter(**{by: actor.id}).order_by(f"-{path}__at").values_list("reference", f"{path}__at")[: limit * 3]
        for reference, at in rows:
            touched[reference] = max(at, touched.get(reference, at))
    return tuple(sorted(touched, key=lambda reference: touched[reference], reverse=True)[:limit])
