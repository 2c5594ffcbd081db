"""What a restored copy of the database would let in again is taken back."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

from camket.access.actions.ways_in import shut_until_link
from camket.access.models import ApiToken, CapabilityLink, Invitation, SignInLink
from camket.journal.actions import record
from camket.policy.terms import Actor


def revoke_everything(*, actor: Actor, now: datetime) -> int:
    """
    Revoke every session, every link that might still work and every API token, and return how many there were.

    For a copy of the database that is put back: of what it holds, nobody knows what was revoked, used or dismissed since it was made.
    Accounts stay. Nobody comes in by one, not even with its password or passkey, but with a new sign-in link, which somebody has to print.

    Args:
        actor: Who puts the copy back; the journal keeps it, with the numbers.
        now: UTC instant.

    Source: policy §7 (7.1).
    """
    with transaction.atomic():
        counts = {
            "sessions": Session.objects.all().delete()[1].get("sessions.Session", 0),
            "sign_in_links": SignInLink.objects.filter(used_at__isnull=True).delete()[0],
            "links": CapabilityLink.objects.filter(revoked_at__isnull=True).update(revoked_at=now),
            "invitations": Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=now, email=None),
            "tokens": ApiToken.objects.filter(revoked_at__isnull=True).update(revoked_at=now),
        }
        shut_until_link()
        record(act="access.revoked", actor=actor, at=now, facts=counts)
    return sum(counts.values())
