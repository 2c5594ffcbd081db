"""Look through the journal by what its readable columns say. It has no index for that: each search reads a stretch of bounded length, and goes on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from camket.journal import ids
from camket.journal.entries import EntryId
from camket.journal.models import JournalEntry, JournalEntryQuerySet
from camket.journal.paging import cut
from camket.journal.queries import DATABASE, EntryRow, row_of

STRETCH = 5_000  # entries that one search reads at most: an index would cost every act, a stretch costs whoever searches

REFUSED = "data.refused"
# what a clause permits is refused all the same where a consent or a second person is missing
UNMET, PERMITTED = "UNMET", "PERMITTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader looks for; what is empty matters not."""

    act: str = ""
    outcome: str = ""
    clause: str = ""
    actor_id: str = ""
    since: datetime | None = None
    until: datetime | None = None  # exclusive

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for that not every entry has; a span of days alone is found at once."""
        return bool(self.act or self.outcome or self.clause or self.actor_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of entries, the latest first; `older` is where to go on, or None at the beginning of the journal or of the span."""

    rows: tuple[EntryRow, ...]
    older: EntryId | None
    looked_back_to: datetime | None  # instant down to which was read, where the page is shorter for that and not for want of entries


def search(wanted: Wanted, *, older_than: UUID | None, limit: int, stretch: int = STRETCH) -> Found:
    """
    Return the latest entries that are wanted; costs no more however long the journal is.

    Args:
        wanted: What is looked for.
        older_than: Only entries older than this one: ids are in order of time.
        limit: At most so many.
        stretch: How many entries to read at most.
    """
    span = _span(wanted, older_than)
    floor = span.order_by("-id").values_list("id", "at")[stretch - 1 : stretch].first() if wanted.is_narrowed else None
    within = span if floor is None else span.filter(id__gte=floor[0])
    page, last = cut(list(within.filter(_condition(wanted)).order_by("-id")[: limit + 1]), limit=limit)
    rows = tuple(row_of(row) for row in page)
    if last is not None:
        return Found(rows=rows, older=EntryId(last.id), looked_back_to=None)
    if floor is None or not span.filter(id__lt=floor[0]).exists():
        return Found(rows=rows, older=None, looked_back_to=None)
    return Found(rows=rows, older=EntryId(floor[0]), looked_back_to=floor[1])


def by_place(place: UUID | int) -> tuple[EntryRow, ...]:
    """
    Return the one entry with an id, or at a position of the tree; nothing where there is none.

    Args:
        place: The entry's id, or its position, 0 for the first.
    """
    rows = JournalEntry.objects.using(DATABASE)
    found = rows.filter(position=place) if isinstance(place, int) else rows.filter(id=place)
    return tuple(row_of(row) for row in found)


def _span(wanted: Wanted, older_than: UUID | None) -> JournalEntryQuerySet:
    """The entries of the days that are wanted: an id begins with its millisecond, so that the primary key finds them."""
    span = JournalEntry.objects.using(DATABASE).all()
    if wanted.since:
        span = span.filter(id__gte=ids.first_id(wanted.since))
    if wanted.until:
        span = span.filter(id__lt=ids.first_id(wanted.until))
    return span if older_than is None else span.filter(id__lt=older_than)


def _condition(wanted: Wanted) -> Q:
    condition = Q()
    if wanted.act:
        condition &= Q(act=wanted.act)
    if wanted.outcome == UNMET:
        condition &= Q(act=REFUSED, outcome=PERMITTED)
    elif wanted.outcome == PERMITTED:
        condition &= Q(outcome=PERMITTED) & ~Q(act=REFUSED)
    elif wanted.outcome:
        condition &= Q(outcome=wanted.outcome)
    if wanted.clause:
        one = wanted.clause
        condition &= Q(clauses=one) | Q(clauses__startswith=f"{one} ") | Q(clauses__endswith=f" {one}") | Q(clauses__contains=f" {one} ")
    if wanted.actor_id:
        condition &= Q(actor_id=wanted.actor_id)
    return condition
