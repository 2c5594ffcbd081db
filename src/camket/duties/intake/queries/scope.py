"""The one scope: which inquiries an actor may come across at all. Every list, count, search, page, act and poll goes through it."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry
from camket.editions import queries as editions
from camket.journal.statements import Value, fetch_objects
from camket.policy.terms import STAFF_ROLES, Actor, Operation


class NotFound(LookupError):
    """There is no such inquiry for this member of staff."""


def in_scope(actor: Actor) -> QuerySet[Inquiry]:
    """
    Return the inquiries that an actor may come across at all: the one scope of every list, search, count, page and act.

    Args:
        actor: A member of staff; whom no clause lets use inquiries gets none.

    Source: policy §6.
    """
    return Inquiry.objects.all() if may_come_across(actor) else Inquiry.objects.none()


def may_come_across(actor: Actor) -> bool:
    """
    Return whether an actor may come across inquiries at all, which is all of them or none.

    Args:
        actor: A member of staff; a person's own view of their data has a clause too, but it is another page.

    Source: policy §6.
    """
    policy = editions.compiled(editions.in_force())
    is_granted = any(role == actor.role and operation is Operation.USE and purpose == rules.ADVISE for role, operation, purpose, _ in policy.table)
    return is_granted and actor.role in STAFF_ROLES


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
    Return the visible inquiries that fit some words of SQL, as `visible` would, for a third of what a queryset costs.

    Args:
        actor: Who looks.
        where: As for `fetch_objects`; it is put in parentheses.
        given: For each `%s` a value and for each `{}` a collection.
        ending: Their order, and how many at most; without `%s`.
        now: UTC instant.
    """
    return fetch_objects(Inquiry, f"({where}) AND shown_from <= %s {ending}", *given, now) if may_come_across(actor) else []
