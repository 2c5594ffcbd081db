"""What somebody does to their own account beside its ways in: their name, and their sessions."""

from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction

from camket.access.actions.staff import end_all, give_name, own_account
from camket.access.models import DeskSession
from camket.access.queries.people import StaffRow, staff_row
from camket.access.rules import plain_name
from camket.journal.actions import record
from camket.policy.terms import Actor


class SessionUnknown(LookupError):
    """This account has no such session."""


def rename_oneself(*, row: StaffRow, session_id: UUID | None, display_name: str, actor: Actor, now: datetime) -> StaffRow:
    """
    Change what colleagues call oneself; the journal keeps that it was changed, and no name.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        display_name: The new name; empty where their address is to stand for them.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The account under its new name.

    Raises:
        BadName: The name is too long or holds control characters.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    name = plain_name(display_name)
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.renamed")
        give_name(staff, name, actor, now)
    return staff_row(staff)


def end_own_sessions(*, row: StaffRow, session_id: UUID | None, actor: Actor, now: datetime) -> StaffRow:
    """
    End every session and link of one's own, and what one made for others; the caller begins the present session anew.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The account as the present session begins anew under it.

    Raises:
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.sessions_ended")
        end_all(staff, actor, now)
    return staff_row(staff)


def end_session(*, row: StaffRow, session_id: UUID | None, ended: UUID, actor: Actor, now: datetime) -> None:
    """
    End one of one's own sessions, wherever it is.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        ended: Which one is to end.
        actor: Its owner.
        now: UTC instant.

    Raises:
        SessionUnknown: This account has no such session.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session in which they ask was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.session_ended")
        found = DeskSession.objects.filter(pk=ended, staff=staff).values_list("session_id", flat=True).first()
        if found is None:
            raise SessionUnknown
        Session.objects.filter(pk=found).delete()
        record(act="staff.session_ended", actor=actor, at=now, facts={"staff": str(staff.id), "session": str(ended)})
