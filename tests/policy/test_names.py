"""Names as they are searched for."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.names import folded, name_terms, sought_terms


def is_found(name: str, typed: str) -> bool:
    """Whether somebody of this name has, whole, one of the sets of terms that are sought."""
    return any(wanted <= name_terms(name) for wanted in sought_terms(typed))


class TestAFoldedText:
    @pytest.mark.parametrize(
        ("text", "plain"),
        [
            ("Đặng Ngọc Ánh", "dang ngoc anh"),
            ("NGUYỄN THỊ ƯỚC", "nguyen thi uoc"),
            ("Straße", "strasse"),
            ("Łucja Żak", "łucja zak"),
            ("李小龍", "李小龍"),
        ],
    )
    def test_has_neither_capitals_nor_diacritics(self, text: str, plain: str) -> None:
        assert folded(text) == plain

    def test_of_marks_upon_marks_keeps_nobody_waiting(self) -> None:
        began = time.process_time()
        assert folded("A" + "\u0300" * 30_000 + "\u0316" * 30_000) == "a"
        assert time.process_time() - began < 1.0

    @given(st.text(alphabet="aâăàảãáạêễôộơợưữđĐÝỹ ", max_size=20))
    def test_is_the_same_however_its_marks_are_encoded(self, text: str) -> None:
        assert folded(unicodedata.normalize("NFC", text)) == folded(unicodedata.normalize("NFD", text))


class TestTheTermsOfAName:
    def test_are_its_telling_words_alone_and_after_the_family_name(self) -> None:
        assert name_terms("Nguyễn Thị Ngọc An") == {"ngoc", "an", "nguyen ngoc", "nguyen an"}

    @pytest.mark.parametrize("name", ["Nguyễn Thị Ngọc An", "Trần Văn Bình", "Lê Minh", "Võ Thị", "Hoàng Văn"])
    def test_never_hold_a_common_family_name_or_what_says_woman_or_man(self, name: str) -> None:
        assert not name_terms(name) & {"nguyen", "tran", "le", "vo", "hoang", "thi", "van"}

    def test_hold_every_word_where_the_family_name_tells(self) -> None:
        assert name_terms("Quách Mai") == {"quach", "mai"}
        assert name_terms("John Smith") == {"john", "smith"}

    def test_are_bounded(self) -> None:
        assert len(name_terms("Nguyễn " + " ".join(f"b{n}" for n in range(60)))) <= 16


class TestSomebody:
    @pytest.mark.parametrize(
        "typed", ["An", "an", "ngoc an", "Nguyen An", "nguyễn thị an", "Nguyễn Ngọc", "NGUYỄN THỊ NGỌC AN", "  an,  ", "an nguyen", "An Ngọc"]
    )
    def test_is_found_by_words_of_their_name(self, typed: str) -> None:
        assert is_found("Nguyễn Thị Ngọc An", typed)

    @pytest.mark.parametrize("typed", ["Anh", "Trần An", "An Bình", "ngo", "n", "Lê Ngọc"])
    def test_is_not_found_by_other_words(self, typed: str) -> None:
        assert not is_found("Nguyễn Thị Ngọc An", typed)

    def test_is_found_by_a_middle_name_that_is_a_family_name_elsewhere(self) -> None:
        assert is_found("Nguyễn Dương An", "Dương An")
        assert is_found("Dương An", "dương an")

    def test_is_found_by_a_given_name_that_is_a_family_name_elsewhere(self) -> None:
        assert is_found("Trần Thị Lê", "lê")

    @pytest.mark.parametrize("typed", ["", "   ", "Thị", "văn", "Nguyễn Thị", "Trần Văn", "…"])
    def test_is_not_looked_for_by_what_tells_nobody_apart(self, typed: str) -> None:
        assert sought_terms(typed) == ()

    @given(st.text(max_size=40))
    def test_is_found_by_their_whole_name_wherever_it_can_be_sought(self, name: str) -> None:
        assert is_found(name, name) or not sought_terms(name)
