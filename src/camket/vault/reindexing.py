"""A new identity index while people are served: each token is computed anew from what was sealed, under a new key; then the old key dies."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections, transaction

from camket.journal.actions import record
from camket.policy.terms import Actor, FieldName
from camket.vault import identity, keylock, keyring, seal
from camket.vault.generations import INDEXES
from camket.vault.keylock import KEYS
from camket.vault.keys.models import IdentityIndex, IdentityToken
from camket.vault.models import Record

_AT_ONCE = 500
_SETTLED_AFTER = timedelta(hours=1)  # as long as a key waits for its data
_UNKNOWN_AFTER = timedelta(days=14)
_MOVE = "UPDATE vault_keys_identitytoken SET version = %s, token = %s, bond = %s WHERE id = %s AND version = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexKept:
    """How far the rebuilding is: the newest index, whether nothing waits any more, how many tokens it holds and how many wait."""

    number: int
    is_whole: bool
    tokens: int  # 0 when no rebuilding ended in this look
    waiting: int  # their records are just being written
    broken: int  # their records do not open
    destroyed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A token that still stands under an old key."""

    id: int
    kind: FieldName
    version: int
    value: bytes
    bond: bytes
    subject: UUID
    matter: UUID


def begin_reindexing(*, now: datetime) -> int:
    """
    Begin a new identity index, unless one is being made, and return its number; from now on it takes every new token.

    Args:
        now: UTC instant.

    Raises:
        OSError: The key file could not be made.

    Source: house.md §4.
    """
    with transaction.atomic(using=KEYS, durable=True):
        keylock.hold()
        newest = IdentityIndex.objects.order_by("-number")[0]
        return newest.number if newest.whole_at is None else INDEXES.create_next(now=now)


def keep_index(*, actor: Actor, now: datetime) -> IndexKept:
    """
    Move every token that can be moved under the newest index; when none is left, let the old ones die.

    Broken off anywhere it is taken up again by the next call. A token moves in its own row, so what was proven stays proven, and
    whoever is erased meanwhile stays gone. A token whose record is not there yet waits an hour, and is deleted if it never comes.

    Args:
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        KeyFileMissing: A key file is gone.

    Source: house.md §4 (identity indexes are rotated by rebuild).
    """
    newest = IdentityIndex.objects.order_by("-number")[0]
    broken = tokens = waiting = 0
    if newest.whole_at is None:
        broken = _move_all(newest.number)
        is_settled = now - newest.created_at >= _SETTLED_AFTER
        waiting = _left_over(newest.number, deletes=is_settled and not broken)
        if not waiting:
            tokens = _finish(newest.number, actor, now)
    destroyed = INDEXES.destroy_condemned(actor=actor, now=now)
    destroyed += INDEXES.destroy_unknown(actor=actor, made_before=now - _UNKNOWN_AFTER, now=now)
    return IndexKept(number=newest.number, is_whole=not waiting, tokens=tokens, waiting=waiting, broken=broken, destroyed=destroyed)


def _move_all(newest: int) -> int:
    """Move what can be moved, and return how many records would not open."""
    broken = 0
    keys = identity.keys(identity.versions())
    for page in _pages(newest):
        known, unopened = _identities_of({token.matter for token in page})
        broken += unopened
        moved = [(token, fresh) for token in page if (fresh := _under(newest, token, known.get(token.matter, frozenset()), keys))]
        _write(newest, keys[newest], moved)
    return broken


def _pages(newest: int) -> Iterator[list[_Token]]:
    last = 0
    rows = IdentityToken.objects.filter(version__lt=newest).order_by("id")
    while page := list(rows.filter(id__gt=last)[:_AT_ONCE]):
        yield [
            _Token(
                id=row.id,
                kind=FieldName(row.kind),
                version=row.version,
                value=bytes(row.token),
                bond=bytes(row.bond),
                subject=row.subject_id,
                matter=row.matter_id,
            )
            for row in page
        ]
        last = page[-1].id


def _identities_of(matters: Collection[UUID]) -> tuple[Mapping[UUID, frozenset[tuple[FieldName, str]]], int]:
    """The terms of what the records of these matters hold of addresses, numbers and names; and how many records do not open."""
    keys, broken = _keys_of(matters)
    found: dict[UUID, frozenset[tuple[FieldName, str]]] = {}
    for row in Record.objects.filter(matter_id__in=list(keys)):
        place = seal.Place(subject=row.subject_id, matter=row.matter_id, record=row.id, collection=row.collection, edition=row.edition)
        try:
            fields = seal.open_record(keys[row.matter_id], place, bytes(row.sealed))
        except seal.SealBroken:
            broken += 1
            continue
        written = frozenset((kind, term) for kind in identity.INDEXED if kind in fields for term in identity.terms(kind, fields[kind]))
        found[row.matter_id] = found.get(row.matter_id, frozenset()) | written
    return found, broken


def _keys_of(matters: Collection[UUID]) -> tuple[Mapping[UUID, bytes], int]:
    """The keys of these matters; one that was altered costs its own, not the others'."""
    try:
        return keyring.matter_keys(matters), 0
    except seal.SealBroken:
        if len(matters) == 1:
            return {}, 1
        apart = [_keys_of([matter]) for matter in matters]
        return {matter: key for keys, _ in apart for matter, key in keys.items()}, sum(broken for _, broken in apart)


def _under(newest: int, token: _Token, known: Collection[tuple[FieldName, str]], keys: Mapping[int, bytes]) -> bytes | None:
    """The mark under the newest key of the term that a token stands for; None while no record holds it."""
    old = keys[token.version]
    marks = {term: identity.mark(kind, term, key=old) for kind, term in known if kind == token.kind}
    likely = [term for term, mark in marks.items() if identity.cut(token.kind, mark) == token.value]
    # two words of one name may share a token: the bond tells them apart
    meant = [term for term in likely if identity.bond(marks[term], subject=token.subject, matter=token.matter, key=old) == token.bond]
    return next((identity.mark(token.kind, term, key=keys[newest]) for term in meant or likely), None)


def _write(newest: int, key: bytes, moved: Collection[tuple[_Token, bytes]]) -> None:
    rows = [
        (
            newest,
            identity.cut(token.kind, mark),
            identity.bond(mark, subject=token.subject, matter=token.matter, key=key),
            token.id,
            token.version,
        )
        for token, mark in moved
    ]
    with transaction.atomic(using=KEYS, durable=True):
        # whoever erases shares: a row that is gone stays gone
        keylock.hold()
        with connections[KEYS].cursor() as cursor:
            cursor.executemany(_MOVE, rows)


def _left_over(newest: int, *, deletes: bool) -> int:
    """How many tokens wait; those whose record never came are deleted when their time is over."""
    rows = IdentityToken.objects.filter(version__lt=newest)
    if deletes:
        rows.delete()
    return rows.count()


def _finish(newest: int, actor: Actor, now: datetime) -> int:
    tokens = IdentityToken.objects.filter(version=newest).count()
    record(act="index.rebuilt", actor=actor, at=now, facts={"number": newest, "tokens": tokens})
    with transaction.atomic(using=KEYS, durable=True):
        keylock.hold()
        INDEXES.condemn([number for number in identity.versions() if number < newest], now=now)
        IdentityIndex.objects.filter(number=newest).update(whole_at=now)
    return tokens
