"""A session in which somebody does something to their own account, as the desks begin one."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session

from camket.access.actions import begin_session
from camket.access.models import DeskSession
from camket.access.queries import staff_by_id
from camket.access.sessions import hash_of


def seat(staff_id: UUID, now: datetime) -> dict[str, Any]:
    """Return what an act on one's own account is told of whoever asks, in the newest session of theirs, which is begun where there is none."""
    row = staff_by_id(staff_id)
    kept = DeskSession.objects.filter(staff_id=staff_id).order_by("-id").values_list("id", flat=True).first()
    return {"row": row, "session_id": kept or begun(staff_id, now), "actor": row.actor}


def begun(staff_id: UUID, now: datetime) -> UUID:
    """Begin a session, and return the id under which it is listed."""
    key = secrets.token_hex(16)
    Session.objects.create(session_key=hash_of(key), session_data="", expire_date=now + timedelta(hours=12))
    return begin_session(row=staff_by_id(staff_id), session_key=key, browser="firefox", system="linux", factor="link", now=now)
