"""The token of a public form: signed, stateless, good for half a day and for one inquiry; and the proof of work beside it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core import signing

from camket.policy.terms import EditionNumber

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
    edition: EditionNumber  # whose wording stood on the page
    language: str  # in which it stood there
    nonce: str = field(repr=False)

    @property
    def key(self) -> bytes:
        """The hash that makes this sending unique."""
        return hashlib.sha256(f"contact form|{self.nonce}".encode()).digest()

    def was_quick(self, now: datetime) -> bool:
        """Return whether the form came back sooner than a person reads and fills it in."""
        return now - self.issued_at < TOO_QUICK


def new_token(*, edition: EditionNumber, language: str, now: datetime) -> str:
    """
    Return a fresh token for one form.

    Args:
        edition: Whose wording stands on the page: a consent is to that and to no other.
        language: `vi` or `en`.
        now: UTC instant of issue.
    """
    said = {"at": now.timestamp(), "edition": int(edition), "language": language, "nonce": secrets.token_urlsafe(18)}
    return signing.dumps(said, salt=_SALT)


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
        token = FormToken(issued_at=issued_at, edition=EditionNumber(found["edition"]), language=found["language"], nonce=found["nonce"])
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
