"""A form in parts is read as far as so many parts go: for each of them a head is read, and whoever sends it does not count them."""

import time
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser
from hypothesis import given
from hypothesis import strategies as st

from camket.config.asgi import BufferedBodies, application
from camket.config.bodies import first_parts
from camket.config.heads import boundary_in, plain_type
from tests.attaching import File, in_parts
from tests.config.test_bodies import FILES, Inner, part, sent

KIND = b"multipart/form-data; boundary=x"
# a file without a name, which Django does not count, under a head that takes long to read
NAMELESS = b"--x\r\nContent-Disposition: form-data" + b";" * 900 + b"filename=a\r\n\r\na\r\n"
TYPED = b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nhello\r\n'


class TestAForm:
    def test_of_as_many_parts_as_may_be_read_is_left_as_it_is(self) -> None:
        body = TYPED * 3 + b"--x--\r\n"
        assert first_parts(body, KIND, most=4) == body

    def test_of_more_is_cut_where_the_next_begins(self) -> None:
        assert first_parts(TYPED * 5 + b"--x--\r\n", KIND, most=4) == TYPED * 4

    @pytest.mark.parametrize("kind", [b"application/x-www-form-urlencoded", b"application/json", b"multipart/form-data", b"text/plain"])
    def test_that_is_in_no_parts_is_left_as_it_is(self, kind: bytes) -> None:
        assert first_parts(TYPED * 5, kind, most=1) == TYPED * 5

    @given(typed=st.lists(st.text(max_size=30), max_size=8), content=st.binary(max_size=200))
    def test_that_a_browser_sends_is_never_cut(self, typed: list[str], content: bytes) -> None:
        body, kind = in_parts({"message": typed}, [File("a.pdf", content)] * 3)
        assert first_parts(body, plain_type([kind.encode()]), most=100) == body

    @pytest.mark.parametrize("written", ["x", '"x"', '"x y"', "----x-7", '"<x>"', "'x'"])
    def test_has_the_boundary_that_django_reads(self, written: str) -> None:
        kind = plain_type([f"Multipart/Form-Data; charset=utf-16; Boundary={written}".encode()])
        parser = MultiPartParser({"CONTENT_TYPE": kind.decode(), "CONTENT_LENGTH": 1}, None, [MemoryFileUploadHandler()])
        assert parser._boundary == boundary_in(kind)


class TestABomb:
    def test_of_nine_megabytes_of_nameless_files_is_no_work(self) -> None:
        """It was half a minute's, for a request that anybody can send."""
        inner = Inner()
        scope = {**FILES, "headers": [(b"content-type", KIND)]}
        body = TYPED + NAMELESS * (settings.CAMKET_FILES_LIMIT_BYTES // len(NAMELESS))
        bodies = BufferedBodies(inner, limit_bytes=2**20, deadline_seconds=5, wider=application._wider)
        assert sent(bodies, scope, [part(body)]) == 200
        (read,) = inner.bodies
        assert read.count(b"--x") == 100
        assert read.startswith(TYPED)
        started = time.process_time()
        head = {"CONTENT_TYPE": KIND.decode(), "CONTENT_LENGTH": len(read)}
        MultiPartParser(head, BytesIO(read), [MemoryFileUploadHandler()]).parse()
        assert time.process_time() - started < 2

    def test_sent_to_a_page_without_files_is_none_either(self) -> None:
        inner = Inner()
        bodies = BufferedBodies(inner, limit_bytes=2**20, deadline_seconds=5)
        assert sent(bodies, {"type": "http", "headers": [(b"content-type", KIND)]}, [part(NAMELESS * 1000)]) == 200
        assert inner.bodies[0].count(b"--x") == 100
        assert inner.headers[b"content-length"] == b"%d" % len(inner.bodies[0])
