"""The ceremony of a passkey (WebAuthn): what the browser is asked, and whether what it brings back was signed for just this."""

import json
import secrets
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.core import signing
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

CEREMONY: Final = timedelta(minutes=10)
_MOST_LETTERS: Final = 16_000  # of what a browser sends back
_CHALLENGE_BYTES: Final = 32
_SALT: Final = "camket.access.passkey"
_VERIFIED: Final = UserVerificationRequirement.REQUIRED  # a finger, a face or a number: so that a passkey is two factors by itself
# what the library raises over bytes that are none of its formats
_BROKEN: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    AssertionError,
    IndexError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    struct.error,
    UnsupportedAlgorithm,
)


class PasskeyRefused(Exception):
    """What a browser brought is no passkey's answer to our question, or to one that is too old. It is not repeated here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """What a page hands to the browser, and the signed ticket that must come back with its answer."""

    options: str  # JSON for navigator.credentials
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """The public half of a passkey that was just made."""

    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an answer says of itself, before anything of it is believed."""

    credential_id: bytes
    user: bytes
    answer: Mapping[str, Any] = field(repr=False)
    challenge: bytes = field(repr=False)


def _origin() -> str:
    parts = urlsplit(settings.CAMKET_URL)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _server() -> Fido2Server:
    party = PublicKeyCredentialRpEntity(name=settings.CAMKET_SITE_NAME, id=urlsplit(settings.CAMKET_URL).hostname or "localhost")
    # our own pages only: the library would take every host below ours, and every port
    return Fido2Server(party, verify_origin=lambda origin: origin.lower() == _origin())


def _ticket(purpose: str, challenge: bytes, now: datetime) -> str:
    return signing.dumps({"for": purpose, "challenge": websafe_encode(challenge), "at": now.timestamp()}, salt=_SALT)


def _challenge_of(ticket: str, purpose: str, now: datetime) -> bytes:
    try:
        said = signing.loads(ticket, salt=_SALT)
        age = now.timestamp() - float(said["at"])
        if said["for"] != purpose or not 0 <= age <= CEREMONY.total_seconds():
            raise PasskeyRefused("too old, or for something else")
        return websafe_decode(said["challenge"])
    except (signing.BadSignature, *_BROKEN):
        raise PasskeyRefused("not our question") from None


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": _VERIFIED}


def _parsed(text: str) -> Mapping[str, Any]:
    if len(text) > _MOST_LETTERS:
        raise PasskeyRefused("too long")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise PasskeyRefused("not JSON") from None
    if not isinstance(found, dict):
        raise PasskeyRefused("not an answer")
    return found


def begin_adding(*, staff_id: UUID, account: str, name: str, known: Iterable[bytes], now: datetime) -> Ceremony:
    """
    Return what a browser needs to make a passkey for somebody.

    Args:
        staff_id: Whose it will be; the passkey gives it back, so that nobody types who they are.
        account: What the browser lists it under.
        name: What the browser calls its owner.
        known: Ids of the passkeys they have: the same device makes no second one.
        now: UTC instant.

    Source: W3C WebAuthn Level 3, §5.1.3.
    """
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options, _ = _server().register_begin(
        PublicKeyCredentialUserEntity(id=staff_id.bytes, name=account, display_name=name),
        credentials=[PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=one) for one in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_VERIFIED,
        challenge=challenge,
    )
    return Ceremony(options=json.dumps(dict(options)), ticket=_ticket(f"add|{staff_id}", challenge, now))


def read_added(*, staff_id: UUID, ticket: str, answer: str, now: datetime) -> tuple[NewPasskey, bytes]:
    """
    Return the passkey that a browser made for somebody, and the question it answered.

    Args:
        staff_id: Whose it will be.
        ticket: As `begin_adding` made it for them.
        answer: JSON that the browser sent.
        now: UTC instant.

    Raises:
        PasskeyRefused: It does not answer our question, or comes from another place.

    Source: W3C WebAuthn Level 3, §7.1.
    """
    challenge = _challenge_of(ticket, f"add|{staff_id}", now)
    try:
        made = _server().register_complete(_state(challenge), _parsed(answer))
        credential = made.credential_data
        if credential is None:
            raise PasskeyRefused("no key in it")
        found = NewPasskey(credential_id=credential.credential_id, public_key=cbor.encode(dict(credential.public_key)), sign_count=made.counter)
    except _BROKEN:
        raise PasskeyRefused("not the answer to our question") from None
    return found, challenge


def begin_asking(*, purpose: str, now: datetime) -> Ceremony:
    """
    Return what a browser needs to let somebody show a passkey, whoever they are.

    Args:
        purpose: What it is asked for: its ticket is good for nothing else.
        now: UTC instant.

    Source: W3C WebAuthn Level 3, §5.1.4.
    """
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options, _ = _server().authenticate_begin(user_verification=_VERIFIED, challenge=challenge)
    return Ceremony(options=json.dumps(dict(options)), ticket=_ticket(purpose, challenge, now))


def read_claim(*, purpose: str, ticket: str, answer: str, now: datetime) -> Claim:
    """
    Return which passkey an answer says it is of; nothing of it is believed yet.

    Args:
        purpose: As it was asked.
        ticket: As `begin_asking` made it.
        answer: JSON that the browser sent.
        now: UTC instant.

    Raises:
        PasskeyRefused: It is no answer, or to another question.
    """
    challenge, said = _challenge_of(ticket, purpose, now), _parsed(answer)
    try:
        response = AuthenticationResponse.from_dict(said)
        return Claim(credential_id=response.raw_id, user=response.response.user_handle or b"", answer=said, challenge=challenge)
    except _BROKEN:
        raise PasskeyRefused("not an answer") from None


def signed_count(claim: Claim, *, public_key: bytes) -> int:
    """
    Return how often the passkey says it has signed, once its signature over our question holds.

    Args:
        claim: As `read_claim` returned it.
        public_key: Of the passkey, in COSE.

    Raises:
        PasskeyRefused: The signature, the place or the question is another one, or nobody was there.

    Source: W3C WebAuthn Level 3, §7.2.
    """
    try:
        key = cbor.decode(public_key)
        if not isinstance(key, Mapping):
            raise PasskeyRefused("no key")
        credential = AttestedCredentialData.create(Aaguid.NONE, claim.credential_id, CoseKey.parse(key))
        _server().authenticate_complete(_state(claim.challenge), [credential], claim.answer)
        return AuthenticationResponse.from_dict(claim.answer).response.authenticator_data.counter
    except _BROKEN:
        raise PasskeyRefused("not signed by this passkey") from None
