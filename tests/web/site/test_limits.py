"""Nothing that a visitor typed within its limits is lost: not for the length it has on the way, and not for a database that is locked."""

from typing import Any

import pytest
from django.db import OperationalError

from camket.duties.catalogue import queries as catalogue
from camket.duties.intake import actions as intake
from tests.cast import AN
from tests.journeys.visitor import proof_of_work
from tests.web.browsing import FORM, Browser, everything_kept

GOOD = AN.values("full_name", "email")


class TestAMessage:
    @pytest.mark.clause("1.1")
    @pytest.mark.parametrize("letter", ["d", "ế", "中", "😀"])
    def test_full_to_its_limit_is_taken_however_long_its_letters_are_on_the_way(self, visitor: Browser, letter: str) -> None:
        assert visitor.contact(**GOOD, message=letter * 8000).status == 200

    @pytest.mark.parametrize("letter", ["ế", "中", "😀"])
    def test_of_one_letter_more_comes_back_with_a_sentence(self, visitor: Browser, letter: str) -> None:
        page = visitor.contact("en", **GOOD, message=letter * 8001)
        assert page.status == 422
        assert "8000 characters" in page.words()
        assert letter * 8001 in page.text

    @pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
    def test_of_more_than_64_kilobytes_is_refused_whatever_it_comes_in(self, visitor: Browser, kind: str) -> None:
        text = b"d" * 64 * 1024
        bodies = {FORM: b"message=" + text}
        before = everything_kept()
        body = bodies.get(kind, b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\n' + text + b"\r\n--x--\r\n")
        assert visitor.request("POST", "/en/contact", body, kind).status == 413
        assert everything_kept() == before


class TestALockedDatabase:
    @pytest.mark.parametrize(("language", "words"), [("vi", "chưa lưu được"), ("en", "We could not keep it just now")])
    def test_loses_nothing_of_what_was_typed(self, visitor: Browser, language: str, words: str, caplog: pytest.LogCaptureFixture) -> None:
        before = everything_kept()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(intake, "receive_inquiry", locked)
            page = visitor.contact(language, **GOOD, message=AN.message)
        assert page.status == 503
        assert page.headers["retry-after"].isdigit()
        assert words in page.words()
        assert AN.message in page.text
        assert AN.message not in caplog.text
        assert everything_kept() == before
        assert visitor.submit(page, {**GOOD, "message": AN.message, "consents": ["advise"], "work": proof_of_work(page)}).status == 200

    def test_that_had_kept_it_all_the_same_keeps_it_once(self, visitor: Browser) -> None:
        receive = intake.receive_inquiry

        def lost_at_the_end(**sent: Any) -> None:
            receive(**sent)
            raise OperationalError("server closed the connection unexpectedly")

        typed = {**GOOD, "message": AN.message, "consents": ["advise"]}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(intake, "receive_inquiry", lost_at_the_end)
            page = visitor.contact(**typed)
        after = everything_kept()
        assert visitor.submit(page, {**typed, "work": proof_of_work(page)}).status == 200
        assert everything_kept() == after

    @pytest.mark.parametrize(("language", "words"), [("vi", "tạm ngừng phục vụ"), ("en", "briefly out of service")])
    def test_is_said_on_every_page(self, monkeypatch: pytest.MonkeyPatch, language: str, words: str) -> None:
        monkeypatch.setattr(catalogue, "shown_products", locked)
        page = Browser(raises=False).get(f"/{language}/products")
        assert page.status == 503
        assert page.headers["retry-after"].isdigit()
        assert words in page.words()

    def test_is_said_to_programs_as_json(self, monkeypatch: pytest.MonkeyPatch, new_program: Any) -> None:
        monkeypatch.setattr(intake, "receive_inquiry", locked)
        program = new_program()
        program.browser.client.raise_request_exception = False
        status, answer = program.call({"fields": GOOD, "message": AN.message, "consents": ["advise"]})
        assert status == 503
        assert set(answer) == {"error", "message"}


class TestAFaultPage:
    @pytest.mark.parametrize("place", ["camket.duties.publishing.queries.edition_in_force", "camket.web.kit.errors.refusal_page"])
    def test_comes_out_whatever_else_is_broken(self, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
        def broken(*_: object, **__: object) -> None:
            raise ValueError("chim-hoang-yen")

        monkeypatch.setattr(catalogue, "shown_products", broken)
        monkeypatch.setattr(place, broken)
        page = Browser(raises=False).get("/en/products")
        assert page.status == 500
        assert "Something went wrong on our side" in page.text
        assert "chim" not in page.text


def locked(*_: object, **__: object) -> None:
    """Fail as a database does that another program holds."""
    raise OperationalError("database is locked")
