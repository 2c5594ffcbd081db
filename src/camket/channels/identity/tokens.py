"""Whether a signed token is the service's word, to us, about just this question, and from just now."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jwk, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from camket.access.providers import Proven, ProviderRefused, Unfit

# by a key pair only: a signature by a shared secret, or none, proves nothing about who signed
ALGORITHMS: Final[Mapping[str, str]] = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "ES384": "EC", "EdDSA": "OKP", "Ed25519": "OKP"}
SKEW_SECONDS: Final = 60
_OLDEST_SECONDS: Final = 600  # a token that was made before the question could be asked
_MOST_LETTERS: Final = 16_000
_LONGEST_SUBJECT: Final = 255  # OpenID Connect Core 1.0 §2
_LEAST_RSA_BITS: Final = 2048
Keys = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str


def read_token(token: object, *, expected: Expected, keys: Callable[[bool], Keys], now: datetime) -> Proven:
    """
    Return whom a token means, once everything in it holds.

    Args:
        token: As the service sent it.
        expected: What it must say.
        keys: Returns the service's keys; asked with True where the token names one that is not among them.
        now: UTC instant.

    Raises:
        ProviderRefused: Anything of it does not hold; the code says what.
        ProviderAway: The keys could not be read.

    Source: OpenID Connect Core 1.0 §3.1.3.7.
    """
    if not isinstance(token, str) or not token.isascii() or len(token) > _MOST_LETTERS:
        raise ProviderRefused(Unfit.NO_TOKEN)
    head = _head(token)
    algorithm = head.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise ProviderRefused(Unfit.ALGORITHM)
    key = _key(head, ALGORITHMS[algorithm], keys)
    try:
        claims = jwt.decode(token, jwk.import_key(dict(key)), registry=JWSRegistry(algorithms=[algorithm], strict_check_header=False)).claims
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ProviderRefused(Unfit.SIGNATURE) from None
    _require(claims, expected, now)
    return _proven(claims, expected)


def _head(token: str) -> Mapping[str, Any]:
    """What a token says of how it was signed: it chooses among our keys, and is believed only once that key's signature holds."""
    part = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        raise ProviderRefused(Unfit.NO_TOKEN) from None
    if not isinstance(found, dict):
        raise ProviderRefused(Unfit.NO_TOKEN)
    return found


def _key(head: Mapping[str, Any], kind: str, keys: Callable[[bool], Keys]) -> Mapping[str, Any]:
    for anew in (False, True):
        fitting = [key for key in keys(anew) if key.get("kty") == kind and key.get("use", "sig") == "sig" and _is_strong(key)]
        named = [key for key in fitting if key.get("kid") == head.get("kid")] if "kid" in head else fitting
        if len(named) == 1:
            return named[0]
    raise ProviderRefused(Unfit.KEY)


def _is_strong(key: Mapping[str, Any]) -> bool:
    """Whether an RSA key is long enough; a private half has no business among public keys."""
    modulus = key.get("n")
    return "d" not in key and (key.get("kty") != "RSA" or (isinstance(modulus, str) and len(modulus) * 6 >= _LEAST_RSA_BITS - 8))


def _require(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    at, audience = now.timestamp(), claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if claims.get("iss") != expected.issuer:
        raise ProviderRefused(Unfit.ISSUER)
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        raise ProviderRefused(Unfit.AUDIENCE)
    if claims.get("azp", None if len(audiences) > 1 else expected.client_id) != expected.client_id:
        raise ProviderRefused(Unfit.PARTY)
    if _seconds(claims, "exp") <= at - SKEW_SECONDS:
        raise ProviderRefused(Unfit.EXPIRED)
    if not at - _OLDEST_SECONDS - SKEW_SECONDS <= _seconds(claims, "iat") <= at + SKEW_SECONDS:
        raise ProviderRefused(Unfit.ISSUED)
    if "nbf" in claims and _seconds(claims, "nbf") > at + SKEW_SECONDS:
        raise ProviderRefused(Unfit.ISSUED)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(errors="replace"), expected.nonce.encode()):
        raise ProviderRefused(Unfit.NONCE)


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    found = claims.get(name)
    # a bool is an int to Python; beyond this no date can be written
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < 2**35:
        raise ProviderRefused(Unfit.EXPIRED if name == "exp" else Unfit.ISSUED)
    return float(found)


def _proven(claims: Mapping[str, Any], expected: Expected) -> Proven:
    subject, methods, level = claims.get("sub"), claims.get("amr"), claims.get("acr")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
        raise ProviderRefused(Unfit.SUBJECT)
    return Proven(
        issuer=expected.issuer,
        subject=subject,
        shown_at=datetime.fromtimestamp(_seconds(claims, "auth_time"), tz=UTC) if "auth_time" in claims else None,
        methods=frozenset(one for one in methods if isinstance(one, str)) if isinstance(methods, list) else frozenset(),
        level=level if isinstance(level, str) else "",
    )
