"""Sealing: AES-256-GCM with everything that says where a ciphertext belongs bound in, so that nothing can be moved or re-labelled."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from camket.policy.terms import FieldName

_FORMAT = b"\x01"
_NONCE_BYTES = 12
KEY_BYTES = 32
OVERHEAD_BYTES = 1 + _NONCE_BYTES + 16  # of a ciphertext over what is in it: format, nonce, tag
# equal to RFC 8785 for texts under names in ASCII, at a third of its cost; the tests compare the two
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class SealBroken(Exception):
    """A ciphertext does not open where it stands: it was moved, re-labelled or damaged. Nothing is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sealed record belongs; every part is bound into the ciphertext."""

    subject: UUID | None
    matter: UUID
    record: UUID
    collection: str
    edition: int

    def associated_data(self) -> bytes:
        """Return the length-prefixed encoding that is authenticated with the ciphertext."""
        parts = (
            b"camket record",
            _FORMAT,
            self.subject.bytes if self.subject else b"",
            self.matter.bytes,
            self.record.bytes,
            self.collection.encode(),
            self.edition.to_bytes(4, "big"),
        )
        return _prefixed(parts)

    def associated_data_of_file(self) -> bytes:
        """
        Return what is authenticated with the bytes of a file: subject, matter and record.

        Collection and edition are not among them: the record binds those, nobody gets at the bytes without opening it first, and so it can
        be sealed again under another edition while megabytes stay where they are.
        """
        return _prefixed((b"camket file", _FORMAT, self.subject.bytes if self.subject else b"", self.matter.bytes, self.record.bytes))


def _prefixed(parts: tuple[bytes, ...]) -> bytes:
    return len(parts).to_bytes(2, "big") + b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def new_key() -> bytes:
    """Return a fresh random key of 256 bits."""
    return secrets.token_bytes(KEY_BYTES)


def _encrypt(key: bytes, plain: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, associated)


def _decrypt(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    if sealed[:1] != _FORMAT:
        raise SealBroken("unknown format of a sealed value")
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, associated)
    except (InvalidTag, ValueError):
        # the cause is dropped on purpose: it adds nothing and must never carry bytes of the record
        raise SealBroken("a sealed value does not open where it stands") from None


def seal_record(key: bytes, place: Place, fields: Mapping[FieldName, str]) -> bytes:
    """
    Return the ciphertext of one record.

    Args:
        key: The matter's key, 32 bytes.
        place: Where the record belongs.
        fields: The values by name.

    Source: house.md §4; RFC 8785; NIST SP 800-38D.
    """
    return _encrypt(key, _CANONICAL.encode(dict(fields)).encode(), place.associated_data())


def open_record(key: bytes, place: Place, sealed: bytes) -> dict[FieldName, str]:
    """
    Return the values of one record.

    Args:
        key: The matter's key, 32 bytes.
        place: Where the record belongs, as when it was sealed.
        sealed: As `seal_record` returned it.

    Raises:
        SealBroken: The ciphertext does not belong to `place`, or the key is another's.
    """
    fields: dict[FieldName, str] = json.loads(_decrypt(key, sealed, place.associated_data()))
    return fields


def seal_file(key: bytes, place: Place, content: bytes) -> bytes:
    """
    Return the ciphertext of a file's bytes.

    Args:
        key: The matter's key, 32 bytes.
        place: Where its record belongs.
        content: All of it, less than 64 GB.

    Source: house.md §4; NIST SP 800-38D.
    """
    return _encrypt(key, content, place.associated_data_of_file())


def open_file(key: bytes, place: Place, sealed: bytes) -> bytes:
    """
    Return the bytes of a file.

    Args:
        key: The matter's key, 32 bytes.
        place: Where its record belongs, as when it was sealed.
        sealed: As `seal_file` returned it.

    Raises:
        SealBroken: The ciphertext does not belong to `place`, or the key is another's.
    """
    return _decrypt(key, sealed, place.associated_data_of_file())


def wrap_subject_key(epoch_key: bytes, *, subject: UUID, epoch: int, key: bytes) -> bytes:
    """
    Return a subject's key wrapped by an epoch's, both names bound in.

    Args:
        epoch_key: 32 bytes.
        subject: Whose key it is.
        epoch: The number of the epoch whose key wraps it.
        key: The subject's, 32 bytes.
    """
    return _encrypt(epoch_key, key, _prefixed((b"camket subject key", subject.bytes, epoch.to_bytes(4, "big"))))


def unwrap_subject_key(epoch_key: bytes, *, subject: UUID, epoch: int, wrapped: bytes) -> bytes:
    """
    Return a subject's key.

    Args:
        epoch_key: 32 bytes.
        subject: Whose key it is.
        epoch: The number of the epoch whose key wrapped it.
        wrapped: As `wrap_subject_key` returned it.

    Raises:
        SealBroken: The wrapped key belongs to another subject or epoch.
    """
    return _decrypt(epoch_key, wrapped, _prefixed((b"camket subject key", subject.bytes, epoch.to_bytes(4, "big"))))


def wrap_matter_key(subject_key: bytes, *, matter: UUID, subject: UUID, key: bytes) -> bytes:
    """
    Return a matter's key wrapped by its subject's, both names bound in.

    Args:
        subject_key: 32 bytes.
        matter: Which matter's key it is.
        subject: Whose matter it is.
        key: The matter's, 32 bytes.
    """
    return _encrypt(subject_key, key, _prefixed((b"camket matter key", matter.bytes, subject.bytes)))


def unwrap_matter_key(subject_key: bytes, *, matter: UUID, subject: UUID, wrapped: bytes) -> bytes:
    """
    Return a matter's key.

    Args:
        subject_key: 32 bytes.
        matter: Which matter's key it is.
        subject: Whose matter it is.
        wrapped: As `wrap_matter_key` returned it.

    Raises:
        SealBroken: The wrapped key belongs to another matter or subject.
    """
    return _decrypt(subject_key, wrapped, _prefixed((b"camket matter key", matter.bytes, subject.bytes)))


def wrap_lone_matter_key(epoch_key: bytes, *, matter: UUID, epoch: int, key: bytes) -> bytes:
    """
    Return the key of a matter that belongs to no person, wrapped by an epoch's, both names bound in.

    Args:
        epoch_key: 32 bytes.
        matter: Which matter's key it is.
        epoch: The number of the epoch whose key wraps it.
        key: The matter's, 32 bytes.
    """
    return _encrypt(epoch_key, key, _prefixed((b"camket lone matter key", matter.bytes, epoch.to_bytes(4, "big"))))


def unwrap_lone_matter_key(epoch_key: bytes, *, matter: UUID, epoch: int, wrapped: bytes) -> bytes:
    """
    Return the key of a matter that belongs to no person.

    Args:
        epoch_key: 32 bytes.
        matter: Which matter's key it is.
        epoch: The number of the epoch whose key wrapped it.
        wrapped: As `wrap_lone_matter_key` returned it.

    Raises:
        SealBroken: The wrapped key belongs to another matter or epoch, or the matter to a person.
    """
    return _decrypt(epoch_key, wrapped, _prefixed((b"camket lone matter key", matter.bytes, epoch.to_bytes(4, "big"))))
