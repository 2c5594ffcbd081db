"""
The list of numbers that may not be called for advertising, kept as keyed hashes: it answers "is this number on it?" and tells nobody's number.

Every import replaces the list whole and comes with a key of its own, so nothing has to be computed anew from numbers that are not here any more;
the key before it is destroyed. Of the three families of keys (identity, tombstones, refusals) this is one of refusals.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from camket.journal.actions import record
from camket.journal.statements import Statement, fetch, insert
from camket.policy import values
from camket.policy.terms import PHONE, Actor
from camket.vault import keylock
from camket.vault.generations import CALL_LISTS
from camket.vault.keylock import KEYS
from camket.vault.keys.models import CallList, ListedNumber

TOKEN_BYTES = 16
_AT_ONCE = 5_000
_IN_USE = Statement(
    text="SELECT number, numbers, whole_at FROM vault_keys_calllist WHERE whole_at IS NOT NULL AND condemned_at IS NULL ORDER BY number DESC LIMIT 1",
    columns=(int, int, datetime),
    database=KEYS,
)
_LISTED = Statement(text="SELECT token FROM vault_keys_listednumber WHERE call_list = %s AND token IN ({})", columns=(bytes,), database=KEYS)


class NoNumbers(ValueError):
    """Nothing of what was to be imported is a telephone number: an empty list would let everybody be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallListRow:
    """The list in use: how many numbers it holds, and since when."""

    numbers: int
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallListImported:
    """What came of an import: how many numbers are on the list now, and how many lines were no number."""

    numbers: int
    unread: int


def in_use() -> CallListRow | None:
    """Return what is known of the list in use; None where none was ever imported."""
    return next((CallListRow(numbers=numbers, imported_at=at) for _, numbers, at in fetch(_IN_USE)), None)


def numbers_in_use() -> tuple[int, ...]:
    """Return the number of the list that is asked, if there is one: what is asked needs its key."""
    return tuple(number for number, _, _ in fetch(_IN_USE))


def replace(numbers: Iterable[str], *, actor: Actor, now: datetime) -> CallListImported:
    """
    Put a new list in the place of the one in use, which holds until the new one is whole.

    Broken off anywhere, the old list holds and the next import clears the rest away.

    Args:
        numbers: One telephone number each, as it was written.
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        NoNumbers: Nothing of it is a telephone number; the list in use holds.
        OSError: The key file could not be made.

    Source: Decree 330/2026 art. 37.5(g), 37.6(b); Decree 91/2020; house.md §4.
    """
    with transaction.atomic(using=KEYS, durable=True):
        keylock.hold()
        number = CALL_LISTS.create_next(now=now)
    key, lines = CALL_LISTS.key(number), iter(numbers)
    kept = unread = 0
    while some := list(islice(lines, _AT_ONCE)):
        read = [canonical for line in some if (canonical := values.canonical_identity(PHONE, line)) is not None]
        unread += len(some) - len(read)
        rows = [{"call_list": number, "token": token} for token in sorted({_token(one, key=key) for one in read})]
        with transaction.atomic(using=KEYS, durable=True):
            kept += insert(ListedNumber, rows, database=KEYS, ending="ON CONFLICT DO NOTHING")
    if not kept:
        CALL_LISTS.condemn([number], now=now)
        CALL_LISTS.destroy_condemned(actor=actor, now=now)
        raise NoNumbers
    # before it holds: no list is ever in use of which the journal does not tell
    record(act="call_list.imported", actor=actor, at=now, facts={"number": number, "numbers": kept, "unread": unread})
    with transaction.atomic(using=KEYS, durable=True):
        keylock.hold()
        CallList(number=number, whole_at=now, numbers=kept).save(using=KEYS, force_update=True, update_fields=["whole_at", "numbers"])
        CALL_LISTS.condemn(list(CallList.objects.alive().exclude(number=number).values_list("number", flat=True)), now=now)
        ListedNumber.objects.exclude(call_list=number).delete()
    CALL_LISTS.destroy_condemned(actor=actor, now=now)
    return CallListImported(numbers=kept, unread=unread)


def among(numbers: Collection[str]) -> frozenset[str]:
    """
    Return which of these numbers are on the list in use; one query for the list, one for them.

    Args:
        numbers: As people typed them.

    Raises:
        KeyFileMissing: The list's key is gone.
    """
    lists = numbers_in_use() if numbers else ()
    if not lists:
        return frozenset()
    (number,) = lists
    key = CALL_LISTS.key(number)
    tokens = {one: _token(canonical, key=key) for one in set(numbers) if (canonical := values.canonical_identity(PHONE, one)) is not None}
    if not tokens:
        return frozenset()
    found = {bytes(token) for (token,) in fetch(_LISTED, number, sorted(set(tokens.values())))}
    return frozenset(one for one, token in tokens.items() if token in found)


def _token(canonical: str, *, key: bytes) -> bytes:
    return hmac.digest(key, f"camket do not call|{canonical}".encode(), hashlib.sha256)[:TOKEN_BYTES]
