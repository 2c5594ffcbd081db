"""One-time links that sign staff in: made by the machine or by a colleague, used once, and noticed by whoever an account belongs to."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from camket.access.actions.links import LinkExpired, LinkUnknown, LinkUsed
from camket.access.actions.sign_in import came_in
from camket.access.actions.staff import kept_by, renew_stamp, shut_ways_in
from camket.access.actions.trying import NOWHERE, Caller, note_try
from camket.access.models import SignInLink, Staff
from camket.access.queries.own import account_facts
from camket.access.queries.people import StaffRow
from camket.access.rules import (
    LINK,
    LONGEST_SIGN_IN_LIFETIME,
    REFUSED,
    SIGN_IN_LIFETIME,
    BadLink,
    NotTheOwner,
    staff_id_of,
)
from camket.access.secret import digest_of, is_bound, new_bound_token
from camket.journal.actions import record
from camket.policy.terms import COMMAND_LINE, THE_HOUSE, Actor


class ComesInAlone(Exception):
    """The account has a way in of its own, which a link of a colleague's would pass by unnoticed. Nothing was made."""


def _key() -> bytes:
    return settings.SECRET_KEY.encode()


def _whose(staff_id: UUID, expires_at: datetime) -> str:
    """What a link is bound to, so that no row written by hand lets anybody in: whom it signs in, and until when."""
    return f"sign in|{staff_id}|{expires_at.astimezone(UTC).isoformat()}"


def issue_sign_in_link(*, staff_id: UUID, now: datetime, lifetime: timedelta = SIGN_IN_LIFETIME, actor: Actor = THE_HOUSE) -> str:
    """
    Make a link that signs a member of staff in once; only its hash is kept. It ends with the place here of whoever made it.

    Args:
        staff_id: Who may use it.
        now: UTC instant of issue.
        lifetime: How long it works; above zero, at most a day.
        actor: Who asked for it; the house itself when it is printed by a command or a start.

    Returns:
        The raw token, to be shown or sent once.

    Raises:
        BadLink: The lifetime is out of bounds.
        NotForThisRole: The actor's role may not keep accounts.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
        ComesInAlone: A colleague asks, and its owner needs no link; `begin_ways_anew` is for whoever lost theirs.
    """
    if not timedelta(0) < lifetime <= LONGEST_SIGN_IN_LIFETIME:
        raise BadLink("a sign-in link lives at most a day")
    with transaction.atomic():
        staff = kept_by(staff_id, actor)
        if not actor.is_house and _needs_none(staff):
            raise ComesInAlone("the account has a way in of its own")
        return _issued(staff, now + lifetime, actor, now)


def begin_ways_anew(*, staff_id: UUID, actor: Actor, now: datetime) -> str:
    """
    Close every way into a colleague's account, end their sessions and links, and make the one link by which they begin anew.

    Whoever keeps accounts would otherwise come in as a colleague beside their own passkey; this way the colleague's opens nothing any more.

    Args:
        staff_id: Whose ways in.
        actor: One who keeps accounts, and somebody else; the command line also forgets who let the owner in before.
        now: UTC instant.

    Returns:
        The raw token of the link, to be shown once.

    Raises:
        NotForThisRole: The actor's role may not keep accounts.
        NotTheOwner: It is the actor's own account: there the ways in are removed one by one.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.

    Source: docs/decisions/0028-a-colleagues-link.md.
    """
    if actor.id == str(staff_id):
        raise NotTheOwner("staff.ways_begun_anew")
    with transaction.atomic():
        staff = kept_by(staff_id, actor)
        shut_ways_in(staff)
        if actor == COMMAND_LINE:  # the machine's word that it is the owner's again unties them; a colleague's would untie whoever came in as them
            SignInLink.objects.filter(staff=staff).delete()
            staff.let_in_by = staff.let_in_at = None
            staff.save(update_fields=["let_in_by", "let_in_at"])
        renew_stamp(staff)
        record(act="staff.ways_begun_anew", actor=actor, at=now, facts={"staff": str(staff_id)})
        return _issued(staff, now + SIGN_IN_LIFETIME, actor, now)


def _needs_none(staff: Staff) -> bool:
    return not staff.is_link_needed and account_facts(staff.id).comes_in_alone


def _issued(staff: Staff, expires_at: datetime, actor: Actor, now: datetime) -> str:
    token = new_bound_token(to=_whose(staff.id, expires_at), key=_key())
    link = SignInLink.objects.create(token_hash=digest_of(token), staff=staff, issued_at=now, issued_by=staff_id_of(actor), expires_at=expires_at)
    record(act="staff.link_issued", actor=actor, at=now, facts={"staff": str(staff.id), "link": str(link.id)})
    return token


def redeem_sign_in_link(*, token: str, now: datetime, caller: Caller = NOWHERE) -> StaffRow:
    """
    Use up a sign-in link and return whose it was; of several who try at once, one succeeds.

    One that a colleague made ends every other session of the account, and the account remembers who let its owner in.

    Args:
        token: The raw token.
        now: UTC instant.
        caller: From where.

    Returns:
        The account to sign in.

    Raises:
        LinkUnknown: There is no such link, its row is not as it was written, its owner no longer works here, or a colleague made it before they
            set up a way in of their own.
        LinkExpired: Its time is over.
        LinkUsed: It was used before.
    """
    link = SignInLink.objects.filter(token_hash=digest_of(token)).first()
    try:
        if link is None or not is_bound(token, to=_whose(link.staff_id, link.expires_at), key=_key()):
            raise LinkUnknown("no such link")
        if link.used_at is not None:
            raise LinkUsed("this link was used")
        if now >= link.expires_at:
            raise LinkExpired("this link's time is over")
        return _used(link, caller, now)
    except (LinkUnknown, LinkUsed, LinkExpired):
        note_try(outcome=REFUSED, factor=LINK, staff_id=link.staff_id if link else None, caller=caller, now=now)
        raise


def _used(link: SignInLink, caller: Caller, now: datetime) -> StaffRow:
    with transaction.atomic():
        # the lock keeps a dismissal at the same moment from being overtaken by the sign-in
        staff = Staff.objects.select_for_update().get(pk=link.staff_id)
        # a second link may have been kept by whoever made both: beside an owner's own way in it would let them in as if it were made now
        if not staff.is_active or (link.issued_by is not None and _needs_none(staff)):
            raise LinkUnknown("no such link")
        if not SignInLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=now):
            raise LinkUsed("this link was used")
        if link.issued_by is not None and link.issued_by != staff.id:
            staff.let_in_by, staff.let_in_at = link.issued_by, now
            renew_stamp(staff)
        staff.is_link_needed = False
        staff.save(update_fields=["is_link_needed", "let_in_by", "let_in_at"])
        return came_in(staff, LINK, caller, now, {"link": str(link.id)}).row
