"""The one scope: which inquiries an actor may come across at all. Every list, count, search, page, act and poll goes through it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain

from django.db.models import QuerySet

from camket.duties.intake.models import Inquiry
from camket.editions import queries as editions
from camket.journal.objects import fetch_objects
from camket.journal.statements import Statement, Value, fetch
from camket.policy.terms import ADVISE, STAFF_ROLES, Actor, Operation

_SHOWN = "shown_from <= %s"  # what `visible` asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Some of the inquiries: words of our own that stand behind WHERE, and a value for each `%s` or `{}`."""

    where: str
    given: tuple[Value | Collection[Value], ...]


class NotFound(LookupError):
    """There is no such inquiry for this member of staff."""


def in_scope(actor: Actor) -> QuerySet[Inquiry]:
    """
    Return the inquiries that an actor may come across at all: the one scope of every list, search, count, page and act.

    Args:
        actor: A member of staff; whom no clause lets use inquiries gets none.

    Source: policy §6 (6.1).
    """
    return Inquiry.objects.all() if may_come_across(actor) else Inquiry.objects.none()


def may_come_across(actor: Actor) -> bool:
    """
    Return whether an actor may come across inquiries at all, which is all of them or none.

    Args:
        actor: A member of staff.

    Source: policy §6 (6.1, 6.4).
    """
    policy = editions.policy_in_force()
    is_granted = any(role == actor.role and operation is Operation.USE and purpose == ADVISE for role, operation, purpose, _ in policy.table)
    return is_granted and actor.role in STAFF_ROLES  # a person's own view of their data has a clause too, but it is another page


def visible(actor: Actor, *, now: datetime) -> QuerySet[Inquiry]:
    """
    Return the inquiries in an actor's scope that are shown already: those of the slow lane come later.

    Args:
        actor: Who looks.
        now: UTC instant.
    """
    return in_scope(actor).filter(shown_from__lte=now)


def fetch_visible(actor: Actor, branch: Branch, *, ending: str, now: datetime) -> list[Inquiry]:
    """
    Return the visible inquiries that fit some words of SQL, as `visible` would, for a third of what a queryset costs.

    Args:
        actor: Who looks.
        branch: Which of them.
        ending: Their order, and how many at most; without `%s`.
        now: UTC instant.
    """
    return fetch_objects(Inquiry, f"({branch.where}) AND {_SHOWN} {ending}", *branch.given, now) if may_come_across(actor) else []


def count_visible(actor: Actor, wanted: Sequence[Branch], *, most: int, now: datetime) -> tuple[int, ...]:
    """
    Return how many visible inquiries fit each of some words of SQL; one statement.

    Args:
        actor: Who looks.
        wanted: What is counted, each within an index and without a `{}`.
        most: Where counting stops.
        now: UTC instant.
    """
    if not wanted or not may_come_across(actor):
        return (0,) * len(wanted)
    counting = _counting(tuple(branch.where for branch in wanted), most)
    return fetch(counting, *chain.from_iterable((*branch.given, now) for branch in wanted))[0]


@lru_cache
def _counting(wheres: tuple[str, ...], most: int) -> Statement:
    fitting = (f"SELECT 1 FROM intake_inquiry WHERE ({where}) AND {_SHOWN} LIMIT {most}" for where in wheres)  # noqa: S608  # words of our own
    return Statement(text=f"SELECT {', '.join(f'(SELECT COUNT(*) FROM ({one}) AS counted)' for one in fitting)}")  # noqa: S608  # the same
