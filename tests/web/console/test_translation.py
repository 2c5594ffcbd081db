"""The page on which a translation of a published edition is corrected."""

import re
from collections.abc import Callable

import pytest

from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import text_hash
from camket.policy.terms import EditionNumber
from tests.web.browsing import Browser

SignIn = Callable[[str], Browser]
pytestmark = pytest.mark.clause("8.1")
PLACE = "/vi/console/policy/editions/1/en"


def text() -> str:
    found = editions.translation(EditionNumber(1), "en")
    assert found is not None
    return found.text


class TestThePage:
    def test_corrects_a_translation_and_the_public_sees_when(self, dung: Browser, visitor: Browser) -> None:
        assert "sửa ngày" not in visitor.get("/vi/policy").words()
        answer = dung.submit(dung.get(PLACE), {"text": text().replace("4.1 ", "4.1 Better said: ", 1)}, PLACE)
        assert (answer.status, answer.headers["location"]) == (302, f"{PLACE}?saved=1")
        assert "sửa lúc" in dung.get(PLACE).words()
        english = visitor.get("/en/policy").words()
        assert "Better said:" in english
        assert "This translation was corrected on 23 Nov 2026" in english
        assert "This translation" not in visitor.get("/vi/policy").words()

    def test_is_found_from_the_list_of_editions(self, dung: Browser) -> None:
        assert f'href="{PLACE}"' in dung.get("/vi/console/policy").text

    def test_of_the_second_of_two_keeps_what_was_typed_and_shows_what_stands(self, dung: Browser) -> None:
        first, second = dung.get(PLACE), dung.get(PLACE)
        mine = text().replace("4.1 ", "4.1 Mine: ", 1)
        assert dung.submit(first, {"text": text().replace("4.1 ", "4.1 Theirs: ", 1)}, PLACE).status == 302
        clash = dung.submit(second, {"text": mine}, PLACE)
        assert clash.status == 409
        assert "bạn đã lưu nội dung khác ở một cửa sổ khác" in clash.words()
        assert "4.1 Mine:" in clash.text
        assert "4.1 Theirs:" in clash.text
        assert dung.submit(clash, {"text": mine, "replace_text": text_hash(text())}, PLACE).status == 302
        assert "4.1 Mine:" in text()

    @pytest.mark.parametrize(("language", "said"), [("vi", "Bình đã lưu nội dung khác"), ("en", "Bình saved another text")])
    def test_says_which_colleague_saved_meanwhile(self, dung: Browser, binh: Browser, language: str, said: str) -> None:
        place = PLACE.replace("/vi/", f"/{language}/", 1)
        second = dung.get(place)
        assert binh.submit(binh.get(place), {"text": text().replace("4.1 ", "4.1 Theirs: ", 1)}, place).status == 302
        clash = dung.submit(second, {"text": text().replace("4.1 ", "4.1 Mine: ", 1)}, place)
        assert (clash.status, said in clash.words()) == (409, True)

    @pytest.mark.parametrize(
        ("old", "new", "status"), [("\n4.2 ", "\nNo number ", 422), ('label = "Website visitor"', 'label = "X"', 422), ("4.1 ", "4.1 \0", 422)]
    )
    def test_keeps_what_was_typed_where_it_does_not_fit(self, dung: Browser, old: str, new: str, status: int) -> None:
        before = text()
        answer = dung.submit(dung.get(PLACE), {"text": before.replace(old, f"{new} TYPED", 1)}, PLACE)
        assert (answer.status, "TYPED" in answer.text, 'id="text-error"' in answer.text) == (status, True, True)
        assert text() == before

    @pytest.mark.parametrize("role", ["auditor", "operator"])
    def test_is_read_by_others(self, sign_in: SignIn, role: str) -> None:
        reader = sign_in(role)
        assert reader.get(PLACE).status == 200
        assert reader.submit(reader.get(PLACE), {"text": "# x"}, PLACE).status == 403

    @pytest.mark.parametrize(("role", "word"), [("privacy_officer", "Sửa bản dịch này"), ("auditor", "Xem bản dịch")])
    def test_is_called_what_whoever_looks_may_do(self, sign_in: SignIn, role: str, word: str) -> None:
        link = re.search(rf'<a href="{PLACE}">([^<]*)</a>', sign_in(role).get("/vi/console/policy").text)
        assert link is not None
        assert link[1] == word

    @pytest.mark.parametrize("tail", ["1/vi", "9/en", "1/fr", "0/en", f"{'9' * 30}/en"])
    def test_of_what_is_not_there_is_not_there(self, dung: Browser, tail: str) -> None:
        place = f"/vi/console/policy/editions/{tail}"
        assert dung.get(place).status == 404
        assert dung.submit(dung.get(PLACE), {"text": "# x"}, place).status == 404
