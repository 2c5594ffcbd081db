"""A passkey without a device: it makes a key, and signs what a page asks, as a browser would bring it back."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass(kw_only=True)
class Authenticator:
    """One device with one passkey."""

    number: int = 1
    origin: str = ""
    is_verified: bool = True
    count: int = 0  # of signatures; synchronised passkeys always say 0
    user: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def credential_id(self) -> bytes:
        """The random id of the passkey."""
        return hashlib.sha256(f"passkey {self.number}".encode()).digest()

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin or settings.CAMKET_URL}).encode()

    def _auth_data(self, **more: Any) -> AuthenticatorData:
        host = hashlib.sha256(str(urlsplit(settings.CAMKET_URL).hostname).encode()).digest()
        flags = _PRESENT | (_VERIFIED if self.is_verified else 0) | (_ATTESTED if more else 0)
        return AuthenticatorData.create(host, AuthenticatorData.FLAG(flags), self.count, **more)

    def made(self, options: str) -> str:
        """Return what the browser brings back once the passkey is made."""
        asked = json.loads(options)["publicKey"]
        self.user = websafe_decode(asked["user"]["id"])
        public = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.key.public_key()))
        attestation = AttestationObject.create("none", self._auth_data(credential_data=public), {})
        data = self._client_data("create", asked["challenge"])
        return self._answer({"clientDataJSON": websafe_encode(data), "attestationObject": websafe_encode(attestation)})

    def signed(self, options: str) -> str:
        """Return what the browser brings back once the passkey has signed."""
        asked = json.loads(options)["publicKey"]
        data, about = self._client_data("get", asked["challenge"]), self._auth_data()
        signature = self.key.sign(bytes(about) + hashlib.sha256(data).digest(), ec.ECDSA(SHA256()))
        response = {"clientDataJSON": data, "authenticatorData": bytes(about), "signature": signature, "userHandle": self.user}
        return self._answer({name: websafe_encode(value) for name, value in response.items()})

    def _answer(self, response: dict[str, str]) -> str:
        name = websafe_encode(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}})
