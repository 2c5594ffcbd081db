"""Which language of the house stands in for one that it does not speak, and which one a page leads over to."""

import pytest

from camket.policy.languages import LANGUAGES, other, spoken


class TestALanguageAskedFor:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_spoken_when_it_is_one_of_ours(self, language: str) -> None:
        assert spoken(language) == spoken(language, otherwise="en") == language

    @pytest.mark.parametrize(("otherwise", "instead"), [("en", "en"), ("vi", "vi"), ("fr", "vi")])
    def test_gives_way_to_what_is_named_in_its_place_and_at_last_to_the_first(self, otherwise: str, instead: str) -> None:
        assert spoken("de", otherwise=otherwise) == instead

    def test_leads_over_to_the_other_and_back(self) -> None:
        assert [other(language) for language in LANGUAGES] == ["en", "vi"]
