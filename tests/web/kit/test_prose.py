"""Texts that colleagues write become words and their shape, and never more."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.web.kit.prose import prose_html

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "code", "pre", "blockquote", "hr", "br", "h3", "h4", "h5", "h6"}


class TestAText:
    @pytest.mark.parametrize(
        ("typed", "ranks"),
        [
            ("# a\n\n## b\n\n# c", ["3", "4", "3"]),
            ("### a\n\n### b", ["3", "3"]),
            ("### a\n\n# b\n\n###### c", ["3", "3", "4"]),
            ("a\n===\n\nb\n---", ["3", "4"]),
        ],
    )
    def test_has_its_headings_below_the_pages_with_none_left_out(self, typed: str, ranks: list[str]) -> None:
        assert re.findall(r"<h(\d)>", prose_html(typed)) == re.findall(r"</h(\d)>", prose_html(typed)) == ranks

    @pytest.mark.parametrize("address", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example.com", "/x"])
    def test_links_only_where_one_can_see_that_it_leads(self, address: str) -> None:
        assert "<a " not in prose_html(f"[đây]({address})")

    @pytest.mark.parametrize("address", ["https://example.vn/x", "mailto:lienhe@example.vn", "tel:+842800000000"])
    def test_keeps_a_plain_link(self, address: str) -> None:
        assert f'<a href="{address}">đây</a>' in prose_html(f"[đây]({address})")

    @given(st.text(alphabet=st.sampled_from(list("ab<>&\"'`*_[]()!#-=\n :/\\=\u202e😀")), max_size=80))
    def test_makes_no_tag_but_those_of_a_text(self, typed: str) -> None:
        made = re.findall(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?)>", prose_html(typed))
        assert {name for _, name, _ in made} <= TAGS
        assert all(
            not rest.strip(" /") or re.fullmatch(r' (?:href="[^"]*"|start="\d+"|class="language-[^"]*")(?: title="[^"]*")?', rest)
            for _, _, rest in made
        )
