"""Home, products and each product: true figures, words that stay words, and no more statements for thirty products than for one."""

import re
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.catalogue import actions as catalogue
from camket.duties.catalogue.rules import LONGEST
from camket.duties.custody import actions as custody
from camket.duties.publishing import queries as editions
from camket.duties.retention.models import Certificate
from camket.policy.terms import OPERATOR, Actor
from tests.web.browsing import Browser, Clock

PHUC = Actor(role=OPERATOR)
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)> [đây](javascript:alert(1)) ![ảnh](https://evil.example.com/x.png) & "'


def offer(slug: str, clock: Clock, **words: str) -> None:
    texts = {**{name: f"{name} của {slug}" for name in LONGEST}, "slug": slug, **words}
    catalogue.add_product(words=texts, actor=PHUC, now=clock.now)
    catalogue.show_product(slug=slug, revision=1, actor=PHUC, now=clock.now)


def statements(visitor: Browser, path: str) -> int:
    visitor.get(path)
    with CaptureQueriesContext(connections["default"]) as plain, CaptureQueriesContext(connections["keys"]) as keys:
        assert visitor.get(path).status == 200
    return len(plain) + len(keys)


class TestTheHomePage:
    def test_prints_what_the_house_holds_and_where_it_comes_from(self, visitor: Browser, clock: Clock) -> None:
        for number in range(1234):
            Certificate.objects.create(matter_id=f"0196a0c4-0000-7000-8000-{number:012}", records=1, erased_at=clock.now)
        custody.keep_journal(now=clock.now)
        editions.forget_figures()
        figures = editions.house_figures(now=clock.now)
        assert figures.checkpoint is not None
        vietnamese, english = visitor.get("/vi/"), visitor.get("/en/")
        assert "1.234 " in vietnamese.words().replace("việc", " việc")
        assert "1,234" in english.words()
        assert figures.checkpoint.mark in english.words()
        assert editions.edition_line(editions.edition_in_force()).hash_short in english.words()
        assert 'href="/en/policy#c4.6"' in english.text
        assert 'href="/en/policy#c3.11"' in english.text

    def test_prints_no_number_of_inquiries_that_might_point_at_somebody(self, visitor: Browser) -> None:
        assert "inquiries answered" not in visitor.get("/en/").words()

    def test_speaks_in_the_companys_own_words_once_there_are_some(self, visitor: Browser, clock: Clock) -> None:
        texts = {"headline_vi": "Máy chủ cho người làm thật", "headline_en": "Servers <for> people", "company_phone": "028 0000 0000"}
        texts |= {"hours_vi": "8 giờ đến 17 giờ", "hours_en": "8 am to 5 pm"}
        texts |= {"messenger_url": "https://m.example.com/wesoft", "messenger_label_vi": "Nhắn tin", "messenger_label_en": "Chat"}
        catalogue.save_site_texts(texts=texts, version=0, actor=PHUC, now=clock.now)
        page = visitor.get("/en/")
        assert "<h1>Servers &lt;for&gt; people</h1>" in page.text
        assert 'href="tel:02800000000"' in page.text
        assert 'href="https://m.example.com/wesoft" rel="noopener noreferrer external"' in page.text
        assert "8 am to 5 pm" in page.words()
        assert "Máy chủ cho người làm thật" in visitor.get("/vi/").words()

    def test_offers_only_the_ways_that_exist(self, visitor: Browser, settings: Any) -> None:
        assert "mailto:" not in visitor.get("/en/").text
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        assert "mailto:lienhe@example.vn" in visitor.get("/en/").text
        assert "tel:" not in visitor.get("/en/").text


class TestAProduct:
    def test_has_a_page_of_its_own_with_price_terms_and_what_it_includes(self, visitor: Browser, clock: Clock) -> None:
        more = {
            "price_vi": "90.000 đồng một tháng",
            "price_en": "90,000 dong a month",
            "includes_vi": "10 GB\n1 tên miền",
            "includes_en": "10 GB\n1 domain",
        }
        offer("vps", clock, **more, terms_vi="## Hủy\n\nBất cứ lúc nào.", terms_en="## Ending it\n\nAt any time.")
        page = visitor.get("/en/products/vps")
        assert page.status == 200
        for text in ("90,000 dong a month", "<span>10 GB</span>", "<span>1 domain</span>", "<h3>Ending it</h3>", "<p>At any time.</p>"):
            assert text in page.text
        assert 'href="/en/contact?product=vps"' in page.text
        assert 'href="/vi/products/vps"' in page.text

    def test_that_is_hidden_or_was_never_there_has_none(self, visitor: Browser, clock: Clock) -> None:
        offer("vps", clock)
        catalogue.hide_product(slug="vps", revision=2, actor=PHUC, now=clock.now)
        for slug in ("vps", "never", "-", "VPS", "x" * 300):
            assert visitor.get(f"/vi/products/{slug}").status == 404

    def test_that_stands_at_another_address_than_typed_is_found(self, visitor: Browser) -> None:
        assert visitor.get("/vi/products/web-hosting/").headers["location"] == "/vi/products/web-hosting"
        assert visitor.get("/products/web-hosting").headers["location"] == "/vi/products/web-hosting"

    @pytest.mark.parametrize("path", ["/vi/products/vps", "/vi/products", "/vi/", "/vi/contact"])
    def test_can_say_nothing_but_words(self, visitor: Browser, clock: Clock, path: str) -> None:
        hostile = {name: HOSTILE for name in LONGEST if name not in ("slug", "name_vi", "name_en")}
        more = {"includes_vi": HOSTILE, "includes_en": HOSTILE, "price_vi": HOSTILE[:150], "price_en": "x", "terms_vi": HOSTILE, "terms_en": HOSTILE}
        offer("vps", clock, **hostile, **more, name_vi="<b>VPS</b>", name_en="VPS")
        text = visitor.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>VPS" not in text
        assert not re.search(r'href="\s*javascript:', text)
        assert "evil.example.com/x.png" not in re.findall(r'src="([^"]*)"', text)


class TestWhatAPageCosts:
    @pytest.mark.parametrize(
        ("path", "most"),
        [("", 8), ("products", 6), ("products/web-hosting", 6), ("policy", 7), ("policy/editions", 6), ("transparency", 7), ("certificate", 4)],
    )
    def test_is_few_statements_and_the_same_for_thirty_products(self, visitor: Browser, clock: Clock, path: str, most: int) -> None:
        few = statements(visitor, f"/vi/{path}")
        for number in range(27):
            offer(f"p{number}", clock)
        assert statements(visitor, f"/vi/{path}") == few
        assert few <= most
