"""What comes over the wire as no browser would send it: refused or answered plainly, never mistaken for somebody else's request."""

import socket
from collections.abc import Iterator

import pytest

from tests import stage
from tests.journeys.house import House

pytestmark = [pytest.mark.slow, pytest.mark.whatever_database]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if stage.DATABASE == "postgres":
        pytest.skip("told once, on SQLite: the wire knows nothing of the database")
    with stage.installation(tmp_path_factory.mktemp("home")) as environment:
        made = House(environment)
        made.start("--no-worker")
        try:
            yield made
        finally:
            made.stop()


def answers(house: House, sent: bytes) -> bytes:
    """Send bytes as they stand, and return what comes back within two seconds."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=2) as connection:
        found = b""
        try:
            connection.sendall(sent)
            while part := connection.recv(65536):
                found += part
        except OSError:
            pass
    return found


def statuses(found: bytes) -> list[bytes]:
    return [line.split(b" ")[1] for line in found.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def get(path: bytes, *more: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: localhost", b"Connection: close", *more, b"", b""])


SMUGGLED = b"GET /vi/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


class TestARequestOfTwoLengths:
    @pytest.mark.parametrize(
        "head",
        [
            b"Content-Length: 4\r\nContent-Length: 5",
            b"Content-Length: 4, 5",
            b"Content-Length: +4",
            b"Content-Length: 0x4",
            b"Content-Length: -1",
            b"Transfer-Encoding: xchunked",
            b"Transfer-Encoding: chunked, identity",
        ],
        ids=bytes.decode,
    )
    def test_is_refused(self, house: House, head: bytes) -> None:
        found = answers(house, b"POST /vi/contact HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)
        assert statuses(found)[:1] in ([], [b"400"], [b"501"]), found[:300]
        assert b"smuggled" not in house.printed().encode()

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the length first", "the coding first"])
    def test_is_read_by_its_chunks_alone_so_that_none_of_it_is_left_for_the_next(self, house: House, order: tuple[int, int]) -> None:
        heads = (b"Content-Length: 200", b"Transfer-Encoding: chunked")
        lines = (b"POST /vi/contact HTTP/1.1", b"Host: localhost", b"Connection: close", *(heads[one] for one in order))
        sent = b"\r\n".join((*lines, b"", b"0", b"", SMUGGLED))
        assert len(statuses(answers(house, sent))) <= 1


class TestAHeadThatIsTooLarge:
    def test_is_refused_without_a_word_of_it(self, house: House) -> None:
        found = answers(house, get(b"/vi/", b"X-Long: " + b"a" * 2_000_000))
        assert statuses(found) in ([], [b"431"], [b"400"])
        assert b"aaaa" not in found

    def test_of_very_many_lines_is_refused(self, house: House) -> None:
        found = answers(house, get(b"/vi/", *(b"X-%d: a" % number for number in range(5000))))
        assert statuses(found) in ([], [b"431"], [b"400"])

    def test_leaves_the_house_serving(self, house: House) -> None:
        assert statuses(answers(house, get(b"/healthz"))) == [b"200"]


class TestALineThatIsNoHttp:
    @pytest.mark.parametrize(
        "sent",
        [
            b"GET /vi/ HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
            b"GET /vi/ HTTP/1.1\r\nHost: localhost\r\nX y: a\r\n\r\n",
            b"GET /vi/\r\n\r\n",
            b"GET  /vi/ HTTP/9.9\r\nHost: localhost\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
        ids=["a zero byte", "a space in a name", "no version", "no such version", "TLS", "HTTP/2"],
    )
    def test_gets_no_page(self, house: House, sent: bytes) -> None:
        found = answers(house, sent)
        assert b"200 OK" not in found
        assert statuses(answers(house, get(b"/healthz"))) == [b"200"]

    def test_that_breaks_into_the_next_header_writes_none(self, house: House) -> None:
        for path in (b"/contact%0d%0aSet-Cookie:%20a=b", b"/contact?x=%0d%0aSet-Cookie:%20a=b", b"/vi/policy/editions%0aX-Own:1"):
            head = answers(house, get(path)).partition(b"\r\n\r\n")[0].lower()
            assert b"\r\nset-cookie:" not in head
            assert b"\r\nx-own:" not in head

    def test_names_two_hosts_and_is_answered_for_none_but_ours(self, house: House) -> None:
        found = answers(house, b"GET /contact HTTP/1.1\r\nHost: localhost\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n")
        assert b"evil" not in found
        absolute = answers(house, b"GET http://evil.example.com/contact HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"evil" not in absolute


class TestAPartOfAnAnswer:
    @pytest.mark.parametrize("asked", [b"bytes=0-9", b"bytes=99999999-", b"bytes=-1", b"bytes=5-1", b"bytes=0-0,2-2,4-4", b"bytes=x", b"items=0-5"])
    @pytest.mark.parametrize("path", [b"/vi/", b"/static/kit/camket.css", b"/robots.txt"])
    def test_is_given_or_refused_and_never_a_fault_of_ours(self, house: House, path: bytes, asked: bytes) -> None:
        (status,) = statuses(answers(house, get(path, b"Range: " + asked)))
        assert status in (b"200", b"206", b"416")
