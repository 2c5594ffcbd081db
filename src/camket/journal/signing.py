"""Sign what the company will be held to, Ed25519 with a named context, so that no signature can be passed off as one of another kind."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from camket.journal import keys

EDITION = "camket edition v1"
CHECKPOINT = "camket checkpoint v1"
CERTIFICATE = "camket certificate v1"
BACKUP = "camket backup v1"

_KEY_ID_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature and the id of the key that made it."""

    key_id: str
    signature: bytes


def sign(message: bytes, *, context: str) -> Signed:
    """
    Return our signature over a message in a context.

    Args:
        message: The bytes to sign.
        context: What kind of thing is signed: EDITION, CHECKPOINT, CERTIFICATE, BACKUP.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.
        KeyFileExposed: Others than its owner have a right on the key file.
        KeyFileDamaged: The key file is not 32 bytes long.

    Source: RFC 8032 (Ed25519); policy §7 (7.3), §8 (8.1).
    """
    private = _private_key(keys.signing_seed())
    return Signed(key_id=key_id_of(_raw(private)), signature=private.sign(framed(message, context)))


def verify(message: bytes, signed: Signed, *, context: str, public_key: bytes | None = None) -> bool:
    """
    Return whether a signature over a message in a context was made by a key.

    Args:
        message: The bytes that should have been signed.
        signed: The signature and the id of its key.
        context: What kind of thing was signed.
        public_key: 32 raw bytes; ours when None.

    Raises:
        KeyFileMissing: `public_key` is None and our key is gone although the journal is not empty.

    Source: RFC 8032 (Ed25519).
    """
    raw = public_key_bytes() if public_key is None else public_key
    if signed.key_id != key_id_of(raw):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signed.signature, framed(message, context))
    except (InvalidSignature, ValueError):  # ValueError: the key is not a point of the curve, or not 32 bytes
        return False
    return True


def public_key_bytes() -> bytes:
    """
    Return the raw public key that verifies our signatures, 32 bytes.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.
    """
    return _raw(_private_key(keys.signing_seed()))


def key_id() -> str:
    """
    Return the id of our signing key.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.
    """
    return key_id_of(public_key_bytes())


def key_id_of(public_key: bytes) -> str:
    """
    Return the id of a public key: the first 16 hexadecimal digits of its SHA-256.

    Args:
        public_key: 32 raw bytes.
    """
    return hashlib.sha256(public_key).hexdigest()[:_KEY_ID_DIGITS]


def framed(message: bytes, context: str) -> bytes:
    """
    Return the bytes that are really signed: the context's length in eight bytes, the context, the message.

    Args:
        message: The bytes to sign.
        context: What kind of thing is signed.
    """
    name = context.encode()
    return len(name).to_bytes(8, "big") + name + message


@lru_cache(maxsize=4)
def _private_key(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _raw(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()
