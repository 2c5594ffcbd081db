"""The token of the contact form, good for one inquiry; and the proof of work beside it."""

import hashlib
from datetime import datetime, timedelta

from camket.policy.terms import EditionNumber
from camket.web.kit import form_tokens
from camket.web.kit.form_tokens import FormToken, TokenBad

__all__ = ["DIFFICULTY_BITS", "TOO_QUICK", "FormToken", "TokenBad", "has_worked", "key_of", "new_token", "read_token", "was_quick"]

TOO_QUICK = timedelta(seconds=2)
DIFFICULTY_BITS = 14
_FORM = "contact"


def new_token(*, edition: EditionNumber, language: str, now: datetime) -> str:
    """
    Return a fresh token for one contact form.

    Args:
        edition: Whose wording stands on the page: a consent is to that and to no other.
        language: `vi` or `en`.
        now: UTC instant of issue.
    """
    return form_tokens.new_token(_FORM, edition=edition, language=language, now=now)


def read_token(text: str, *, now: datetime) -> FormToken:
    """
    Return what a contact form's token says.

    Args:
        text: As it came back.
        now: UTC instant.

    Raises:
        TokenBad: It is not ours, or older than twelve hours.
    """
    return form_tokens.read_token(_FORM, text, now=now)


def key_of(token: FormToken) -> bytes:
    """Return the hash that makes this sending unique."""
    return hashlib.sha256(f"contact form|{token.nonce}".encode()).digest()


def was_quick(token: FormToken, now: datetime) -> bool:
    """Return whether the form came back sooner than a person reads and fills it in."""
    return now - token.issued_at < TOO_QUICK


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
