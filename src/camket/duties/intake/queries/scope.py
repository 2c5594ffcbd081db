"""The one scope: which inquiries an actor may come across at all. Every list, count, search, page, act and poll goes through it."""

from datetime import datetime

from django.db.models import QuerySet

from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry
from camket.editions import queries as editions
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
