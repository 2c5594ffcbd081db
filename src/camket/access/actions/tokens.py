"""API tokens: made, shown once, checked, revoked."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from camket.access.actions.staff import in_role
from camket.access.days import day_of
from camket.access.models import ApiToken
from camket.access.queries import TokenRow, token_row
from camket.access.rules import STAFF_KEEPERS, token_name, token_scopes
from camket.access.secret import digest_of, new_api_secret
from camket.journal.actions import record
from camket.policy.terms import Actor


class TokenNameTaken(Exception):
    """A token in force has this name."""


class TokenUnknown(LookupError):
    """No token in force has this name."""


class TokenRefused(Exception):
    """A secret does not open this door; `reason` is "unknown", "revoked" or "scope"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"token refused: {reason}")
        self.reason = reason


def add_token(*, name: str, scopes: Iterable[str], actor: Actor, now: datetime) -> str:
    """
    Make an API token; its secret is returned once and kept only as a hash.

    Args:
        name: What the operator calls it; free again once the token is revoked.
        scopes: What it may do; at least one.
        actor: Who makes it.
        now: UTC instant.

    Returns:
        The secret: "ck_" and 43 characters of base 62.

    Raises:
        NotForThisRole: The actor's role may not make tokens.
        BadTokenName: The name is empty, too long or holds other characters.
        BadScope: A scope is unknown, or none was given.
        TokenNameTaken: A token in force has this name.
    """
    plain, granted = token_name(name), token_scopes(scopes)
    secret = new_api_secret()
    token = ApiToken(name=plain, prefix=secret[:9], secret_hash=digest_of(secret), scopes=list(granted), created_at=now)
    try:
        with transaction.atomic():
            in_role(actor, STAFF_KEEPERS)
            token.save(force_insert=True)
            record(act="token.added", actor=actor, at=now, facts={"token": str(token.id), "scopes": list(granted)})
    except IntegrityError as broken:
        if not ApiToken.objects.filter(name=plain, revoked_at__isnull=True).exists():
            raise
        raise TokenNameTaken("a token in force has this name") from broken
    return secret


def revoke_token(*, name: str, actor: Actor, now: datetime) -> TokenRow:
    """
    Take a token back; from now on its secret opens nothing.

    Args:
        name: The token's name.
        actor: Who takes it back.
        now: UTC instant.

    Returns:
        The revoked token.

    Raises:
        NotForThisRole: The actor's role may not revoke tokens.
        TokenUnknown: No token in force has this name.
    """
    with transaction.atomic():
        in_role(actor, STAFF_KEEPERS)
        token = ApiToken.objects.select_for_update().filter(name=name, revoked_at__isnull=True).first()
        if token is None:
            raise TokenUnknown("no token in force has this name")
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record(act="token.revoked", actor=actor, at=now, facts={"token": str(token.id)})
    return token_row(token)


def check_token(*, secret: str, scope: str, now: datetime) -> TokenRow:
    """
    Return the token that a secret belongs to, if it may do what is asked; its use itself is journaled by what it then asks for.

    Args:
        secret: What the program presented.
        scope: What it wants to do.
        now: UTC instant; its day is noted, at most once a day.

    Returns:
        The token.

    Raises:
        TokenRefused: No token has this secret, it was revoked, or it lacks the scope.
    """
    token = ApiToken.objects.filter(secret_hash=digest_of(secret)).first()
    if token is None:
        raise TokenRefused("unknown")
    if token.revoked_at is not None:  # whatever the clock says by now: it may have been set back
        raise TokenRefused("revoked")
    if scope not in token.scopes:
        raise TokenRefused("scope")
    today = day_of(now)
    if token.last_used_on != today:
        ApiToken.objects.filter(Q(last_used_on__isnull=True) | Q(last_used_on__lt=today), pk=token.pk).update(last_used_on=today)
    return token_row(token)
