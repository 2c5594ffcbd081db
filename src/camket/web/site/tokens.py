"""The token of a public form: signed, stateless, good for half a day and for one inquiry; and the proof of work beside it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core import signing

GOOD_FOR = timedelta(hours=12)
TOO_QUICK = timedelta(seconds=2)
DIFFICULTY_BITS = 14
_SALT = "camket.contact"


class TokenBad(Exception):
    """The token was not made by this house, is for another form, or is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormToken:
    """What a form's token says."""

    issued_at: datetime
    nonce: str = field(repr=False)

    @property
    def key(self) -> bytes:
        """The hash that makes this sending unique."""
        return hashlib.sha256(f"contact form|{self.nonce}".encode()).digest()

    def was_quick(self, now: datetime) -> bool:
        """Return whether the form came back sooner than a person reads and fills it in."""
        return now - self.issued_at < TOO_QUICK


def new_token(*, now: datetime) -> str:
    """
    Return a fresh token for one form.

    Args:
        now: UTC instant of issue.
    """
    return signing.dumps({"at": now.timestamp(), "nonce": secrets.token_urlsafe(18)}, salt=_SALT)


def read_token(text: str, *, now: datetime) -> FormToken:
    """
    Return what a token says.

    Args:
        text: As it came back.
        now: UTC instant.

    Raises:
        TokenBad: It is not ours, or older than twelve hours.
    """
    try:
        found = signing.loads(text, salt=_SALT)
        issued_at = datetime.fromtimestamp(found["at"], tz=now.tzinfo)
        token = FormToken(issued_at=issued_at, nonce=found["nonce"])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise TokenBad from None
    if not timedelta(0) <= now - token.issued_at <= GOOD_FOR:
        raise TokenBad
    return token


def has_worked(text: str, work: str) -> bool:
    """
    Return whether the sender's machine did its proof of work over this token.

    Args:
        text: The token.
        work: The number it found.
    """
    if not work.isascii() or not work.isdigit() or len(work) > 20:
        return False
    digest = hashlib.sha256(f"{text}.{work}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - DIFFICULTY_BITS) == 0
