"""The ways into one's own account: a password, an app with one-time codes, passkeys and recovery codes; set, confirmed and taken away."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.access import factors, passkeys, passwords
from camket.access.actions.sign_in import SignInRefused, take_passkey
from camket.access.actions.staff import drop_sessions, own_account, renew_stamp
from camket.access.actions.trying import Caller, Slowed, note_try, spend_confirmation, take_answer
from camket.access.days import day_of
from camket.access.models import CodeGenerator, Passkey, RecoveryCode, Staff, new_stamp
from camket.access.queries.people import StaffRow, staff_row
from camket.access.rules import (
    CODE_WAITS,
    CONFIRMED,
    MOST_PASSKEYS,
    PASSKEY,
    PASSWORD,
    REFUSED,
    SLOWED,
    BadName,
    plain_name,
)
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.policy.terms import Actor

CONFIRM = "confirm"  # what a passkey is asked for within a session


class FactorNeeded(Exception):
    """A password opens nothing by itself: an app with one-time codes or a passkey has to stand beside it."""


class CodeWrong(Exception):
    """The code is none of the new app's, or setting it up took too long. Nothing was changed."""


class PasskeyUnknown(LookupError):
    """This account has no such passkey."""


class TooManyPasskeys(Exception):
    """An account has ten passkeys at most."""


class NothingToConfirm(Exception):
    """The account has neither a password nor a passkey: signing in anew is the only way to confirm who it is."""


def _journal(act: str, staff: Staff, actor: Actor, now: datetime, **facts: Fact) -> None:
    record(act=act, actor=actor, at=now, facts={"staff": str(staff.id), **facts})


def _has_codes(staff: Staff) -> bool:
    return CodeGenerator.objects.filter(staff=staff, confirmed_at__isnull=False).exists()


def set_password(*, row: StaffRow, session_id: UUID | None, password: str, actor: Actor, now: datetime) -> StaffRow:
    """
    Set or change one's own password; every other session ends, and the caller begins the present one anew.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        password: As typed.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The account as the present session begins anew under it.

    Raises:
        BadPassword: It cannot be used.
        Busy: Too many passwords are being compared at this moment.
        FactorNeeded: Nothing stands beside it yet.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    # hashed before the lock is taken: it is a tenth of a second
    encoded = passwords.hash_of(password, email=row.email, display_name=row.display_name)
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.password_set")
        if not (_has_codes(staff) or Passkey.objects.filter(staff=staff).exists()):
            raise FactorNeeded
        staff.password, staff.stamp = encoded, new_stamp()
        staff.save(update_fields=["password", "stamp"])
        drop_sessions(staff)
        _journal("staff.password_set", staff, actor, now)
    return staff_row(staff)


def remove_password(*, row: StaffRow, session_id: UUID | None, actor: Actor, now: datetime) -> StaffRow:
    """
    Take one's own password away; passkeys and links remain. Every other session ends, and the caller begins the present one anew.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The account as the present session begins anew under it.

    Raises:
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.password_removed")
        if passwords.is_set(staff.password):
            staff.password = passwords.no_password()
            staff.save(update_fields=["password"])
            drop_sessions(staff)
            _journal("staff.password_removed", staff, actor, now)
    return staff_row(staff)


def begin_codes(*, row: StaffRow, session_id: UUID | None, actor: Actor, now: datetime) -> None:
    """
    Make the secret of a new app with one-time codes; the one there is goes on until the new one is confirmed.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        actor: Its owner.
        now: UTC instant.

    Raises:
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.codes_set")
        CodeGenerator.objects.filter(staff=staff, confirmed_at__isnull=True).delete()
        made = CodeGenerator(staff=staff, sealed=b"", made_at=now)
        made.sealed = factors.seal_secret(factors.new_secret(), staff_id=staff.id, row_id=made.id)
        made.save(force_insert=True)


def confirm_codes(*, row: StaffRow, session_id: UUID | None, code: str, actor: Actor, now: datetime) -> None:
    """
    Put a new app with one-time codes in force by its first code; the one before ends.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        code: As typed.
        actor: Its owner.
        now: UTC instant.

    Raises:
        CodeWrong: The code is not right, or there is no new app, or it waited too long.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.codes_set")
        waiting = CodeGenerator.objects.filter(staff=staff, confirmed_at__isnull=True, made_at__gt=now - CODE_WAITS).first()
        if waiting is None:
            raise CodeWrong
        try:
            secret = factors.open_secret(bytes(waiting.sealed), staff_id=staff.id, row_id=waiting.id)
        except factors.FactorBroken:
            raise CodeWrong from None
        step = factors.step_of(secret, code, after=0, now=now)
        if step is None:
            raise CodeWrong
        CodeGenerator.objects.filter(staff=staff, confirmed_at__isnull=False).delete()
        CodeGenerator.objects.filter(pk=waiting.pk).update(confirmed_at=now, last_step=step, last_used_on=day_of(now))
        _journal("staff.codes_set", staff, actor, now)


def remove_codes(*, row: StaffRow, session_id: UUID | None, actor: Actor, now: datetime) -> StaffRow:
    """
    Take the app with one-time codes away; every other session ends, and the caller begins the present one anew.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The account as the present session begins anew under it.

    Raises:
        FactorNeeded: A password is set and nothing else stands beside it.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.codes_removed")
        if passwords.is_set(staff.password) and not Passkey.objects.filter(staff=staff).exists():
            raise FactorNeeded
        if CodeGenerator.objects.filter(staff=staff).delete()[0]:
            renew_stamp(staff)
            _journal("staff.codes_removed", staff, actor, now)
    return staff_row(staff)


def add_passkey(*, row: StaffRow, session_id: UUID | None, name: str, ticket: str, answer: str, actor: Actor, now: datetime) -> None:
    """
    Add a passkey that a browser just made.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        name: What its owner calls it; "" where they did not say.
        ticket: As `passkeys.begin_adding` made it.
        answer: JSON that the browser sent.
        actor: Its owner.
        now: UTC instant.

    Raises:
        BadName: The name is too long or holds control characters.
        PasskeyRefused: It does not answer our question, was sent before, or another account has it.
        TooManyPasskeys: There are ten already.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    plain = plain_name(name)
    if len(plain) > 40:
        raise BadName("a passkey's name has at most 40 characters")
    made, challenge = passkeys.read_added(staff_id=row.id, ticket=ticket, answer=answer, now=now)
    bond = factors.passkey_bond(staff_id=row.id, credential_id=made.credential_id, public_key=made.public_key)
    try:
        with transaction.atomic():
            staff = own_account(row, session_id, actor, "staff.passkey_added")
            if Passkey.objects.filter(staff=staff).count() >= MOST_PASSKEYS:
                raise TooManyPasskeys
            if not take_answer(challenge, now=now):
                raise passkeys.PasskeyRefused("sent before")
            added = Passkey(staff=staff, name=plain, credential_id=made.credential_id, public_key=made.public_key, bond=bond)
            added.sign_count, added.added_at = made.sign_count, now
            added.save(force_insert=True)
            _journal("staff.passkey_added", staff, actor, now, passkey=str(added.id))
    except IntegrityError:
        raise passkeys.PasskeyRefused("there already") from None


def remove_passkey(*, row: StaffRow, session_id: UUID | None, passkey_id: UUID, actor: Actor, now: datetime) -> StaffRow:
    """
    Take one of one's own passkeys away; every other session ends, and the caller begins the present one anew.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        passkey_id: Which.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The account as the present session begins anew under it.

    Raises:
        PasskeyUnknown: This account has no such passkey.
        FactorNeeded: A password is set and nothing else stands beside it.
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.passkey_removed")
        found = Passkey.objects.filter(pk=passkey_id, staff=staff).first()
        if found is None:
            raise PasskeyUnknown
        is_last = not Passkey.objects.filter(staff=staff).exclude(pk=found.pk).exists()
        if is_last and passwords.is_set(staff.password) and not _has_codes(staff):
            raise FactorNeeded
        found.delete()
        renew_stamp(staff)
        _journal("staff.passkey_removed", staff, actor, now, passkey=str(passkey_id))
    return staff_row(staff)


def make_recovery_codes(*, row: StaffRow, session_id: UUID | None, actor: Actor, now: datetime) -> tuple[str, ...]:
    """
    Make ten new recovery codes; those before open nothing any more.

    Args:
        row: Whose account, as it was when they asked.
        session_id: In which session they ask.
        actor: Its owner.
        now: UTC instant.

    Returns:
        The codes, to be shown once.

    Raises:
        NotTheOwner: The actor is somebody else.
        SecondStepOver: The session was ended since.
    """
    codes = factors.new_codes()
    with transaction.atomic():
        staff = own_account(row, session_id, actor, "staff.recovery_codes_made")
        RecoveryCode.objects.filter(staff=staff).delete()
        kept = [factors.code_hash(code, staff_id=staff.id) for code in codes]
        RecoveryCode.objects.bulk_create([RecoveryCode(staff=staff, code_hash=one, made_at=now) for one in kept if one is not None])
        _journal("staff.recovery_codes_made", staff, actor, now, codes=len(codes))
    return codes


def confirm_by_password(*, staff_id: UUID, session_id: UUID, password: str, caller: Caller, now: datetime) -> None:
    """
    Return once the owner of a session has shown that it is still they, by their password.

    Args:
        staff_id: Whose session.
        session_id: Which: only its own tries are counted.
        password: As typed.
        caller: From where.
        now: UTC instant.

    Raises:
        SignInRefused: It is not right.
        NothingToConfirm: There is no password.
        Slowed: There were too many tries in this session.
        Busy: Too many passwords are being compared at this moment.
    """
    staff = Staff.objects.get(pk=staff_id)
    if not passwords.is_set(staff.password):
        raise NothingToConfirm
    with passwords.turn(is_known=True):
        try:
            spend_confirmation(session=session_id, now=now)
        except Slowed:
            note_try(outcome=SLOWED, factor=PASSWORD, staff_id=staff_id, caller=caller, now=now)
            raise
        is_right = passwords.is_right(password, staff.password)
    note_try(outcome=CONFIRMED if is_right else REFUSED, factor=PASSWORD, staff_id=staff_id, caller=caller, now=now)
    if not is_right:
        raise SignInRefused


def confirm_by_passkey(*, staff_id: UUID, ticket: str, answer: str, caller: Caller, now: datetime) -> None:
    """
    Return once the owner of a session has shown that it is still they, by one of their passkeys.

    Args:
        staff_id: Whose session.
        ticket: As `passkeys.begin_asking` made it for `CONFIRM`.
        answer: JSON that the browser sent.
        caller: From where.
        now: UTC instant.

    Raises:
        SignInRefused: It is no passkey of theirs.
    """
    try:
        claim = passkeys.read_claim(purpose=CONFIRM, ticket=ticket, answer=answer, now=now)
        with transaction.atomic():
            if take_passkey(claim, now).id != staff_id:
                raise passkeys.PasskeyRefused("somebody else's")
    except passkeys.PasskeyRefused:
        note_try(outcome=REFUSED, factor=PASSKEY, staff_id=staff_id, caller=caller, now=now)
        raise SignInRefused from None
    note_try(outcome=CONFIRMED, factor=PASSKEY, staff_id=staff_id, caller=caller, now=now)


def shut_until_link() -> int:
    """
    Let no account be entered before a new one-time link, and return how many were shut: of a restored copy, nobody knows who has left since.
    """
    return Staff.objects.filter(erased_at__isnull=True).update(is_link_needed=True)
