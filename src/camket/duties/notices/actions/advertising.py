"""How often advertising may come to one address, whoever gave it and whatever it is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from camket.access.actions import spend_budgets
from camket.duties.notices.models import Letter
from camket.duties.notices.rules import EMAIL
from camket.policy.advertising import AdvertisingLaw
from camket.policy.values import canonical_identity
from camket.vault import gate

_A_DAY = timedelta(hours=24)


def enough_for_today(
    letters: Sequence[Letter], addresses: Mapping[UUID, gate.Sealed], *, law: AdvertisingLaw | None, now: datetime
) -> frozenset[UUID]:
    """
    Count letters against what their addresses may have in a day, in the caller's transaction, and return those that would be too much.

    A letter that was tried before has been counted already. Of an address only a keyed hash is kept.

    Args:
        letters: About to leave.
        addresses: Their addresses, by letter.
        law: Of the day; one letter where it is not known.
        now: UTC instant.

    Source: Decree 91/2020 art. 13; Decree 330/2026 art. 37.3(n).
    """
    most = 1 if law is None else law.most_letters
    if most is None:
        return frozenset()
    keys = {one.id: _key(addresses[one.id]) for one in letters if one.intent_at is None}
    within = spend_budgets(keys=set(keys.values()), limit=most, window=_A_DAY if law is None else law.window, now=now)
    return frozenset(name for name, key in keys.items() if key not in within)


def _key(address: gate.Sealed) -> bytes:
    written = address.reveal()
    return b"advertising|" + (canonical_identity(EMAIL, written) or written).encode()
