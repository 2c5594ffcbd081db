"""An edition in other tongues, at its own address."""

import json

import pytest

from tests.web.browsing import Browser


class TestAnEdition:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_is_served_in_the_w3cs_vocabulary(self, visitor: Browser, language: str) -> None:
        page = visitor.get(f"/{language}/policy/editions/1.dpv")
        assert (page.status, page.headers["content-type"]) == (200, "application/ld+json")
        assert json.loads(page.text)["@id"].endswith(f"/{language}/policy/editions/1")

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_is_served_to_be_printed(self, visitor: Browser, language: str) -> None:
        page = visitor.get(f"/{language}/policy/editions/1.pdf")
        assert (page.status, page.headers["content-type"], page.text[:5]) == (200, "application/pdf", "%PDF-")
        assert page.headers["content-disposition"] == f'inline; filename="edition-1-{language}.pdf"'

    @pytest.mark.parametrize("ending", ["dpv", "pdf"])
    def test_that_is_none_is_none(self, visitor: Browser, ending: str) -> None:
        assert visitor.get(f"/vi/policy/editions/9.{ending}").status == 404
