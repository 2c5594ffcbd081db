"""One product at a time, edited by people who do not see each other."""

from datetime import datetime

import pytest

from camket.duties.catalogue import actions, queries
from camket.duties.catalogue.models import Product
from camket.duties.catalogue.rules import LONGEST, LONGEST_MORE
from camket.journal.models import JournalEntry
from camket.policy.terms import OPERATOR, Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
PHUC = Actor(role=OPERATOR, id="0196a0c4-0000-7000-8000-000000000001")
SECRET_WORD = "hoang-yen-trong-mo"


def words(slug: str = "backup", **changes: str) -> dict[str, str]:
    return {**{name: f"{name} of {slug}" for name in LONGEST}, "slug": slug, **changes}


def acts() -> list[str]:
    return list(JournalEntry.objects.filter(act__startswith="product.").order_by("id").values_list("act", flat=True))


class TestANewProduct:
    def test_stands_last_and_hidden_until_it_is_shown(self, now: datetime) -> None:
        actions.stock_if_empty()
        assert actions.add_product(words=words(), actor=PHUC, now=now) == "backup"
        assert [row.slug for row in queries.shelf()][-1] == "backup"
        assert "backup" not in [row.slug for row in queries.shown_products("vi")]
        actions.show_product(slug="backup", revision=1, actor=PHUC, now=now)
        assert [row.slug for row in queries.shown_products("vi")][-1] == "backup"
        assert acts() == ["product.added", "product.shown"]

    def test_of_a_taken_address_is_refused_and_leaves_the_other_alone(self, now: datetime) -> None:
        actions.add_product(words=words(), actor=PHUC, now=now)
        with pytest.raises(actions.Unfit) as refused:
            actions.add_product(words=words(name_en="Another"), actor=PHUC, now=now)
        assert [(fault.field, fault.code) for fault in refused.value.faults] == [("slug", "taken")]
        assert Product.objects.get().name_en == "name_en of backup"

    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"slug": "Ổ cứng"}, "slug", "bad_slug"),
            ({"slug": "-x"}, "slug", "bad_slug"),
            ({"name_vi": "  "}, "name_vi", "missing"),
            ({"name_en": "d" * 81}, "name_en", "too_long"),
            ({"terms_vi": "d" * 8001, "terms_en": "t"}, "terms_vi", "too_long"),
            ({"summary_vi": "một\u202edòng"}, "summary_vi", "unseen"),
            ({"name_vi": "hai\ndòng"}, "name_vi", "unseen"),
            ({"price_vi": "100.000 đồng một tháng"}, "price_en", "unpaired"),
            ({"includes_en": "10 GB"}, "includes_vi", "unpaired"),
        ],
    )
    def test_with_a_fault_is_not_kept(self, now: datetime, changes: dict[str, str], field: str, code: str) -> None:
        with pytest.raises(actions.Unfit) as refused:
            actions.add_product(words=words(**changes), actor=PHUC, now=now)
        assert (field, code) in [(fault.field, fault.code) for fault in refused.value.faults]
        assert not Product.objects.exists()

    def test_is_kept_in_composed_letters_with_plain_line_ends(self, now: datetime) -> None:
        actions.add_product(words=words(name_vi="Lưu tru\u031b\u0303", includes_vi="a\r\nb", includes_en="a\rb"), actor=PHUC, now=now)
        row = queries.on_shelf("backup")
        assert row is not None
        assert row.words["name_vi"] == "Lưu trữ"
        assert row.words["includes_vi"] == row.words["includes_en"] == "a\nb"


class TestAnEditor:
    @pytest.fixture(autouse=True)
    def shelf(self, house: None, now: datetime) -> None:
        actions.add_product(words=words(), actor=PHUC, now=now)

    def test_who_saves_second_overwrites_nothing_and_is_told(self, now: datetime) -> None:
        assert actions.edit_product(slug="backup", revision=1, words=words(name_en="First"), actor=PHUC, now=now) == 2
        with pytest.raises(actions.Overtaken) as overtaken:
            actions.edit_product(slug="backup", revision=1, words=words(name_en="Second"), actor=PHUC, now=now)
        assert overtaken.value.now_at == 2
        assert Product.objects.get().name_en == "First"
        assert actions.edit_product(slug="backup", revision=2, words=words(name_en="Second"), actor=PHUC, now=now) == 3
        assert Product.objects.get().name_en == "Second"

    def test_who_changes_nothing_leaves_no_trace(self, now: datetime) -> None:
        assert actions.edit_product(slug="backup", revision=1, words=words(), actor=PHUC, now=now) == 1
        assert acts() == ["product.added"]

    @pytest.mark.parametrize("act", [actions.show_product, actions.hide_product])
    def test_who_reads_an_older_page_cannot_show_or_hide_unseen_words(self, now: datetime, act: object) -> None:
        actions.edit_product(slug="backup", revision=1, words=words(name_en="First"), actor=PHUC, now=now)
        with pytest.raises(actions.Overtaken):
            act(slug="backup", revision=1, actor=PHUC, now=now)  # type: ignore[operator]  # one of the two acts above

    def test_is_told_when_a_file_replaced_the_shelf(self, now: datetime) -> None:
        text = "[[product]]\n" + "".join(f'{name} = "{text}"\n' for name, text in words().items())
        actions.load_shelf(text=text, actor=PHUC, now=now)
        with pytest.raises(actions.Overtaken):
            actions.edit_product(slug="backup", revision=1, words=words(name_en="Second"), actor=PHUC, now=now)

    def test_of_a_product_that_is_not_there_is_told_so(self, now: datetime) -> None:
        for act in (actions.show_product, actions.hide_product):
            with pytest.raises(actions.ProductUnknown):
                act(slug="nothing", revision=1, actor=PHUC, now=now)
        with pytest.raises(actions.ProductUnknown):
            actions.edit_product(slug="nothing", revision=1, words=words(), actor=PHUC, now=now)
        with pytest.raises(actions.ProductUnknown):
            actions.move_product(slug="nothing", is_up=True, actor=PHUC, now=now)

    def test_leaves_no_word_in_the_journal(self, now: datetime) -> None:
        actions.edit_product(slug="backup", revision=1, words=words(name_en=SECRET_WORD), actor=PHUC, now=now)
        assert SECRET_WORD.encode() not in b"".join(bytes(entry.payload or b"") for entry in JournalEntry.objects.all())


class TestTheOrder:
    def test_is_what_was_last_moved(self, now: datetime) -> None:
        actions.stock_if_empty()
        first, second, third = (row.slug for row in queries.shelf())
        actions.move_product(slug=third, is_up=True, actor=PHUC, now=now)
        assert [row.slug for row in queries.shelf()] == [first, third, second]
        actions.move_product(slug=first, is_up=False, actor=PHUC, now=now)
        assert [row.slug for row in queries.shelf()] == [third, first, second]

    def test_has_ends(self, now: datetime) -> None:
        actions.stock_if_empty()
        before = [row.slug for row in queries.shelf()]
        actions.move_product(slug=before[0], is_up=True, actor=PHUC, now=now)
        actions.move_product(slug=before[-1], is_up=False, actor=PHUC, now=now)
        assert [row.slug for row in queries.shelf()] == before
        assert acts() == []


class TestAFileWithMore:
    def test_brings_price_terms_and_what_is_included(self, now: datetime) -> None:
        more = {name: f"{name} of it" for name in LONGEST_MORE}
        text = "[[product]]\n" + "".join(f'{name} = "{text}"\n' for name, text in words(**more).items())
        actions.load_shelf(text=text, actor=PHUC, now=now)
        (row,) = queries.shown_products("en")
        assert (row.price, row.terms, row.includes) == ("price_en of it", "terms_en of it", ("includes_en of it",))
