"""Invitations: somebody may open an account for themselves, once, until the invitation ends or is withdrawn."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from camket.access.actions.issued import withdraw_invitation_row
from camket.access.actions.links import LinkExpired, LinkRevoked, LinkUnknown, LinkUsed
from camket.access.actions.staff import StaffExists, in_role
from camket.access.actions.trying import Caller, note_try
from camket.access.models import Invitation, Staff
from camket.access.passwords import no_password
from camket.access.queries.people import StaffRow, staff_row
from camket.access.rules import (
    INVITATION,
    INVITATION_LIFETIME,
    SIGNED_IN,
    STAFF_KEEPERS,
    plain_email,
    plain_name,
    staff_id_of,
    staff_role,
)
from camket.access.secret import digest_of, is_bound, new_bound_token
from camket.journal.actions import record
from camket.policy.terms import THE_HOUSE, Actor, RoleId


class InvitationUnknown(LookupError):
    """There is no such invitation, or it is over."""


def _what(row: Invitation) -> str:
    """What an invitation is bound to, so that no row written by hand makes anybody an operator, or works for longer."""
    return f"invitation|{row.id}|{row.role}|{row.email}|{row.expires_at.astimezone(UTC).isoformat()}"


def _key() -> bytes:
    return settings.SECRET_KEY.encode()


def invite(*, email: str, role: str, actor: Actor, now: datetime) -> str:
    """
    Invite somebody to open an account with one role; an earlier invitation to the same address ends.

    Args:
        email: Their address, in any spelling.
        role: One of the roles of staff.
        actor: Who invites.
        now: UTC instant.

    Returns:
        The raw token of the link, to be shown once.

    Raises:
        NotForThisRole: The actor's role may not invite.
        BadEmail: The address is none.
        NotAStaffRole: The role is none of staff's.
        StaffExists: The address has an account.

    Source: policy §6 (6.1: who may see the data).
    """
    row = Invitation(email=plain_email(email), role=staff_role(role), issued_at=now, expires_at=now + INVITATION_LIFETIME)
    row.issued_by = staff_id_of(actor)
    token = new_bound_token(to=_what(row), key=_key())
    row.token_hash = digest_of(token)
    try:
        _put(row, actor, now)
    except IntegrityError:  # somebody invited the same address at the same moment: theirs is an earlier one by now
        _put(row, actor, now)
    return token


def _put(row: Invitation, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        in_role(actor, STAFF_KEEPERS)
        there = Staff.objects.filter(email=row.email).first()
        if there is not None:
            raise StaffExists(there.id)
        for earlier in Invitation.objects.select_for_update().filter(email=row.email):
            withdraw_invitation_row(earlier, actor, now)
        row.save(force_insert=True)
        record(act="staff.invited", actor=actor, at=now, facts={"invitation": str(row.id), "role": row.role})


def withdraw_invitation(*, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """
    Take an invitation back; its link opens nothing any more, and the address is forgotten.

    Args:
        invitation_id: Which.
        actor: Who takes it back.
        now: UTC instant.

    Raises:
        NotForThisRole: The actor's role may not.
        InvitationUnknown: There is none, or it was accepted or withdrawn.
    """
    with transaction.atomic():
        in_role(actor, STAFF_KEEPERS)
        row = Invitation.objects.select_for_update().filter(pk=invitation_id, accepted_at__isnull=True, withdrawn_at__isnull=True).first()
        if row is None:
            raise InvitationUnknown
        withdraw_invitation_row(row, actor, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Who is invited, and as what. Its printed form does not hold the address."""

    email: str = field(repr=False)
    role: RoleId


def look_at_invitation(*, token: str, now: datetime) -> Invited:
    """
    Return for whom and for which role an invitation is, without changing anything: mail scanners look too.

    Args:
        token: The raw token.
        now: UTC instant.

    Raises:
        LinkUnknown: There is none, or its row is not as it was written.
        LinkRevoked: It was taken back.
        LinkUsed: It was accepted.
        LinkExpired: Its time is over.
    """
    row = _open(token, now)
    return Invited(email=row.email or "", role=staff_role(row.role))


def _open(token: str, now: datetime) -> Invitation:
    row = Invitation.objects.filter(token_hash=digest_of(token)).first()
    if row is None:
        raise LinkUnknown("no such invitation")
    if row.withdrawn_at is not None:
        raise LinkRevoked("this invitation was taken back")
    if row.accepted_at is not None:
        raise LinkUsed("this invitation was accepted")
    if not is_bound(token, to=_what(row), key=_key()):
        raise LinkUnknown("no such invitation")
    if now >= row.expires_at:
        raise LinkExpired("this invitation's time is over")
    return row


def accept_invitation(*, token: str, display_name: str, caller: Caller, now: datetime) -> StaffRow:
    """
    Open the account that an invitation is for, once, and return it.

    Args:
        token: The raw token.
        display_name: How colleagues will see them.
        caller: From where.
        now: UTC instant.

    Returns:
        The new account, to be signed in.

    Raises:
        BadName: The name is too long or holds control characters.
        LinkUnknown: There is no such invitation, or its row is not as it was written.
        LinkRevoked: It was taken back.
        LinkUsed: It was accepted, or the address has an account meanwhile.
        LinkExpired: Its time is over.
    """
    row, name = _open(token, now), plain_name(display_name)
    staff = Staff(email=row.email, display_name=name, role=row.role, password=no_password(), created_at=now)
    try:
        with transaction.atomic():
            open_still = Invitation.objects.filter(pk=row.pk, accepted_at__isnull=True, withdrawn_at__isnull=True)
            if not open_still.update(accepted_at=now, email=None):
                raise LinkUsed("this invitation was used")
            staff.save(force_insert=True)
            found = staff_row(staff)
            facts = {"staff": str(staff.id), "role": staff.role, "invitation": str(row.id)}
            record(act="staff.added", actor=THE_HOUSE, at=now, facts=facts)
            record(act="staff.signed_in", actor=found.actor, at=now, facts={"staff": str(staff.id), "factor": INVITATION})
            note_try(outcome=SIGNED_IN, factor=INVITATION, staff_id=staff.id, caller=caller, now=now)
    except IntegrityError:
        if not Staff.objects.filter(email=staff.email).exists():
            raise
        raise LinkUsed("the address has an account") from None
    return found


def forget_invitations(*, older_than: datetime) -> int:
    """
    Delete invitations that ended, with the addresses of those who never came; their acts stay in the journal.

    Args:
        older_than: UTC instant; invitations that ended before it go.

    Returns:
        How many were deleted.
    """
    return Invitation.objects.filter(expires_at__lt=older_than).delete()[0]
