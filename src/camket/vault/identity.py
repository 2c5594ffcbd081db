"""Identity tokens: keyed hashes that let an exact e-mail address or phone number find its subject, and tell nobody else anything."""

import hashlib
import hmac
from pathlib import Path

from django.conf import settings

from camket.journal import keyfiles
from camket.policy import values
from camket.policy.terms import FieldName

VERSION = 1
TOKEN_BYTES = 16
INDEXED = (FieldName("email"), FieldName("phone"))


def _key_path() -> Path:
    return Path(settings.CAMKET_SECRETS) / "index" / f"identity-{VERSION}.key"


def create_key_if_first(*, is_first: bool) -> None:
    """Make the index key on the very first start; later its absence is an error."""
    keyfiles.read_or_create(_key_path(), length=32, may_create=is_first)


def key() -> bytes:
    """
    Return the index key.

    Raises:
        KeyFileMissing: It is gone.
    """
    return keyfiles.read(_key_path(), length=32)


def token(kind: FieldName, value: str) -> bytes | None:
    """
    Return the keyed hash of an identity, or None where the text is no such identity.

    Args:
        kind: `email` or `phone`.
        value: As a person typed it.

    Raises:
        KeyFileMissing: The index key is gone.
    """
    canonical = values.canonical_identity(kind, value)
    if canonical is None:
        return None
    message = f"camket identity|{kind}|{canonical}".encode()
    return hmac.digest(key(), message, hashlib.sha256)[:TOKEN_BYTES]
