"""The keys: epoch keys in files, subject and matter keys wrapped in their own database. Unwrapped, none outlives the call that needed it."""

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from camket.journal import keyfiles
from camket.policy.terms import FieldName
from camket.vault import identity, seal
from camket.vault.keys.models import Check, Epoch, IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Home, Subject
from camket.vault.rows import Statement, fetch

KEYS = "keys"
_CHECK_BYTES = 16
_KEYS_OF_MATTERS = Statement(
    text="""
        SELECT m.matter_id, m.subject_id, m.epoch, m.wrapped, s.epoch, s.wrapped
        FROM vault_keys_matterkey m LEFT JOIN vault_keys_subjectkey s ON s.subject_id = m.subject_id WHERE m.matter_id IN ({})
    """,
    columns=(UUID, UUID, int, bytes, int, bytes),
    database=KEYS,
)
_PAGE = 500
_ONLY_A_COPY_HELPS = (
    "What was sealed under it cannot be opened without this file; put it back from `camket backup --keys` (kept at most 14 days) "
    "before starting. No new key is made over old data."
)


class KeysLost(Exception):
    """A key that existing data needs is missing, open to others, or not the one it was; the message says what is lost and how to mend it."""


def _epoch_path(number: int) -> Path:
    return Path(settings.CAMKET_SECRETS) / "epochs" / f"{number:06d}.key"


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
    _require_own_data()
    is_first = not Epoch.objects.exists()
    try:
        identity.create_key_if_first(is_first=is_first)
        if is_first:
            keyfiles.read_or_create(_epoch_path(1), length=seal.KEY_BYTES, may_create=True)
            Epoch.objects.get_or_create(number=1, defaults={"created_at": now})
        _require_same(f"identity-{identity.VERSION}", identity.key())
        for number in Epoch.objects.values_list("number", flat=True):
            _require_same(f"epoch-{number:06d}", _epoch_key(number))
    except keyfiles.KeyFileExposed as error:
        raise KeysLost(str(error)) from error
    except (keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged) as error:
        raise KeysLost(f"{error}. {_ONLY_A_COPY_HELPS}") from error


def _require_own_data() -> None:
    """Each database remembers which other it belongs to: over foreign data every key would look like one that nothing needs."""
    home = Home.objects.values_list("id", flat=True).first()
    known = Check.objects.filter(name="home").values_list("value", flat=True).first()
    has_keys, has_data = Epoch.objects.exists(), Subject.objects.exists()
    if known is None and (has_data <= has_keys):
        home = home or Home.objects.get_or_create(number=1, defaults={"id": uuid4()})[0].id
        known = Check.objects.get_or_create(name="home", defaults={"value": home.bytes})[0].value
    if known is None or home is None or bytes(known) != home.bytes:
        raise KeysLost(
            "the keys database was not made for the data in the main one: nothing there can be opened. "
            "Check CAMKET_DATABASE_URL and CAMKET_KEYS_DATABASE_URL, or restore the two together. No new key is made over old data."
        )


def _require_same(name: str, key: bytes) -> None:
    """A check value is remembered at first sight of a key; it gives nothing away of 256 random bits."""
    value = hmac.digest(key, f"camket key check|{name}".encode(), hashlib.sha256)[:_CHECK_BYTES]
    known, _ = Check.objects.get_or_create(name=name, defaults={"value": value})
    if not hmac.compare_digest(bytes(known.value), value):
        raise KeysLost(f"the key file {name} is not the one that was in use before: put back the file it replaced. {_ONLY_A_COPY_HELPS}")


def _epoch_key(number: int) -> bytes:
    return keyfiles.read(_epoch_path(number), length=seal.KEY_BYTES)


def _current_epoch() -> int:
    return Epoch.objects.order_by("-number").values_list("number", flat=True)[0]


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
        identities: E-mail addresses and phone numbers that the matter's records hold.
        now: UTC instant; keys with no data an hour later are collected.

    Source: house.md §3 (a new key commits before the data transaction).
    """
    matter_key = seal.new_key()
    with transaction.atomic(using=KEYS, durable=True):
        subject_key = _subject_key_or_new(subject, now)
        wrapped = seal.wrap_matter_key(subject_key, matter=matter, subject=subject, key=matter_key)
        MatterKey.objects.create(matter_id=matter, subject_id=subject, wrapped=wrapped, created_at=now)
        add_identities(subject=subject, matter=matter, identities=identities)
    return matter_key


def add_identities(*, subject: UUID, matter: UUID, identities: Collection[Identity]) -> None:
    """
    Commit the tokens by which a matter's e-mail addresses and phone numbers find their subject; those it has already stay as they are.

    Args:
        subject: The person.
        matter: Whose end takes the tokens with it.
        identities: What the matter's records hold; a text that is no such identity gets no token.
    """
    offered = {(known.kind, token) for known in identities if (token := identity.token(known.kind, known.value))}
    if not offered:
        return
    with transaction.atomic(using=KEYS):
        present = {(kind, bytes(token)) for kind, token in IdentityToken.objects.filter(matter_id=matter).values_list("kind", "token")}
        IdentityToken.objects.bulk_create(
            IdentityToken(kind=kind, version=identity.VERSION, token=token, subject_id=subject, matter_id=matter)
            for kind, token in sorted(offered - present)
        )


def _subject_key_or_new(subject: UUID, now: datetime) -> bytes:
    row = SubjectKey.objects.filter(subject_id=subject).first()
    if row is not None:
        return _open_subject_key(row)
    epoch, key = _current_epoch(), seal.new_key()
    wrapped = seal.wrap_subject_key(_epoch_key(epoch), subject=subject, epoch=epoch, key=key)
    SubjectKey.objects.create(subject_id=subject, epoch=epoch, wrapped=wrapped, created_at=now)
    return key


def _open_subject_key(row: SubjectKey, epoch_key: bytes | None = None) -> bytes:
    return seal.unwrap_subject_key(epoch_key or _epoch_key(row.epoch), subject=row.subject_id, epoch=row.epoch, wrapped=bytes(row.wrapped))


def matter_keys(matters: Collection[UUID]) -> Mapping[UUID, bytes]:
    """
    Return the unwrapped keys of these matters; a matter whose key was destroyed is absent.

    Args:
        matters: Any number of matters; costs one query, and one reading of each epoch's file.

    Raises:
        SealBroken: A wrapped key was moved or altered.
        KeyFileMissing: An epoch's file is gone.
    """
    rows = fetch(_KEYS_OF_MATTERS, list(matters))
    epochs = {number: _epoch_key(number) for number in {row[2] for row in rows} | {row[4] for row in rows} if number is not None}
    subject_keys: dict[UUID, bytes] = {}
    opened: dict[UUID, bytes] = {}
    for matter, subject, own_epoch, wrapped, epoch, wrapped_subject_key in rows:
        if epoch is not None and subject not in subject_keys:
            subject_keys[subject] = seal.unwrap_subject_key(epochs[epoch], subject=subject, epoch=epoch, wrapped=bytes(wrapped_subject_key))
        wrapper = subject_keys.get(subject) if subject else epochs[own_epoch]
        if wrapper is not None:
            opened[matter] = seal.unwrap_matter_key(wrapper, matter=matter, subject=subject, wrapped=bytes(wrapped))
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
        IdentityToken.objects.filter(matter_id__in=matters).delete()
        MatterKey.objects.filter(matter_id__in=matters).delete()
        IdentityToken.objects.filter(subject_id__in=subjects).delete()
        SubjectKey.objects.filter(subject_id__in=subjects).delete()
        MatterKey.objects.filter(subject_id__in=subjects).delete()


def subjects_with(kind: FieldName, value: str) -> tuple[UUID, ...]:
    """Return the subjects who gave exactly this identity, oldest first; none where the text is no such identity."""
    token = identity.token(kind, value)
    if token is None:
        return ()
    rows = IdentityToken.objects.filter(kind=kind, version=identity.VERSION, token=token).order_by("id")
    return tuple(dict.fromkeys(rows.values_list("subject_id", flat=True)))


def prove(*, subject: UUID, kind: FieldName, now: datetime) -> None:
    """Remember that a round trip over this kind of identity of the subject succeeded."""
    IdentityToken.objects.filter(subject_id=subject, kind=kind, proven_at__isnull=True).update(proven_at=now)


def is_proven(*, subject: UUID, kind: FieldName) -> bool:
    """Return whether a round trip over this kind of identity of the subject ever succeeded."""
    return IdentityToken.objects.filter(subject_id=subject, kind=kind, proven_at__isnull=False).exists()


def living(*, matters: Collection[UUID], subjects: Collection[UUID]) -> frozenset[UUID]:
    """Return those of these matters and subjects whose key still exists."""
    of_matters = MatterKey.objects.filter(matter_id__in=list(matters)).values_list("matter_id", flat=True)
    of_subjects = SubjectKey.objects.filter(subject_id__in=list(subjects)).values_list("subject_id", flat=True)
    return frozenset(of_matters) | frozenset(of_subjects)


def matters_made(*, before: datetime, since: datetime | None) -> Iterator[tuple[UUID, ...]]:
    """Yield, by five hundreds, every matter whose key was made before an instant and not before another; keys may be destroyed meanwhile."""
    rows = MatterKey.objects.filter(created_at__lt=before, **({"created_at__gte": since} if since else {}))
    yield from _pages(lambda last: rows.filter(matter_id__gt=last).order_by("matter_id").values_list("matter_id", flat=True))


def subjects_made(*, before: datetime, since: datetime | None) -> Iterator[tuple[UUID, ...]]:
    """Yield, by five hundreds, every subject whose key was made before an instant and not before another; keys may be destroyed meanwhile."""
    rows = SubjectKey.objects.filter(created_at__lt=before, **({"created_at__gte": since} if since else {}))
    yield from _pages(lambda last: rows.filter(subject_id__gt=last).order_by("subject_id").values_list("subject_id", flat=True))


def _pages(after: Callable[[UUID], QuerySet[Any, UUID]]) -> Iterator[tuple[UUID, ...]]:
    last = UUID(int=0)
    while page := tuple(after(last)[:_PAGE]):
        yield page
        last = page[-1]
