"""The company's sign-in service over HTTP: what is believed of it, and what is not, however it misbehaves."""

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jws, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

from camket.access.providers import Proven, ProviderAway, ProviderRefused, Question
from camket.channels.identity import CompanyProvider, Patience, Settings
from camket.channels.identity.wire import is_fit
from tests.channels.identity import service as services
from tests.channels.identity.service import CLIENT, NEW, SECRET, Service, running_service

QUICK = Patience(step_seconds=0.5, answer_seconds=0.8, turn_seconds=0.1, again_seconds=30)
PAPERS = "/.well-known/openid-configuration"


@pytest.fixture
def service(now: datetime) -> Iterator[Service]:
    """A service whose clock is the tests'."""
    with running_service(now=now.timestamp) as found:
        yield found


def provider_of(service: Service, *, issuer: str = "", **given: Any) -> CompanyProvider:
    said = {"client_id": CLIENT, "client_secret": SECRET, "callback": "https://hotro.example.vn/console/sign-in/oidc", **given}
    return CompanyProvider(Settings(issuer=issuer or service.issuer, **said), patience=QUICK)


def question(name: str = "one") -> Question:
    return Question(state=f"state-{name}", nonce=f"nonce-{name}", verifier=f"verifier-{name}-" + "x" * 40)


def go(provider: CompanyProvider, service: Service, now: datetime, *, asked: Question | None = None, **back: str) -> Proven:
    """Go there and back."""
    asked = asked or question()
    brought = service.arrive(provider.address(asked, is_anew=False, now=now)) | back
    return provider.prove(code=brought["code"], issuer=brought.get("iss", ""), question=asked, now=now)


def refused(provider: CompanyProvider, service: Service, now: datetime, **back: str) -> str:
    with pytest.raises(ProviderRefused) as told:
        go(provider, service, now, **back)
    return told.value.code


def away(act: Callable[[], object]) -> str:
    with pytest.raises(ProviderAway) as told:
        act()
    return told.value.code


class TestTheWayThere:
    def test_asks_for_nothing_but_who_it_is_and_ties_the_answer_to_the_question(self, service: Service, now: datetime) -> None:
        address = provider_of(service).address(question(), is_anew=False, now=now)
        said = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        assert address.startswith(f"{service.issuer}/authorize?")
        assert said.pop("code_challenge") not in ("", question().verifier)
        assert said == {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": "https://hotro.example.vn/console/sign-in/oidc",
            "scope": "openid",
            "state": "state-one",
            "nonce": "nonce-one",
            "code_challenge_method": "S256",
        }

    def test_asks_for_a_level_and_to_ask_anew_where_that_is_wanted(self, service: Service, now: datetime) -> None:
        said = parse_qs(urlsplit(provider_of(service, levels=("phr", "mfa")).address(question(), is_anew=True, now=now)).query)
        assert (said["acr_values"], said["prompt"], said["max_age"]) == (["phr mfa"], ["login"], ["0"])

    def test_keeps_what_the_services_own_address_asks(self, service: Service, now: datetime) -> None:
        service.papers_say = lambda papers: papers.update(authorization_endpoint=f"{service.issuer}/authorize?tenant=4")
        assert f"{service.issuer}/authorize?tenant=4&response_type=code" in provider_of(service).address(question(), is_anew=False, now=now)

    def test_reads_the_papers_once(self, service: Service, now: datetime) -> None:
        provider = provider_of(service)
        for _ in range(3):
            go(provider, service, now)
        assert (service.asked.count(PAPERS), service.asked.count("/keys")) == (1, 1)
        go(provider, service, now + timedelta(minutes=5))
        assert service.asked.count(PAPERS) == 1
        provider.address(question(), is_anew=False, now=now + timedelta(hours=2))
        assert service.asked.count(PAPERS) == 2


class TestTheWayBack:
    def test_tells_whom_the_service_means_and_nothing_else_of_them(self, service: Service, now: datetime) -> None:
        service.claims_say = lambda claims: claims.update(amr=["pwd", "mfa", 7], acr="phr")
        found = go(provider_of(service), service, now)
        assert (found.issuer, found.subject, found.methods, found.level) == (service.issuer, service.subject, frozenset({"pwd", "mfa"}), "phr")
        assert found.shown_at == datetime.fromtimestamp(int(now.timestamp()), tz=UTC)
        assert service.subject not in repr(found)
        assert "phr" not in repr(found)

    @pytest.mark.parametrize("algorithm", sorted(NEW))
    def test_takes_every_signature_by_a_key_pair(self, service: Service, now: datetime, algorithm: str) -> None:
        service.algorithm = algorithm
        service.turn_key("another")
        assert go(provider_of(service), service, now).subject == service.subject

    def test_hands_the_secret_in_as_the_service_wants_it(self, service: Service, now: datetime) -> None:
        service.papers_say = lambda papers: papers.update(token_endpoint_auth_methods_supported=["client_secret_post"])
        assert go(provider_of(service), service, now).subject == service.subject

    def test_takes_a_token_for_several_that_is_meant_for_us(self, service: Service, now: datetime) -> None:
        service.claims_say = lambda claims: claims.update(aud=["another", CLIENT], azp=CLIENT)
        assert go(provider_of(service), service, now).subject == service.subject

    def test_takes_a_head_with_words_of_the_services_own(self, service: Service, now: datetime) -> None:
        service.signs = with_word_of_its_own
        assert go(provider_of(service), service, now).subject == service.subject

    def test_takes_a_key_without_a_name_where_there_is_one_alone(self, service: Service, now: datetime) -> None:
        service.head_says = lambda head: head.pop("kid")
        assert go(provider_of(service), service, now).subject == service.subject

    def test_asks_once_more_for_a_key_that_is_new(self, service: Service, now: datetime) -> None:
        provider = provider_of(service)
        go(provider, service, now)
        service.turn_key("second")
        later = now + timedelta(minutes=1)
        assert go(provider, service, later).subject == service.subject
        service.head_says = lambda head: head.update(kid="third")
        assert refused(provider, service, later) == "key"
        assert refused(provider, service, later) == "key"
        assert service.asked.count("/keys") == 2, "whoever names keys that are not there does not have us ask for each"


def with_word_of_its_own(service: Service, claims: dict[str, Any]) -> str:
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    return jwt.encode({"alg": "RS256", "kid": service.kid, "ver": "7"}, claims, service.key, registry=registry)


def token_with_head(service: Service) -> str:
    """What names a key: that is all that is read of it where the key is none to believe."""
    return f"{base64.urlsafe_b64encode(json.dumps({'alg': 'RS256', 'kid': service.kid}).encode()).decode()}.e30.e30"


CLAIMS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another issuer": (lambda claims: claims.update(iss="https://login.example.com"), "issuer"),
    "another issuer by a stroke": (lambda claims: claims.update(iss=claims["iss"] + "/"), "issuer"),
    "for somebody else": (lambda claims: claims.update(aud="another"), "audience"),
    "for nobody": (lambda claims: claims.pop("aud"), "audience"),
    "for a number": (lambda claims: claims.update(aud=7), "audience"),
    "for several, and nobody named": (lambda claims: claims.update(aud=[CLIENT, "another"]), "party"),
    "for several, and another named": (lambda claims: claims.update(aud=[CLIENT, "another"], azp="another"), "party"),
    "asked for by another": (lambda claims: claims.update(azp="another"), "party"),
    "expired": (lambda claims: claims.update(exp=claims["iat"] - 61), "expired"),
    "without an end": (lambda claims: claims.pop("exp"), "expired"),
    "with an end that is none": (lambda claims: claims.update(exp="2999-01-01"), "expired"),
    "with an end beyond all dates": (lambda claims: claims.update(exp=1e300), "expired"),
    "true for ever": (lambda claims: claims.update(exp=True), "expired"),
    "made tomorrow": (lambda claims: claims.update(iat=claims["iat"] + 86400), "issued"),
    "made yesterday": (lambda claims: claims.update(iat=claims["iat"] - 86400), "issued"),
    "not yet good": (lambda claims: claims.update(nbf=claims["iat"] + 600), "issued"),
    "to another question": (lambda claims: claims.update(nonce="nonce-two"), "nonce"),
    "to no question": (lambda claims: claims.pop("nonce"), "nonce"),
    "to a question that is none": (lambda claims: claims.update(nonce=["nonce-one"]), "nonce"),
    "of nobody": (lambda claims: claims.pop("sub"), "subject"),
    "of an empty name": (lambda claims: claims.update(sub=""), "subject"),
    "of a number": (lambda claims: claims.update(sub=4802), "subject"),
    "of a name without end": (lambda claims: claims.update(sub="x" * 256), "subject"),
    "shown at no time": (lambda claims: claims.update(auth_time="now"), "issued"),
}


class TestATokenIsRefused:
    @pytest.mark.parametrize("case", sorted(CLAIMS))
    def test_when_it_is(self, service: Service, now: datetime, case: str) -> None:
        service.claims_say, code = CLAIMS[case]
        assert refused(provider_of(service), service, now) == code

    def test_but_not_for_a_clock_that_is_a_minute_off(self, service: Service, now: datetime) -> None:
        service.claims_say = lambda claims: claims.update(exp=claims["iat"] - 30, iat=claims["iat"] + 50)
        assert go(provider_of(service), service, now).subject == service.subject

    def test_when_nobody_signed_it(self, service: Service, now: datetime) -> None:
        service.signs = services.unsigned
        assert refused(provider_of(service), service, now) == "algorithm"

    def test_when_it_is_signed_with_what_everybody_knows(self, service: Service, now: datetime) -> None:
        service.signs = services.signed_with_public_half
        assert refused(provider_of(service), service, now) == "algorithm"

    def test_when_another_key_of_the_same_name_signed_it(self, service: Service, now: datetime) -> None:
        provider = provider_of(service)
        go(provider, service, now)
        service.turn_key("first")
        assert refused(provider, service, now) == "signature"

    def test_when_its_key_is_short(self, service: Service, now: datetime) -> None:
        with pytest.warns(SecurityWarning):
            service.key = RSAKey.generate_key(1024)
        service.signs = lambda service, claims: token_with_head(service)
        assert refused(provider_of(service), service, now) == "key"

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 20_000, "é.é.é", "W10.W10.W10", None, 7, {"a": 1}])
    def test_when_it_is_none(self, service: Service, now: datetime, token: Any) -> None:
        service.signs = lambda service, claims: token
        assert refused(provider_of(service), service, now) in ("no_token", "algorithm")

    def test_when_it_comes_from_another_service(self, service: Service, now: datetime) -> None:
        """A mix-up: the code is handed to one service, and the other one's token comes back."""
        with running_service(now=now.timestamp) as other:
            service.signs = lambda service, claims: other.token({"nonce": "nonce-one"})
            assert refused(provider_of(service), service, now) in ("signature", "issuer")

    def test_when_the_browser_was_sent_back_by_another_service(self, service: Service, now: datetime) -> None:
        assert refused(provider_of(service), service, now, iss="https://login.example.com") == "issuer"
        assert "/token" not in service.asked, "the code is shown to nobody"
        service.papers_say = lambda papers: papers.update(authorization_response_iss_parameter_supported=True)
        assert refused(provider_of(service), service, now) == "issuer"
        assert go(provider_of(service), service, now, iss=service.issuer).subject == service.subject


class TestACode:
    def test_works_once(self, service: Service, now: datetime) -> None:
        provider, asked = provider_of(service), question()
        brought = service.arrive(provider.address(asked, is_anew=False, now=now))
        provider.prove(code=brought["code"], issuer="", question=asked, now=now)
        with pytest.raises(ProviderRefused) as told:
            provider.prove(code=brought["code"], issuer="", question=asked, now=now)
        assert told.value.code == "code"

    def test_is_no_use_to_whoever_did_not_ask_for_it(self, service: Service, now: datetime) -> None:
        provider = provider_of(service)
        brought = service.arrive(provider.address(question("one"), is_anew=False, now=now))
        with pytest.raises(ProviderRefused) as told:
            provider.prove(code=brought["code"], issuer="", question=question("two"), now=now)
        assert told.value.code == "code"

    @pytest.mark.parametrize("code", ["", "x" * 5000])
    def test_that_is_none_is_shown_to_nobody(self, service: Service, now: datetime, code: str) -> None:
        assert refused(provider_of(service), service, now, code=code) == "no_code"
        assert "/token" not in service.asked


class TestTheServiceIsAway:
    @pytest.mark.parametrize(
        ("does", "code"),
        [
            (services.hangs, {"timeout"}),
            (services.dribbles, {"no_answer", "not_json", "timeout"}),
            (services.never_ends, {"too_long"}),
            (services.leads_elsewhere, {"redirected"}),
            (services.breaks, {"broken"}),
            (services.chatters, {"not_json"}),
        ],
    )
    @pytest.mark.parametrize("path", [PAPERS, "/token", "/keys"])
    def test_whatever_it_does_instead_of_answering(self, service: Service, now: datetime, does: Any, code: set[str], path: str) -> None:
        service.misbehaves[path] = does
        began = time.monotonic()
        assert away(lambda: go(provider_of(service), service, now)) in code
        assert time.monotonic() - began < 3
        assert "/elsewhere" not in service.asked

    def test_when_nobody_listens(self, service: Service, now: datetime) -> None:
        assert away(lambda: provider_of(service, issuer="http://127.0.0.1:9").address(question(), is_anew=False, now=now)) == "no_answer"

    def test_when_it_goes_by_another_name(self, service: Service, now: datetime) -> None:
        provider = provider_of(service, issuer=service.issuer.replace("127.0.0.1", "localhost"))
        assert away(lambda: go(provider, service, now)) == "another_issuer"

    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
    @pytest.mark.parametrize("place", ["http://login.example.com/x", "javascript:alert(1)", "https://", 7, None, "https://a@b.example.com/", "//x"])
    def test_when_it_names_a_place_that_is_not_fit(self, service: Service, now: datetime, name: str, place: Any) -> None:
        service.papers_say = lambda papers: papers.update({name: place})
        assert away(lambda: go(provider_of(service), service, now)) == "unfit_address"

    def test_when_it_does_not_know_us(self, service: Service, now: datetime) -> None:
        assert away(lambda: go(provider_of(service, client_secret="another"), service, now)) == "client_unknown"

    def test_is_not_asked_again_at_once(self, service: Service, now: datetime) -> None:
        provider = provider_of(service)
        service.misbehaves[PAPERS] = services.breaks
        for _ in range(5):
            assert away(lambda: provider.address(question(), is_anew=False, now=now)) == "broken"
        assert service.asked.count(PAPERS) == 1
        service.misbehaves.clear()
        assert provider.address(question(), is_anew=False, now=now + timedelta(seconds=31))

    def test_takes_no_more_than_two_threads(self, service: Service, now: datetime) -> None:
        provider, told = provider_of(service), []
        provider.address(question(), is_anew=False, now=now)
        service.misbehaves["/token"] = services.hangs

        def press() -> None:
            try:
                provider.prove(code="code", issuer="", question=question(), now=now)
            except ProviderAway as gone:
                told.append(gone.code)

        threads = [threading.Thread(target=press) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == ["busy"] * 3 + ["timeout"] * 2

    def test_asks_past_a_proxy_that_the_environment_names(self, service: Service, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert go(provider_of(service), service, now).subject == service.subject

    def test_repeats_nothing_of_what_came(self, service: Service, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        service.claims_say = lambda claims: claims.update(aud="another-4806")
        with pytest.raises(ProviderRefused) as told:
            go(provider_of(service), service, now)
        assert told.value.__cause__ is None
        assert str(told.value) == "audience"
        assert "480" not in caplog.text


class TestAnAddress:
    @pytest.mark.parametrize(
        ("address", "on_trial", "is_so"),
        [
            ("https://login.example.vn/token", False, True),
            ("https://login.example.vn:8443/token?x=1", False, True),
            ("http://127.0.0.1:9000/token", True, True),
            ("http://127.0.0.1:9000/token", False, False),
            ("http://login.example.vn/token", True, False),
            ("https://user@login.example.vn/", False, False),
            ("https://login.example.vn/#x", False, False),
            ("https://login.example.vn/a b", False, False),
            ("https://login.example.vn:0/", False, False),
            ("https://login.example.vn:x/", False, False),
            ("https://lo\u0111in.example.vn/", False, False),
            ("https://login.example.vn/\r\nX: y", False, False),
        ],
    )
    def test_is_fit_to_be_asked_over_https_or_on_this_machine_in_a_trial(self, address: str, *, on_trial: bool, is_so: bool) -> None:
        assert is_fit(address, on_trial=on_trial) is is_so
