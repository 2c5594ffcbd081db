"""What happened at the desk, counted from rows: how many a day, and by whom. No inquiry is opened for it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from camket.duties.intake.models import DeskAct, Event, Message
from camket.duties.intake.queries.receipts import UNDO_FOR
from camket.duties.intake.queries.rows import colleagues, name_in
from camket.duties.intake.queries.scope import visible
from camket.editions import queries as editions
from camket.journal.row_counts import counted_by_day
from camket.policy.days import last_days, midnight
from camket.policy.terms import Actor

DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day, as days are counted where the edition in force counts them."""

    day: date
    received: int
    answered: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWork:
    """What one member of staff did in these days."""

    name: str
    answers: int
    notes: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """The days, the last one today; and who did what, who did most first."""

    days: tuple[DayRow, ...]
    staff: tuple[StaffWork, ...]


def activity(*, actor: Actor, now: datetime) -> Activity:
    """
    Return what happened at the desk in the last thirty days, within the actor's scope; as many queries however much there is.

    What was said and done with inquiries whose data has been erased is gone with it, and not counted; nor is what was taken back at once.

    Args:
        actor: Who looks.
        now: UTC instant; the last day is its day.

    Source: policy §6 (6.1).
    """
    zone = ZoneInfo(editions.policy_in_force().timezone)
    days = last_days(DAYS, now=now, zone=zone)
    since = midnight(days[0], zone)
    shown = visible(actor, now=now)
    said = Message.objects.filter(inquiry__in=shown, at__gte=since)
    ended = Event.objects.filter(inquiry__in=shown, at__gte=since, kind=DeskAct.Kind.RESOLVED).exclude(_taken_back())
    received = counted_by_day(shown, "received_at", days=days, zone=zone)
    answered = counted_by_day(said.filter(kind=Message.Kind.ANSWER), "at", days=days, zone=zone)
    resolved = counted_by_day(ended, "at", days=days, zone=zone)
    rows = tuple(DayRow(day=day, received=received[day], answered=answered[day], resolved=resolved[day]) for day in days)
    return Activity(days=rows, staff=_by_staff(said, ended))


def _taken_back() -> Q:
    """
    That a resolution was taken back by the hand that did it, or is what took a reopening back: then the one before stands, and counts.

    Told from the timeline, for acts themselves are forgotten within the hour.
    """
    undone = _just_before(DeskAct.Kind.RESOLVED)
    reopened = Event.objects.filter(inquiry=OuterRef("inquiry"), by=OuterRef("by"), kind=DeskAct.Kind.REOPENED)
    after = reopened.filter(sequence=OuterRef("sequence") + 1, at__lte=OuterRef("at") + UNDO_FOR)
    return Q(Exists(after)) | Q(Exists(_just_before(DeskAct.Kind.REOPENED).exclude(Exists(undone))))


def _just_before(kind: DeskAct.Kind) -> QuerySet[Event]:
    """What the same hand did with an inquiry as the last thing before an event, in time to be taken back by it."""
    earlier = Event.objects.filter(inquiry=OuterRef("inquiry"), by=OuterRef("by"), kind=kind)
    return earlier.filter(sequence=OuterRef("sequence") - 1, at__gte=OuterRef("at") - UNDO_FOR)


def _by_staff(said: QuerySet[Message], ended: QuerySet[Event]) -> tuple[StaffWork, ...]:
    work: Counter[tuple[UUID, str]] = Counter()
    own = said.filter(written_by__isnull=False).exclude(kind=Message.Kind.MESSAGE)  # taken down, it is the person's word
    for staff, kind, many in own.order_by().values_list("written_by", "kind").annotate(many=Count("pk")):
        work[staff, kind] += many
    for staff, many in ended.filter(by__isnull=False).order_by().values_list("by").annotate(many=Count("pk")):
        work[staff, "resolved"] += many
    names = colleagues()
    rows = [
        StaffWork(name=name_in(names, staff), answers=work[staff, "answer"], notes=work[staff, "note"], resolved=work[staff, "resolved"])
        for staff in {staff for staff, _ in work}
    ]
    return tuple(sorted(rows, key=lambda row: (-row.answers - row.resolved, row.name.casefold())))
