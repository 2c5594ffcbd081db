"""The token of a form that asks for consent: signed, stateless, good for half a day; it says which wording stood on the page."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core import signing

from camket.policy.terms import EditionNumber

GOOD_FOR = timedelta(hours=12)


class TokenBad(Exception):
    """The token was not made by this house, is for another form, or is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormToken:
    """What a form's token says."""

    issued_at: datetime
    edition: EditionNumber  # whose wording stood on the page
    language: str  # in which it stood there
    nonce: str = field(repr=False)  # what makes one sending another than the next


def new_token(form: str, *, edition: EditionNumber, language: str, now: datetime) -> str:
    """
    Return a fresh token for one form.

    Args:
        form: Which form; a token is good for no other.
        edition: Whose wording stands on the page: a consent is to that and to no other.
        language: Of the wording, `vi` or `en`.
        now: UTC instant of issue.
    """
    said = {"at": now.timestamp(), "edition": int(edition), "language": language, "nonce": secrets.token_urlsafe(18)}
    return signing.dumps(said, salt=_salt(form))


def read_token(form: str, text: str, *, now: datetime) -> FormToken:
    """
    Return what a token says.

    Args:
        form: Which form it came back with.
        text: As it came back.
        now: UTC instant.

    Raises:
        TokenBad: It is not ours, or older than twelve hours.
    """
    try:
        found = signing.loads(text, salt=_salt(form))
        issued_at = datetime.fromtimestamp(found["at"], tz=now.tzinfo)
        token = FormToken(issued_at=issued_at, edition=EditionNumber(found["edition"]), language=found["language"], nonce=found["nonce"])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise TokenBad from None
    if not timedelta(0) <= now - token.issued_at <= GOOD_FOR:
        raise TokenBad
    return token


def _salt(form: str) -> str:
    return f"camket.{form}"
