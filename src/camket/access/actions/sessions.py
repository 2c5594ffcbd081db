"""Sessions of the desks: begun, seen, or over by themselves; their owner ends them in `oneself`."""

from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction

from camket.access.actions.sign_in import SecondStepOver
from camket.access.actions.trying import Caller, note_try
from camket.access.days import day_of
from camket.access.models import DeskSession, Staff
from camket.access.queries.people import StaffRow
from camket.access.rules import NO_FACTOR, SIGNED_OUT
from camket.access.sessions import hash_of


def begin_session(*, row: StaffRow, session_key: str, browser: str, system: str, factor: str, now: datetime) -> UUID:
    """
    Note under which words a session that just began is listed for its owner.

    Args:
        row: Whose account, as it was when they were let in.
        session_key: The key in the cookie; only its hash is kept.
        browser: One of `rules.BROWSERS`.
        system: One of `rules.SYSTEMS`.
        factor: By what they came in.
        now: UTC instant.

    Returns:
        The id under which it is listed; it opens nothing.

    Raises:
        SecondStepOver: All their sessions were ended since they were let in, or they left: the caller drops this one.
    """
    words = {"browser": browser, "system": system, "factor": factor}
    with transaction.atomic():
        # the lock keeps an end of all sessions at the same moment from being overtaken by this one
        staff = Staff.objects.select_for_update().get(pk=row.id)
        if not staff.is_active or staff.as_it_is() != row.as_it_is:
            raise SecondStepOver
        listed = DeskSession.objects.create(session_id=hash_of(session_key), staff=staff, began_at=now, last_seen_on=day_of(now), **words)
    return listed.id


def see_session(*, session_id: UUID, now: datetime) -> None:
    """
    Note the day on which a session was last used.

    Args:
        session_id: Which.
        now: UTC instant.
    """
    DeskSession.objects.filter(pk=session_id).update(last_seen_on=day_of(now))


def note_signed_out(*, staff_id: UUID, caller: Caller, now: datetime) -> None:
    """
    Write into the log that somebody signed out; the session itself is the caller's to end.

    Args:
        staff_id: Who.
        caller: From where.
        now: UTC instant.

    Source: Decree 333/2026 art. 16.6 (sign-in and sign-out).
    """
    note_try(outcome=SIGNED_OUT, factor=NO_FACTOR, staff_id=staff_id, caller=caller, now=now)


def forget_sessions(*, older_than: datetime) -> int:
    """
    Delete sessions whose time is over; they open nothing any more.

    Args:
        older_than: UTC instant; sessions that ended before it go.

    Returns:
        How many were deleted.
    """
    # what they are listed under goes along, and is not counted
    over = Session.objects.filter(expire_date__lt=older_than)
    return over.delete()[1].get("sessions.Session", 0)
