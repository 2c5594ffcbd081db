"""What is learnt of a letter after it left: it may be interrupted anywhere."""

from datetime import datetime
from uuid import UUID

from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Letter
from camket.journal.models import JournalEntry
from camket.policy.terms import OPERATOR, THE_HOUSE, Actor
from camket.vault import do_not_call
from camket.vault.generations import CALL_LISTS
from tests.cast import AN, BINH
from tests.crashes.scenes import HOUR, NEVER, WHOLE, Act, inquiry_of, leave_an_acknowledgement, send


def _send_it(now: datetime) -> None:
    leave_an_acknowledgement(now)
    send(now)


def _letter() -> Letter:
    return Letter.objects.get(matter_id=inquiry_of(AN).matter_id)


def _come_back(now: datetime) -> None:
    notices.report_bounce(letter_id=_letter().id, kind="hard", code="5.1.1", mark="a", now=now)


def _has_come_back() -> str:
    """The letter waits for a person exactly when it says why and the journal says so."""
    letter, told = _letter(), JournalEntry.objects.filter(act="letter.bounced").count()
    found = (letter.state, letter.last_error, letter.bounce_kind, told)
    return {("done", "", "", 0): NEVER, ("parked", "bounce.hard.5.1.1", "hard", 1): WHOLE}.get(found, f"state, cause, kind, acts: {found}")


def _leave_a_call_list(now: datetime) -> None:
    _send_it(now)
    notices.import_call_list(lines=[AN.phone], actor=THE_HOUSE, now=now)


def _import(now: datetime) -> None:
    notices.import_call_list(lines=[BINH.phone, AN.phone], actor=THE_HOUSE, now=now)


def _is_imported() -> str:
    """One list is asked, whole; the journal tells of it, or the list that it replaces holds."""
    known = queries.call_list()
    assert known is not None
    assert CALL_LISTS.path(max(do_not_call.numbers_in_use())).exists()
    assert do_not_call.among([AN.phone, BINH.phone]) == frozenset([AN.phone, BINH.phone][: known.numbers])
    assert JournalEntry.objects.filter(act="call_list.imported").count() >= known.numbers
    return WHOLE if known.numbers == 2 else NEVER


def _ask(now: datetime) -> None:
    notices.ask_call_list(number=AN.phone, actor=Actor(role=OPERATOR, id=str(UUID(int=7))), now=now)


def _is_asked() -> str:
    """Each asking is one line of the journal: who presses again has asked again."""
    return WHOLE if JournalEntry.objects.filter(act="call_list.asked").exists() else NEVER


LETTER_ACTS = (
    Act(name="a letter comes back", prepare=_send_it, perform=_come_back, ended=_has_come_back, after=HOUR, is_taken_up=False),
    Act(name="import a do-not-call list", prepare=_leave_a_call_list, perform=_import, ended=_is_imported, after=HOUR, is_taken_up=False),
    Act(name="ask the do-not-call list", prepare=_leave_a_call_list, perform=_ask, ended=_is_asked, after=HOUR, is_taken_up=False),
)
