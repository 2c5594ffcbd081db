"""Looking at the outbox: codes and references, never an address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from camket.duties.notices.models import Campaign, Letter, TrialLetter
from camket.duties.notices.rules import FAREWELL, HARD, INVENTED, KINDS, ROUTE_FAULTS, SILENCES
from camket.journal.paging import ListPlace, Page, cut, place_in_list
from camket.journal.row_counts import counted_by_day
from camket.journal.statements import Statement, fetch
from camket.outbox.models import LeaseState
from camket.outbox.queries import Backlog, backlog
from camket.policy.days import last_days

_BY_URGENCY = ((LeaseState.PARKED,), (LeaseState.DUE, LeaseState.CLAIMED), (LeaseState.DONE,))  # what a person may have to act on comes first
_URGENCIES = tuple(str(urgency) for urgency in range(len(_BY_URGENCY)))
_CAME_BACK = Statement(
    text="SELECT DISTINCT subject_id FROM notices_letter WHERE bounce_kind = %s AND bounced_at IS NOT NULL AND subject_id IN ({})", columns=(UUID,)
)
_INVENTED = Statement(text="SELECT DISTINCT matter_id FROM notices_letter WHERE dropped = %s AND matter_id IN ({})", columns=(UUID,))
_PEOPLE_AT_ONCE = 4_000  # in one statement
_TRIED_FIRST = 50
_SILENT_LATELY = timedelta(hours=1)  # a carrier that is silent is tried every quarter of an hour at least; what is due from long before was not tried


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter as the console's list shows it. `state` is due, sending, sent, parked or dropped."""

    id: UUID
    template: str
    language: str
    reference: str
    purpose: str
    state: str
    attempt: int
    due_at: datetime
    written_at: datetime
    sent_at: datetime | None
    at: datetime  # since when it stands so: done with, or held for a person; and of what waits from when it may go
    error_code: str  # why it did not go out, or why it came back
    record_id: UUID | None = None  # the text that it carries
    can_be_taken_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPlace:
    """Where a letter stands in the list: how urgent it is, and when it was written among those that are as urgent."""

    urgency: int
    within: ListPlace

    def __str__(self) -> str:
        """Write the place as it stands in an address; `letter_place_in` reads it."""
        return f"{self.urgency}.{self.within}"


def letter_place_in(text: str) -> LetterPlace | None:
    """
    Return the place that a text writes, or None where it is none.

    Args:
        text: As it stands in an address.
    """
    urgency, _, rest = text.partition(".")
    within = place_in_list(rest)
    return LetterPlace(urgency=int(urgency), within=within) if within and urgency in _URGENCIES else None


def letters(*, older_than: LetterPlace | None = None, limit: int = 100, campaign: UUID | None = None) -> Page[LetterRow, LetterPlace]:
    """
    Return a page of the outbox, what a person may have to act on first: parked, then waiting, then the newest sent.

    Args:
        older_than: Where the page before ended; the first page when None.
        limit: At most so many.
        campaign: Only its letters that are held for a person; those to one person each when None.
    """
    of_it = Letter.objects.filter(campaign_id=campaign, state=LeaseState.PARKED) if campaign else Letter.objects.filter(campaign__isnull=True)
    rows: list[Letter] = []
    for urgency in range(older_than.urgency if older_than else 0, len(_BY_URGENCY)):
        place = older_than.within if older_than and older_than.urgency == urgency else None
        # state by state, each in the index's own order: a page costs the same however many there are
        pieces = [_older(of_it.filter(state=state), place)[: limit + 1] for state in _BY_URGENCY[urgency]]
        rows += sorted(chain(*pieces), key=lambda letter: (letter.written_at, letter.id), reverse=True)
        if len(rows) > limit:
            break
    page, last = cut(rows, limit=limit)
    end = LetterPlace(urgency=_urgency(last), within=ListPlace(at=last.written_at, id=last.id)) if last else None
    return Page(rows=tuple(_row(letter) for letter in page), older=end)


def count_held(campaign: UUID) -> int:
    """Return how many of a campaign's letters are held for a person and can go again all at once: none of them came back."""
    held = Letter.objects.filter(campaign_id=campaign, state=LeaseState.PARKED, bounced_at__isnull=True)
    return held.exclude(campaign__state=Campaign.State.STOPPED).count()


def _older(some: QuerySet[Letter], place: ListPlace | None) -> QuerySet[Letter]:
    if place:
        at, id = place.at, place.id
        some = some.filter(Q(written_at__lt=at) | Q(id__lt=id), written_at__lte=at)
    return some.order_by("-written_at", "-id")


def _urgency(letter: Letter) -> int:
    return next(number for number, states in enumerate(_BY_URGENCY) if letter.state in states)


def letters_of(matter_id: UUID) -> tuple[LetterRow, ...]:
    """Return the letters of one matter, oldest first."""
    return tuple(_row(letter) for letter in Letter.objects.filter(matter_id=matter_id).order_by("written_at", "id"))


def language_of(matter_id: UUID) -> str:
    """Return the language in which a matter's letters are written, or nothing where there are none."""
    return Letter.objects.filter(matter_id=matter_id).order_by("written_at").values_list("language", flat=True).first() or ""


def unreachable_among(subjects: Collection[UUID | str]) -> frozenset[UUID]:
    """
    Return which people cannot be written to: a letter to them came back for good, and nobody has decided to try again.

    It is one query for each 4,000 of them.

    Args:
        subjects: Ids of people, however many; also in the text that the database gives.
    """
    wanted, found = list(subjects), set[UUID]()
    for start in range(0, len(wanted), _PEOPLE_AT_ONCE):
        found.update(id for (id,) in fetch(_CAME_BACK, HARD, wanted[start : start + _PEOPLE_AT_ONCE]))
    return frozenset(found)


def is_settled(letter_id: UUID) -> bool:
    """Return whether a letter has been sent, dropped or parked, or is gone: nothing waits for it any more."""
    return not Letter.objects.filter(id=letter_id, state__in=[LeaseState.DUE, LeaseState.CLAIMED]).exists()


def is_invented(matter_id: UUID) -> bool:
    """Return whether a matter's letters were withdrawn because the person was invented: nothing may ever be sent about it."""
    return bool(invented([matter_id]))


def invented(matters: Collection[UUID]) -> frozenset[UUID]:
    """
    Return those of some matters whose letters were withdrawn because the person was invented; one query.

    Args:
        matters: Their ids.
    """
    return frozenset(id for (id,) in fetch(_INVENTED, INVENTED, matters))


def is_written_to(matter_id: UUID) -> bool:
    """Return whether a letter about a matter left for its address, or waits to: only then is there somebody to say farewell to."""
    return Letter.objects.filter(matter_id=matter_id, dropped="").exclude(state=LeaseState.PARKED).exists()


def is_farewell_owed(matter_id: UUID) -> bool:
    """Return whether somebody real is written to about a matter, and the last letter is not yet settled."""
    last = Letter.objects.filter(matter_id=matter_id, template=FAREWELL.template)
    is_told = last.filter(state__in=[LeaseState.DONE, LeaseState.PARKED]).exists()
    return is_written_to(matter_id) and not is_told and not is_invented(matter_id)


def unfinished(*, now: datetime) -> Mapping[str, int]:
    """
    Return how many letters to one person each have not gone out, by state: due, later, sending, parked. Those that went are not looked at.

    Args:
        now: UTC instant; a letter that is due after it is `later`.
    """
    counts = Letter.objects.filter(campaign__isnull=True, state__in=[LeaseState.DUE, LeaseState.CLAIMED, LeaseState.PARKED]).aggregate(
        due=Count("pk", filter=Q(state=LeaseState.DUE, due_at__lte=now)),
        later=Count("pk", filter=Q(state=LeaseState.DUE, due_at__gt=now)),
        sending=Count("pk", filter=Q(state=LeaseState.CLAIMED)),
        parked=Count("pk", filter=Q(state=LeaseState.PARKED)),
    )
    return dict(counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDay:
    """How many letters left on a day, and how many that were set aside on it are still held for a person."""

    day: date
    sent: int
    held: int


def letters_by_day(*, now: datetime, days: int, timezone: str) -> tuple[LetterDay, ...]:
    """
    Return how many letters left and were set aside on each of the last days, the oldest first; two queries.

    Args:
        now: UTC instant; the last day is its day.
        days: How many.
        timezone: Where days are counted, such as "Asia/Ho_Chi_Minh".
    """
    zone = ZoneInfo(timezone)
    every = last_days(days, now=now, zone=zone)
    # done and parked are all those that have such an instant, and only those: the lease's constraint
    sent = counted_by_day(Letter.objects.filter(dropped=""), "done_at", days=every, zone=zone)
    held = counted_by_day(Letter.objects.all(), "parked_at", days=every, zone=zone)
    return tuple(LetterDay(day=day, sent=sent[day], held=held[day]) for day in every)


def waiting(*, now: datetime) -> Backlog:
    """Return how many letters to one person each wait, since when, and how many are parked; campaigns are told of on their own pages."""
    return backlog(Letter.objects.filter(campaign__isnull=True), now=now)


def route_fault() -> str:
    """
    Return why no letter goes out where our own way to the mail server is at fault, or nothing; two queries more for each campaign that runs.
    """
    running = Campaign.objects.filter(state=Campaign.State.RUNNING).values_list("id", flat=True)
    some = [Letter.objects.filter(campaign__isnull=True), *(Letter.objects.filter(campaign=one) for one in running)]
    states = (LeaseState.DUE, LeaseState.CLAIMED)
    said = (_first_errors(rows, state) & ROUTE_FAULTS for rows in some for state in states)
    trials = TrialLetter.objects.filter(state__in=states, last_error__in=ROUTE_FAULTS).values_list("last_error", flat=True)
    return max(next(filter(None, said), None) or trials, default="")


def carrier_silence(*, now: datetime) -> str:
    """
    Return why no letter of a campaign goes out where the mail server was silent at the latest try and none has left since, or nothing; two queries.

    Args:
        now: UTC instant; what was silent long before it is not looked at.
    """
    of_running = Letter.objects.filter(campaign__state=Campaign.State.RUNNING, state__in=[LeaseState.DUE, LeaseState.CLAIMED])
    silent = of_running.filter(due_at__gt=now - _SILENT_LATELY, attempt__gt=0, last_error__in=SILENCES, intent_at__isnull=False)
    latest = silent.order_by("-intent_at").values_list("intent_at", "last_error").first()
    return latest[1] if latest and not Letter.objects.filter(dropped="", done_at__gt=latest[0]).exists() else ""


def _first_errors(rows: QuerySet[Letter], state: LeaseState) -> frozenset[str]:
    # what was refused stands in front still, and is tried first again: the others are never looked at, however many wait
    return frozenset(rows.filter(state=state).order_by("due_at", "id").values_list("last_error", flat=True)[:_TRIED_FIRST])


def _state(letter: Letter) -> str:
    if letter.state == LeaseState.DONE:
        return "dropped" if letter.dropped else "sent"
    return {LeaseState.DUE: "due", LeaseState.CLAIMED: "sending", LeaseState.PARKED: "parked"}[LeaseState(letter.state)]


def cause_of(letter: Letter) -> str:
    """Return the code that says why a letter did not go out or came back; nothing where neither is so."""
    return letter.dropped or letter.last_error or (f"bounce.{letter.bounce_kind}.{letter.bounce}" if letter.bounce_kind else "")


def _row(letter: Letter) -> LetterRow:
    return LetterRow(
        id=letter.id,
        template=letter.template,
        language=letter.language,
        reference=letter.reference,
        purpose=letter.purpose,
        state=_state(letter),
        attempt=letter.attempt,
        due_at=letter.due_at,
        written_at=letter.written_at,
        sent_at=None if letter.dropped else letter.done_at,
        at=letter.done_at or letter.parked_at or letter.due_at,
        error_code=cause_of(letter),
        record_id=letter.record_id,
        can_be_taken_back=letter.state == LeaseState.DUE and not letter.attempt and KINDS[letter.template].can_be_taken_back,
    )
