"""What every address for programs asks first: a token of its scope, with something left of its minute; and what tells a repetition."""

import hashlib
import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from camket.access.actions import TokenRefused, check_token, spend_budget
from camket.access.queries import TokenRow
from camket.web.api.schemas import FaultsOut, ProblemOut, RefusalOut

_PER_MINUTE = 120
_MINUTE = timedelta(minutes=1)

REFUSALS = {400: ProblemOut, 401: ProblemOut, 403: RefusalOut, 409: ProblemOut, 413: ProblemOut, 415: ProblemOut, 422: FaultsOut, 429: ProblemOut}

IDEMPOTENCY_KEY = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "schema": {"type": "string"},
            "description": "A name of your own for this request: sent again with the same content it is answered alike, with another content by 409.",
        }
    ]
}


class TooMany(Exception):
    """The token's budget for this minute is spent."""


class Scoped(HttpBearer):
    """A bearer token of one scope, with something left of its minute."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> TokenRow | None:
        """
        Return the token's row, having counted the request, or None where it is unknown, revoked or of another scope.

        It is counted here, before the body is read: what cannot be read costs the program as much as what can.

        Raises:
            TooMany: Its budget for this minute is spent.
        """
        now = timezone.now()
        try:
            row = check_token(secret=token, scope=self._scope, now=now)
        except TokenRefused:
            return None
        if not spend_budget(key=b"api|" + row.id.bytes, limit=_PER_MINUTE, window=_MINUTE, now=now):
            raise TooMany
        return row


def token_of(request: HttpRequest) -> TokenRow:
    """Return the token that a request was let in with by `Scoped`, and counted against."""
    token: TokenRow = request.auth  # type: ignore[attr-defined]  # set by ninja from Scoped.authenticate
    return token


def sending_key(request: HttpRequest, token: TokenRow) -> bytes:
    """
    Return what makes a sending unique: a hash of the token and its `Idempotency-Key`, or of nothing that comes twice where it has none.

    Args:
        request: With the header or without.
        token: Whose sending it is: two tokens may use the same key.
    """
    given = request.headers.get("Idempotency-Key", "")
    unique = f"given|{given}" if given else f"fresh|{secrets.token_hex(16)}"
    return hashlib.sha256(f"api|{token.id}|{unique}".encode()).digest()
