"""Accounts of the people behind the desks: added, moved, dismissed, erased."""

from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from camket.access.actions.issued import withdraw_issued
from camket.access.actions.sign_in import SecondStepOver
from camket.access.models import CodeGenerator, CompanyLink, DeskSession, Passkey, RecoveryCode, SignInLink, Staff, new_stamp
from camket.access.passwords import no_password
from camket.access.queries.people import StaffRow, StaffUnknown, staff_row
from camket.access.rules import STAFF_KEEPERS, NotForThisRole, NotTheOwner, plain_email, plain_name, require_role, staff_id_of, staff_role
from camket.journal.actions import record
from camket.policy.terms import Actor, RoleId


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

    Source: policy §6 (6.1: who may see the data).
    """
    plain, name, wanted = plain_email(email), plain_name(display_name), staff_role(role)
    staff = Staff(email=plain, display_name=name, role=wanted, password=no_password(), created_at=now)
    try:
        with transaction.atomic():
            in_role(actor, STAFF_KEEPERS)
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
        actor: One who may keep accounts; the owner has `rename_oneself`.
        now: UTC instant.

    Returns:
        The account under its new name.

    Raises:
        NotForThisRole: The actor's role may not rename staff.
        BadName: The name is too long or holds control characters.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
    """
    name = plain_name(display_name)
    with transaction.atomic():
        staff = kept_by(staff_id, actor)
        give_name(staff, name, actor, now)
    return staff_row(staff)


def give_name(staff: Staff, name: str, actor: Actor, now: datetime) -> None:
    """
    Let somebody be called otherwise, in the caller's transaction.

    Args:
        staff: Who, locked.
        name: The new name, as `plain_name` returned it.
        actor: Who changes it.
        now: UTC instant.
    """
    if staff.display_name != name:
        staff.display_name = name
        staff.save(update_fields=["display_name"])
        record(act="staff.renamed", actor=actor, at=now, facts={"staff": str(staff.id)})


def end_sessions(*, staff_id: UUID, actor: Actor, now: datetime) -> None:
    """
    End every session and link of a member of staff, and what they made for others, for a lost device or a doubt; they sign in anew.

    Args:
        staff_id: Whose account.
        actor: One who may keep accounts; the owner has `end_own_sessions`.
        now: UTC instant.

    Raises:
        NotForThisRole: The actor's role may not end them.
        StaffUnknown: There is no such account.
        StaffLeft: Its owner no longer works here.
    """
    with transaction.atomic():
        end_all(kept_by(staff_id, actor), actor, now)


def end_all(staff: Staff, actor: Actor, now: datetime) -> None:
    """
    End every session and link of somebody, and what they made for others, in the caller's transaction.

    Args:
        staff: Whose, locked.
        actor: Who ends them.
        now: UTC instant.
    """
    renew_stamp(staff)
    SignInLink.objects.filter(staff=staff, used_at__isnull=True).delete()
    withdraw_issued(staff.id, actor=actor, now=now)
    record(act="staff.sessions_ended", actor=actor, at=now, facts={"staff": str(staff.id)})


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
    with transaction.atomic():
        in_role(actor, STAFF_KEEPERS, upon=staff_id)
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


def hold_all_accounts() -> None:
    """
    Let whoever else calls this wait until the caller's transaction ends, so that what is counted for the whole house is counted one after the other.
    """
    # the oldest account stands for all of them: no account is ever deleted, so it is the same one for everybody
    Staff.objects.select_for_update(no_key=True).order_by("pk").values_list("pk").first()


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
    Return the account of somebody at work, locked until the transaction ends, where whoever acts upon it keeps accounts still.

    Args:
        staff_id: Whose account.
        actor: One who keeps accounts, or the machine itself.

    Raises:
        NotForThisRole: As from `in_role`.
        StaffUnknown, StaffLeft: As from `at_work`.
    """
    in_role(actor, STAFF_KEEPERS, upon=staff_id)
    return at_work(staff_id)


def in_role(actor: Actor, roles: frozenset[RoleId], *, upon: UUID | None = None) -> None:
    """
    Return where whoever acts has one of some roles still, with their account locked until the transaction ends: of two who dismiss or move each
    other at once, the second finds that they have it no more, and nothing is done by whoever lost it since their request was let in.

    Args:
        actor: Who acts; a program or the machine itself has no account, and is what it says.
        roles: Those who may.
        upon: Whose account they act upon, to be locked along with theirs, so that two who act upon each other do not wait for each other.

    Raises:
        NotForThisRole: They have another, or they left.
    """
    require_role(actor, roles)
    accounts = {one for one in (staff_id_of(actor), upon) if one is not None}
    locked = {str(one.id): one for one in Staff.objects.select_for_update().filter(pk__in=accounts).order_by("pk")}
    found = locked.get(actor.id)
    if found is not None and not (found.is_active and found.role in roles):
        raise NotForThisRole(actor.role)


def own_account(row: StaffRow, session_id: UUID | None, actor: Actor, act: str) -> Staff:
    """
    Return the account of whoever acts, locked until the transaction ends, where the session in which they act lives still.

    Nobody sets the ways into somebody else's, and nobody does anything in a session that was ended since it asked: the end of all sessions, a
    reset or a dismissal is then followed by nothing of whoever it was to keep out.

    Args:
        row: Whose account, as it was when the session asked.
        session_id: The id under which that session is listed; None where it is not, and then it can do nothing.
        actor: Who acts.
        act: What the journal would call it.

    Raises:
        NotTheOwner: It is somebody else's.
        SecondStepOver: The session was ended since, or its owner left: the caller leads to the sign-in.
        StaffUnknown: There is no such account.
    """
    if actor.id != str(row.id):
        raise NotTheOwner(act)
    staff = _locked(row.id)
    lives = session_id is not None and DeskSession.objects.filter(pk=session_id, staff=staff).exists()
    if not (lives and staff.is_active and staff.as_it_is() == row.as_it_is):
        raise SecondStepOver
    return staff


def _locked(staff_id: UUID) -> Staff:
    staff = Staff.objects.select_for_update().filter(pk=staff_id).first()
    if staff is None:
        raise StaffUnknown("no such account")
    return staff
