"""What a file is, is told by what is in it; and it is kept under a name that says so and hides nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.files import ENDINGS, MEDIA_TYPES, FileKind, kept_name, kind_by_name, kind_of
from tests.attaching import JPEG, PDF, PNG, TEXT, WEBP

SAMPLES = {FileKind.PDF: PDF, FileKind.PNG: PNG, FileKind.JPEG: JPEG, FileKind.WEBP: WEBP, FileKind.TEXT: TEXT}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = "\ufeff \n<!DOCTYPE html><title>x</title>".encode()


class TestAKind:
    @pytest.mark.parametrize("kind", list(FileKind))
    @pytest.mark.parametrize("name", ["a.exe", "", "a.txt"])
    def test_is_told_by_what_is_in_it(self, kind: FileKind, name: str) -> None:
        assert kind_of(SAMPLES[kind], name=name) is kind

    @pytest.mark.parametrize("kind", sorted(set(FileKind) - {FileKind.TEXT}))
    def test_of_a_picture_holds_under_the_name_of_another(self, kind: FileKind) -> None:
        assert kind_of(SAMPLES[kind], name="a.png") is kind

    @pytest.mark.parametrize(
        "content",
        [
            SVG,
            HTML,
            b"<?xml version='1.0'?><a/>",
            b"</p>",
            b"MZ\x90\x00\x03",
            b"PK\x03\x04\x14\x00",
            b"GIF89a\x01\x00",
            b"\x00\x00\x00\x20ftypheic",
            b"RIFF\x00\x00\x00\x00WAVEfmt ",
            b"\x1f\x8b\x08\x00",
            b"\x89PNG\r\n\x1a",
            "Xin chào".encode("utf-16"),
            b"Xin ch\xe0o",
            b"a\x00b",
            b"a\x1b[2Jb",
            "a\x85b".encode(),
        ],
        ids=repr,
    )
    def test_that_is_not_taken_is_none(self, content: bytes) -> None:
        assert kind_of(content, name="a.txt") is None

    @pytest.mark.parametrize("name", ["a.png", "a.JPG", "a.pdf", "a.webp"])
    def test_of_a_text_that_calls_itself_something_else_is_none(self, name: str) -> None:
        assert kind_of(TEXT, name=name) is None

    @pytest.mark.parametrize("text", ["", "\ufeffcó dấu", "a < b", "1 <2", "dòng\fmới\ttab", "<- mũi tên", "😀"])
    def test_of_plain_text_is_text(self, text: str) -> None:
        assert kind_of(text.encode(), name="ghi chú") is FileKind.TEXT

    def test_has_its_endings_and_its_media_type(self) -> None:
        assert set(ENDINGS) == set(MEDIA_TYPES) == set(FileKind)


class TestAName:
    @pytest.mark.parametrize(
        ("given_name", "kind", "kept"),
        [
            ("Hợp đồng số 7.pdf", FileKind.PDF, "Hợp đồng số 7.pdf"),
            ("ảnh.JPEG", FileKind.JPEG, "ảnh.jpeg"),
            ("x.pdf.exe", FileKind.PDF, "x.pdf.exe.pdf"),
            ("../../etc/passwd", FileKind.TEXT, "passwd.txt"),
            ("C:\\Users\\An\\ghi chú.txt", FileKind.TEXT, "ghi chú.txt"),
            ("a\u202egpj.exe", FileKind.JPEG, "agpj.exe.jpg"),
            ("\u200bx.png", FileKind.PNG, "x.png"),
            ("a\x00b.png", FileKind.PNG, "ab.png"),
            ("a\r\nSet-Cookie: x.png", FileKind.PNG, "aSet-Cookie- x.png"),
            ('a"b<c>.webp', FileKind.WEBP, "a-b-c-.webp"),
            ("  .htaccess  ", FileKind.TEXT, "htaccess.txt"),
            ("a .pdf", FileKind.PDF, "a.pdf"),
            ("a\u00a0\u3000b.pdf", FileKind.PDF, "a b.pdf"),
            ("", FileKind.PDF, "file.pdf"),
            ("...", FileKind.PDF, "file.pdf"),
            (".pdf", FileKind.PDF, "pdf.pdf"),
            ("\u202e", FileKind.TEXT, "file.txt"),
            ("a\u200b\u0301.pdf", FileKind.PDF, "\u00e1.pdf"),
            ("a" + "\u0301" * 60 + "b.pdf", FileKind.PDF, "\u00e1" + "\u0301" * 4 + "b.pdf"),
            ("\u3164\u2800.pdf", FileKind.PDF, "pdf.pdf"),
            ("a\u034f\ufe0f.pdf\u115f", FileKind.PDF, "a.pdf"),
            (unicodedata.normalize("NFD", "Báo giá.pdf"), FileKind.PDF, "Báo giá.pdf"),
        ],
        ids=repr,
    )
    def test_holds_nothing_that_cannot_be_seen_and_no_path(self, given_name: str, kind: FileKind, kept: str) -> None:
        assert kept_name(given_name, kind=kind, max_length=255) == kept

    def test_of_five_thousand_letters_is_cut(self) -> None:
        kept = kept_name("ế" * 5000 + ".pdf", kind=FileKind.PDF, max_length=255)
        assert kept == "ế" * 83 + ".pdf"
        assert len(kept.encode()) <= 255

    def test_is_no_longer_than_the_edition_says(self) -> None:
        assert kept_name("a" * 500, kind=FileKind.TEXT, max_length=40) == "a" * 36 + ".txt"

    @given(name=st.text(max_size=400), kind=st.sampled_from(FileKind), max_length=st.integers(1, 300))
    def test_always_says_what_is_in_it(self, name: str, kind: FileKind, max_length: int) -> None:
        kept = kept_name(name, kind=kind, max_length=max_length)
        assert kind_by_name(kept) is kind
        assert kept_name(kept, kind=kind, max_length=max_length) == kept
        assert len(kept) <= max(max_length, 16)
        assert len(kept.encode()) <= 255
        assert not any(unicodedata.category(c)[0] == "C" or c in '/\\:*?"<>|' for c in kept)
        assert kept == kept.strip(". ")
