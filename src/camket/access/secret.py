"""How a secret is made and how it is kept: 256 random bits for the holder, their SHA-256 for us."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import string

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE62_LENGTH = 43  # 62**43 > 2**256
_LONGEST_SECRET = 200
_WRITTEN = re.compile(r"[A-Za-z0-9_-]{1,200}")
_RANDOM_BYTES = 32
_BOND_BYTES = 16


def new_bound_token(*, to: str, key: bytes) -> str:
    """
    Make the secret of a link that works only for what it was made for: 256 random bits, and a keyed hash over them and that.

    Whoever writes into the table can copy a hash, or move one to another row; the bond they cannot make.

    Args:
        to: What the link is for and how long, in words that the row tells again.
        key: Stands in no database.

    Returns:
        64 characters of a-z, A-Z, 0-9, "-" and "_".
    """
    random = secrets.token_bytes(_RANDOM_BYTES)
    return base64.urlsafe_b64encode(random + _bond(random, to, key)).decode()


def is_bound(token: str, *, to: str, key: bytes) -> bool:
    """
    Return whether a link's secret was made for just this.

    Args:
        token: What the holder presented; anything, however long.
        to: What the row says that the link is for.
        key: As when it was made.
    """
    if _WRITTEN.fullmatch(token) is None:  # the library takes other spellings of the same bytes, and what is one token would count as many
        return False
    try:
        raw = base64.b64decode(token[:_LONGEST_SECRET], altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(raw[_RANDOM_BYTES:], _bond(raw[:_RANDOM_BYTES], to, key))


def _bond(random: bytes, to: str, key: bytes) -> bytes:
    return hmac.digest(key, b"link|" + random + to.encode(), hashlib.sha256)[:_BOND_BYTES]


def new_api_secret() -> str:
    """
    Make the secret of an API token: 256 random bits in base 62, recognisable by its beginning.

    Returns:
        "ck_" and 43 characters of 0-9, A-Z and a-z.
    """
    number, digits = int.from_bytes(secrets.token_bytes(32), "big"), ""
    for _ in range(_BASE62_LENGTH):
        number, remainder = divmod(number, 62)
        digits = _BASE62[remainder] + digits
    return f"ck_{digits}"


def digest_of(secret: str) -> bytes:
    """
    Return the hash under which a secret is kept and looked up.

    A plain hash is enough: with 256 random bits there is nothing to guess.

    Args:
        secret: What the holder presented; anything, however long.

    Returns:
        32 bytes.
    """
    return hashlib.sha256(secret[:_LONGEST_SECRET].encode(errors="surrogatepass")).digest()
