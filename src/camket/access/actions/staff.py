"""Accounts of the people behind the desks: added, moved, dismissed, erased."""

from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from camket.access.actions.issued import withdraw_issued
from camket.access.models import CodeGenerator, CompanyLink, DeskSession, Passkey, RecoveryCode, SignInLink, Staff, new_stamp
from camket.access.passwords import no_password
from camket.access.queries.people import StaffRow, StaffUnknown, staff_row
from camket.access.rules import STAFF_KEEPERS, NotForThisRole, NotTheOwner, plain_email, plain_name, require_role, staff_role
from camket.journal.actions import record
from camket.policy.terms import Actor


class StaffExists(Exception):
    """An account with this address is there already; `staff_id` says which."""

    def __init__(self, staff_id: UUID) -> None:
        super().__init__("an account with this address exists")
        self.staff_id = staff_id


class StaffLeft(Exception):
    """The account belongs to somebody who no longer works here. Nothing was changed."""


class StillAtWork(Exception):
    """Only the account of somebody who left can be erased. Nothing was changed."""


def add_staff(*, email: str, role: str, actor: Actor, now: datetime, display_name: str = "") -> StaffRow:
    """
    Give a member of staff an account with one role; they first come in by link, and set other ways in by themselves.

    Args:
        email: Their address, in any spelling.
        role: One of the roles of staff.
        actor: Who adds them.
        now: UTC instant.
        display_name: How colleagues see them; may be empty.

    Returns:
        The new account.

    Raises:
        NotForThisRole: The actor's role may not add staff.
        NotAStaffRole: The role is none of staff's.
        BadEmail: The address is none.
        BadName: The name is too long or holds control characters.
        StaffExists: The address has an account.

    Source: policy §6 (who may see the data).
    """
    require_role(actor, STAFF_KEEPERS)
    plain, name, wanted = plain_email(email), plain_name(display_name), staff_role(role)
    staff = Staff(email=plain, display_name=name, role=wanted, password=no_password(), created_at=now)
    try:
        with transaction.atomic():
            staff.save(force_insert=True)
            record(act="staff.added", actor=actor, at=now, facts={"staff": str(staff.id), "role": wanted})
    except IntegrityError:
        there = Staff.objects.filter(email=plain).first()
        if there is None:
            raise
        # `from None`: the database's message repeats the address
        raise StaffExists(there.id) from None
    return staff_row(staff)


def change_role(*, staff_id: UUID, role: str, actor: Actor, now: datetime) -> StaffRow:
    """
    Move a member of staff to another role and end their sessions, so that the new role is the only one in use; what they made for others ends too.

    Args:
        staff_id: Whose account.
        role: One of the roles of staff.
        actor: Who decides it.
        now: UTC instant.

    Returns:
        The account in its new role.

    Raises:
        NotForThisRole: The actor's role may not move staff.
        NotAStaffRole: The role is none of staff's.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
    """
    require_role(actor, STAFF_KEEPERS)
    wanted = staff_role(role)
    with transaction.atomic():
        staff = kept_by(staff_id, actor)
        before, staff.role, staff.stamp = staff.role, wanted, new_stamp()
        staff.save(update_fields=["role", "stamp"])
        drop_sessions(staff)
        withdraw_issued(staff_id, actor=actor, now=now)
        record(act="staff.role_changed", actor=actor, at=now, facts={"staff": str(staff_id), "from": before, "to": wanted})
    return staff_row(staff)


def rename_staff(*, staff_id: UUID, display_name: str, actor: Actor, now: datetime) -> StaffRow:
    """
    Change what colleagues call a member of staff; the journal keeps that it was changed, and no name.

    Args:
        staff_id: Whose account.
        display_name: The new name; empty where their address is to stand for them.
        actor: The owner of the account, or one who may keep accounts.
        now: UTC instant.

    Returns:
        The account under its new name.

    Raises:
        NotForThisRole: The actor is neither.
        BadName: The name is too long or holds control characters.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
    """
    is_own = actor.id == str(staff_id)
    if not is_own:
        require_role(actor, STAFF_KEEPERS)
    name = plain_name(display_name)
    with transaction.atomic():
        staff = at_work(staff_id) if is_own else kept_by(staff_id, actor)
        if staff.display_name != name:
            staff.display_name = name
            staff.save(update_fields=["display_name"])
            record(act="staff.renamed", actor=actor, at=now, facts={"staff": str(staff_id)})
    return staff_row(staff)


def end_sessions(*, staff_id: UUID, actor: Actor, now: datetime) -> None:
    """
    End every session and link of a member of staff, and what they made for others, for a lost device or a doubt; they sign in anew.

    Args:
        staff_id: Whose account.
        actor: The owner of the account, or one who may keep accounts.
        now: UTC instant.

    Raises:
        NotForThisRole: The actor is neither.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
    """
    is_own = actor.id == str(staff_id)
    if not is_own:
        require_role(actor, STAFF_KEEPERS)
    with transaction.atomic():
        staff = at_work(staff_id) if is_own else kept_by(staff_id, actor)
        staff.stamp = new_stamp()
        staff.save(update_fields=["stamp"])
        SignInLink.objects.filter(staff=staff, used_at__isnull=True).delete()
        drop_sessions(staff)
        withdraw_issued(staff_id, actor=actor, now=now)
        record(act="staff.sessions_ended", actor=actor, at=now, facts={"staff": str(staff_id)})


def dismiss_staff(*, staff_id: UUID, actor: Actor, now: datetime) -> StaffRow:
    """
    Close the account of somebody who leaves: sessions, links and every way in end with it, and so does what they made for others.

    Args:
        staff_id: Whose account.
        actor: Who closes it.
        now: UTC instant.

    Returns:
        The closed account.

    Raises:
        NotForThisRole: The actor's role may not dismiss staff.
        StaffUnknown: There is no such account.
        StaffLeft: It is closed already.
    """
    require_role(actor, STAFF_KEEPERS)
    with transaction.atomic():
        staff = kept_by(staff_id, actor)
        staff.is_active, staff.left_at, staff.stamp = False, now, new_stamp()
        staff.save(update_fields=["is_active", "left_at", "stamp"])
        shut_ways_in(staff)
        drop_sessions(staff)
        withdraw_issued(staff_id, actor=actor, now=now)
        record(act="staff.dismissed", actor=actor, at=now, facts={"staff": str(staff_id), "role": staff.role})
    return staff_row(staff)


def erase_staff(*, staff_id: UUID, actor: Actor, now: datetime) -> None:
    """
    Erase the name and address of somebody who left; the account's id stays, because the journal names it.

    The lines of the log of sign-ins stay under that id until their twelve months are over: the law asks for them.

    Args:
        staff_id: Whose account.
        actor: Who erases it.
        now: UTC instant.

    Raises:
        NotForThisRole: The actor's role may not erase staff.
        StaffUnknown: There is no such account.
        StillAtWork: Its owner works here.
    """
    require_role(actor, STAFF_KEEPERS)
    with transaction.atomic():
        staff = _locked(staff_id)
        if staff.is_active:
            raise StillAtWork("dismiss first, then erase")
        if staff.erased_at is not None:
            return
        staff.email, staff.display_name, staff.erased_at = None, "", now
        staff.save(update_fields=["email", "display_name", "erased_at"])
        record(act="staff.erased", actor=actor, at=now, facts={"staff": str(staff_id)})


def shut_ways_in(staff: Staff) -> None:
    """
    Take every way into an account away, links included; its sessions are the caller's to end.

    Args:
        staff: Whose, locked.
    """
    staff.password = no_password()
    staff.save(update_fields=["password"])
    # those that were used open nothing, and tell who let whom in
    SignInLink.objects.filter(staff=staff, used_at__isnull=True).delete()
    for model in (Passkey, CodeGenerator, RecoveryCode, CompanyLink):
        model.objects.filter(staff=staff).delete()


def drop_sessions(staff: Staff) -> None:
    """
    Delete the sessions of somebody, which a new stamp or password has ended already: they no longer stand in the list.

    Args:
        staff: Whose.
    """
    Session.objects.filter(pk__in=DeskSession.objects.filter(staff=staff).values("session_id")).delete()


def renew_stamp(staff: Staff) -> None:
    """
    End every session of somebody, because what one of them may have begun by opens nothing any more.

    Args:
        staff: Whose, locked.
    """
    staff.stamp = new_stamp()
    staff.save(update_fields=["stamp"])
    drop_sessions(staff)


def hold_account(staff_id: UUID) -> None:
    """
    Let whatever else holds an account wait until the caller's transaction ends, so that what is counted for it is counted one after the other.

    Args:
        staff_id: Whose.
    """
    Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).values_list("pk").first()


def at_work(staff_id: UUID) -> Staff:
    """
    Return the account of somebody who works here, locked until the transaction ends.

    Args:
        staff_id: Whose.

    Raises:
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
    """
    staff = _locked(staff_id)
    if not staff.is_active:
        raise StaffLeft("this account is closed")
    return staff


def kept_by(staff_id: UUID, actor: Actor) -> Staff:
    """
    Return the account as `at_work` does, with its keeper's locked as well: of two who dismiss or move each other at once, the second finds that they
    keep none any more.

    Args:
        staff_id: Whose account.
        actor: One who keeps accounts, or the machine itself.

    Raises:
        NotForThisRole: They keep none any more.
        StaffUnknown, StaffLeft: As from `at_work`.
    """
    locked = {str(one.id): one for one in Staff.objects.select_for_update().filter(pk__in={str(staff_id), actor.id or str(staff_id)}).order_by("pk")}
    keeper = locked.get(actor.id)
    if keeper is not None and not (keeper.is_active and keeper.role in STAFF_KEEPERS):
        raise NotForThisRole(actor.role)
    return at_work(staff_id)


def own_account(staff_id: UUID, actor: Actor, act: str) -> Staff:
    """
    Return the account of whoever acts, locked until the transaction ends: nobody sets the ways into somebody else's.

    Args:
        staff_id: Whose.
        actor: Who acts.
        act: What the journal would call it.

    Raises:
        NotTheOwner: It is somebody else's.
        StaffUnknown, StaffLeft: As from `at_work`.
    """
    if actor.id != str(staff_id):
        raise NotTheOwner(act)
    return at_work(staff_id)


def _locked(staff_id: UUID) -> Staff:
    staff = Staff.objects.select_for_update().filter(pk=staff_id).first()
    if staff is None:
        raise StaffUnknown("no such account")
    return staff
