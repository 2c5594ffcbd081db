"""Addresses that people type by hand lead to the page they mean."""

import pytest

from tests.web.browsing import Browser


class TestAnAddress:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("/vi", "/vi/"),
            ("/en?product=web-hosting", "/en/?product=web-hosting"),
            ("/vi/contact/", "/vi/contact"),
            ("/en/contact/?product=web-hosting", "/en/contact?product=web-hosting"),
            ("/vi/policy/editions/1/", "/vi/policy/editions/1"),
            ("/vi/console?show=all", "/vi/console/?show=all"),
        ],
    )
    def test_with_a_slash_too_many_or_too_few_leads_to_its_page(self, visitor: Browser, typed: str, meant: str) -> None:
        page = visitor.get(typed)
        assert (page.status, page.headers.get("location")) == (302, meant)

    @pytest.mark.parametrize("path", ["/vi/nothing/", "/vi/contact//", "/vi//contact/", "/vi/vi"])
    def test_of_no_page_leads_nowhere(self, visitor: Browser, path: str) -> None:
        assert visitor.get(path).status == 404
