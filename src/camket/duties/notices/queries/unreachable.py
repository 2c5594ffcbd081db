"""Whom a campaign could not tell, by the public name of their inquiry: for those who may then find another way to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from camket.duties.notices.models import Campaign, Letter
from camket.duties.notices.queries.letters import unreachable_among
from camket.duties.notices.rules import FINDERS, NO_ADDRESS, UNREACHABLE
from camket.journal.paging import Page, cut
from camket.outbox.models import LeaseState
from camket.policy.terms import Actor

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachableRow:
    """Somebody who could not be told: the reference is empty where their matter has no public name."""

    id: UUID  # of the letter that was not written
    reference: str
    language: str
    cause: str  # NO_ADDRESS, or UNREACHABLE where an earlier letter came back for good
    looked_at: datetime


def unreachable(campaign_id: UUID, *, actor: Actor, older_than: UUID | None = None, limit: int = 50) -> Page[UnreachableRow, UUID]:
    """
    Return a page of whom a campaign could not tell, those looked at last first; two queries.

    Args:
        campaign_id: Which.
        actor: Who asks. There is nothing here for whoever may not look for another way to these people.
        older_than: Where the page before ended; the first page when None.
        limit: At most so many.

    Source: policy §8 (8.2), §6 (6.1).
    """
    found = in_scope(actor).filter(campaign_id=campaign_id)
    rows = _older(found, older_than).values_list("id", "reference", "language", "subject_id", "written_at")[: limit + 1]
    page, last = cut(list(rows), limit=limit)
    came_back = unreachable_among({subject for _, _, _, subject, _ in page})
    return Page(
        rows=tuple(
            UnreachableRow(
                id=id, reference=reference, language=language, cause=UNREACHABLE if subject in came_back else NO_ADDRESS, looked_at=written_at
            )
            for id, reference, language, subject, written_at in page
        ),
        older=last[0] if last else None,
    )


def every_unreachable(campaign_id: UUID, *, actor: Actor, older_than: UUID | None = None) -> Iterator[UnreachableRow]:
    """
    Yield whom a campaign could not tell, one after the other; two queries for some hundreds.

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
    some = in_scope(actor).filter(campaign_id=OuterRef("id"))
    return Campaign.objects.filter(Exists(some)).order_by("-created_at", "-id").values_list("id", flat=True).first()


def in_scope(actor: Actor) -> QuerySet[Letter]:
    """
    Return the letters that could not be written, as far as an actor may come across them: the one scope of list, table and link.

    Args:
        actor: Who asks.
    """
    if actor.role not in FINDERS:
        return Letter.objects.none()
    return Letter.objects.filter(campaign__isnull=False, state=LeaseState.DONE, dropped=NO_ADDRESS)


def _older(found: QuerySet[Letter], older_than: UUID | None) -> QuerySet[Letter]:
    return (found.filter(id__lt=older_than) if older_than else found).order_by("-id")
