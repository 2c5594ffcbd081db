"""How often advertising may come to one address, whoever gave it and whatever it is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from camket.access.actions import budgets_over_at, spend_budgets
from camket.duties.notices.models import Letter
from camket.policy.advertising import AdvertisingLaw
from camket.policy.terms import EMAIL
from camket.policy.values import canonical_identity
from camket.vault import gate

_A_DAY, _HOUR = timedelta(hours=24), timedelta(hours=1)
# a letter that is tried a second time so soon has been counted, a third time counts anew; so much longer than the window does each count
_FREE_FOR = timedelta(hours=6)
_FREE_TRIES = 2


def enough_for_today(
    letters: Sequence[Letter], addresses: Mapping[UUID, gate.Sealed], *, law: AdvertisingLaw | None, now: datetime
) -> Mapping[UUID, datetime]:
    """
    Count letters against what their addresses may have in a day, in the caller's transaction, and return those that would be too much,
    each with the instant from which its address may have one more.

    In no stretch of the window's length, wherever it begins, are there more. A letter's second try within six hours
    has been counted already. Of an address only a keyed hash is kept.

    Args:
        letters: About to leave.
        addresses: Their addresses, by letter.
        law: Of the day; one letter where it is not known.
        now: UTC instant.

    Source: Decree 91/2020 art. 13; Decree 330/2026 art. 37.3(n).
    """
    most = 1 if law is None else law.most_letters
    if most is None:
        return {}
    window = (_A_DAY if law is None else law.window) + _FREE_FOR
    left = {one.id: _key(addresses[one.id]) for one in letters if not _is_counted(one, now)}
    for place in range(most):
        # as many places as the law allows letters, each taken for the window's length from the letter that takes it
        wanted = {_of(key, place): name for name, key in left.items()}
        taken = spend_budgets(keys=wanted.keys(), limit=1, window=window, now=now)
        left = {name: key for name, key in left.items() if name not in {wanted[one] for one in taken}}
        if not left:
            break
    over_at = budgets_over_at(keys={one for key in left.values() for one in _places(key, most)}, window=window) if left else {}
    # no place of one that is left is free: an instant is missing only where the budgets were emptied meanwhile
    return {name: min((over_at[one] for one in _places(key, most) if one in over_at), default=now + _HOUR) for name, key in left.items()}


def _is_counted(letter: Letter, now: datetime) -> bool:
    return letter.intent_at is not None and letter.attempt <= _FREE_TRIES and timedelta() <= now - letter.intent_at < _FREE_FOR


def _places(key: bytes, most: int) -> list[bytes]:
    return [_of(key, place) for place in range(most)]


def _of(key: bytes, place: int) -> bytes:
    return b"%s|%d" % (key, place)


def _key(address: gate.Sealed) -> bytes:
    written = address.reveal()
    return b"advertising|" + (canonical_identity(EMAIL, written) or written).encode()
