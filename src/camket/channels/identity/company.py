"""The company's sign-in service: where a browser is sent, and whom the code means that it brings back."""

import base64
import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings

from camket.access.providers import CALLBACK, Away, Proven, ProviderAway, ProviderRefused, Question, Unfit
from camket.access.rules import company_levels
from camket.channels.identity.papers import Bureau, Papers
from camket.channels.identity.tokens import Expected, read_token
from camket.channels.identity.wire import Answer, Patience, ask

_MOST_CODE: Final = 4000
# a service that hangs must not take the threads that serve pages: two ask at a time, whoever comes then is told to try again
_LINES: Final = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator set of the service, and where ours is reached."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    callback: str
    levels: tuple[str, ...] = ()  # `acr` values that are asked for


class CompanyProvider:
    """One service, under one name."""

    def __init__(self, given: Settings, *, patience: Patience | None = None) -> None:
        self._given = given
        self._patience = patience or Patience()
        self._bureau = Bureau(issuer=given.issuer, patience=self._patience)

    def address(self, question: Question, *, is_anew: bool, now: datetime) -> str:
        """
        Return the address to which a browser is sent.

        Args:
            question: What must come back.
            is_anew: Whether the service shall ask its user again who they are.
            now: UTC instant.

        Raises:
            ProviderAway: The service does not say where that is.

        Source: OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3.
        """
        with self._line():
            place = self._bureau.papers(now).authorization
        asked = {
            "response_type": "code",
            "client_id": self._given.client_id,
            "redirect_uri": self._given.callback,
            "scope": "openid",  # neither name nor address is asked for: nothing here depends on them
            "state": question.state,
            "nonce": question.nonce,
            "code_challenge": _challenge(question.verifier),
            "code_challenge_method": "S256",
        }
        if self._given.levels:
            asked["acr_values"] = " ".join(self._given.levels)
        if is_anew:
            asked |= {"prompt": "login", "max_age": "0"}
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"

    def prove(self, *, code: str, issuer: str, question: Question, now: datetime) -> Proven:
        """
        Return whom the service means by a code.

        Args:
            code: As the browser brought it.
            issuer: What the browser brought along as the service's name; "" where nothing.
            question: What had been asked.
            now: UTC instant.

        Raises:
            ProviderAway: The service did not answer.
            ProviderRefused: The code, or what it stands for, does not hold.

        Source: OpenID Connect Core 1.0 §3.1.3, RFC 9207 §2.4.
        """
        with self._line():
            papers = self._bureau.papers(now)
            if issuer != self._given.issuer and (issuer or papers.names_itself):
                raise ProviderRefused(Unfit.ISSUER)
            if not code or len(code) > _MOST_CODE:
                raise ProviderRefused(Unfit.NO_CODE)
            answer = self._exchange(papers, code, question)
            if answer.status == 401 or answer.said.get("error") in ("invalid_client", "unauthorized_client"):
                raise ProviderAway(Away.CLIENT_UNKNOWN)
            if answer.status != 200:
                raise ProviderRefused(Unfit.CODE)
            expected = Expected(issuer=self._given.issuer, client_id=self._given.client_id, nonce=question.nonce)
            return read_token(answer.said.get("id_token"), expected=expected, keys=lambda anew: self._bureau.keys(now, anew=anew), now=now)

    def look(self, now: datetime) -> None:
        """
        Read the service's papers and keys.

        Args:
            now: UTC instant.

        Raises:
            ProviderAway: They cannot be read.
        """
        with self._line():
            self._bureau.keys(now)

    def _exchange(self, papers: Papers, code: str, question: Question) -> Answer:
        given = self._given
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": given.callback, "code_verifier": question.verifier}
        if papers.takes_basic:
            # each half as a form writes it (RFC 6749 §2.3.1)
            pair = f"{quote(given.client_id, safe='')}:{quote(given.client_secret, safe='')}"
            headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        else:
            form |= {"client_id": given.client_id, "client_secret": given.client_secret}
            headers = {}
        return ask(papers.token, form=urlencode(form), headers=headers, patience=self._patience)

    @contextlib.contextmanager
    def _line(self) -> Iterator[None]:
        if not _LINES.acquire(timeout=self._patience.turn_seconds):
            raise ProviderAway(Away.BUSY)
        try:
            yield
        finally:
            _LINES.release()


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@cache
def _provider(given: Settings) -> CompanyProvider:
    return CompanyProvider(given)


def open_provider() -> CompanyProvider:
    """Return the service that the operator set; one for the process, so that its papers are read once in a while."""
    return _provider(
        Settings(
            issuer=settings.CAMKET_OIDC_ISSUER,
            client_id=settings.CAMKET_OIDC_CLIENT_ID,
            client_secret=settings.CAMKET_OIDC_CLIENT_SECRET,
            callback=settings.CAMKET_URL + CALLBACK,
            levels=company_levels(settings.CAMKET_OIDC_SECOND_FACTOR),
        )
    )


def probe(*, now: datetime) -> str:
    """
    Return what stands in the way of the service that is set, as a code; "" where it answers as it should.

    Args:
        now: UTC instant.
    """
    try:
        open_provider().look(now)
    except ProviderAway as away:
        return away.code
    return ""
