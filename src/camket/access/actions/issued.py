"""What somebody made for others that nobody has used yet: it ends with their own place here."""

from datetime import datetime
from uuid import UUID

from camket.access.models import Invitation, SignInLink
from camket.journal.actions import record
from camket.policy.terms import Actor


def withdraw_invitation_row(row: Invitation, actor: Actor, now: datetime) -> None:
    """
    Take one invitation back and forget its address, in the caller's transaction.

    Args:
        row: Locked, neither accepted nor withdrawn.
        actor: Who takes it back.
        now: UTC instant.
    """
    row.withdrawn_at, row.email = now, None
    row.save(update_fields=["withdrawn_at", "email"])
    record(act="staff.invitation_withdrawn", actor=actor, at=now, facts={"invitation": str(row.id)})


def withdraw_issued(staff_id: UUID, *, actor: Actor, now: datetime) -> None:
    """
    Let the sign-in links and invitations that somebody made open nothing any more, in the caller's transaction.

    Whoever is sent away, moved or in doubt may have made some for themselves.

    Args:
        staff_id: Who made them.
        actor: Who ends it.
        now: UTC instant.
    """
    SignInLink.objects.filter(issued_by=staff_id, used_at__isnull=True).delete()
    for row in Invitation.objects.select_for_update().filter(issued_by=staff_id, accepted_at__isnull=True, withdrawn_at__isnull=True):
        withdraw_invitation_row(row, actor, now)
