"""Behind a proxy that ends TLS: nothing of a session ever goes over the plain line, and a browser that was here once asks for no plain page again."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest

NewHome = Callable[[], Mapping[str, str]]
ASK = """
import json
from camket.config.boot import start
start()
from django.conf import settings
from django.test import Client
page = Client(REMOTE_ADDR="127.0.0.1").get("/healthz", headers={"Host": settings.CAMKET_URL.partition("://")[2], "X-Forwarded-Proto": "https"})
print(json.dumps({
    "status": page.status_code,
    "hsts": page.headers.get("Strict-Transport-Security", ""),
    "cookies": [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE],
    "own": [name.startswith("__Host-") for name in (
        settings.SESSION_COOKIE_NAME,
        settings.CAMKET_DEVICE_COOKIE_NAME,
        settings.CAMKET_ERRAND_COOKIE_NAME,
        settings.CAMKET_HALF_WAY_COOKIE_NAME,
    )],
}))
"""


@pytest.fixture
def asked(new_home: NewHome) -> Callable[[str], dict[str, object]]:
    def ask(url: str) -> dict[str, object]:
        environment = {**new_home(), "CAMKET_URL": url, "CAMKET_TRUSTED_PROXIES": "127.0.0.1"}
        done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True, timeout=60)
        told: dict[str, object] = json.loads(done.stdout)
        return told

    return ask


@pytest.mark.whatever_database
class TestAnAddressWithTls:
    @pytest.mark.clause("7.1")
    def test_keeps_cookies_and_browsers_off_the_plain_line(self, asked: Callable[[str], dict[str, object]]) -> None:
        told = asked("https://hotro.example.vn")
        assert (told["status"], told["hsts"], told["cookies"]) == (200, "max-age=31536000", [True, True])

    def test_lets_no_other_host_of_the_domain_lay_a_cookie_by_which_somebody_comes_in(self, asked: Callable[[str], dict[str, object]]) -> None:
        assert asked("https://hotro.example.vn")["own"] == [True] * 4

    def test_is_what_makes_the_difference(self, asked: Callable[[str], dict[str, object]]) -> None:
        assert asked("http://localhost:8000") == {"status": 200, "hsts": "", "cookies": [False, False], "own": [False] * 4}
