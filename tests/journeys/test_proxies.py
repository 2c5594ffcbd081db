"""The house behind TLS, with the very files that docs/operate offers: what the proxy says is believed, and nothing that comes from outside."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from tests import stage
from tests.attaching import PDF, File, padded
from tests.cast import AN
from tests.journeys.fronts import Front as Proxy
from tests.journeys.fronts import FrontMissing, front
from tests.journeys.house import House, link_in
from tests.journeys.visitor import Visitor, proof_of_work
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.whatever_database]
SPOOFED = {"X_Forwarded_Host": "evil.example.com", "X_Forwarded_Proto": "http", "Forwarded": "for=198.51.100.9;proto=http;host=evil.example.com"}
_MOST_LOOK_UPS = 30  # an hour, from one network


class Site:
    """A house and the proxy in front of it."""

    def __init__(self, house: House, proxy: Proxy) -> None:
        self.house, self.proxy = house, proxy
        self.visitor = Visitor(proxy.url, trusts=proxy.trusts)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if stage.DATABASE == "postgres":
        pytest.skip("told once, on SQLite: a proxy knows nothing of the database")
    https_port = free_port()
    settings = {"CAMKET_URL": f"https://localhost:{https_port}", "CAMKET_TRUSTED_PROXIES": "127.0.0.1", "CAMKET_LOG": "json"}
    with stage.installation(tmp_path_factory.mktemp("home")) as environment:
        house = House(environment, **settings)
        try:
            ports = {"house_port": house.port, "stream_port": house.stream_port, "https_port": https_port}
            with front(request.param, folder=tmp_path_factory.mktemp("front"), **ports) as proxy:
                house.start("--no-worker")
                yield Site(house, proxy)
        except FrontMissing as missing:
            pytest.skip(str(missing))
        finally:
            house.stop()


def wire(port: int, sent: bytes) -> bytes:
    """Send bytes as they stand, and return what comes back until the other side ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        found = b""
        try:
            while part := connection.recv(65536):
                found += part
        except (TimeoutError, ConnectionResetError):
            pass
    return found


class TestAHouseBehindTls:
    def test_is_reached_over_tls_and_asks_browsers_to_stay_with_it(self, site: Site) -> None:
        page = site.visitor.get("/vi/")
        assert page.status == 200
        assert page.headers["strict-transport-security"].startswith("max-age=31536000")
        # whoever reaches the port itself did not come over TLS, and is promised nothing
        plain = Visitor(f"http://localhost:{site.house.port}").get("/vi/")
        assert (plain.status, "strict-transport-security" in plain.headers) == (200, False)

    def test_leads_from_http_to_the_same_page_over_tls(self, site: Site) -> None:
        page = Visitor(f"http://localhost:{site.proxy.http_port}").request("GET", "/vi/products?product=x%0d%0ay")
        assert page.status in (301, 308)
        assert re.fullmatch(rf"https://localhost(:{site.proxy.https_port})?/vi/products\?product=x%0[dD]%0[aA]y", page.headers["location"])

    def test_signs_staff_in_with_a_cookie_that_only_tls_and_this_host_may_carry(self, site: Site) -> None:
        link = site.house.camket("staff", "add", "chi@staff.example.vn", "--role", "adviser", "--name", "Chi")
        staff = Visitor(site.proxy.url, trusts=site.proxy.trusts)
        page = staff.get(link_in(link, "/sign-in/"))
        entered = staff.request(
            "POST", page.url.replace("/console", "/vi/console", 1) if page.url.startswith("/console") else page.url, b"", Origin=site.proxy.url
        )
        assert entered.status == 302
        assert re.match(r"__Host-camket_desk=[^;]+;.*HttpOnly;.*Path=/;.*SameSite=Lax; Secure", entered.headers["set-cookie"])
        assert "domain=" not in entered.headers["set-cookie"].lower()
        assert staff.get("/vi/console/").status == 200
        stolen = Visitor(f"http://localhost:{site.house.port}")
        stolen.cookies = {"camket_desk": staff.cookies["__Host-camket_desk"]}
        assert stolen.request("GET", "/vi/console/").status == 302
        self.is_told_at_once(site, staff)

    def is_told_at_once(self, site: Site, staff: Visitor) -> None:
        """The live stream stands behind the same address, and nothing in between holds it back."""
        told = json.loads(staff.get("/vi/console/stream").text)
        assert told["url"] == "/stream"
        with closing(HTTPSConnection("localhost", site.proxy.https_port, timeout=5, context=site.proxy.trusts)) as connection:
            connection.request("GET", "/stream", headers={"Authorization": f"Bearer {told['ticket']}"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
            assert re.fullmatch(rb":\n\nid: [0-9a-f]{24}\ndata: changed\n\n", b"".join(answer.readline() for _ in range(5)))
            site.house.camket("staff", "dismiss", "chi@staff.example.vn")
            assert answer.read() == b""  # whoever was dismissed hears no more

    def test_believes_nothing_that_a_visitor_says_of_themselves(self, site: Site) -> None:
        page = site.visitor.request("GET", "/contact", **SPOOFED)
        assert page.headers["location"] in ("/vi/contact", "/en/contact")
        assert "strict-transport-security" in page.headers
        assert "evil" not in str(page.headers)
        token = site.visitor.get("/vi/certificate").hidden()["token"]
        spent = [
            site.visitor.request(
                "POST",
                "/vi/certificate",
                f"claim_code=AAAA&token={token}".encode(),
                Content_Type="application/x-www-form-urlencoded",
                X_Forwarded_For=f"198.51.{number}.9",
                X_Real_IP=f"198.51.{number}.9",
                Origin=site.proxy.url,
            ).status
            for number in range(_MOST_LOOK_UPS + 1)
        ]
        assert spent[0] == 404
        assert spent[-1] == 429

    def test_takes_no_larger_body_than_it_reads(self, site: Site) -> None:
        body = b"message=" + b"x" * 2_000_000
        page = site.visitor.request("POST", "/vi/contact", body, Content_Type="application/x-www-form-urlencoded", Origin=site.proxy.url)
        assert page.status == 413

    def test_takes_files_and_gives_a_form_that_brings_too_much_back(self, site: Site) -> None:
        for length, status in ((5_000_000, 200), (20_000_000, 422)):
            page = site.visitor.get("/vi/contact")
            given = {**AN.values("full_name", "email", "message"), "consents": "advise", "work": proof_of_work(page)}
            answer = site.visitor.attach(page, given, File("a.pdf", padded(PDF, length)))
            assert answer.status == status
            assert ("“a.pdf” lớn hơn 5 MB" in answer.words()) is (status == 422)
            assert (AN.message in answer.text) is (status == 422)

    def test_shows_nobody_its_figures(self, site: Site) -> None:
        for headers in ({}, {"X_Forwarded_For": "127.0.0.1"}, {"Host": "localhost"}):
            page = site.visitor.request("GET", "/metrics", **headers)
            assert page.status == 404
            assert "camket_" not in page.text

    def test_answers_for_no_other_name(self, site: Site) -> None:
        found = wire(site.proxy.http_port, b"GET /vi/ HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n")
        assert b" 200 " not in found.partition(b"\r\n")[0]
        assert b"Location: https://evil.example.com" not in found or site.proxy.name == "caddy"
        direct = wire(site.house.port, b"GET /vi/ HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 400 " in direct

    def test_gets_no_request_smuggled_in_behind_another(self, site: Site) -> None:
        inner = b"GET /vi/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = b"POST /vi/contact HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        before = site.house.printed().count('"request"')
        wire(site.proxy.http_port, head % (5 + len(inner)) + b"0\r\n\r\n" + inner)
        assert site.house.printed().count('"request"') == before

    def test_is_written_down_nowhere_with_who_came(self, site: Site, tmp_path: Path) -> None:
        site.visitor.get("/vi/read/secret-of-a-letter?q=an@example.com")
        told = site.house.printed() + "".join(path.read_text(errors="replace") for path in site.proxy.folder.glob("*.log"))
        assert not [word for word in ("secret-of-a-letter", "an@example.com", "198.51.", "evil.example.com") if word in told]
