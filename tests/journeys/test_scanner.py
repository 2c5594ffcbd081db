"""The scanner itself: whatever dress a value is put in, it is found; and nothing is found where nothing was planted."""

import base64
import gzip
import hashlib
import html
import json
import unicodedata
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.journeys.canaries import leaks_below, spellings
from tests.journeys.flock import CANARIES, PERSON

NAME, PHONE, EMAIL = PERSON["full_name"], PERSON["phone"], PERSON["email"]


def mail(text: str, way: str) -> bytes:
    """A letter as software writes it: lines of 76, in one of the ways that mail has for other letters."""
    letter = EmailMessage()
    letter.set_content(f"Kính gửi anh chị, lời nhắn của {text} đã đến nơi và được giữ kín trong hồ sơ của chúng tôi.\n", cte=way)
    return letter.as_bytes()


def header(text: str) -> bytes:
    letter = EmailMessage()
    letter["Subject"] = text
    return letter.as_bytes()


def bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.replace("Đ", "D")) if not unicodedata.combining(c))


PLANTED = {
    "as typed": f"INFO received from {NAME}".encode(),
    "in loose letters": unicodedata.normalize("NFD", NAME).encode(),
    "in small letters": NAME.lower().encode(),
    "in capitals": NAME.upper().encode(),
    "without diacritics": bare(NAME).encode(),
    "without diacritics, small": bare(NAME).lower().encode(),
    "in UTF-16": NAME.encode("utf-16"),
    "in UTF-16, the other way round": NAME.encode("utf-16-be"),
    "in an address": f"/find?{urlencode({'q': NAME})}".encode(),
    "in a path": quote(NAME).encode(),
    "in mail, quoted-printable": mail(NAME, "quoted-printable"),
    "in mail, base64": mail(NAME, "base64"),
    "in HTML": f"<p>{html.escape(NAME)}</p>".encode(),
    "in HTML, numbered": NAME.encode("ascii", "xmlcharrefreplace"),
    "in JSON": json.dumps({"name": NAME}).encode(),
    "in JSON, plain": json.dumps({"name": NAME}, ensure_ascii=False).encode(),
    "base64 at 0": base64.b64encode(NAME.encode() + b"tail"),
    "base64 at 1": base64.b64encode(b"x" + NAME.encode() + b"tail"),
    "base64 at 2": base64.b64encode(b"xy" + NAME.encode() + b"tail"),
    "base64url": base64.urlsafe_b64encode(b"xy" + NAME.encode() + b"tail"),
    "in hex": NAME.encode().hex().encode(),
    "in hex capitals": NAME.encode().hex().upper().encode(),
    "phone as typed": PHONE.encode(),
    "phone without spaces": b"0912000471",
    "phone from 84": b"84912000471",
    "phone from +84": b"+84912000471",
    "phone with points": b"0912.000.471",
    "phone with strokes": b"0912-000-471",
    "MD5": hashlib.md5(EMAIL.encode(), usedforsecurity=False).hexdigest().encode(),
    "SHA-1": hashlib.sha1(EMAIL.encode(), usedforsecurity=False).digest(),
    "SHA-256": hashlib.sha256(EMAIL.encode()).hexdigest().encode(),
    "SHA-256 of the phone's digits": hashlib.sha256(b"+84912000471").digest(),
    "packed": gzip.compress(f"backup of {NAME}".encode()),
    "packed behind something else": b"header" + gzip.compress(NAME.encode()),
}


class TestTheScanner:
    @pytest.mark.parametrize("way", PLANTED)
    def test_finds_what_was_planted(self, tmp_path: Path, way: str) -> None:
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "page.db").write_bytes(b"\x01" * 7 + b"\x00" * 5000 + PLANTED[way] + b"\x02" * 9)
        assert {leak.name for leak in leaks_below([tmp_path], CANARIES)} & {"person.full_name", "person.email", "person.phone"}

    def test_finds_a_value_in_the_name_of_a_file(self, tmp_path: Path) -> None:
        (tmp_path / f"{EMAIL}.eml").write_bytes(b"")
        assert leaks_below([tmp_path], CANARIES)

    def test_finds_nothing_where_nothing_was_planted(self, tmp_path: Path) -> None:
        (tmp_path / "random").write_bytes(hashlib.shake_256(b"seed").digest(2_000_000))
        (tmp_path / "words").write_text("Chào anh chị, tôi muốn hỏi gói máy chủ. 0912 000 101 hoai.an@example.vn\n" * 1000)
        assert leaks_below([tmp_path], CANARIES) == []

    def test_knows_every_canary_in_every_spelling(self) -> None:
        by_name: dict[str, int] = {}
        for name, _ in spellings(CANARIES).values():
            by_name[name] = by_name.get(name, 0) + 1
        assert set(by_name) == set(CANARIES)
        assert all(count > 25 for count in by_name.values()), by_name
