"""The desks' live stream as it is served: over real sockets, by browsers and by whoever means no good, and without it."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import stage
from tests.cast import AN
from tests.journeys.furnished import at_desk, write
from tests.journeys.house import House, running
from tests.journeys.looking import Watch
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.slow
WITHIN_MS = 2_000
_MOST_OF_A_SESSION = 6
_MOST_CONNECTIONS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A house with one inquiry, and two advisers at their desks."""

    house: House
    chi: Visitor = field(repr=False)
    minh: Visitor = field(repr=False)
    reference: str

    def ticket(self, who: Visitor | None = None) -> str:
        """Return a fresh ticket for the list, Chi's where nobody else is named."""
        told = json.loads((who or self.chi).get("/vi/console/stream").text)
        assert told["url"] == f"http://{self.house.stream}/stream"
        return str(told["ticket"])

    def note(self, text: str) -> None:
        """Minh writes a note."""
        path = f"/vi/console/inquiries/{self.reference}"
        assert self.minh.submit(self.minh.get(path), {"act": "note", "note": text}, path).status == 200

    @contextmanager
    def stream(self, ticket: str = "", *, method: str = "GET", path: str = "/stream", **headers: str) -> Iterator[HTTPResponse]:
        """Knock at the stream's own port, and yield what it answers while the connection is held."""
        sent = {"Host": self.house.stream, **({"Authorization": f"Bearer {ticket}"} if ticket else {})}
        with closing(HTTPConnection("127.0.0.1", self.house.stream_port, timeout=15)) as connection:
            connection.request(method, path, headers={**sent, **{name.replace("_", "-"): value for name, value in headers.items()}})
            answer = connection.getresponse()  # kept: it holds the socket
            yield answer

    def status(self, ticket: str = "", **asked: str) -> int:
        """Return only whether one is let in."""
        with self.stream(ticket, **asked) as answer:
            return answer.status

    def figures(self) -> Mapping[str, str]:
        """Return the house's figures by name."""
        return dict(re.findall(r"(?m)^(camket_stream_\w+) (\S+)$", Visitor(self.house.url).get("/metrics").text))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with stage.installation(tmp_path_factory.mktemp("home")) as environment, running(environment, "--no-worker") as house:
        chi, minh = at_desk(house, "chi@staff.example.vn", "adviser"), at_desk(house, "minh@staff.example.vn", "adviser")
        yield Desk(house=house, chi=chi, minh=minh, reference=write(Visitor(house.url), **AN.values("full_name", "email", "message")))


@contextmanager
def opened(browser: Browser, desk: Desk, *, may_fail: bool = False) -> Iterator[Page]:
    """A page for Chi; where the stream may fail, the browser may say that."""
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies([{"name": "camket_desk", "value": desk.chi.cookies["camket_desk"], "url": desk.house.url}])
    watch = Watch(host=f"localhost:{desk.house.port}", stream=desk.house.stream).over(context)
    yield context.new_page()
    context.close()
    assert not [one for one in watch.complaints if not (may_fail and ("(Service Unavailable)" in one or "net::ERR_" in one))]


def looks(page: Page, *, is_hidden: bool) -> None:
    """Put the page into the back of its window, or to the front again."""
    page.evaluate("(is) => Object.defineProperty(document, 'hidden', { value: is, configurable: true })", is_hidden)
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def until(holds: Callable[[], bool], *, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestWhatAColleagueDoes:
    @pytest.mark.parametrize("path", ["", "inquiries/{reference}"])
    def test_appears_on_an_open_page_within_two_seconds(self, browser: Browser, desk: Desk, path: str) -> None:
        with opened(browser, desk) as page:
            with page.expect_response(f"http://{desk.house.stream}/stream") as listening:
                page.goto(f"{desk.house.url}/vi/console/{path.format(reference=desk.reference)}")
            assert (listening.value.status, listening.value.request.method) == (200, "GET")
            expect(page.locator("[data-news]")).to_be_hidden()
            desk.note(f"Đã gọi, {path}.")
            expect(page.locator("[data-news]")).to_be_visible(timeout=WITHIN_MS)

    def test_is_not_listened_for_while_nobody_looks(self, browser: Browser, desk: Desk) -> None:
        with opened(browser, desk) as page:
            with page.expect_response(f"http://{desk.house.stream}/stream"):
                page.goto(f"{desk.house.url}/vi/console/")
            with page.expect_event("requestfailed") as let_go:
                looks(page, is_hidden=True)
            assert let_go.value.url == f"http://{desk.house.stream}/stream"
            desk.note("Lúc không ai xem.")
            with page.expect_response(f"http://{desk.house.stream}/stream"):
                looks(page, is_hidden=False)
            expect(page.locator("[data-news]")).to_be_visible(timeout=WITHIN_MS)

    def test_appears_again_once_the_stream_that_was_killed_is_back(self, browser: Browser, desk: Desk) -> None:
        with opened(browser, desk, may_fail=True) as page:
            with page.expect_response(f"http://{desk.house.stream}/stream"):
                page.goto(f"{desk.house.url}/vi/console/")
            with page.expect_response(f"http://{desk.house.stream}/stream", timeout=15_000) as again:
                for pid in named("camket-stream", desk):
                    os.kill(pid, signal.SIGKILL)
                assert Visitor(desk.house.url).get("/healthz").status == 200  # the pages never missed it
            assert again.value.status == 200
            desk.note("Sau khi khởi động lại.")
            expect(page.locator("[data-news]")).to_be_visible(timeout=WITHIN_MS)

    def test_appears_by_asking_where_the_stream_is_not_reached(self, browser: Browser, desk: Desk) -> None:
        with opened(browser, desk, may_fail=True) as page:
            page.clock.install()
            page.route(f"http://{desk.house.stream}/**", lambda route: route.fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"}))
            page.goto(f"{desk.house.url}/vi/console/")
            desk.note("Không ai nghe máy.")
            expect(page.locator("[data-news]")).to_be_hidden()
            page.clock.run_for(16_000)
            expect(page.locator("[data-news]")).to_be_visible()


@pytest.mark.whatever_database
class TestTheStream:
    def test_says_that_something_changed_and_never_what(self, desk: Desk) -> None:
        with desk.stream(desk.ticket(), Origin=desk.house.url) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
            assert (answer.headers["Access-Control-Allow-Origin"], answer.headers["Cache-Control"]) == (desk.house.url, "no-store")
            assert "Set-Cookie" not in answer.headers
            told = b"".join(answer.readline() for _ in range(5))
            assert re.fullmatch(rb":\n\nid: [0-9a-f]{24}\ndata: changed\n\n", told)
            desk.note(AN.message)
            assert re.fullmatch(rb"id: [0-9a-f]{24}\ndata: changed\n\n", b"".join(answer.readline() for _ in range(3)))
            mark = told.split()[2].decode()
        with desk.stream(desk.ticket(), Last_Event_ID=mark) as answer:  # it has moved on since
            assert [answer.readline() for _ in range(3)][2] != b"id: " + mark.encode() + b"\n"

    def test_takes_a_ticket_once_from_the_page_it_was_made_for(self, desk: Desk) -> None:
        ticket = desk.ticket()
        assert desk.status(ticket, Origin="http://localhost:1") == 403
        assert desk.status(ticket, Sec_Fetch_Site="cross-site") == 403
        assert desk.status(ticket) == 200
        assert desk.status(ticket) == 401

    @pytest.mark.parametrize(
        ("status", "asked"),
        [
            (401, {}),
            (401, {"Authorization": "Basic eDp4"}),
            (401, {"Authorization": "Bearer x:y:z"}),
            (401, {"Authorization": "Bearer " + "é" * 200}),
            (400, {"Host": "evil.example.com"}),
            (404, {"path": "/"}),
            (404, {"path": "/stream/../healthz"}),
            (404, {"path": "/vi/console/"}),
            (405, {"method": "POST"}),
            (403, {"method": "OPTIONS", "Origin": "https://evil.example.com"}),
            (403, {"method": "OPTIONS", "Origin": "null"}),
            (403, {"method": "OPTIONS"}),
            (431, {"Authorization": "Bearer " + "x" * 20_000}),
        ],
    )
    def test_refuses_whatever_is_not_one_of_our_pages(self, desk: Desk, status: int, asked: dict[str, str]) -> None:
        with desk.stream(**{name: value.encode().decode("latin-1") if name == "Authorization" else value for name, value in asked.items()}) as answer:
            assert answer.status == status
            assert "Access-Control-Allow-Origin" not in answer.headers

    def test_lets_a_browser_ask_before_it_shows_its_ticket(self, desk: Desk) -> None:
        with desk.stream(method="OPTIONS", Origin=desk.house.url, Access_Control_Request_Headers="authorization") as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, desk.house.url)
            assert "authorization" in answer.headers["Access-Control-Allow-Headers"]

    def test_takes_so_many_open_pages_of_one_session_and_tells_of_them(self, desk: Desk) -> None:
        until(lambda: desk.figures().get("camket_stream_listeners") == "0")  # those of the tests before have gone
        with ExitStack() as stack:
            for _ in range(_MOST_OF_A_SESSION):
                assert stack.enter_context(desk.stream(desk.ticket())).status == 200
            assert desk.status(desk.ticket()) == 503
            assert desk.status(desk.ticket(desk.minh)) == 200
            until(lambda: desk.figures().get("camket_stream_listeners") == str(_MOST_OF_A_SESSION))
        assert desk.figures()["camket_stream_running"] == "1"

    def test_ends_within_seconds_for_whom_the_session_has_ended(self, desk: Desk) -> None:
        leaving = at_desk(desk.house, "leaving@staff.example.vn", "adviser")
        with desk.stream(desk.ticket(leaving)) as answer:
            answer.readline()
            began = time.monotonic()
            home = leaving.get("/vi/console/")
            assert leaving.submit(home, {}, "/vi/console/sign-out").status == 200
            answer.read()
            assert time.monotonic() - began < 5

    def test_holds_a_crowd_of_sockets_off_and_writes_nobody_down(self, desk: Desk) -> None:
        with ExitStack() as stack:
            for _ in range(_MOST_CONNECTIONS + 100):
                stack.enter_context(socket.create_connection(("127.0.0.1", desk.house.stream_port), timeout=5))
            held = max(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in named("camket-stream", desk))
            assert held < _MOST_CONNECTIONS + 60
            assert Visitor(desk.house.url).get("/healthz").status == 200
        until(lambda: desk.status(desk.ticket()) == 200)
        assert not [line for line in desk.house.printed().splitlines() if "127.0.0.1:" in line.replace(f"127.0.0.1:{desk.house.port}", "")]


def named(name: str, desk: Desk) -> list[int]:
    """Return the processes of the house that go by a name."""
    return [pid for pid in desk.house.pids("camket") if Path(f"/proc/{pid}/comm").read_text().strip() == name]
