"""What the company offers."""

from datetime import datetime

import pytest

from camket.duties.catalogue import actions, queries
from camket.duties.catalogue.models import Product
from camket.duties.catalogue.rules import LONGEST, read_shelf
from camket.policy.terms import THE_HOUSE

pytestmark = pytest.mark.django_db


def product(slug: str, **changes: str) -> str:
    """One product as it stands in a file, its first field on the second line."""
    words = {**{name: f"{name} of {slug}" for name in LONGEST}, "slug": slug, **changes}
    return "[[product]]\n" + "".join(f'{name} = "{words[name]}"\n' for name in words)


class TestTheShelf:
    def test_is_stocked_once_and_left_alone_afterwards(self) -> None:
        assert actions.stock_if_empty() > 0
        Product.objects.exclude(slug="web-hosting").delete()
        assert actions.stock_if_empty() == 0
        assert [row.slug for row in queries.shown_products("vi")] == ["web-hosting"]

    def test_speaks_both_languages(self) -> None:
        actions.stock_if_empty()
        vietnamese, english = queries.shown_products("vi"), queries.shown_products("en")
        assert [row.slug for row in vietnamese] == [row.slug for row in english]
        assert all(row.name and row.summary and row.description for row in (*vietnamese, *english))
        assert [row.summary for row in vietnamese] != [row.summary for row in english]

    def test_does_not_show_what_was_taken_down(self) -> None:
        actions.stock_if_empty()
        Product.objects.filter(slug="web-hosting").update(is_shown=False)
        assert "web-hosting" not in [row.slug for row in queries.shown_products("vi")]
        assert not queries.is_shown("web-hosting")
        assert queries.product_names("en")["web-hosting"]

    def test_has_no_name_for_what_was_never_there(self) -> None:
        assert "nothing" not in queries.product_names("vi")
        assert not queries.is_shown("nothing")


@pytest.mark.usefixtures("house")
class TestAFileOfProducts:
    def test_replaces_the_shelf_in_its_own_order(self, now: datetime) -> None:
        actions.stock_if_empty()
        text = product("web-hosting", name_en="Hosting, anew") + product("advice")
        assert actions.load_shelf(text=product("advice") + product("web-hosting", name_en="Hosting, anew"), actor=THE_HOUSE, now=now) == 2
        assert [row.slug for row in queries.shown_products("en")] == ["advice", "web-hosting"]
        actions.load_shelf(text=text, actor=THE_HOUSE, now=now)
        assert [(row.slug, row.name) for row in queries.shown_products("en")] == [("web-hosting", "Hosting, anew"), ("advice", "name_en of advice")]

    def test_leaves_the_names_of_what_it_takes_down(self, now: datetime) -> None:
        actions.stock_if_empty()
        actions.load_shelf(text=product("advice"), actor=THE_HOUSE, now=now)
        assert queries.product_names("en")["business-mail"]

    def test_with_a_fault_changes_nothing(self, now: datetime) -> None:
        actions.stock_if_empty()
        with pytest.raises(actions.ShelfUnreadable):
            actions.load_shelf(text=product("advice") + product("advice"), actor=THE_HOUSE, now=now)
        assert "web-hosting" in [row.slug for row in queries.shown_products("vi")]


class TestAFaultInAFileOfProducts:
    @pytest.mark.parametrize(
        ("text", "line", "field", "word"),
        [
            ("[[product]]\nslug = \n", 2, "", "TOML"),
            ("", 1, "product", "at least one"),
            ("product = 7\n", 1, "product", "at least one"),
            (f"title = 'x'\n{product('a')}", 1, "title", "only"),
            (product("a", price="7"), 9, "price", "no such"),
            (product("a").replace('summary_en = "summary_en of a"\n', ""), 1, "summary_en", "missing"),
            (product("a") + product("b", name_vi=" "), 11, "name_vi", "missing"),
            (product("a", name_en="d" * 81), 4, "name_en", "80"),
            (product("a") + product("a"), 10, "slug", "already"),
            (product("A b"), 2, "slug", "a-z"),
        ],
    )
    def test_is_told_with_line_and_field(self, text: str, line: int, field: str, word: str) -> None:
        products, (fault,) = read_shelf(text)
        assert products == []
        assert (fault.line, fault.field) == (line, field)
        assert word in fault.message

    def test_is_told_with_every_other(self) -> None:
        assert len(read_shelf(product("a", name_vi="") + product("b", name_en=""))[1]) == 2
