"""Sessions of the desks that ended by themselves."""

from datetime import datetime

from django.contrib.sessions.models import Session


def forget_sessions(*, older_than: datetime) -> int:
    """
    Delete sessions whose time is over; they open nothing any more.

    Args:
        older_than: UTC instant; sessions that ended before it go.

    Returns:
        How many were deleted.
    """
    return Session.objects.filter(expire_date__lt=older_than).delete()[0]
