"""What a second factor is kept as: the secret of one-time codes sealed, recovery codes hashed, passkeys bound, each to whose it is."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from camket.access.codes import factors_key
from camket.access.rules import CODE_DIGITS, CODE_DRIFT, CODE_SECONDS, RECOVERY_CODES

_NONCE_BYTES: Final = 12
_SECRET_BYTES: Final = 20  # RFC 4226 §4, R6: as long as the hash
# Crockford's alphabet, without what is misread
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SIMILAR: Final = str.maketrans("ILO", "110")
_CODE_LETTERS: Final = 10  # 50 bits, behind a password and a budget


class FactorBroken(Exception):
    """A sealed secret does not open for this account and row: it was moved or changed, or the key is another one."""


def _key(kind: bytes) -> bytes:
    return hmac.digest(factors_key(), kind, hashlib.sha256)


def _place(staff_id: UUID, row_id: UUID) -> bytes:
    return b"camket one-time codes v1|" + staff_id.bytes + row_id.bytes


def new_secret() -> str:
    """Return a random secret for an app of one-time codes, in base 32."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal_secret(secret: str, *, staff_id: UUID, row_id: UUID) -> bytes:
    """
    Return a secret sealed for one account and one row.

    Args:
        secret: In base 32.
        staff_id: Whose it is.
        row_id: Where it stands.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(b"seal")).encrypt(nonce, secret.encode(), _place(staff_id, row_id))


def open_secret(sealed: bytes, *, staff_id: UUID, row_id: UUID) -> str:
    """
    Return a sealed secret.

    Args:
        sealed: As `seal_secret` returned it.
        staff_id: Whose it is said to be.
        row_id: Where it stands.

    Raises:
        FactorBroken: It was not sealed for this account and row.
    """
    try:
        return AESGCM(_key(b"seal")).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(staff_id, row_id)).decode()
    except (InvalidTag, ValueError):
        raise FactorBroken("a sealed secret does not open") from None


def step_of(secret: str, typed: str, *, after: int, now: datetime) -> int | None:
    """
    Return the half minute whose code was typed, or None where it is none of now, or not newer than the last one that was used.

    Args:
        secret: In base 32.
        typed: Six digits, however spaced.
        after: The newest half minute whose code was used.
        now: UTC instant.

    Source: RFC 6238 §5.2 (one use, one step of drift).
    """
    digits = re.sub(r"\s", "", typed[:40])
    if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", digits, re.ASCII):
        return None
    here, codes = int(now.timestamp()) // CODE_SECONDS, pyotp.HOTP(secret, digits=CODE_DIGITS)
    # all are compared, so that the time does not tell which one it was
    found = [step for step in range(here - CODE_DRIFT, here + CODE_DRIFT + 1) if hmac.compare_digest(codes.at(step), digits)]
    return max((step for step in found if step > after), default=None)


def setup_address(secret: str, *, account: str, issuer: str) -> str:
    """
    Return what the picture for an app of one-time codes says.

    Args:
        secret: In base 32.
        account: What the app lists it under.
        issuer: The house's name.
    """
    return pyotp.TOTP(secret, digits=CODE_DIGITS, interval=CODE_SECONDS).provisioning_uri(name=account, issuer_name=issuer)


def new_codes() -> tuple[str, ...]:
    """Return fresh recovery codes, each two groups of five."""
    half = _CODE_LETTERS // 2
    drawn = ("".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LETTERS)) for _ in range(RECOVERY_CODES))
    return tuple(f"{code[:half]}-{code[half:]}" for code in drawn)


def code_hash(code: str, *, staff_id: UUID) -> bytes | None:
    """
    Return what is kept of a recovery code, or None where the text cannot be one.

    Args:
        code: As typed: any case, with or without its stroke, O for 0, I or L for 1.
        staff_id: Whose it is.
    """
    plain = re.sub(r"[\s-]", "", code[:40]).upper().translate(_SIMILAR)
    if len(plain) != _CODE_LETTERS or any(letter not in _ALPHABET for letter in plain):
        return None
    return hmac.digest(_key(b"recovery"), staff_id.bytes + plain.encode(), hashlib.sha256)


def passkey_bond(*, staff_id: UUID, credential_id: bytes, public_key: bytes) -> bytes:
    """
    Return the keyed hash that ties a passkey to its owner: whoever writes into the table can move a row, and this they cannot make.

    Args:
        staff_id: Whose it is.
        credential_id: The authenticator's id of it.
        public_key: In COSE.
    """
    return hmac.digest(_key(b"passkey"), staff_id.bytes + len(credential_id).to_bytes(4, "big") + credential_id + public_key, hashlib.sha256)


def company_hash(*, issuer: str, subject: str) -> bytes:
    """
    Return what is kept of an account at the company's sign-in service: whoever reads the table learns nobody's name there.

    Args:
        issuer: The service.
        subject: Its name for its user.
    """
    told = issuer.encode()
    return hmac.digest(_key(b"company"), len(told).to_bytes(4, "big") + told + subject.encode(), hashlib.sha256)


def company_bond(*, staff_id: UUID, subject_hash: bytes) -> bytes:
    """
    Return the keyed hash that ties a company account to the account of ours that it opens.

    Args:
        staff_id: Whose it is.
        subject_hash: As `company_hash` returned it.
    """
    return hmac.digest(_key(b"company bond"), staff_id.bytes + subject_hash, hashlib.sha256)
