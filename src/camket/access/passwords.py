"""How a password is hashed and compared: Argon2id, two at a time, and as much work where there is none to compare with."""

import threading
from functools import cache
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher, is_password_usable, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from camket.access.rules import BadPassword, new_password, plain_password

# eight threads that each took the memory of a hash would take it from the pages
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_PATIENCE_SECONDS: Final = 4.0


class Busy(Exception):
    """So many passwords are being compared that this one had no turn: ask again in a moment. The pages go on meanwhile."""


class Argon2id(Argon2PasswordHasher):
    """
    Argon2id with 32 MiB and three passes over them: a tenth of a second on a small machine, once for each sign-in.

    Source: RFC 9106 §4; OWASP Password Storage (19 MiB and two passes at least).
    """

    time_cost = 3
    memory_cost = 32 * 1024  # KiB
    parallelism = 1


@cache
def _common() -> CommonPasswordValidator:
    return CommonPasswordValidator()


@cache
def _nobodys() -> str:
    """The hash of what nobody's password is: compared with where an account has none, or is none."""
    return make_password(make_password(None))


def hash_of(text: str, *, email: str, display_name: str) -> str:
    """
    Return the hash under which a new password is kept.

    Args:
        text: As typed.
        email: The owner's address, which it may not be made of.
        display_name: What colleagues call them, likewise.

    Raises:
        BadPassword: It cannot be used.
    """
    password = new_password(text, email=email, display_name=display_name)
    try:
        _common().validate(password)
    except ValidationError:
        raise BadPassword("guessed") from None
    with _AT_ONCE:
        return make_password(password)


def no_password() -> str:
    """Return the mark that there is no password."""
    return make_password(None)


def is_set(encoded: str) -> bool:
    """Return whether there is a password at all."""
    return is_password_usable(encoded)


def is_right(text: str, encoded: str | None) -> bool:
    """
    Return whether a password is the one; without an account, or with one that has none, after the same work, and False.

    Args:
        text: As typed.
        encoded: What the account keeps, or None where there is no account.

    Raises:
        Busy: Others took every turn; nothing was compared.
    """
    compared = encoded if encoded is not None and is_password_usable(encoded) else None
    if not _AT_ONCE.acquire(timeout=_PATIENCE_SECONDS):
        raise Busy
    try:
        is_equal = Argon2id().verify(plain_password(text), compared or _nobodys())
    finally:
        _AT_ONCE.release()
    return compared is not None and is_equal
