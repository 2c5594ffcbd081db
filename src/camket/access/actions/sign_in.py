"""Sign-in of staff by a link that works once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from camket.access.actions.links import LinkExpired, LinkUnknown, LinkUsed
from camket.access.actions.staff import StaffLeft
from camket.access.models import SignInLink, Staff
from camket.access.queries import StaffRow, StaffUnknown, staff_row
from camket.access.rules import LONGEST_SIGN_IN_LIFETIME, SIGN_IN_LIFETIME, THE_SYSTEM, BadLink
from camket.access.secret import digest_of, is_bound, new_bound_token
from camket.journal.actions import record
from camket.policy.terms import Actor


def _key() -> bytes:
    return settings.SECRET_KEY.encode()


def _whose(staff_id: UUID, expires_at: datetime) -> str:
    """What a link is bound to, so that no row written by hand lets anybody in: whom it signs in, and until when."""
    return f"sign in|{staff_id}|{expires_at.astimezone(UTC).isoformat()}"


def issue_sign_in_link(*, staff_id: UUID, now: datetime, lifetime: timedelta = SIGN_IN_LIFETIME, actor: Actor = THE_SYSTEM) -> str:
    """
    Make a link that signs a member of staff in once; only its hash is kept.

    Args:
        staff_id: Who may use it.
        now: UTC instant of issue.
        lifetime: How long it works; above zero, at most a day.
        actor: Who asked for it; the machine itself when a letter carries it.

    Returns:
        The raw token, to be shown or sent once.

    Raises:
        BadLink: The lifetime is out of bounds.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
    """
    if not timedelta(0) < lifetime <= LONGEST_SIGN_IN_LIFETIME:
        raise BadLink("a sign-in link lives at most a day")
    staff = Staff.objects.filter(pk=staff_id).first()
    if staff is None:
        raise StaffUnknown("no such account")
    if not staff.is_active:
        raise StaffLeft("this account is closed")
    expires_at = now + lifetime
    token = new_bound_token(to=_whose(staff_id, expires_at), key=_key())
    with transaction.atomic():
        link = SignInLink.objects.create(token_hash=digest_of(token), staff=staff, issued_at=now, expires_at=expires_at)
        record(act="staff.link_issued", actor=actor, at=now, facts={"staff": str(staff_id), "link": str(link.id)})
    return token


def redeem_sign_in_link(*, token: str, now: datetime) -> StaffRow:
    """
    Use up a sign-in link and return whose it was; of several who try at once, one succeeds.

    Args:
        token: The raw token.
        now: UTC instant.

    Returns:
        The account to sign in.

    Raises:
        LinkUnknown: There is no such link, its row is not as it was written, or its owner no longer works here.
        LinkExpired: Its time is over.
        LinkUsed: It was used before.
    """
    link = SignInLink.objects.filter(token_hash=digest_of(token)).first()
    if link is None or not is_bound(token, to=_whose(link.staff_id, link.expires_at), key=_key()):
        raise LinkUnknown("no such link")
    if link.used_at is not None:
        raise LinkUsed("this link was used")
    if now >= link.expires_at:
        raise LinkExpired("this link's time is over")
    with transaction.atomic():
        # the lock keeps a dismissal at the same moment from being overtaken by the sign-in
        staff = Staff.objects.select_for_update().get(pk=link.staff_id)
        if not staff.is_active:
            raise LinkUnknown("no such link")
        if not SignInLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=now):
            raise LinkUsed("this link was used")
        record(act="staff.signed_in", actor=staff_row(staff).actor, at=now, facts={"staff": str(staff.id), "link": str(link.id)})
    return staff_row(staff)
