"""Files at the contact form: what may be chosen is said before, what is refused is said by its name, and nothing that was typed is lost."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camket.duties.custody import queries as custody
from camket.duties.intake import actions as intake
from camket.duties.intake import rules
from camket.duties.publishing import queries as editions
from camket.policy.terms import ADVISE
from camket.vault.models import File as StoredFile
from tests.attaching import JPEG, PDF, PNG, TEXT, WEBP, File, in_parts, padded
from tests.cast import AN
from tests.journeys.visitor import Page, proof_of_work
from tests.web.browsing import Browser, Clock, everything_kept, everything_written, opened_earlier

pytestmark = pytest.mark.clause("1.2")

GOOD = AN.values("full_name", "email", "phone", "message")
MEGABYTE = rules.MEGABYTE
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
CANARY = "hoang-yen-4731"


def problems(page: Page) -> str:
    """What the page says is wrong, as a person reads it."""
    part = page.text.split('id="problems"')[1].split("</div>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))


def is_given_back(page: Page) -> bool:
    """Whether everything that was typed and ticked is there again."""
    return f"\n{GOOD['message']}</textarea>" in page.text and f'value="{AN.email}"' in page.text and 'value="advise" checked' in page.text


class TestTheForm:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("vi", "Tối đa 3 tệp, mỗi tệp không quá 5 MB, tổng cộng không quá 8 MB"), ("en", "At most 3 files of up to 5 MB, together up to 8 MB")],
    )
    def test_says_what_may_be_chosen_before_anything_is(self, visitor: Browser, language: str, words: str) -> None:
        page = visitor.get(f"/{language}/contact")
        assert words in page.words()
        assert 'enctype="multipart/form-data"' in page.text
        (tag,) = re.findall(r'<input [^>]*type="file"[^>]*>', page.text)
        assert 'name="attachment"' in tag
        assert 'accept=".pdf,.png,.jpg,.jpeg,.webp,.txt"' in tag

    def test_asks_for_files_last_so_that_what_was_typed_comes_before_them(self, visitor: Browser) -> None:
        names = re.findall(r'<(?:input|textarea|select)\b[^>]*\bname="([^"]+)"', visitor.get("/vi/contact").text.split("<form")[1])
        assert names[-2:] == ["attachment", "end"]

    def test_has_no_place_for_files_where_the_edition_has_none(self, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        page = visitor.get("/vi/contact")
        whole = rules.form_shape
        monkeypatch.setattr(rules, "form_shape", lambda policy, *, role: replace(whole(policy, role=role), file=None))
        assert "multipart" not in visitor.get("/vi/contact").text
        assert 'type="file"' not in visitor.get("/vi/contact").text
        before = everything_kept()
        answer = visitor.submit_with(page, [File("a.pdf", PDF)], {**GOOD, "consents": ["advise"]})
        assert answer.status == 422
        assert everything_kept() == before

    def test_in_parts_without_files_is_taken(self, visitor: Browser) -> None:
        answer = visitor.attach(**GOOD)
        assert answer.status == 200
        assert 'class="file-list"' not in answer.text

    def test_with_an_input_nobody_chose_anything_for_is_taken(self, visitor: Browser) -> None:
        """A browser then sends a part without a name and without content."""
        assert visitor.attach(File("", b""), **GOOD).status == 200
        assert not StoredFile.objects.exists()


class TestAFile:
    def test_is_received_and_the_page_says_which(self, visitor: Browser) -> None:
        answer = visitor.attach(File("Hợp đồng & phụ lục.pdf", padded(PDF, 1_300_000)), File("ảnh.jpg", JPEG), language="vi", **GOOD)
        assert answer.status == 200
        words = answer.words()
        assert "Đã nhận kèm 2 tệp" in words
        assert "Hợp đồng & phụ lục.pdf PDF · 1,2 MB" in words
        assert "ảnh.jpg ảnh JPEG" in words
        assert "1.2 MB" in visitor.attach(File("a.pdf", padded(PDF, 1_300_000)), language="en", **GOOD).words()

    @pytest.mark.parametrize(
        ("name", "content", "kept"),
        [
            ("x.pdf.exe", PDF, "x.pdf.exe.pdf"),
            ("../../etc/passwd", TEXT, "passwd.txt"),
            ("C:\\Windows\\a.png", PNG, "a.png"),
            ("a\u202egpj.exe", JPEG, "agpj.exe.jpg"),
            ("\u200bx.webp", WEBP, "x.webp"),
            ("a\x00b.pdf", PDF, "ab.pdf"),
            ("Ba\u0301o gia\u0301.pdf", PDF, "Báo giá.pdf"),
            ('"; filename="evil.html', TEXT, "-; filename=-evil.html.txt"),
            ("<b>đậm</b>.png", PNG, "b-.png"),
        ],
        ids=repr,
    )
    def test_is_taken_for_what_is_in_it_under_whatever_name(self, visitor: Browser, name: str, content: bytes, kept: str) -> None:
        answer = visitor.attach(File(name, content), **GOOD)
        assert answer.status == 200
        assert f"<bdi>{kept}</bdi>" in answer.text.replace("%22", "-").replace("&quot;", "-")

    @pytest.mark.parametrize(
        ("files", "language", "words"),
        [
            ([File("logo.png", SVG)], "vi", "Chúng tôi không nhận được tệp “logo.png”: chỉ nhận PDF, PNG, JPEG, WebP và văn bản thuần"),
            ([File("logo.png", SVG)], "en", "“logo.png” cannot be taken: we take PDF, PNG, JPEG, WebP and plain text"),
            ([File("a.html", b"<!doctype html><script>x</script>")], "en", "“a.html” cannot be taken"),
            ([File("a.txt", b"\xff\xfea\x00")], "en", "“a.txt” cannot be taken"),
            ([File("a.txt", b"Xin ch\xe0o")], "en", "“a.txt” cannot be taken"),
            ([File("a.zip", b"PK\x03\x04")], "en", "“a.zip” cannot be taken"),
            ([File("rỗng.pdf", b"")], "vi", "Tệp “rỗng.pdf” không có nội dung"),
            ([File("lớn.pdf", padded(PDF, 5 * MEGABYTE + 1))], "vi", "Tệp “lớn.pdf” lớn hơn 5 MB"),
            ([File("lớn.pdf", padded(PDF, 5 * MEGABYTE + 1))], "en", "“lớn.pdf” is larger than 5 MB"),
            ([File("a.pdf", PDF)] * 4, "vi", "Xin chọn tối đa 3 tệp"),
            ([File("a.pdf", PDF)] * 30, "en", "Please choose at most 3 files"),
            ([File("a.pdf", padded(PDF, 3 * MEGABYTE))] * 3, "en", "Together the files are larger than 8 MB"),
        ],
        ids=[*(["svg", "svg", "html", "utf16", "latin1", "zip", "empty", "large", "large", "many", "more", "heavy"])],
    )
    def test_of_no_kind_that_is_taken_is_refused_by_its_name(self, visitor: Browser, files: list[File], language: str, words: str) -> None:
        before = everything_kept()
        page = visitor.attach(*files, language=language, **GOOD)
        assert page.status == 422
        assert words in problems(page)
        assert is_given_back(page)
        assert 'href="#f-attachment"' in page.text
        assert everything_kept() == before
        again = {**GOOD, "consents": ["advise"], "work": proof_of_work(page)}
        assert visitor.submit_with(opened_earlier(page), [File("a.pdf", PDF)], again).status == 200

    @pytest.mark.parametrize("name", ["\u200b", "\u3000", "..", "a/", "a\\", "\x00", "&sol;"], ids=ascii)
    def test_whose_name_has_nothing_that_can_be_read_is_taken_all_the_same(self, visitor: Browser, name: str) -> None:
        """Django passes over such a file, and the page said that the form was received."""
        assert "<bdi>file.pdf</bdi>" in visitor.attach(File(name, PDF), **GOOD).text
        assert StoredFile.objects.count() == 1
        assert visitor.attach(File(name, SVG), **GOOD).status == 422

    def test_has_its_spaces_whatever_spaces_they_are(self, visitor: Browser) -> None:
        """A Mac puts a narrow one into the name of each picture of its screen."""
        assert "<bdi>lúc 3.00 PM.png</bdi>" in visitor.attach(File("lúc\u00a03.00\u202fPM.png", PNG), **GOOD).text

    def test_among_good_ones_is_named_alone(self, visitor: Browser) -> None:
        told = problems(visitor.attach(File("tốt.pdf", PDF), File("hỏng.png", SVG), File("rỗng.txt", b""), **GOOD))
        assert "hỏng.png" in told
        assert "rỗng.txt" in told
        assert "tốt.pdf" not in told

    def test_is_told_once_and_after_what_stands_before_it_in_the_form(self, visitor: Browser) -> None:
        page = visitor.attach(File("hỏng.png", SVG), **{**GOOD, "full_name": "", "phone": "0912"})
        lines = re.findall(r'<li><a href="#([^"]+)">(.*?)</a></li>', page.text)
        assert [anchor for anchor, _ in lines] == ["f-full_name", "f-phone", "f-attachment"]
        assert "hỏng.png" in lines[-1][1]
        assert "chọn lại" in lines[-1][1]
        assert lines[-1][1].count("Tệp đính kèm") == 1

    def test_with_a_name_of_five_thousand_letters_is_no_fault_of_ours(self, visitor: Browser) -> None:
        before = everything_kept()
        assert visitor.attach(File("d" * 5000 + ".pdf", PDF), **GOOD).status == 400
        assert everything_kept() == before

    def test_with_a_name_as_long_as_any_there_is_is_taken(self, visitor: Browser) -> None:
        assert visitor.attach(File("ế" * 251 + ".pdf", PDF), **GOOD).status == 200

    def test_with_a_long_name_is_refused_by_its_beginning(self, visitor: Browser) -> None:
        assert "“" + "d" * 60 + "…”" in problems(visitor.attach(File("d" * 200 + ".png", SVG), **GOOD))

    def test_for_another_field_is_refused(self, visitor: Browser) -> None:
        before = everything_kept()
        for name in ("full_name", "cmnd", "end", "token"):
            assert visitor.attach(File("a.pdf", PDF, field=name), **GOOD).status in (400, 422), name
        assert everything_kept() == before

    def test_is_kept_once_however_often_its_form_is_sent(self, visitor: Browser) -> None:
        page = opened_earlier(visitor.get("/vi/contact"))
        values = {**GOOD, "consents": ["advise"], "work": proof_of_work(page)}
        assert visitor.submit_with(page, [File("a.pdf", PDF)], values).status == 200
        after = everything_kept()
        second = visitor.submit_with(page, [File("a.pdf", PDF)], values)
        assert (second.status, "a.pdf" in second.words()) == (200, True)
        assert everything_kept() == after
        assert visitor.submit_with(page, [File("a.pdf", PDF + b"\n")], values).status == 409
        assert everything_kept() == after

    def test_is_nowhere_in_the_clear(self, visitor: Browser, caplog: pytest.LogCaptureFixture) -> None:
        visitor.attach(File(f"{CANARY}.txt", CANARY.encode()), **GOOD)
        visitor.attach(File(f"{CANARY}.png", CANARY.encode()), **GOOD)
        assert CANARY not in everything_written()
        assert CANARY not in caplog.text


class TestAFormWithFilesThatComesBack:
    @pytest.mark.parametrize(("language", "words"), [("vi", "Xin chọn lại tệp"), ("en", "Please choose them again")])
    def test_says_that_they_must_be_chosen_again(self, visitor: Browser, language: str, words: str) -> None:
        page = visitor.attach(File("a.pdf", PDF), language=language, **{**GOOD, "phone": "0912"})
        assert page.status == 422
        assert words in problems(page)
        assert words not in problems(visitor.attach(language=language, **{**GOOD, "phone": "0912"}))

    def test_for_a_locked_database_says_so_too(self, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        def locked(**_: Any) -> None:
            raise OperationalError("database is locked")

        monkeypatch.setattr(intake, "receive_inquiry", locked)
        page = visitor.attach(File("a.pdf", PDF), **GOOD)
        assert page.status == 503
        assert is_given_back(page)
        assert "Xin chọn lại tệp" in problems(page)

    def test_because_it_was_cut_off_keeps_what_was_typed(self, visitor: Browser) -> None:
        """As the server's entry hands on a body that was too long, or for which there was no room."""
        page = opened_earlier(visitor.get("/en/contact"))
        body, kind = in_parts({**page.hidden(), **GOOD, "consents": ["advise"], "work": proof_of_work(page)}, [File("a.pdf", padded(PDF, 9_000))])
        before = everything_kept()
        for length in (len(body) // 2, len(body) - 200):
            answer = visitor.request("POST", page.url, body[:length], kind, Origin=visitor.url)
            assert answer.status == 422
            assert "did not arrive whole" in problems(answer)
            assert is_given_back(answer)
        assert everything_kept() == before

    def test_because_a_file_in_it_was_too_large_and_cut_off_names_that(self, visitor: Browser) -> None:
        page = opened_earlier(visitor.get("/en/contact"))
        body, kind = in_parts({**page.hidden(), **GOOD, "consents": ["advise"]}, [File("film.pdf", padded(PDF, 9 * MEGABYTE))])
        answer = visitor.request("POST", page.url, body[: 8 * MEGABYTE], kind, Origin=visitor.url)
        assert answer.status == 422
        assert "“film.pdf” is larger than 5 MB" in problems(answer)
        assert is_given_back(answer)

    def test_without_its_end_and_before_its_files_keeps_nothing(self, visitor: Browser) -> None:
        page = opened_earlier(visitor.get("/en/contact"))
        before = everything_kept()
        answer = visitor.submit_with(page, [], {**GOOD, "consents": ["advise"], "work": proof_of_work(page)}, ends=False)
        assert answer.status == 422
        assert "did not arrive whole" in problems(answer)
        assert is_given_back(answer)
        assert everything_kept() == before

    def test_without_its_end_keeps_no_file(self, visitor: Browser) -> None:
        page = opened_earlier(visitor.get("/en/contact"))
        before = everything_kept()
        answer = visitor.submit_with(page, [File("a.pdf", PDF)], {**GOOD, "consents": ["advise"]}, ends=False)
        assert answer.status == 422
        assert "did not arrive whole" in problems(answer)
        assert everything_kept() == before


def bomb(parts: Iterable[bytes], *, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\n" + one + b"\r\n" for one in parts) + end


A_FILE = b'Content-Disposition: form-data; name="attachment"; filename="a.txt"\r\n\r\na'


class TestABodyThatIsNone:
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (bomb([A_FILE] * 5000), "multipart/form-data; boundary=x"),
            (bomb([b'Content-Disposition: form-data; name="a"\r\n\r\na'] * 5000), "multipart/form-data; boundary=x"),
            (bomb([b"X-Long: " + b"a" * 100_000 + b"\r\n" + A_FILE]), "multipart/form-data; boundary=x"),
            (bomb([b"X: a\r\n" * 5000 + A_FILE]), "multipart/form-data; boundary=x"),
            (bomb([A_FILE]), "multipart/form-data"),
            (bomb([A_FILE]), "multipart/form-data; boundary=y"),
            (bomb([A_FILE]), "multipart/form-data; boundary="),
            (bomb([A_FILE], end=b""), "multipart/form-data; boundary=x"),
            (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
            (b"--x" * 20_000, "multipart/form-data; boundary=x"),
            (
                bomb([b'Content-Disposition: form-data; name="attachment"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!']),
                "multipart/form-data; boundary=x",
            ),
            (bomb([b"Content-Disposition: form-data; name=\"attachment\"; filename*=utf-16''%ff%fe\r\n\r\na"]), "multipart/form-data; boundary=x"),
            (b"", "multipart/form-data; boundary=x"),
        ],
        ids=["files", "fields", "header", "headers", "none", "another", "empty", "truncated", "begun", "boundaries", "base64", "charset", "nothing"],
    )
    def test_is_refused_and_no_fault_of_ours(self, visitor: Browser, body: bytes, kind: str) -> None:
        before = everything_kept()
        assert 400 <= visitor.request("POST", "/vi/contact", body, kind, Origin=visitor.url).status < 500
        assert everything_kept() == before

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(name=st.text(max_size=120), content=st.binary(max_size=300))
    def test_is_no_file_whatever_is_in_it(self, visitor: Browser, name: str, content: bytes) -> None:
        body, kind = in_parts({"message": "x"}, [File(name.replace("\x00", ""), content)])
        assert visitor.request("POST", "/vi/contact", body, kind, Origin=visitor.url).status in (400, 422)

    def test_from_another_site_is_not_even_read(self, visitor: Browser) -> None:
        body, kind = in_parts(GOOD, [File("a.pdf", PDF)])
        assert visitor.request("POST", "/vi/contact", body, kind, Origin="https://evil.example.com").status == 403


class TestTheHour:
    @pytest.fixture
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "MOST_MEGABYTES_PER_PREFIX", 5)

    @pytest.mark.usefixtures("small")
    @pytest.mark.parametrize(
        ("language", "words"), [("vi", "rất nhiều tệp được gửi từ mạng của quý khách"), ("en", "Many files have come from your network")]
    )
    def test_of_a_network_has_so_many_megabytes(self, clock: Clock, language: str, words: str) -> None:
        two = File("a.pdf", padded(PDF, 2 * MEGABYTE))
        for number in range(2):
            assert Browser(address=f"203.0.113.{number}").attach(two, **GOOD).status == 200
        before = everything_kept()
        refused = Browser(address="203.0.113.9").attach(two, language=language, **GOOD)
        assert (refused.status, refused.headers["retry-after"]) == (429, "3600")
        assert words in problems(refused)
        assert is_given_back(refused)
        assert everything_kept() == before
        assert Browser(address="198.51.100.1").attach(two, **GOOD).status == 200
        assert Browser(address="203.0.113.9").attach(File("a.txt", TEXT), **GOOD).status == 200
        assert Browser(address="203.0.113.9").attach(**GOOD).status == 200
        clock.wait(hours=1, seconds=1)
        assert Browser(address="203.0.113.9").attach(two, **GOOD).status == 200

    @pytest.mark.parametrize(("language", "words"), [("vi", "không còn chỗ để nhận tệp"), ("en", "no room for files just now")])
    def test_on_a_disk_that_is_nearly_full_takes_words_alone(
        self, visitor: Browser, monkeypatch: pytest.MonkeyPatch, language: str, words: str
    ) -> None:
        """Many networks together must not take from the journal, and from erasing, the room that they need."""
        monkeypatch.setattr(custody, "room_left", lambda: custody.Room(free_bytes=499_999_999, total_bytes=10**12))
        before = everything_kept()
        page = visitor.attach(File("a.pdf", PDF), language=language, **GOOD)
        assert (page.status, words in problems(page), is_given_back(page)) == (503, True, True)
        assert "chọn lại" not in problems(page)
        assert everything_kept() == before
        assert visitor.attach(language=language, **GOOD).status == 200

    @pytest.mark.usefixtures("small")
    def test_is_spent_by_no_mistake(self, visitor: Browser) -> None:
        four = File("a.pdf", padded(PDF, 4 * MEGABYTE))
        for _ in range(3):
            assert visitor.attach(four, **{**GOOD, "phone": "0912"}).status == 422
        assert visitor.attach(four, **GOOD).status == 200

    def test_has_room_for_a_full_form(self) -> None:
        assert rules.MOST_MEGABYTES_PER_PREFIX * MEGABYTE > 10 * rules.MOST_BYTES_OF_FILES
        assert rules.MOST_BYTES_OF_FILES < 2 * rules.MOST_FILE_BYTES


class TestTheOtherDoors:
    def test_take_no_file(self, new_program: Any) -> None:
        status, answer = new_program().call(
            {"fields": {**AN.values("full_name", "email"), "attachment": "a.pdf"}, "message": "x", "consents": ["advise"]}
        )
        assert (status, answer["errors"][0]["code"]) == (422, "unknown_field")

    def test_of_a_colleague_take_none_either(self, sign_in: Any) -> None:
        browser = sign_in("adviser")
        page = browser.get("/vi/console/record")
        assert 'type="file"' not in page.text
        before = everything_kept()
        values = {**page.hidden(), **GOOD, "channel": "phone", "consents": ["advise"], "act": "keep"}
        assert browser.submit_with(page, [File("a.pdf", PDF)], values).status == 422
        assert not StoredFile.objects.exists()
        assert everything_kept()["intake.Inquiry"] == before["intake.Inquiry"]


class TestThePolicy:
    def test_decides_and_not_the_form(self) -> None:
        policy = editions.policy_in_force()
        assert "attachment" in policy.collectable("visitor", ADVISE)
