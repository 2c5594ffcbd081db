"""The one scope: which inquiries an actor may come across at all. Every list, count, search, page, act and poll goes through it."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry
from camket.editions import queries as editions
from camket.journal.statements import Value, fetch_objects
from camket.policy.terms import STAFF_ROLES, Actor, Operation


class ScopeTooNarrow(RuntimeError):
    """The scope narrows what a role sees, and a written statement does not know how."""


class NotFound(LookupError):
    """There is no such inquiry for this member of staff."""


def in_scope(actor: Actor) -> QuerySet[Inquiry]:
    """
    Return the inquiries that an actor may come across at all: the one scope of every list, search, count, page and act.

    Args:
        actor: A member of staff; whom no clause lets use inquiries gets none.

    Source: policy §6.
    """
    policy = editions.compiled(editions.in_force())
    is_granted = any(role == actor.role and operation is Operation.USE and purpose == rules.ADVISE for role, operation, purpose, _ in policy.table)
    # a person's own view of their data has a clause too, but it is another page: these are for the desks
    return Inquiry.objects.all() if is_granted and actor.role in STAFF_ROLES else Inquiry.objects.none()


def visible(actor: Actor, *, now: datetime) -> QuerySet[Inquiry]:
    """
    Return the inquiries in an actor's scope that are shown already: those of the slow lane come later.

    Args:
        actor: Who looks.
        now: UTC instant.
    """
    return in_scope(actor).filter(shown_from__lte=now)


def fetch_visible(actor: Actor, where: str, *given: Value | Collection[Value], ending: str, now: datetime) -> list[Inquiry]:
    """
    Return the visible inquiries that fit some words of SQL: for a page that is asked for all day, a third of what a queryset costs.

    Args:
        actor: Who looks.
        where: As for `fetch_objects`.
        given: For each `%s` a value and for each `{}` a collection.
        ending: Their order, and how many at most.
        now: UTC instant.

    Raises:
        ScopeTooNarrow: The scope came to be narrower than all or nothing: what it adds has to be written out here too.
    """
    shown = in_scope(actor).query
    if shown.is_empty():
        return []
    if shown.where:
        raise ScopeTooNarrow("what the scope adds has to be written out here too")
    return fetch_objects(Inquiry, f"({where}) AND shown_from <= %s {ending}", *given, now)
