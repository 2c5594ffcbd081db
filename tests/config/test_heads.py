"""A request's head is told in one way only, whatever was sent."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from django.utils.http import parse_header_parameters
from hypothesis import given
from hypothesis import strategies as st

from camket.config.asgi import application
from camket.config.heads import Header, plain_head, plain_query, plain_type

OCTETS = b"application/octet-stream"
# What a codec of Python's makes of a character set that is none: each answered 500 with a traceback of the whole request.
CHARSETS = ("base64", "hex", "rot13", "zlib", "bz2", "undefined", "idna", "punycode", "unicode_escape", "utf-16", "no-such-thing")


def answer(headers: Sequence[Header] = (), query: bytes = b"", path: str = "/healthz") -> int:
    """Ask the real front, bridge and Django with it, and return the status."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "http_version": "1.1", "client": ("203.0.113.7", 4711)}
    asyncio.run(application({**scope, "headers": [(b"host", b"localhost"), *headers]}, receive, send))
    assert len(statuses) == 1
    return statuses[0]


class TestTheFront:
    @pytest.mark.parametrize("charset", CHARSETS)
    def test_answers_whatever_character_set_is_named(self, charset: str, caplog: pytest.LogCaptureFixture) -> None:
        assert answer([(b"content-type", f"a/b; charset={charset}".encode())], b"product=abc%FF") == 200
        assert caplog.records == []

    @pytest.mark.parametrize("kind", [b"x; a*=zzz''y", b"text/plain; a*=base64''x", b"\xff", b";", b"a/b; charset", b'a/b; c="\\000"', b"a/b;" * 999])
    def test_answers_whatever_content_type_is_named(self, kind: bytes) -> None:
        assert answer([(b"content-type", kind)], b"a=1") == 200

    @pytest.mark.parametrize("query", ["product=é".encode(), b"product=\xe9", b'\x00\x7f\xff "<>', b"&".join(b"a%d=1" % n for n in range(200))])
    def test_answers_whatever_stands_in_the_query(self, query: bytes) -> None:
        assert answer([(b"content-type", b"a/b; charset=utf-8")], query) == 200

    def test_answers_plainly_when_django_cannot_even_begin(self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        canary = "chim-hoang-yen"
        with caplog.at_level(logging.ERROR):
            assert answer(path=f"/\ud800{canary}") == 500  # no server hands such a path on; it stands for what nobody thought of
        (record,) = caplog.records
        assert "UnicodeEncodeError" in record.getMessage()
        assert canary not in "".join(capfd.readouterr()) + record.getMessage()


class TestAHeader:
    def told(self, *headers: Header, body_bytes: int = 0) -> dict[bytes, bytes]:
        return dict(plain_head({"headers": list(headers)}, body_bytes=body_bytes)["headers"])

    @pytest.mark.parametrize("name", [b"x_forwarded_for", b"x-forwarded_for", b"content_length", b"_", b"content_type"])
    def test_with_an_underscore_is_not_believed(self, name: bytes) -> None:
        assert name not in self.told((name, b"198.51.100.1"), (b"x-forwarded-for", b"203.0.113.7"))
        assert self.told((b"x-forwarded-for", b"203.0.113.7"))[b"x-forwarded-for"] == b"203.0.113.7"

    def test_of_the_length_says_what_was_received(self) -> None:
        told = self.told((b"transfer-encoding", b"chunked"), (b"content-length", b"7"), (b"content-length", b"9"), body_bytes=11)
        assert told == {b"content-length": b"11"}


class TestAContentType:
    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            (b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded"),
            (b"Application/JSON; charset=UTF-8", b"application/json"),
            (b"text/plain; charset=base64", b"text/plain"),
            (b"multipart/form-data; boundary=----WebKitFormBoundaryA1", b"multipart/form-data; boundary=----WebKitFormBoundaryA1"),
            (b'multipart/form-data ;charset=rot13; Boundary="a b"', b'multipart/form-data; boundary="a b"'),
            (b"multipart/form-data; boundary=a; boundary=b", OCTETS),
            (b"text/plain; boundary=a", b"text/plain"),
            (b"text", OCTETS),
            (b"", OCTETS),
            (b"text/plain; =x", OCTETS),
            (b"text/plain, multipart/form-data", OCTETS),
        ],
    )
    def test_is_told_without_what_could_be_misread(self, sent: bytes, told: bytes) -> None:
        assert plain_type([sent]) == told

    def test_named_twice_is_none(self) -> None:
        assert plain_type([b"text/plain", b"text/plain"]) == OCTETS

    @given(st.one_of(st.binary(max_size=60), st.from_regex(rb"[a-z*/]{1,9}(; ?[a-z*]{1,9}=[a-z0-9'\"%]{0,9}){0,3}", fullmatch=True)))
    def test_of_any_kind_is_one_that_django_reads_without_a_fault(self, sent: bytes) -> None:
        told = plain_type([sent])
        kind, parameters = parse_header_parameters(told.decode("ascii"))
        assert "/" in kind
        assert parameters.keys() <= {"boundary"}
        assert plain_type([told]) == told


class TestAQuery:
    @given(st.binary(max_size=60))
    def test_is_told_in_letters_that_may_stand_in_an_address(self, sent: bytes) -> None:
        told = plain_query(sent)
        assert all(0x21 <= byte <= 0x7E for byte in told)
        assert plain_query(told) == told

    def test_keeps_what_it_says(self) -> None:
        assert plain_query("product=é&a=%20".encode()) == b"product=%C3%A9&a=%20"
