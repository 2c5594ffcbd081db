"""The inbox, page by page in the order of arrival: a page costs the same wherever it lies and however many inquiries there are."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries.filters import InboxFilter, branches, filter_names
from camket.duties.intake.queries.rows import Colleague, InquiryRow, advisers_in, colleagues, rows_of
from camket.duties.intake.queries.scope import Branch, count_visible, fetch_visible, visible
from camket.journal.paging import ListPlace
from camket.policy.terms import Actor

PAGE = 25  # names are opened for each row: no more of them than somebody looks through before going on
COUNTED = 100  # counting stops here: nobody reads more than "99+" at a glance


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """
    One page of the inbox, the clauses it was opened under, and how many there are per tab, no further than `COUNTED`.

    `newer` and `older` are the places where the pages beside this one begin, or None where there are none.
    """

    rows: tuple[InquiryRow, ...]
    clauses: tuple[str, ...]
    counts: dict[str, int]
    newer: ListPlace | None
    older: ListPlace | None
    colleagues: tuple[Colleague, ...]


def inbox(*, actor: Actor, chosen: InboxFilter, now: datetime, older_than: ListPlace | None = None, newer_than: ListPlace | None = None) -> Inbox:
    """
    Return one page of inquiries, newest first, with the names the policy lets this role see.

    Args:
        actor: Who looks.
        chosen: Which inquiries.
        now: UTC instant.
        older_than: Where the page before this one ended; the newest page when None.
        newer_than: Where the page after this one begins, for the way back.
    """
    look, is_backward = _Look(actor=actor, chosen=chosen, now=now), newer_than is not None
    found = look.newer(newer_than, PAGE + 1) if newer_than is not None else look.older(older_than, PAGE + 1)
    page = found[-PAGE:] if is_backward else found[:PAGE]
    is_more = len(found) > PAGE
    names = colleagues()
    rows, clauses = rows_of(page, actor=actor, view="console.inbox", now=now, names=names)
    return Inbox(
        rows=rows,
        clauses=clauses,
        counts=counts(actor=actor, now=now),
        newer=place_of(page[0]) if page and (is_more if is_backward else older_than) else None,
        older=place_of(page[-1]) if page and (is_backward or is_more) else None,
        colleagues=advisers_in(names),
    )


def place_of(inquiry: Inquiry) -> ListPlace:
    """Return where an inquiry stands in every list."""
    return ListPlace(at=inquiry.received_at, id=inquiry.id)


def place_of_inquiry(*, reference: str, actor: Actor, now: datetime) -> ListPlace | None:
    """
    Return where an inquiry stands in every list, or None where there is none of this name for this role.

    Args:
        reference: Its public name.
        actor: Who looks.
        now: UTC instant.
    """
    found = visible(actor, now=now).filter(reference=reference).values_list("received_at", "id").first()
    return ListPlace(at=found[0], id=found[1]) if found else None


def beside(*, place: ListPlace, chosen: InboxFilter, actor: Actor, now: datetime) -> tuple[str, str]:
    """
    Return the references of the inquiries just before and just after a place in a list; each empty where there is none.

    Args:
        place: Of the inquiry that is open; it need not be in the list any more.
        chosen: Which list.
        actor: Who looks.
        now: UTC instant.
    """
    look = _Look(actor=actor, chosen=chosen, now=now)
    before, after = look.newer(place, 1), look.older(place, 1)
    return before[0].reference if before else "", after[0].reference if after else ""


def first_page(*, chosen: InboxFilter, actor: Actor, now: datetime) -> list[Inquiry]:
    """
    Return the inquiries of a list's first page; nothing of them is opened.

    Args:
        chosen: Which list.
        actor: Who looks.
        now: UTC instant.
    """
    return _Look(actor=actor, chosen=chosen, now=now).older(None, PAGE)


def counts(*, actor: Actor, now: datetime) -> dict[str, int]:
    """
    Return how many inquiries each tab holds, counted no further than `COUNTED`; one statement.

    Args:
        actor: Who looks; counted is only what they may come across.
        now: UTC instant.
    """
    wanted = {name: branches(InboxFilter(show=name), actor=actor, now=now) for name in filter_names() if name != "open"}
    found = iter(count_visible(actor, list(chain(*wanted.values())), most=COUNTED, now=now))
    told = {name: min(COUNTED, sum(islice(found, len(parts)))) for name, parts in wanted.items()}
    return {name: told[name] if name != "open" else min(COUNTED, told["new"] + told["answered"]) for name in filter_names()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Somebody's look at a list: a statement for each of its branches, which SQLite cannot join in the index's order."""

    actor: Actor
    chosen: InboxFilter
    now: datetime

    def older(self, place: ListPlace | None, limit: int) -> list[Inquiry]:
        """The newest of the list, or of what is older than a place; newest first."""
        return self._all("received_at <= %s AND (received_at < %s OR id < %s)", place, "received_at DESC, id DESC", limit)[-limit:][::-1]

    def newer(self, place: ListPlace, limit: int) -> list[Inquiry]:
        """What is just newer than a place; newest first."""
        return self._all("received_at >= %s AND (received_at > %s OR id > %s)", place, "received_at, id", limit)[:limit][::-1]

    def _all(self, beyond: str, place: ListPlace | None, order: str, limit: int) -> list[Inquiry]:
        """As many of each branch as there may be in all, oldest first."""
        ending = f"ORDER BY {order} LIMIT {limit}"
        found = (fetch_visible(self.actor, _beyond(branch, beyond, place), ending=ending, now=self.now) for branch in self._branches())
        return sorted(chain(*found), key=lambda one: (one.received_at, one.id))

    def _branches(self) -> list[Branch]:
        return branches(self.chosen, actor=self.actor, now=self.now)


def _beyond(branch: Branch, words: str, place: ListPlace | None) -> Branch:
    if place is None:
        return branch
    return Branch(where=f"({branch.where}) AND {words}", given=(*branch.given, place.at, place.at, place.id))
