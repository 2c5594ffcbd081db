"""Whom a campaign could not tell, by the public name of their inquiry: for those who may then find another way to them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from operator import attrgetter
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from camket.duties.notices.models import Campaign, Letter
from camket.duties.notices.queries.letters import cause_of, unreachable_among
from camket.duties.notices.rules import FINDERS, NO_ADDRESS, UNREACHABLE, UNTOLD
from camket.journal.paging import Page, cut
from camket.outbox.models import LeaseState
from camket.policy.terms import Actor

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachableRow:
    """Somebody who could not be told: the reference is empty where their matter has no public name."""

    id: UUID  # of the letter
    reference: str
    language: str
    cause: str  # NO_ADDRESS, UNREACHABLE where an earlier letter came back for good, or why theirs was refused, came back or was given up
    looked_at: datetime


def unreachable(campaign_id: UUID, *, actor: Actor, older_than: UUID | None = None, limit: int = 50) -> Page[UnreachableRow, UUID]:
    """
    Return a page of whom a campaign could not tell, those looked at last first; three queries.

    Args:
        campaign_id: Which.
        actor: Who asks. There is nothing here for whoever may not look for another way to these people.
        older_than: Where the page before ended; the first page when None.
        limit: At most so many.

    Source: policy §8 (8.2), §6 (6.1).
    """
    pieces = [_older(some.filter(campaign_id=campaign_id), older_than)[: limit + 1] for some in in_scope(actor)]
    page, last = cut(sorted(chain(*pieces), key=attrgetter("id"), reverse=True), limit=limit)
    came_back = unreachable_among({letter.subject_id for letter in page if letter.dropped == NO_ADDRESS})
    return Page(rows=tuple(_row(letter, came_back) for letter in page), older=last.id if last else None)


def _row(letter: Letter, came_back: Collection[UUID]) -> UnreachableRow:
    cause = UNREACHABLE if letter.dropped == NO_ADDRESS and letter.subject_id in came_back else cause_of(letter)
    return UnreachableRow(id=letter.id, reference=letter.reference, language=letter.language, cause=cause, looked_at=letter.written_at)


def every_unreachable(campaign_id: UUID, *, actor: Actor, older_than: UUID | None = None) -> Iterator[UnreachableRow]:
    """
    Yield whom a campaign could not tell, one after the other; three queries for some hundreds.

    Args:
        campaign_id: Which.
        actor: Who asks.
        older_than: From whom on; from the first when None.
    """
    while True:
        page = unreachable(campaign_id, actor=actor, older_than=older_than, limit=_PAGE)
        yield from page.rows
        if page.older is None:
            return
        older_than = page.older


def last_with_unreachable(*, actor: Actor) -> UUID | None:
    """
    Return the newest campaign that could not tell somebody, or None where there is none, or none for whoever asks; one query.

    Args:
        actor: Who asks.
    """
    named = Q()
    for some in in_scope(actor):
        named |= Q(Exists(some.filter(campaign_id=OuterRef("id"))))
    return Campaign.objects.filter(named).order_by("-created_at", "-id").values_list("id", flat=True).first() if named else None


def in_scope(actor: Actor) -> tuple[QuerySet[Letter], ...]:
    """
    Return the letters that told nobody, as far as an actor may come across them: the one scope of list, table and link.

    They come in pieces, each of which an index answers, however many others were told.

    Args:
        actor: Who asks.
    """
    if actor.role not in FINDERS:
        return ()
    of_campaigns = Letter.objects.filter(campaign__isnull=False)
    return of_campaigns.filter(state=LeaseState.DONE, dropped__in=UNTOLD), of_campaigns.filter(state=LeaseState.PARKED)


def _older(found: QuerySet[Letter], older_than: UUID | None) -> QuerySet[Letter]:
    return (found.filter(id__lt=older_than) if older_than else found).order_by("-id")
