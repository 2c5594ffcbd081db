"""The keys: epoch keys in files, subject and matter keys wrapped in their own database. Unwrapped, none outlives the call that needed it."""

import hmac
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from camket.journal import keyfiles
from camket.journal.statements import Statement, change, fetch, insert, joined
from camket.policy.terms import FieldName
from camket.vault import checks, do_not_call, epochs, identity, keylock, seal
from camket.vault.generations import CALL_LISTS, EPOCHS, INDEXES
from camket.vault.keylock import KEYS
from camket.vault.keys.models import Epoch, IdentityToken, MatterKey, SubjectKey

_KEYS_OF_MATTERS = Statement(
    text="""
        SELECT m.matter_id, m.subject_id, m.epoch, m.wrapped, s.epoch, s.wrapped
        FROM vault_keys_matterkey m LEFT JOIN vault_keys_subjectkey s ON s.subject_id = m.subject_id WHERE m.matter_id IN ({})
    """,
    columns=(UUID, UUID, int, bytes, int, bytes),
    database=KEYS,
)
_KEY_OF_SUBJECT = Statement(text="SELECT epoch, wrapped FROM vault_keys_subjectkey WHERE subject_id = %s", columns=(int, bytes), database=KEYS)
_PROVEN = Statement(
    text="SELECT 1 FROM vault_keys_identitytoken WHERE subject_id = %s AND kind = %s AND proven_at IS NOT NULL LIMIT 1", columns=(int,), database=KEYS
)
_PROVEN_AMONG = Statement(
    text="SELECT DISTINCT subject_id FROM vault_keys_identitytoken WHERE kind = %s AND proven_at IS NOT NULL AND subject_id IN ({})",
    columns=(UUID,),
    database=KEYS,
)
_BONDS_OF_MATTER = Statement(text="SELECT bond FROM vault_keys_identitytoken WHERE matter_id = %s", columns=(bytes,), database=KEYS)
# which generations are alive comes with what is found in them: between two questions one could come or go
_FOUND = """
    SELECT 0, number, NULL, NULL, NULL, NULL FROM vault_keys_identityindex WHERE condemned_at IS NULL
    UNION ALL
    SELECT id, version, token, bond, subject_id, matter_id FROM vault_keys_identitytoken WHERE kind = %s AND ({any})
    ORDER BY 1, 2
"""
_DESTRUCTIONS = {
    name: tuple(
        Statement(text=f"DELETE FROM vault_keys_{table} WHERE {name} IN ({{}})", database=KEYS)  # noqa: S608  # our own words
        for table in tables
    )
    for name, tables in {"matter_id": ("identitytoken", "matterkey"), "subject_id": ("identitytoken", "subjectkey", "matterkey")}.items()
}
_alive: list[tuple[int, ...]] = [()]  # which generations of the index were alive when somebody was looked for last: a guess
_PAGE = 500
_AT_ONCE = 30_000  # PostgreSQL takes 65,535 values in a statement


def prepare(*, now: datetime) -> None:
    """
    Create the first epoch and index key on the very first start, and afterwards make sure that every key in use is the one it was.

    Args:
        now: UTC instant.

    Raises:
        KeysLost: A key file is missing, damaged, swapped or open to others, or the two databases do not belong together. New keys
            are never made over old data.

    Source: house.md §4.
    """
    checks.require_own_data()
    if not is_prepared():
        INDEXES.create_first(now=now)
        EPOCHS.create_first(now=now)
    require_all()


def is_prepared() -> bool:
    """Return whether there was a first start already."""
    return Epoch.objects.exists()


def require_all() -> None:
    """
    Make sure that the databases belong together, and that the file of every epoch and identity index not condemned is the one it was.

    Raises:
        KeysLost: They do not, or a file is missing, damaged, swapped or open to others; the message says what is lost and how to
            mend it.
    """
    checks.require_own_data()
    INDEXES.require_all(in_use=identity.versions())
    EPOCHS.require_all(in_use=epochs.in_use())
    CALL_LISTS.require_all(in_use=do_not_call.numbers_in_use())


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An identity that a new matter brings: its kind and the value as given."""

    kind: FieldName
    value: str


def make_matter_key(*, subject: UUID, matter: UUID, identities: Collection[Identity], now: datetime) -> bytes:
    """
    Commit a new matter's wrapped key, its subject's too where that is new, and the tokens of its identities; return the matter's key.

    Args:
        subject: The person; gets a key if there is none yet.
        matter: The new matter.
        identities: E-mail addresses, phone numbers and names that the matter's records hold.
        now: UTC instant; keys with no data an hour later are collected.

    Source: house.md §3 (a new key commits before the data transaction).
    """
    matter_key = seal.new_key()
    with transaction.atomic(using=KEYS, durable=True):
        keylock.share()
        subject_key = _subject_key_or_new(subject, now)
        wrapped = seal.wrap_matter_key(subject_key, matter=matter, subject=subject, key=matter_key)
        insert(MatterKey, [{"matter_id": matter, "subject_id": subject, "wrapped": wrapped, "created_at": now}], database=KEYS)
        insert(IdentityToken, _tokens(subject, matter, identities, present=frozenset()), database=KEYS)
    return matter_key


def add_identities(*, subject: UUID, matter: UUID, identities: Collection[Identity]) -> None:
    """
    Commit the tokens by which a matter's addresses, numbers and names find their subject; those it has already stay as they are.

    Args:
        subject: The person.
        matter: Whose end takes the tokens with it.
        identities: What the matter's records hold; a text that is no such identity gets no token.
    """
    if not identities:
        return
    with joined(KEYS):
        keylock.share()
        present = frozenset(bytes(bond) for (bond,) in fetch(_BONDS_OF_MATTER, matter))
        insert(IdentityToken, _tokens(subject, matter, identities, present=present), database=KEYS)


def _tokens(subject: UUID, matter: UUID, identities: Collection[Identity], *, present: frozenset[bytes]) -> list[dict[str, Any]]:
    """The rows of the tokens that a matter does not have yet, under the newest key of the index."""
    offered = sorted({(known.kind, term) for known in identities for term in identity.terms(known.kind, known.value)})
    if not offered:
        return []
    keys = identity.keys(identity.versions())
    newest = max(keys)
    rows = []
    for kind, term in offered:
        marks = {number: identity.mark(kind, term, key=key) for number, key in keys.items()}
        bonds = {number: identity.bond(mark, subject=subject, matter=matter, key=keys[number]) for number, mark in marks.items()}
        # while the index is rebuilt the matter may have it under an older key still
        if present.isdisjoint(bonds.values()):
            row = {"kind": str(kind), "version": newest, "token": identity.cut(kind, marks[newest]), "bond": bonds[newest]}
            rows.append({**row, "subject_id": subject, "matter_id": matter})
    return rows


def _subject_key_or_new(subject: UUID, now: datetime) -> bytes:
    for epoch, wrapped in fetch(_KEY_OF_SUBJECT, subject):
        return seal.unwrap_subject_key(EPOCHS.key(epoch), subject=subject, epoch=epoch, wrapped=bytes(wrapped))
    epoch, key = EPOCHS.newest(), seal.new_key()
    wrapped = seal.wrap_subject_key(EPOCHS.key(epoch), subject=subject, epoch=epoch, key=key)
    insert(SubjectKey, [{"subject_id": subject, "epoch": epoch, "wrapped": wrapped, "created_at": now}], database=KEYS)
    return key


def matter_keys(matters: Collection[UUID]) -> Mapping[UUID, bytes]:
    """
    Return the unwrapped keys of these matters; a matter whose key was destroyed is absent.

    Args:
        matters: Any number of matters; costs one query for thirty thousand, and one reading of each epoch's file.

    Raises:
        SealBroken: A wrapped key was moved or altered.
        KeyFileMissing: An epoch's file is gone.
    """
    try:
        return _matter_keys(matters)
    except keyfiles.KeyFileMissing:
        # between our two questions every key may have come under a new epoch, and the old one have died
        return _matter_keys(matters)


def _matter_keys(matters: Collection[UUID]) -> Mapping[UUID, bytes]:
    named = list(matters)
    rows = [row for start in range(0, len(named), _AT_ONCE) for row in fetch(_KEYS_OF_MATTERS, named[start : start + _AT_ONCE])]
    epoch_keys = {number: EPOCHS.key(number) for number in {row[2] for row in rows} | {row[4] for row in rows} if number is not None}
    subject_keys: dict[UUID, bytes] = {}
    opened: dict[UUID, bytes] = {}
    for matter, subject, own_epoch, wrapped, epoch, wrapped_subject_key in rows:
        if own_epoch is not None:
            opened[matter] = seal.unwrap_lone_matter_key(epoch_keys[own_epoch], matter=matter, epoch=own_epoch, wrapped=bytes(wrapped))
        elif epoch is not None:  # none where the person's key was destroyed
            if subject not in subject_keys:
                subject_keys[subject] = seal.unwrap_subject_key(epoch_keys[epoch], subject=subject, epoch=epoch, wrapped=bytes(wrapped_subject_key))
            opened[matter] = seal.unwrap_matter_key(subject_keys[subject], matter=matter, subject=subject, wrapped=bytes(wrapped))
    return opened


def destroy(*, matters: Collection[UUID], subjects: Collection[UUID]) -> None:
    """
    Destroy the keys of these matters and subjects, and every identity token that came with them.

    Args:
        matters: Their keys and tokens go.
        subjects: Their keys go, and with them every key and token of theirs; O(1) in what they hold.
    """
    if not matters and not subjects:
        return
    with transaction.atomic(using=KEYS, durable=True):
        keylock.share()
        for name, doomed in (("matter_id", matters), ("subject_id", subjects)):
            for destruction in _DESTRUCTIONS[name]:
                change(destruction, doomed)


def subjects_with(kind: FieldName, value: str) -> tuple[UUID, ...]:
    """
    Return the subjects who gave exactly this identity, or a name with these words; the longest known first.

    While the index is rebuilt a token stands in one of two generations: both are looked into, by one statement. It also tells which
    generations are alive; when these are others than were looked into, the question is asked again.

    Args:
        kind: `email`, `phone` or `full_name`.
        value: As a person typed it; a text that is no such identity finds nobody.

    Raises:
        SealBroken: A token was moved to somebody else.
        KeyFileMissing: The index key is gone.
    """
    wanted = identity.sought(kind, value)
    return _subjects_with(kind, wanted, _alive[0] or identity.versions()) if wanted else ()


def _subjects_with(kind: FieldName, wanted: tuple[frozenset[str], ...], versions: tuple[int, ...]) -> tuple[UUID, ...]:
    try:
        keys = identity.keys(versions)
    except keyfiles.KeyFileMissing:
        if (alive := identity.versions()) == versions:
            raise
        return _subjects_with(kind, wanted, alive)
    marks = [(number, term, identity.mark(kind, term, key=keys[number])) for number in versions for term in sorted(frozenset().union(*wanted))]
    places = list(dict.fromkeys((number, identity.cut(kind, mark)) for number, _, mark in marks))
    rows = fetch(_found_in(len(places)), str(kind), *(one for place in places for one in place))
    alive = _alive[0] = tuple(version for id, version, *_ in rows if not id)
    if alive != versions:
        return _subjects_with(kind, wanted, alive)
    has: dict[tuple[UUID, UUID], set[str]] = {}
    for _, version, token, bond, subject, matter in rows[len(alive) :]:
        near = {term: mark for number, term, mark in marks if number == version and identity.cut(kind, mark) == bytes(token)}
        bonds = {term: identity.bond(mark, subject=subject, matter=matter, key=keys[version]) for term, mark in near.items()}
        meant = {term for term, one in bonds.items() if hmac.compare_digest(one, bytes(bond))}
        if not meant and kind in identity.UNIQUE:
            command = settings.CAMKET_COMMAND
            raise seal.SealBroken(f"an identity token was moved to somebody else; `{command} indexes rebuild` makes them anew")
        has.setdefault((subject, matter), set()).update(meant)
    return tuple(dict.fromkeys(subject for (subject, _), terms in has.items() if any(one <= terms for one in wanted)))


@lru_cache
def _found_in(generations: int) -> Statement:
    any_of = " OR ".join(["version = %s AND token = %s"] * generations)
    return Statement(text=_FOUND.format(any=any_of), columns=(int, int, bytes, bytes, UUID, UUID), database=KEYS)


def prove(*, subject: UUID, kind: FieldName, now: datetime) -> None:
    """
    Remember that a round trip over this kind of identity of the subject succeeded.

    Args:
        subject: Whose it is.
        kind: Such as e-mail; every identity of this kind that they have counts as proven.
        now: UTC instant; an earlier proof keeps its own.
    """
    IdentityToken.objects.filter(subject_id=subject, kind=kind, proven_at__isnull=True).update(proven_at=now)


def sharing(*, subject: UUID, kind: FieldName) -> frozenset[UUID]:
    """
    Return who has an address or number in common with a subject, themselves included; two queries, and nothing is opened.

    Args:
        subject: Whose identities are looked up.
        kind: Which of them: one of `identity.UNIQUE`.
    """
    own = IdentityToken.objects.filter(subject_id=subject, kind=kind).values_list("version", "token")
    wanted = Q()
    for version, token in own:
        wanted |= Q(version=version, token=token)
    alike = IdentityToken.objects.filter(wanted, kind=kind).values_list("subject_id", flat=True) if wanted else ()
    return frozenset({subject, *alike})


def is_proven(*, subject: UUID, kind: FieldName) -> bool:
    """
    Return whether a round trip over this kind of identity of the subject ever succeeded.

    Args:
        subject: Whose it is.
        kind: One of `identity.UNIQUE`.
    """
    return bool(fetch(_PROVEN, subject, kind))


def proven_among(subjects: Collection[UUID], *, kind: FieldName) -> frozenset[UUID]:
    """
    Return which of these people a round trip over this kind of identity ever succeeded with; one query.

    Args:
        subjects: Any number of them, none included.
        kind: One of `identity.UNIQUE`.
    """
    return frozenset(subject for (subject,) in fetch(_PROVEN_AMONG, kind, subjects))


def living(*, matters: Collection[UUID], subjects: Collection[UUID]) -> frozenset[UUID]:
    """
    Return those of these matters and subjects whose key still exists.

    Args:
        matters: Any number of them.
        subjects: Any number of them; what comes back holds both kinds together, for their ids are never the same.
    """
    of_matters = MatterKey.objects.filter(matter_id__in=list(matters)).values_list("matter_id", flat=True)
    of_subjects = SubjectKey.objects.filter(subject_id__in=list(subjects)).values_list("subject_id", flat=True)
    return frozenset(of_matters) | frozenset(of_subjects)


def matters_made(*, before: datetime, since: datetime | None) -> Iterator[tuple[UUID, ...]]:
    """
    Yield, by five hundreds, every matter whose key was made before an instant and not before another; keys may be destroyed meanwhile.

    Args:
        before: UTC instant, exclusive.
        since: UTC instant, inclusive; None for the beginning.
    """
    rows = MatterKey.objects.filter(created_at__lt=before, **({"created_at__gte": since} if since else {}))
    yield from _pages(lambda last: rows.filter(matter_id__gt=last).order_by("matter_id").values_list("matter_id", flat=True))


def subjects_made(*, before: datetime, since: datetime | None) -> Iterator[tuple[UUID, ...]]:
    """
    Yield, by five hundreds, every subject whose key was made before an instant and not before another; keys may be destroyed meanwhile.

    Args:
        before: UTC instant, exclusive.
        since: UTC instant, inclusive; None for the beginning.
    """
    rows = SubjectKey.objects.filter(created_at__lt=before, **({"created_at__gte": since} if since else {}))
    yield from _pages(lambda last: rows.filter(subject_id__gt=last).order_by("subject_id").values_list("subject_id", flat=True))


def _pages(after: Callable[[UUID], QuerySet[Any, UUID]]) -> Iterator[tuple[UUID, ...]]:
    last = UUID(int=0)
    while page := tuple(after(last)[:_PAGE]):
        yield page
        last = page[-1]
