"""Identity tokens: keyed hashes that let an exact e-mail address or phone number find its subject, and tell nobody else anything."""

import hashlib
import hmac
from collections.abc import Mapping
from uuid import UUID

from camket.journal.statements import Statement, fetch
from camket.policy import values
from camket.policy.terms import FieldName
from camket.vault.generations import INDEXES
from camket.vault.keylock import KEYS

TOKEN_BYTES = 16
_ALIVE = Statement(text="SELECT number FROM vault_keys_identityindex WHERE condemned_at IS NULL ORDER BY number", columns=(int,), database=KEYS)
INDEXED = (FieldName("email"), FieldName("phone"))


def versions() -> tuple[int, ...]:
    """Return the generations of the index in which somebody may be found, the newest last: it takes what is new."""
    return tuple(number for (number,) in fetch(_ALIVE))


def keys(among: tuple[int, ...]) -> Mapping[int, bytes]:
    """
    Return the keys of these generations, in their order.

    Raises:
        KeyFileMissing: One is gone.
    """
    return {number: INDEXES.key(number) for number in among}


def tokens(kind: FieldName, value: str, *, keys: Mapping[int, bytes]) -> Mapping[int, bytes]:
    """
    Return the keyed hash of an identity in each generation of the index; empty where the text is no such identity.

    Args:
        kind: `email` or `phone`.
        value: As a person typed it.
        keys: Of the generations, from `keys`.
    """
    canonical = values.canonical_identity(kind, value)
    if canonical is None:
        return {}
    return {number: token(kind, canonical, key=key) for number, key in keys.items()}


def token(kind: FieldName, canonical: str, *, key: bytes) -> bytes:
    """
    Return the keyed hash of an identity.

    Args:
        kind: `email` or `phone`.
        canonical: From `policy.values.canonical_identity`.
        key: Of one generation of the index, 32 bytes.
    """
    return hmac.digest(key, f"camket identity|{kind}|{canonical}".encode(), hashlib.sha256)[:TOKEN_BYTES]


def bond(token: bytes, *, subject: UUID, matter: UUID, key: bytes) -> bytes:
    """
    Return what binds a token to the person and the matter in whose row it stands, so that nobody is found by another's token.

    Args:
        token: From `token`; it has its kind in it.
        subject: Whom it finds.
        matter: Whose end takes it away.
        key: Of the token's generation of the index, 32 bytes.
    """
    return hmac.digest(key, b"camket identity bond|" + token + subject.bytes + matter.bytes, hashlib.sha256)[:TOKEN_BYTES]
