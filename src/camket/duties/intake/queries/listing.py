"""The inbox, page by page in the order of arrival: a page costs the same wherever it lies and however many inquiries there are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from uuid import UUID

from django.db.models import Q, QuerySet

from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries.filters import InboxFilter, branches, filter_names
from camket.duties.intake.queries.rows import Colleague, InquiryRow, colleagues, rows_of
from camket.duties.intake.queries.scope import visible
from camket.journal.row_counts import counted
from camket.policy.terms import Actor

PAGE = 25  # names are opened for each row: no more of them than somebody looks through before going on
COUNTED = 100  # counting stops here: nobody reads more than "99+" at a glance
_PLACE = re.compile(r"(?P<at>[0-9]{20})\.(?P<id>[0-9a-f]{32})")
_WRITTEN = "%Y%m%d%H%M%S%f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an inquiry stands in every list: a page goes on from here, whatever came or went meanwhile."""

    received_at: datetime
    id: UUID

    def __str__(self) -> str:
        """Write the place as it stands in an address; `place_in_list` reads it."""
        return f"{self.received_at:{_WRITTEN}}.{self.id.hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """
    One page of the inbox, the clauses it was opened under, and how many there are per tab, no further than `COUNTED`.

    `newer` and `older` are the places where the pages beside this one begin, or None where there are none.
    """

    rows: tuple[InquiryRow, ...]
    clauses: tuple[str, ...]
    counts: dict[str, int]
    newer: Place | None
    older: Place | None
    colleagues: tuple[Colleague, ...]


def place_in_list(text: str) -> Place | None:
    """Return the place that a text writes, or None where it is none."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    try:
        received_at = datetime.strptime(found["at"], _WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Place(received_at=received_at, id=UUID(found["id"]))


def inbox(*, actor: Actor, chosen: InboxFilter, now: datetime, older_than: Place | None = None, newer_than: Place | None = None) -> Inbox:
    """
    Return one page of inquiries, newest first, with the names the policy lets this role see.

    Args:
        actor: Who looks.
        chosen: Which inquiries.
        now: UTC instant.
        older_than: Where the page before this one ended; the newest page when None.
        newer_than: Where the page after this one begins, for the way back.
    """
    shown = visible(actor, now=now)
    wanted = branches(shown, chosen, actor=actor, now=now)
    found = _page(wanted, older_than=older_than, newer_than=newer_than)
    is_backward = newer_than is not None
    page = found[-PAGE:] if is_backward else found[:PAGE]
    is_more = len(found) > PAGE
    names = colleagues()
    rows, clauses = rows_of(page, actor=actor, view="console.inbox", now=now, names=names)
    return Inbox(
        rows=rows,
        clauses=clauses,
        counts=_counts(shown, actor=actor, now=now),
        newer=_place(page[0]) if page and (is_more if is_backward else older_than) else None,
        older=_place(page[-1]) if page and (is_backward or is_more) else None,
        colleagues=tuple(sorted((one for one in names.values() if one.is_adviser), key=lambda one: one.name.casefold())),
    )


def _place(inquiry: Inquiry) -> Place:
    return Place(received_at=inquiry.received_at, id=inquiry.id)


def _page(wanted: Sequence[QuerySet[Inquiry]], *, older_than: Place | None, newer_than: Place | None) -> list[Inquiry]:
    """One more than a page, newest first: as many of each state at most, one statement a state, which SQLite cannot join in the index's order."""
    pieces = [_beside(branch, older_than=older_than, newer_than=newer_than)[: PAGE + 1] for branch in wanted]
    found = sorted(chain(*pieces), key=lambda one: (one.received_at, one.id), reverse=True)
    return found[-PAGE - 1 :] if newer_than else found[: PAGE + 1]


def _beside(branch: QuerySet[Inquiry], *, older_than: Place | None, newer_than: Place | None) -> QuerySet[Inquiry]:
    if newer_than:
        at, id = newer_than.received_at, newer_than.id
        return branch.filter(Q(received_at__gt=at) | Q(id__gt=id), received_at__gte=at).order_by("received_at", "id")
    if older_than:
        at, id = older_than.received_at, older_than.id
        branch = branch.filter(Q(received_at__lt=at) | Q(id__lt=id), received_at__lte=at)
    return branch.order_by("-received_at", "-id")


def place_of_inquiry(*, reference: str, actor: Actor, now: datetime) -> Place | None:
    """
    Return where an inquiry stands in every list, or None where there is none of this name for this role.

    Args:
        reference: Its public name.
        actor: Who looks.
        now: UTC instant.
    """
    found = visible(actor, now=now).filter(reference=reference).values_list("received_at", "id").first()
    return Place(received_at=found[0], id=found[1]) if found else None


def beside(*, place: Place, chosen: InboxFilter, actor: Actor, now: datetime) -> tuple[str, str]:
    """
    Return the references of the inquiries just before and just after a place in a list; each empty where there is none.

    Args:
        place: Of the inquiry that is open; it need not be in the list any more.
        chosen: Which list.
        actor: Who looks.
        now: UTC instant.
    """
    wanted = branches(visible(actor, now=now), chosen, actor=actor, now=now)
    newer = list(chain(*(_beside(branch, older_than=None, newer_than=place)[:1] for branch in wanted)))
    older = list(chain(*(_beside(branch, older_than=place, newer_than=None)[:1] for branch in wanted)))
    before = min(newer, key=lambda one: (one.received_at, one.id), default=None)
    after = max(older, key=lambda one: (one.received_at, one.id), default=None)
    return before.reference if before else "", after.reference if after else ""


def counts(*, actor: Actor, now: datetime) -> dict[str, int]:
    """
    Return how many inquiries each tab holds, counted no further than `COUNTED`; one statement.

    Args:
        actor: Who looks; counted is only what they may come across.
        now: UTC instant.
    """
    return _counts(visible(actor, now=now), actor=actor, now=now)


def _counts(shown: QuerySet[Inquiry], *, actor: Actor, now: datetime) -> dict[str, int]:
    pieces: dict[str, list[QuerySet[Inquiry]]] = {
        name: branches(shown, InboxFilter(show=name), actor=actor, now=now) for name in filter_names() if name != "open"
    }
    found = iter(counted([branch.order_by()[:COUNTED] for wanted in pieces.values() for branch in wanted]))
    told = {name: min(COUNTED, sum(islice(found, len(wanted)))) for name, wanted in pieces.items()}
    return {name: told[name] if name != "open" else min(COUNTED, told["new"] + told["answered"]) for name in filter_names()}
