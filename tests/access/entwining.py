"""Two members of staff of whom one was let in by the other's link, as tests of other rooms need them."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from camket.access.models import SignInLink

_LASTS = timedelta(minutes=30)


def entwine(staff_id: UUID | str, *, by: UUID | str, now: datetime) -> None:
    """
    Let it stand that somebody came in by a colleague's link.

    Args:
        staff_id: Who came in.
        by: Who had made the link.
        now: UTC instant at which it was used.
    """
    words = {"token_hash": uuid4().bytes * 2, "issued_at": now, "expires_at": now + _LASTS, "used_at": now}
    SignInLink.objects.create(staff_id=staff_id, issued_by=UUID(str(by)), **words)
