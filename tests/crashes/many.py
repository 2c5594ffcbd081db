"""Acts of the desk upon many inquiries at once, which may be interrupted anywhere like those upon one."""

from datetime import datetime

from camket.duties.intake import actions as intake
from camket.duties.intake.models import DeskAct, Event, Inquiry
from camket.duties.intake.queries import last_desk_act
from camket.journal.models import JournalEntry
from camket.vault.models import Need
from tests.cast import BINH
from tests.crashes.scenes import DAY, NEVER, SECOND, WHOLE, Act, chi, meet_chi, receive, send


def _meet_both(now: datetime) -> None:
    meet_chi(now)
    receive(BINH, now)
    send(now)


def _resolve_both(now: datetime) -> None:
    references = list(Inquiry.objects.exclude(state="resolved").values_list("reference", flat=True))
    if references:
        intake.resolve(references=references, actor=chi(), now=now)


def _how_both_stand() -> tuple[object, ...]:
    return (
        Inquiry.objects.filter(state="resolved").count(),
        Need.objects.filter(closed_at__isnull=False).count(),
        Event.objects.count(),
        JournalEntry.objects.filter(act__in=["inquiry.resolved", "need.closed"]).count(),
        JournalEntry.objects.filter(act__in=["inquiry.reopened", "need.opened"]).count(),
        DeskAct.objects.filter(undone_at__isnull=False).count(),
    )


def _are_both_resolved() -> str:
    found = _how_both_stand()
    return {(0, 0, 0, 0, 0, 0): NEVER, (2, 2, 2, 4, 0, 0): WHOLE}.get(found, f"resolved, closed, timeline, acts, acts back, undone: {found}")


def _resolve_both_first(now: datetime) -> None:
    _meet_both(now)
    _resolve_both(now)


def _take_back(_: datetime) -> None:
    """Pressed within its two minutes, also where it is pressed again: later nothing can be taken back."""
    pressed = DeskAct.objects.get().at + SECOND
    last = last_desk_act(actor=chi(), now=pressed)
    if last and last.token:
        intake.undo(token=last.token, actor=chi(), now=pressed)


def _are_both_back() -> str:
    found = _how_both_stand()
    return {(2, 2, 2, 4, 0, 0): NEVER, (0, 0, 4, 4, 4, 1): WHOLE}.get(found, f"resolved, closed, timeline, acts, acts back, undone: {found}")


UPON_MANY = (
    Act(name="resolve two", prepare=_meet_both, perform=_resolve_both, ended=_are_both_resolved, after=DAY, is_taken_up=False),
    Act(name="take back", prepare=_resolve_both_first, perform=_take_back, ended=_are_both_back, after=SECOND, is_taken_up=False),
)
