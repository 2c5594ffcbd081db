"""How a secret is made and how it is kept: 256 random bits for the holder, their SHA-256 for us."""

import hashlib
import secrets
import string

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE62_LENGTH = 43  # 62**43 > 2**256
_LONGEST_SECRET = 200


def new_link_token() -> str:
    """
    Make the secret of a link: 256 random bits in the alphabet of URLs.

    Returns:
        43 characters of a-z, A-Z, 0-9, "-" and "_".
    """
    return secrets.token_urlsafe(32)


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
