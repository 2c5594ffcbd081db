"""How a password is hashed and compared: Argon2id, two at a time, few that wait, and as much work where there is none to compare with."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher, is_password_usable, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from camket.access.rules import BadPassword, new_password, plain_password


class Busy(Exception):
    """So many passwords are being compared that this one had no turn: ask again in a moment. The pages go on meanwhile."""


class _Lane:
    """One password at a time, and a place for one more that waits; whoever comes beyond has none."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(2)
        self._turn = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            with self._turn:
                yield
        finally:
            self._places.release()


# of the eight threads that serve, strangers hold two, whoever they are and however many; those whom we know wait for none of them
_KNOWN, _STRANGERS = _Lane(), _Lane()


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


def turn(*, is_known: bool) -> AbstractContextManager[None]:
    """
    Return within what passwords are compared, so that neither memory nor threads of the pages go to them.

    Args:
        is_known: Whether the browser came into this account before, or is signed in: these do not wait for strangers.

    Raises:
        Busy: On entering, where others took every place.
    """
    return (_KNOWN if is_known else _STRANGERS).turn()


def hash_of(text: str, *, email: str, display_name: str) -> str:
    """
    Return the hash under which a new password is kept.

    Args:
        text: As typed.
        email: The owner's address, which it may not be made of.
        display_name: What colleagues call them, likewise.

    Raises:
        BadPassword: It cannot be used.
        Busy: Others took every place; nothing was hashed.
    """
    password = new_password(text, email=email, display_name=display_name)
    try:
        _common().validate(password)
    except ValidationError:
        raise BadPassword("guessed") from None
    with turn(is_known=True):
        return make_password(password)


def no_password() -> str:
    """Return the mark that there is no password."""
    return make_password(None)


def is_set(encoded: str) -> bool:
    """Return whether there is a password at all."""
    return is_password_usable(encoded)


def is_right(text: str, encoded: str | None) -> bool:
    """
    Return whether a password is the one; without an account, or with one that has none, after the same work, and False. Within a `turn`.

    Args:
        text: As typed.
        encoded: What the account keeps, or None where there is no account.
    """
    compared = encoded if encoded is not None and is_password_usable(encoded) else None
    is_equal = Argon2id().verify(plain_password(text), compared or _nobodys())
    return compared is not None and is_equal
