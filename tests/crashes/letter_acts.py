"""What is learnt of a letter after it left: it may be interrupted anywhere."""

from datetime import datetime

from camket.duties.notices import actions as notices
from camket.duties.notices.models import Letter
from camket.journal.models import JournalEntry
from tests.cast import AN
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


LETTER_ACTS = (Act(name="a letter comes back", prepare=_send_it, perform=_come_back, ended=_has_come_back, after=HOUR, is_taken_up=False),)
