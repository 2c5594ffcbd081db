"""
How often somebody may try to come in, and the log of it that the law asks for.

Nobody can lock anybody else out: what is counted is counted for a network, or for an account from a network. What is counted for an
account from everywhere only makes guessing from unknown places slower, and closes neither a known device, nor a passkey, nor a link.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID

from camket.access.actions.budgets import spend_budget
from camket.access.codes import factors_key
from camket.access.models import SignInTry, Staff
from camket.access.queries.people import budget_opens_at
from camket.access.rules import LINK, REFUSED, SLOWED
from camket.access.secret import is_bound, new_bound_token

HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_MINUTES: Final = timedelta(minutes=10)
OF_A_NETWORK, OF_AN_ACCOUNT_FROM_A_NETWORK, OF_A_DEVICE = 60, 10, 20  # tries an hour
BEFORE_IT_IS_SLOWER = 30  # tries an hour of one account from everywhere unknown; from then on each network has one in ten minutes
CODES_FROM_UNKNOWN_PLACES = 30  # a day: whoever is asked for a code has the password, and may not try them all


class Slowed(Exception):
    """Too many tries; in `seconds` the same way is open again. Other ways are open all the while."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"slowed for {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """From where somebody tries: network address and source port for the log, their network and what their browser kept for the budgets."""

    address: str | None = field(default=None, repr=False)
    port: int | None = None
    network: bytes = b"no address"
    device: str = field(default="", repr=False)


NOWHERE: Final = Caller()


def note_try(*, outcome: str, factor: str, staff_id: UUID | None, caller: Caller, now: datetime) -> None:
    """
    Write one line of the log of sign-ins; of what is refused in a flood, a line a minute for each network tells enough.

    Args:
        outcome: One of `rules.OUTCOMES`.
        factor: One of `rules.FACTORS`.
        staff_id: Whose account, where there is one.
        caller: From where.
        now: UTC instant.

    Source: policy §11 (11.1); Decree 333/2026 art. 16.6 and 20.3.
    """
    if outcome == SLOWED and not spend_budget(key=b"log, slowed|" + caller.network, limit=1, window=_MINUTE, now=now):
        return
    if (outcome, factor) == (REFUSED, LINK) and not spend_budget(key=b"log, link|" + caller.network, limit=OF_A_NETWORK, window=HOUR, now=now):
        return
    SignInTry.objects.create(at=now, staff_id=staff_id, outcome=outcome, factor=factor, address=caller.address, port=caller.port)


def forget_tries(*, now: datetime) -> int:
    """
    Delete what has stood in the log of sign-ins for twelve months.

    Args:
        now: UTC instant.

    Returns:
        How many lines were deleted.

    Source: policy §11.2.
    """
    leap = now.month == 2 and now.day == 29
    return SignInTry.objects.filter(at__lt=now.replace(year=now.year - 1, day=28 if leap else now.day)).delete()[0]


def _bound_to(staff_id: UUID, stamp: str) -> str:
    return f"device|{staff_id}|{stamp}"


def device_token(staff_id: UUID) -> str:
    """
    Return what a browser keeps after a sign-in, so that it is known again: random, and good for one account until its sessions are ended.

    Args:
        staff_id: Whose account.
    """
    stamp = Staff.objects.values_list("stamp", flat=True).get(pk=staff_id)
    return new_bound_token(to=_bound_to(staff_id, stamp), key=factors_key())


def is_known(caller: Caller, staff: Staff | None) -> bool:
    """
    Return whether this browser came into this account before, and no session of it was ended for doubt since.

    Args:
        caller: The browser, with the mark it brings of the accounts it came into.
        staff: Whose account; None where nobody has the address that was typed.
    """
    return bool(caller.device) and staff is not None and is_bound(caller.device, to=_bound_to(staff.id, staff.stamp), key=factors_key())


def _is_known_to_anybody(caller: Caller) -> bool:
    """Whether this browser came into the account of anybody who works here: of some ways in it is told afterwards whose they are."""
    if not caller.device:
        return False
    key = factors_key()
    stamps = Staff.objects.filter(is_active=True).values_list("id", "stamp")
    return any(is_bound(caller.device, to=_bound_to(staff_id, stamp), key=key) for staff_id, stamp in stamps)


def _spend(budgets: Iterable[tuple[bytes, int, timedelta]], now: datetime) -> None:
    for key, limit, window in budgets:
        if not spend_budget(key=key, limit=limit, window=window, now=now):
            opens_at = budget_opens_at(key=key, window=window, now=now)
            raise Slowed(max(1, ceil((opens_at - now).total_seconds())))


def spend_password_try(*, whose: bytes, staff: Staff | None, caller: Caller, now: datetime) -> None:
    """
    Count one try with a password.

    Args:
        whose: What was typed for the account, known or not: both are counted alike.
        staff: The account, where there is one.
        caller: From where.
        now: UTC instant.

    Raises:
        Slowed: There were too many.
    """
    if is_known(caller, staff):
        return _spend([(b"sign in, device|" + caller.device.encode(), OF_A_DEVICE, HOUR)], now)
    _spend(
        [(b"sign in|" + caller.network, OF_A_NETWORK, HOUR), (b"sign in|" + caller.network + b"|" + whose, OF_AN_ACCOUNT_FROM_A_NETWORK, HOUR)], now
    )
    if not spend_budget(key=b"sign in, from everywhere|" + whose, limit=BEFORE_IT_IS_SLOWER, window=HOUR, now=now):
        _spend([(b"sign in, slower|" + caller.network + b"|" + whose, 1, _MINUTES)], now)
    return None


def spend_code_try(*, staff: Staff, caller: Caller, now: datetime) -> None:
    """
    Count one try with a code, by somebody who has the password.

    Args:
        staff: The account.
        caller: From where.
        now: UTC instant.

    Raises:
        Slowed: There were too many.
    """
    if is_known(caller, staff):
        return _spend([(b"code, device|" + caller.device.encode(), OF_A_DEVICE, HOUR)], now)
    whose = staff.id.bytes
    _spend([(b"code|" + caller.network + b"|" + whose, OF_AN_ACCOUNT_FROM_A_NETWORK, HOUR)], now)
    _spend([(b"code, from everywhere|" + whose, CODES_FROM_UNKNOWN_PLACES, _DAY)], now)
    return None


def spend_passkey_try(*, caller: Caller, now: datetime) -> None:
    """
    Count one try with a passkey from a browser that is not known, for its network alone: nothing can be guessed there.

    Args:
        caller: From where.
        now: UTC instant.

    Raises:
        Slowed: There were too many.
    """
    _spend([(b"passkey|" + caller.network, OF_A_NETWORK, HOUR)], now)


def spend_company_try(*, caller: Caller, now: datetime) -> None:
    """
    Count one way to the company's sign-in service: for a known browser, or for the network. Who comes is told only on the way back.

    Args:
        caller: From where.
        now: UTC instant.

    Raises:
        Slowed: There were too many.
    """
    if _is_known_to_anybody(caller):
        return _spend([(b"company, device|" + caller.device.encode(), OF_A_DEVICE, HOUR)], now)
    return _spend([(b"company|" + caller.network, OF_A_NETWORK, HOUR)], now)


def spend_confirmation(*, session: UUID, now: datetime) -> None:
    """
    Count one try to confirm within a session that it is still its owner.

    Args:
        session: The session: nobody else's tries are counted with these, and nobody begins it anew who has not confirmed it.
        now: UTC instant.

    Raises:
        Slowed: There were too many.
    """
    _spend([(b"confirm|" + session.bytes, OF_A_DEVICE, HOUR)], now)


def take_answer(challenge: bytes, *, now: datetime) -> bool:
    """
    Return whether a passkey's answer to this question comes for the first time.

    Args:
        challenge: The question.
        now: UTC instant.
    """
    return spend_budget(key=b"passkey, asked|" + challenge, limit=1, window=HOUR, now=now)
