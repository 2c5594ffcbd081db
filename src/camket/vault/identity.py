"""
Identity tokens: keyed hashes by which an exact e-mail address or phone number, or words of a name, find their subject.

Whoever has no key learns nothing of an address from its token. Names are few and unequal, so their tokens are cut down to twelve bits,
each shared by many names; the bond, which no two rows share, tells whoever holds the key which of them is meant.
"""

import hashlib
import hmac
from collections.abc import Mapping
from uuid import UUID

from camket.journal.statements import Statement, fetch
from camket.policy import names, values
from camket.policy.terms import EMAIL, FULL_NAME, PHONE, FieldName
from camket.vault.generations import INDEXES
from camket.vault.keylock import KEYS

TOKEN_BYTES = 16
_ALIVE = Statement(text="SELECT number FROM vault_keys_identityindex WHERE condemned_at IS NULL ORDER BY number", columns=(int,), database=KEYS)
UNIQUE = (EMAIL, PHONE)
INDEXED = (*UNIQUE, FULL_NAME)
_NAME_BITS = 12


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


def terms(kind: FieldName, value: str) -> frozenset[str]:
    """
    Return what an identity is indexed under; nothing where the text is no such identity.

    Args:
        kind: One of `INDEXED`.
        value: As a person typed it.
    """
    if kind == FULL_NAME:
        return names.name_terms(value)
    canonical = values.canonical_identity(kind, value)
    return frozenset() if canonical is None else frozenset({canonical})


def sought(kind: FieldName, text: str) -> tuple[frozenset[str], ...]:
    """
    Return the sets of terms, one of which somebody must have whole to be found by this text; none where it can find nobody.

    Args:
        kind: One of `INDEXED`.
        text: As whoever looks typed it: a whole address or number, or words of a name.
    """
    if kind == FULL_NAME:
        return names.sought_terms(text)
    whole = terms(kind, text)
    return (whole,) if whole else ()


def mark(kind: FieldName, term: str, *, key: bytes) -> bytes:
    """
    Return the keyed hash of a term, whole; it stands in no row of a name.

    Args:
        kind: One of `INDEXED`.
        term: From `terms` or `sought`.
        key: Of one generation of the index, 32 bytes.
    """
    return hmac.digest(key, f"camket identity|{kind}|{term}".encode(), hashlib.sha256)[:TOKEN_BYTES]


def cut(kind: FieldName, mark: bytes) -> bytes:
    """
    Return the token that stands in the row: the mark itself, or twelve bits of a name's.

    Args:
        kind: One of `INDEXED`.
        mark: From `mark`.

    Source: reference privacy (d.3): a search index is cut until several people share each token.
    """
    return (int.from_bytes(mark[:2]) >> (16 - _NAME_BITS)).to_bytes(2) if kind == FULL_NAME else mark


def token(kind: FieldName, term: str, *, key: bytes) -> bytes:
    """
    Return the token under which a term stands in the index.

    Args:
        kind: One of `INDEXED`.
        term: From `terms` or `sought`.
        key: Of one generation of the index, 32 bytes.
    """
    return cut(kind, mark(kind, term, key=key))


def bond(mark: bytes, *, subject: UUID, matter: UUID, key: bytes) -> bytes:
    """
    Return what binds a term to the person and the matter in whose row it stands, so that nobody is found by another's token.

    Args:
        mark: From `mark`; it has its kind in it.
        subject: Whom it finds.
        matter: Whose end takes it away.
        key: Of the token's generation of the index, 32 bytes.
    """
    return hmac.digest(key, b"camket identity bond|" + mark + subject.bytes + matter.bytes, hashlib.sha256)[:TOKEN_BYTES]
