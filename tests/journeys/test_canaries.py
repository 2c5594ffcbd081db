"""A canary in every field, driven through every door; then a look into every file that the house and its database left behind."""

import base64
import contextlib
import gzip
import hashlib
import html
import json
import os
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import psycopg
import pysqlite3
import pytest

from tests import stage
from tests.cast import CHI
from tests.journeys.canaries import leaks_below, spellings
from tests.journeys.house import House, link_in, running
from tests.journeys.post_office import PostOffice
from tests.journeys.visitor import Page, Visitor, fill_in_like_a_person, proof_of_work

NewHome = Callable[[], Mapping[str, str]]
FROM = {"CAMKET_CONTROLLER_EMAIL": "lienhe@example.vn"}

PERSON = {
    "full_name": "Đặng Thùy Hoàng Yến Oanh Vàng",
    "email": "hoang.yen.4711@canary.example.vn",
    "phone": "0912 000 471",
    "address": "Số 4711, ngõ Mỏ Than, phường Chim Hót",
    "message": "Con hoàng yến thứ nhất hót trong mỏ than lúc nửa đêm.",
}
REFUSED = {
    "full_name": "Quách Tĩnh Họa Mi Lửa",
    "email": "hoa.mi.4712@canary.example.vn",
    "address": "Hẻm 4712, đường Sáo Sậu, phường Chim Hót",
    "message": "Con họa mi thứ hai không được nhận vào lồng.",
}
FAILED = {
    "full_name": "Lưu Khướu Bạc Má",
    "email": "khuou.4713@canary.example.vn",
    "phone": "0912 000 473",
    "message": "Con khướu thứ ba bay vào lúc máy chủ hỏng.",
}
PASSED_ON = {"full_name": "Mạc Chích Chòe Than", "email": "chich.choe.4714@canary.example.vn", "address": "Ngách 4714, phố Vành Khuyên"}
SAID = {"answer": "Con vành khuyên thứ năm trả lời chị Oanh rằng gói Cơ bản là đủ.", "note": "Con chào mào thứ sáu ghi lại cho đồng nghiệp."}
ASKED = {"query": "sao.nau.4717@canary.example.vn", "path": "Sơn-Ca-4718", "key": "khoa-cua-vet-4719"}

CANARIES = {
    f"{group}.{name}": value
    for group, values in {"person": PERSON, "refused": REFUSED, "failed": FAILED, "passed on": PASSED_ON, "said": SAID, "asked": ASKED}.items()
    for name, value in values.items()
}


def write(visitor: Visitor, **values: object) -> Page:
    page = visitor.get("/vi/contact")
    fill_in_like_a_person()
    return visitor.submit(page, {"consents": ["advise", "provide_service"], "work": proof_of_work(page), **values})


def house_database(house: House) -> psycopg.Connection | pysqlite3.Connection:
    """Open the house's database beside it, as an operator with a shell could."""
    if stage.DATABASE == "postgres":
        return psycopg.connect(house.environment["CAMKET_DATABASE_URL"])
    return pysqlite3.connect(house.home / "data.sqlite3", timeout=20)


@contextlib.contextmanager
def without_its_catalogue(house: House) -> Iterator[None]:
    """Take a table away while the house runs: every page that needs it fails."""

    def rename(old: str, new: str) -> None:
        with contextlib.closing(house_database(house)) as connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
            connection.commit()

    rename("catalogue_product", "catalogue_gone")
    try:
        yield
    finally:
        rename("catalogue_gone", "catalogue_product")


def left_behind(house: House) -> list[Path]:
    """Every place where something of the visit could lie: the home, what the house printed, and the database server's own files."""
    places = [house.home, house.log]
    if stage.DATABASE == "postgres":
        with psycopg.connect(os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            folder = Path(str(connection.execute("SHOW data_directory").fetchall()[0][0]))
            names = [urlsplit(house.environment[name]).path.strip("/") for name in ("CAMKET_DATABASE_URL", "CAMKET_KEYS_DATABASE_URL")]
            ids = connection.execute("SELECT oid FROM pg_database WHERE datname = ANY(%s)", [names]).fetchall()
        places += [folder / "base" / str(row[0]) for row in ids] + [folder / "pg_wal", folder / "global", folder / "log"]
        places += [path for path in folder.iterdir() if path.is_file()]
    return [place for place in places if place.exists()]


class Visit:
    """Everything that a canary can be carried into: doors that take it, refuse it, and break over it."""

    def __init__(self, house: House, post: PostOffice) -> None:
        self.house, self.post = house, post
        self.stranger, self.chi = Visitor(house.url), Visitor(house.url)
        link = house.camket("staff", "add", CHI.email, "--role", "adviser", "--name", "Chi").strip().splitlines()[-1]
        assert self.chi.submit(self.chi.get(link_in(link, "/sign-in/")), {}).status == 200

    def at_the_form(self) -> str:
        received = write(self.stranger, **PERSON)
        assert received.status == 200
        reference = received.words()[received.words().index("CK-") :][:12]
        self.post.wait_for(PERSON["email"], count=1)
        assert write(self.stranger, **REFUSED, phone="0912").status == 422
        assert write(self.stranger, **REFUSED, consents=["advise"]).status == 422
        page = self.stranger.get("/vi/contact")
        assert self.stranger.post("/vi/contact", {**page.hidden(), **REFUSED}, Origin="https://evil.example.com").status == 403
        long, form = urlencode(REFUSED).encode() * 300, {"Content-Type": "application/x-www-form-urlencoded"}
        assert self.stranger.request("POST", "/vi/contact", long, **form).status == 413
        assert self.stranger.get(f"/vi/{quote(ASKED['path'])}?q={quote(ASKED['query'])}").status == 404
        return reference

    def while_it_is_broken(self) -> None:
        page = self.stranger.get("/vi/contact")
        values = {**page.hidden(), **FAILED, "consents": ["advise"], "work": proof_of_work(page)}
        with without_its_catalogue(self.house):
            assert self.stranger.submit(page, values).status == 500

    def with_a_carrier_that_refuses(self) -> None:
        """The carrier's answer repeats the address, as real ones do."""
        self.post.answer = f"550 5.1.1 <{FAILED['email']}>: {FAILED['email']} unknown here"
        assert write(self.stranger, **FAILED, consents=["advise"]).status == 200
        deadline = time.monotonic() + 30
        while "550" not in self.chi.get("/vi/console/letters").text:
            assert time.monotonic() < deadline, self.chi.get("/vi/console/letters").words() + self.house.printed()
            time.sleep(0.1)
        self.post.answer = ""

    def at_the_door_for_programs(self) -> None:
        secret = self.house.camket("token", "add", "shop", "--scope", "inquiries:write").strip().splitlines()[-1]
        body = {"fields": PASSED_ON, "message": REFUSED["message"], "consents": ["advise"]}
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json", "Idempotency-Key": ASKED["key"]}
        assert self.stranger.request("POST", "/api/v1/inquiries", json.dumps(body).encode(), **headers).status == 403
        assert self.stranger.request("POST", "/api/v1/inquiries", json.dumps({"more": REFUSED}).encode(), **headers).status == 422

    def at_the_desk(self, reference: str) -> None:
        chi = self.chi
        assert PERSON["full_name"] in chi.get("/vi/console/").words()
        path = f"/vi/console/inquiries/{reference}"
        for act, text in SAID.items():
            assert chi.submit(chi.get(path), {"act": act, act: text}, path).status == 200
        assert chi.submit(chi.get("/vi/console/find"), {"query": ASKED["query"]}).status == 200
        assert reference in chi.submit(chi.get("/vi/console/find"), {"query": PERSON["email"]}).words()
        assert chi.get("/vi/console/letters").status == 200
        self.post.wait_for(PERSON["email"], count=2)


@pytest.mark.slow
class TestACanary:
    @pytest.mark.clause("7.1")
    def test_planted_in_every_field_is_found_in_no_file(self, new_home: NewHome) -> None:
        with PostOffice() as post, running(new_home(), CAMKET_SMTP_URL=post.url, **FROM) as house:
            visit = Visit(house, post)
            reference = visit.at_the_form()
            visit.while_it_is_broken()
            visit.with_a_carrier_that_refuses()
            visit.at_the_door_for_programs()
            visit.at_the_desk(reference)
            running_still = leaks_below(left_behind(house), CANARIES)
        assert not running_still, running_still
        at_rest = leaks_below(left_behind(house), CANARIES)
        assert not at_rest, at_rest
        assert "500" in house.printed()  # the fault was logged: its place and kind, and nothing of the visitor's

    def test_left_in_the_home_by_mistake_is_found_there(self, new_home: NewHome) -> None:
        """The same look over the same folder fails as soon as one value lies in it."""
        with PostOffice() as post, running(new_home(), "--no-worker", CAMKET_SMTP_URL=post.url, **FROM) as house:
            with contextlib.closing(house_database(house)) as connection:
                connection.execute("UPDATE catalogue_product SET summary_vi = '" + PERSON["full_name"] + "'")  # noqa: S608  # our own words
                connection.commit()
            found = {leak.name for leak in leaks_below(left_behind(house), CANARIES)}
        assert found == {"person.full_name"}


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
