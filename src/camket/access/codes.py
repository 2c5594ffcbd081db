"""Codes that a person keeps: derived from a key and an id when they are needed, so that no table holds them."""

import hashlib
import hmac
import re
import secrets
from pathlib import Path
from uuid import UUID

from django.conf import settings

from camket.journal import keyfiles

# Crockford's alphabet: no I, L, O or U, so that a code survives being read aloud or copied by hand
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SIMILAR = str.maketrans("ILO", "110")
_CLAIM_LENGTH = 16  # 80 bits
_READING_DIGITS = 6  # few, because it only works together with a link that was mailed, five times


def _path() -> Path:
    return Path(settings.CAMKET_SECRETS) / "codes.key"


def prepare_key(*, is_first: bool) -> bytes:
    """
    Return the codes' key, having made it on the very first start; afterwards it must be there.

    Args:
        is_first: Whether nobody has been told a code yet.

    Raises:
        KeyFileMissing: The key is gone: every code told so far would stop working.
        KeyFileDamaged: It is not what it was.
    """
    return keyfiles.read_or_create(_path(), length=32, may_create=is_first)


def public_name(kind: str) -> str:
    """
    Return a random name that people may be told: not a counter, so that nobody learns how many came before.

    Args:
        kind: What it begins with, such as `CK`.
    """
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{kind}-{letters[:4]}-{letters[4:]}"


def _key() -> bytes:
    return keyfiles.read(_path(), length=32)


def links_key() -> bytes:
    """Return the key that binds the links in letters to what they were made for; derived, so that none passes for a code."""
    return hmac.digest(_key(), b"links", hashlib.sha256)


def factors_key() -> bytes:
    """Return the key under which second factors are sealed, hashed and bound; derived, like the links' own."""
    return hmac.digest(_key(), b"factors", hashlib.sha256)


def _letters(data: bytes, length: int) -> str:
    number = int.from_bytes(data, "big")
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(length))


def claim_code(subject_id: UUID) -> str:
    """
    Return the code with which a person fetches the certificate of their erasure: four groups of four.

    Args:
        subject_id: The id under which their data was kept.

    Source: house.md §9.8.
    """
    text = _letters(hmac.digest(_key(), b"claim code|" + subject_id.bytes, hashlib.sha256), _CLAIM_LENGTH)
    return "-".join(text[start : start + 4] for start in range(0, _CLAIM_LENGTH, 4))


def claim_hash(code: str) -> bytes | None:
    """
    Return what is stored of a claim code, or None where the text cannot be one.

    Args:
        code: As typed: any case, with or without dashes and spaces, O for 0, I or L for 1.
    """
    plain = re.sub(r"[\s-]", "", code).upper().translate(_SIMILAR)
    if len(plain) != _CLAIM_LENGTH or any(letter not in _ALPHABET for letter in plain):
        return None
    return hashlib.sha256(b"camket claim code|" + plain.encode()).digest()


def reading_code(matter_id: UUID) -> str:
    """
    Return the six digits that a person sees once, when they write to us, and that open our answers until their address is proven.

    Args:
        matter_id: The matter of their inquiry.
    """
    number = int.from_bytes(hmac.digest(_key(), b"reading code|" + matter_id.bytes, hashlib.sha256), "big")
    return f"{number % 10**_READING_DIGITS:0{_READING_DIGITS}d}"


def has_reading_digits(typed: str) -> bool:
    """Return whether something has as many digits as a reading code, however spaced: anything else is a slip, and no guess."""
    return len(re.sub(r"\D", "", typed)) == _READING_DIGITS


def is_reading_code(matter_id: UUID, typed: str) -> bool:
    """
    Return whether these digits, however spaced, are the matter's reading code; compared in constant time.

    Args:
        matter_id: The matter of their inquiry.
        typed: Whatever stood in the field: all but digits is passed over, and so is what comes after twice as many as the code has.
    """
    digits = re.sub(r"\D", "", typed)[: 2 * _READING_DIGITS]
    return hmac.compare_digest(digits.encode(), reading_code(matter_id).encode())
