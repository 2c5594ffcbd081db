"""Codes that a person keeps, derived and never stored."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.access import codes
from camket.journal.keyfiles import KeyFileMissing

SOMEBODY = UUID("00000000-0000-4000-8000-000000000001")
ANOTHER = UUID("00000000-0000-4000-8000-000000000002")


@pytest.fixture(autouse=True)
def key(settings: Any, tmp_path: Path) -> None:
    """Give each test a key of its own."""
    settings.CAMKET_SECRETS = tmp_path
    codes.prepare_key(is_first=True)


class TestAClaimCode:
    def test_is_four_groups_of_four_and_differs_between_people(self) -> None:
        code = codes.claim_code(SOMEBODY)
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
        assert code == codes.claim_code(SOMEBODY)
        assert code != codes.claim_code(ANOTHER)

    def test_is_known_again_however_it_was_copied(self) -> None:
        code = codes.claim_code(SOMEBODY)
        spoken = code.replace("-", " ").lower().replace("0", "o").replace("1", "l")
        assert codes.claim_hash(spoken) == codes.claim_hash(code) is not None

    @given(st.text(max_size=40))
    def test_is_never_mistaken_for_by_other_text(self, text: str) -> None:
        assert codes.claim_hash(text) != codes.claim_hash(codes.claim_code(SOMEBODY))


class TestAReadingCode:
    def test_is_six_digits_and_fits_its_own_matter_only(self) -> None:
        code = codes.reading_code(SOMEBODY)
        assert len(code) == 6
        assert code.isdigit()
        assert codes.is_reading_code(SOMEBODY, f" {code[:3]} {code[3:]} ")
        assert codes.reading_code(ANOTHER) != code
        assert not codes.is_reading_code(ANOTHER, code)

    @pytest.mark.parametrize("typed", ["", "abc", "12345", "0" * 5000, "１２３４５６"])
    def test_is_not_fitted_by_anything_else(self, typed: str) -> None:
        assert not codes.is_reading_code(SOMEBODY, typed)


class TestTheKey:
    def test_is_never_made_anew_once_codes_were_told(self, settings: Any, tmp_path: Path) -> None:
        (tmp_path / "codes.key").unlink()
        with pytest.raises(KeyFileMissing):
            codes.prepare_key(is_first=False)
        with pytest.raises(KeyFileMissing):
            codes.claim_code(SOMEBODY)
