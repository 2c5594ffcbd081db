"""A review of who may enter, looked through and remembered."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from camket.access.actions.staff import in_role
from camket.access.models import AccessReview, ApiToken, Staff
from camket.access.rules import DESKS
from camket.journal.actions import record
from camket.policy.terms import Actor


def record_review(*, actor: Actor, now: datetime) -> None:
    """
    Write into the journal that somebody looked through who may enter which desk, and how many there were.

    Args:
        actor: Who looked.
        now: UTC instant.

    Raises:
        NotForThisRole: The actor's role has no access review.

    Source: policy §7 (7.1: suitable measures); Decree 356/2025 art. 12 (strict control of access).
    """
    staff, tokens = Staff.objects.filter(is_active=True).count(), ApiToken.objects.filter(revoked_at__isnull=True).count()
    with transaction.atomic():
        in_role(actor, DESKS["access_review"])
        AccessReview.objects.create(staff_id=UUID(actor.id), at=now)
        record(act="access.reviewed", actor=actor, at=now, facts={"staff": staff, "tokens": tokens})
