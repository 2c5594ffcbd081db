"""Sign-in of staff: by a link that works once, by a passkey, or by a password and then a code."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.core import signing
from django.db import transaction

from camket.access import factors, passkeys, passwords
from camket.access.actions.trying import (
    Caller,
    Slowed,
    is_known,
    note_try,
    spend_code_try,
    spend_passkey_try,
    spend_password_try,
    take_answer,
)
from camket.access.days import day_of
from camket.access.models import CodeGenerator, Passkey, RecoveryCode, Staff
from camket.access.queries.people import StaffRow, staff_row
from camket.access.rules import (
    COMPANY,
    COMPANY_CODE,
    COMPANY_RECOVERY,
    HALF_WAY,
    PASSKEY,
    PASSWORD,
    PASSWORD_CODE,
    PASSWORD_RECOVERY,
    REFUSED,
    SIGNED_IN,
    SLOWED,
    BadEmail,
    plain_email,
)
from camket.journal.actions import record
from camket.journal.facts import Fact

SECOND_STEP: Final = timedelta(minutes=5)
SIGN_IN: Final = "sign in"  # what a passkey is asked for
_SALT: Final = "camket.access.half_way"
# by what the first step was: what both together are called, with a one-time code and without
_SECOND: Final[Mapping[str, Mapping[bool, str]]] = MappingProxyType(
    {PASSWORD: {True: PASSWORD_CODE, False: PASSWORD_RECOVERY}, COMPANY: {True: COMPANY_CODE, False: COMPANY_RECOVERY}}
)


class SignInRefused(Exception):
    """This does not sign anybody in; it is not told why, so that nobody learns who has an account."""


class SecondStepOver(Exception):
    """The step before was taken too long ago, or the account changed since: begin again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who came in, and by what."""

    row: StaffRow
    factor: str
    is_fresh: bool = True  # whether they have just shown who they are, and not only that somebody else knew it of earlier


def came_in(staff: Staff, factor: str, caller: Caller, now: datetime, facts: dict[str, Fact]) -> SignedIn:
    """
    Remember a sign-in, in the transaction that uses up what it came by.

    Args:
        staff: Who.
        factor: By what.
        caller: From where.
        now: UTC instant.
        facts: What else the journal says of it.
    """
    row = staff_row(staff)
    record(act="staff.signed_in", actor=row.actor, at=now, facts={"staff": str(staff.id), "factor": factor, **facts})
    note_try(outcome=SIGNED_IN, factor=factor, staff_id=staff.id, caller=caller, now=now)
    return SignedIn(row=row, factor=factor)


def may_enter(staff: Staff | None) -> bool:
    """Return whether an account is open, and to more than a new link."""
    return staff is not None and staff.is_active and not staff.is_link_needed


def check_password(*, email: str, password: str, caller: Caller, now: datetime) -> str:
    """
    Take the first of two steps, and return the ticket for the second.

    An address nobody has, a wrong password and an account that is closed cost the same work and get the same answer.

    Args:
        email: As typed.
        password: As typed.
        caller: From where.
        now: UTC instant.

    Returns:
        A signed ticket, good for five minutes and this account as it is.

    Raises:
        SignInRefused: It is not right, whatever of it.
        Slowed: There were too many tries.
        Busy: Too many passwords are being compared at this moment.
    """
    try:
        plain = plain_email(email[:300])
    except BadEmail:
        plain = ""
    staff = Staff.objects.filter(email=plain).first()
    # whoever has no turn has not tried: otherwise a crowd of strangers could spend somebody's tries for them
    with passwords.turn(is_known=is_known(caller, staff)):
        is_right = _is_right(plain, password, staff, caller, now)
    if not is_right or staff is None:
        note_try(outcome=REFUSED, factor=PASSWORD, staff_id=staff.id if staff else None, caller=caller, now=now)
        raise SignInRefused
    note_try(outcome=HALF_WAY, factor=PASSWORD, staff_id=staff.id, caller=caller, now=now)
    return second_step(staff, PASSWORD, now)


def _is_right(email: str, password: str, staff: Staff | None, caller: Caller, now: datetime) -> bool:
    try:
        spend_password_try(whose=email.encode(), staff=staff, caller=caller, now=now)
    except Slowed:
        note_try(outcome=SLOWED, factor=PASSWORD, staff_id=staff.id if staff else None, caller=caller, now=now)
        raise
    return passwords.is_right(password, staff.password if staff is not None and may_enter(staff) else None)


def second_step(staff: Staff, by: str, now: datetime) -> str:
    """
    Return the signed ticket for the second of two steps, good for five minutes and this account as it is.

    Args:
        staff: Whose account.
        by: What the first step was: a password, or the company's sign-in service.
        now: UTC instant.
    """
    return signing.dumps({"staff": str(staff.id), "as": staff.as_it_is(), "at": now.timestamp(), "by": by}, salt=_SALT)


def _half_way(ticket: str, now: datetime) -> tuple[Staff, Mapping[bool, str]]:
    """Whose second step it is, and what it is called with a one-time code and without."""
    try:
        said = signing.loads(ticket, salt=_SALT)
        age, staff_id, factors_of = now.timestamp() - said["at"], UUID(said["staff"]), _SECOND[said["by"]]
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise SecondStepOver from None
    staff = Staff.objects.filter(pk=staff_id).first()
    if staff is None or not may_enter(staff) or not 0 <= age <= SECOND_STEP.total_seconds() or said["as"] != staff.as_it_is():
        raise SecondStepOver
    return staff, factors_of


def is_company_ticket(ticket: str) -> bool:
    """Return whether a ticket is for the second step after the company's sign-in service; whether it still holds is asked elsewhere."""
    try:
        return bool(signing.loads(ticket, salt=_SALT)["by"] == COMPANY)
    except (signing.BadSignature, KeyError, TypeError):
        return False


def check_code(*, ticket: str, code: str, caller: Caller, now: datetime) -> SignedIn:
    """
    Take the second step with a one-time code or a recovery code, each of which works once.

    Args:
        ticket: As `check_password` returned it.
        code: As typed.
        caller: From where.
        now: UTC instant.

    Returns:
        Who came in.

    Raises:
        SecondStepOver: The first step was too long ago, or the account changed since.
        SignInRefused: The code is not right, or was used.
        Slowed: There were too many tries.
    """
    staff, factors_of = _half_way(ticket, now)
    is_code = code.replace(" ", "").isdigit() and len(code.replace(" ", "")) <= 8
    factor = factors_of[is_code]
    try:
        spend_code_try(staff=staff, caller=caller, now=now)
    except Slowed:
        note_try(outcome=SLOWED, factor=factor, staff_id=staff.id, caller=caller, now=now)
        raise
    before = staff.as_it_is()
    with transaction.atomic():
        staff = Staff.objects.select_for_update().get(pk=staff.pk)
        if staff.as_it_is() != before:
            raise SecondStepOver
        takes = take_code if is_code else take_recovery_code
        if may_enter(staff) and takes(staff, code, now):
            return came_in(staff, factor, caller, now, {})
    note_try(outcome=REFUSED, factor=factor, staff_id=staff.id, caller=caller, now=now)
    raise SignInRefused


def take_code(staff: Staff, code: str, now: datetime) -> bool:
    """
    Use up a one-time code, and return whether it was one; the statement lets no second one pass with the same.

    Args:
        staff: Whose it must be.
        code: Six digits, however spaced.
        now: UTC instant at which it must be valid.
    """
    row = CodeGenerator.objects.filter(staff=staff, confirmed_at__isnull=False).first()
    if row is None:
        return False
    try:
        secret = factors.open_secret(bytes(row.sealed), staff_id=staff.id, row_id=row.id)
    except factors.FactorBroken:
        return False
    step = factors.step_of(secret, code, after=row.last_step, now=now)
    return step is not None and bool(CodeGenerator.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step, last_used_on=day_of(now)))


def take_recovery_code(staff: Staff, code: str, now: datetime) -> bool:
    """
    Use up a recovery code, and return whether it was one.

    Args:
        staff: Whose it must be.
        code: As typed: any case, with or without its stroke.
        now: UTC instant at which it counts as used.
    """
    kept = factors.code_hash(code, staff_id=staff.id)
    return kept is not None and bool(RecoveryCode.objects.filter(staff=staff, code_hash=kept, used_at__isnull=True).update(used_at=now))


def check_passkey(*, ticket: str, answer: str, caller: Caller, now: datetime) -> SignedIn:
    """
    Sign in whoever shows a passkey; who they are it says itself.

    Args:
        ticket: As `passkeys.begin_asking` made it for `SIGN_IN`.
        answer: JSON that the browser sent.
        caller: From where.
        now: UTC instant.

    Returns:
        Who came in.

    Raises:
        SignInRefused: No passkey of ours, or not of somebody who may come in.
        Slowed: There were too many tries from this network.
    """
    claim, row = None, None
    with suppress(passkeys.PasskeyRefused):
        claim = passkeys.read_claim(purpose=SIGN_IN, ticket=ticket, answer=answer, now=now)
        row = Passkey.objects.filter(credential_id=claim.credential_id).select_related("staff").first()
    staff_id = row.staff_id if row else None
    if not is_known(caller, row.staff if row else None):
        try:
            spend_passkey_try(caller=caller, now=now)
        except Slowed:
            note_try(outcome=SLOWED, factor=PASSKEY, staff_id=None, caller=caller, now=now)
            raise
    try:
        if claim is None:
            raise passkeys.PasskeyRefused("unreadable")
        with transaction.atomic():
            staff = take_passkey(claim, now)
            if not may_enter(staff):
                raise passkeys.PasskeyRefused("not open")
            return came_in(staff, PASSKEY, caller, now, {"passkey": str(row.id) if row else ""})
    except passkeys.PasskeyRefused:
        note_try(outcome=REFUSED, factor=PASSKEY, staff_id=staff_id, caller=caller, now=now)
        raise SignInRefused from None


def take_passkey(claim: passkeys.Claim, now: datetime) -> Staff:
    """
    Return whose passkey signed an answer, having noted its use; within a transaction.

    Args:
        claim: As `passkeys.read_claim` returned it.
        now: UTC instant.

    Raises:
        PasskeyRefused: It is not ours, was moved, copied or used before, or the signature does not hold.
    """
    whose = Passkey.objects.filter(credential_id=claim.credential_id).values_list("staff_id", flat=True).first()
    staff = Staff.objects.select_for_update().filter(pk=whose).first() if whose else None
    # looked up again under the account's lock: it may have been taken away meanwhile
    row = Passkey.objects.filter(credential_id=claim.credential_id, staff=staff).first()
    if staff is None or row is None:
        raise passkeys.PasskeyRefused("not ours")
    key = bytes(row.public_key)
    is_whole = bytes(row.bond) == factors.passkey_bond(staff_id=staff.id, credential_id=bytes(row.credential_id), public_key=key)
    if not is_whole or claim.user != staff.id.bytes:
        raise passkeys.PasskeyRefused("moved")
    count = passkeys.signed_count(claim, public_key=key)
    if (row.sign_count or count) and count <= row.sign_count:
        raise passkeys.PasskeyRefused("copied")  # W3C WebAuthn Level 3, §6.1.1: a count that does not grow tells of a clone
    if not take_answer(claim.challenge, now=now):
        raise passkeys.PasskeyRefused("answered before")
    Passkey.objects.filter(pk=row.pk).update(sign_count=count, last_used_on=day_of(now))
    return staff
