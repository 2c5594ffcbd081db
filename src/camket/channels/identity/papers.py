"""What the service says of itself: where it is asked, and with which keys it signs; read once in a while."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from camket.access.providers import Away, ProviderAway
from camket.channels.identity.wire import Patience, ask, is_fit

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_MOST_KEYS: Final = 50
_POST, _BASIC = "client_secret_post", "client_secret_basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Where the service is asked for what (OpenID Connect Discovery 1.0 §3)."""

    authorization: str
    token: str
    keys: str
    names_itself: bool  # in what the browser brings back (RFC 9207)
    takes_basic: bool  # the secret in a header, else in the form


@dataclass(slots=True)
class _Kept:
    value: Any
    read_at: datetime


@dataclass(slots=True, kw_only=True)
class Bureau:
    """Reads the papers of one service and keeps them a while; of several who need them at once, one asks."""

    issuer: str
    patience: Patience
    _papers: _Kept | None = None
    _keys: _Kept | None = None
    _failed: _Kept | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def papers(self, now: datetime) -> Papers:
        """
        Return where the service is asked.

        Args:
            now: UTC instant.

        Raises:
            ProviderAway: It does not say, or failed to a moment ago.
        """
        with self._lock:
            if self._papers is None or self._is_old(self._papers, now):
                self._require_rested(now)
                try:
                    self._papers = _Kept(_read(self.issuer, self.patience), now)
                except ProviderAway as away:
                    self._failed = _Kept(away.code, now)
                    raise
                self._failed = None
            found: Papers = self._papers.value
        return found

    def keys(self, now: datetime, *, anew: bool = False) -> tuple[Mapping[str, Any], ...]:
        """
        Return the public keys with which the service signs.

        Args:
            now: UTC instant.
            anew: Whether to look again because a key is not among those that are known: at most once in a while.

        Raises:
            ProviderAway: It does not show them.
        """
        place = self.papers(now).keys
        with self._lock:
            kept = self._keys
            if kept is None or self._is_old(kept, now) or (anew and now - kept.read_at >= timedelta(seconds=self.patience.again_seconds)):
                kept = self._keys = _Kept(_read_keys(place, self.patience), now)
            found: tuple[Mapping[str, Any], ...] = kept.value
        return found

    def _is_old(self, kept: _Kept, now: datetime) -> bool:
        return not timedelta(0) <= now - kept.read_at < timedelta(seconds=self.patience.kept_seconds)

    def _require_rested(self, now: datetime) -> None:
        """Whoever presses again while the service is away gets the same answer at once: a page's thread is not spent on it."""
        failed = self._failed
        if failed is not None and timedelta(0) <= now - failed.read_at < timedelta(seconds=self.patience.again_seconds):
            raise ProviderAway(failed.value)


def _read(issuer: str, patience: Patience) -> Papers:
    answer = ask(issuer.rstrip("/") + _WELL_KNOWN, patience=patience)
    said, on_trial = answer.said, issuer.startswith("http:")
    if answer.status != 200:
        raise ProviderAway(Away.NO_PAPERS)
    if said.get("issuer") != issuer:
        raise ProviderAway(Away.ANOTHER_ISSUER)
    places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(place, str) and is_fit(place, on_trial=on_trial) for place in places):
        raise ProviderAway(Away.UNFIT_ADDRESS)
    authorization, token, keys = (str(place) for place in places)
    methods = said.get("token_endpoint_auth_methods_supported")
    return Papers(
        authorization=authorization,
        token=token,
        keys=keys,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        takes_basic=not isinstance(methods, list) or _BASIC in methods or _POST not in methods,
    )


def _read_keys(place: str, patience: Patience) -> tuple[Mapping[str, Any], ...]:
    answer = ask(place, patience=patience)
    keys = answer.said.get("keys")
    if answer.status != 200 or not isinstance(keys, list):
        raise ProviderAway(Away.NO_KEYS)
    return tuple(key for key in keys[:_MOST_KEYS] if isinstance(key, dict))
