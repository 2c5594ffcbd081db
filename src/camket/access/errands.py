"""The way of one browser to the company's sign-in service and back: what it carries along, and that what comes back belongs to it."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core import signing

from camket.access.providers import Question
from camket.access.rules import COMPANY_ERRAND

ENTER, LINK, CONFIRM = "enter", "link", "confirm"
_PURPOSES: Final = frozenset({ENTER, LINK, CONFIRM})
_SALT: Final = "camket.access.errand"
_BYTES: Final = 32


class ErrandOver(Exception):
    """What came back belongs to no errand of this browser, to one that is too old, or came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a browser is on its way for."""

    purpose: str
    session: str  # the listed session in which it was begun; "" where nobody is signed in yet
    language: str
    question: Question = field(repr=False)
    began_at: float  # seconds since 1970
    then: str = ""  # the page to which it leads on; what it may be is for the door to say, when it begins and when it is over


def is_company_set() -> bool:
    """Return whether the operator set a sign-in service of the company: its name, and who we are there."""
    return bool(settings.CAMKET_OIDC_ISSUER and settings.CAMKET_OIDC_CLIENT_ID and settings.CAMKET_OIDC_CLIENT_SECRET)


def begin(*, purpose: str, session: str, language: str, then: str, now: datetime) -> tuple[Errand, str]:
    """
    Begin an errand, and return it with the ticket that the browser keeps until it is back.

    Args:
        purpose: One of the three above.
        session: As it is kept.
        language: In which the browser is spoken to afterwards.
        then: The page to which it leads on; "" where to none.
        now: UTC instant.
    """
    question = Question(state=secrets.token_urlsafe(_BYTES), nonce=secrets.token_urlsafe(_BYTES), verifier=secrets.token_urlsafe(_BYTES))
    errand = Errand(purpose=purpose, session=session, language=language, question=question, began_at=now.timestamp(), then=then)
    said = {
        "for": purpose,
        "in": session,
        "language": language,
        "asked": [question.state, question.nonce, question.verifier],
        "of": settings.CAMKET_OIDC_ISSUER,
        "at": errand.began_at,
        "then": then,
    }
    return errand, signing.dumps(said, salt=_SALT)


def read(*, ticket: str, state: str, now: datetime) -> Errand:
    """
    Return the errand that a browser is back from.

    Args:
        ticket: What the browser kept.
        state: What the service sent along.
        now: UTC instant.

    Raises:
        ErrandOver: The two do not belong together, another service was asked, or it is too long ago.
    """
    try:
        said = signing.loads(ticket, salt=_SALT)
        question = Question(state=said["asked"][0], nonce=said["asked"][1], verifier=said["asked"][2])
        age, purpose, then = now.timestamp() - said["at"], said["for"], said["then"]
    except (signing.BadSignature, ValueError, KeyError, TypeError, IndexError):
        raise ErrandOver from None
    is_ours = hmac.compare_digest(question.state.encode(), state.encode(errors="replace")) and said["of"] == settings.CAMKET_OIDC_ISSUER
    if not is_ours or not 0 <= age <= COMPANY_ERRAND.total_seconds() or purpose not in _PURPOSES:
        raise ErrandOver
    return Errand(purpose=purpose, session=said["in"], language=said["language"], question=question, began_at=said["at"], then=then)
