"""What a page that stays open asks again and again: names and numbers only, never a word of anybody."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from camket.duties.intake.queries.filters import InboxFilter, branches
from camket.duties.intake.queries.listing import PAGE, counts
from camket.duties.intake.queries.scope import visible
from camket.policy.terms import Actor


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
    columns = ("received_at", "id", "reference", "sequence")
    pieces = branches(visible(actor, now=now), chosen, actor=actor, now=now)
    wanted = [piece.order_by("-received_at", "-id").values_list(*columns)[:PAGE] for piece in pieces]
    found = sorted(chain(*wanted), reverse=True)[:PAGE]
    return News(rows=tuple((reference, sequence) for _, _, reference, sequence in found), counts=counts(actor=actor, now=now))


def sequence_of(*, reference: str, actor: Actor, now: datetime) -> int | None:
    """
    Return how many times something was said or done with an inquiry, or None where there is none for this role; one statement.

    Args:
        reference: Its public name.
        actor: Who looks.
        now: UTC instant.
    """
    return visible(actor, now=now).filter(reference=reference).values_list("sequence", flat=True).first()


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
