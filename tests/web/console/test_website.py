"""The desk of the website: what is typed is never lost, nobody overwrites what they have not seen, and every saving can be undone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.catalogue import actions as catalogue
from camket.duties.catalogue import queries as shelf
from camket.duties.catalogue.models import Product
from camket.duties.catalogue.rules import LONGEST, LONGEST_MORE
from camket.duties.publishing.rules import text_hash
from camket.policy.terms import OPERATOR, Actor
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept

SignIn = Callable[[str], Browser]
PRODUCT = "/vi/console/products/web-hosting"
SITE = "/vi/console/site"


def words(**changes: str) -> dict[str, str]:
    row = shelf.on_shelf("web-hosting")
    assert row is not None
    return {name: text for name, text in row.words.items() if name != "slug"} | changes


def name_en() -> str:
    row = shelf.on_shelf("web-hosting")
    assert row is not None
    return row.words["name_en"]


class TestAProductsForm:
    def test_stores_what_was_typed_and_the_site_shows_it(self, sign_in: SignIn, visitor: Browser) -> None:
        operator = sign_in("operator")
        answer = operator.submit(operator.get(PRODUCT), words(price_en="90,000 dong a month", price_vi="90.000 đồng một tháng"))
        assert (answer.status, answer.headers["location"]) == (302, f"{PRODUCT}?saved=1")
        assert "Đã lưu." in operator.get(answer.headers["location"]).words()
        assert "90,000 dong a month" in visitor.get("/en/products/web-hosting").words()

    def test_of_the_second_of_two_shows_both_texts_and_stores_theirs_only_with_a_tick(self, sign_in: SignIn) -> None:
        first, second = sign_in("operator"), sign_in("privacy_officer")
        ours, theirs = first.get(PRODUCT), second.get(PRODUCT)
        assert first.submit(ours, words(name_en="Of the first")).status == 302
        clash = second.submit(theirs, words(name_en="Of the <second>"))
        assert clash.status == 409
        assert "operator đã lưu nội dung khác" in clash.words()
        assert name_en() == "Of the first"
        assert 'value="Of the &lt;second&gt;"' in clash.text
        assert "Of the first" in clash.words()
        ticked = {"replace_name_en": text_hash("Of the first")}
        assert second.submit(clash, words(name_en="Of the <second>") | ticked, PRODUCT).status == 302
        assert name_en() == "Of the <second>"

    def test_with_a_fault_keeps_what_was_typed_and_says_where(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        answer = operator.submit(operator.get(PRODUCT), words(name_vi="", terms_vi="Điều khoản <mới>", terms_en=""))
        assert answer.status == 422
        assert "Điều khoản &lt;mới&gt;</textarea>" in answer.text
        assert 'id="t-name_vi-error"' in answer.text
        assert 'id="t-terms_en-error"' in answer.text
        assert name_en() == "Web hosting"

    def test_with_a_fault_names_each_field_that_has_one_and_leads_to_it(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        answer = operator.submit(operator.get(PRODUCT), words(name_vi="", terms_vi="Điều khoản", terms_en=""))
        links = re.findall(r'<li><a href="#([a-z_-]+)">([^<]+)</a></li>', answer.text)
        assert [(anchor, text.partition(":")[0]) for anchor, text in links] == [
            ("t-name_vi", "Tên (Tiếng Việt)"),
            ("t-terms_en", "Điều khoản (Tiếng Anh)"),
        ]
        assert all(f'id="{anchor}" name="{anchor[2:]}"' in answer.text for anchor, _ in links)

    def test_with_a_fault_still_finds_out_that_somebody_was_quicker(self, sign_in: SignIn, clock: Clock) -> None:
        operator = sign_in("operator")
        faulty = operator.submit(operator.get(PRODUCT), words(name_vi=""))
        catalogue.edit_product(slug="web-hosting", revision=1, words=words(name_en="Meanwhile"), actor=Actor(role=OPERATOR), now=clock.now)
        late = operator.submit(faulty, words(name_en="Late"), PRODUCT)
        assert (late.status, "một nội dung khác đã được lưu" in late.words()) == (409, True), "by the house itself, which has no name"
        assert name_en() == "Meanwhile"

    @pytest.mark.parametrize("value", ["", "\x00", "x" * 9000, "An\u202e", "{{ 7 }}", "😀", "'; drop table x --"])
    @pytest.mark.parametrize("name", ["name_vi", "terms_en", "revision", "slug"])
    def test_is_never_a_fault_of_ours_whatever_is_typed(self, sign_in: SignIn, name: str, value: str) -> None:
        operator = sign_in("operator")
        page = operator.get(PRODUCT)
        assert operator.submit(page, words(**{name: value})).status in (302, 409, 422)
        assert operator.post("/vi/console/products", {**page.hidden(), "act": "hide", name: value}).status in (302, 404, 409)

    def test_of_no_product_is_not_there(self, sign_in: SignIn) -> None:
        assert sign_in("operator").get("/vi/console/products/never").status == 404

    def test_of_a_product_that_goes_while_it_is_stored_is_not_there(self, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
        operator, look = sign_in("operator"), shelf.on_shelf
        page = operator.get(PRODUCT)

        def last_look(slug: str) -> shelf.ShelfRow | None:
            row = look(slug)
            Product.objects.filter(slug=slug).delete()
            return row

        typed = words(name_en="Late")
        monkeypatch.setattr(shelf, "on_shelf", last_look)
        assert operator.submit(page, typed).status == 404


class TestANewProduct:
    def test_is_added_hidden_and_then_put_on_the_site(self, sign_in: SignIn, visitor: Browser) -> None:
        operator = sign_in("operator")
        texts = {name: f"{name} mới" for name in (*LONGEST, *LONGEST_MORE)} | {"slug": "vps"}
        answer = operator.submit(operator.get("/vi/console/add-product"), texts)
        assert answer.headers["location"] == "/vi/console/products/vps"
        assert visitor.get("/vi/products/vps").status == 404
        listed = operator.get("/vi/console/products")
        assert operator.post("/vi/console/products", {**listed.hidden(), "slug": "vps", "revision": "1", "act": "show"}).status == 302
        assert visitor.get("/vi/products/vps").status == 200

    def test_of_a_taken_address_keeps_what_was_typed(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        answer = operator.submit(operator.get("/vi/console/add-product"), words(slug="web-hosting", name_en="Mine"))
        assert answer.status == 422
        assert 'value="Mine"' in answer.text
        assert 'id="t-slug-error"' in answer.text


class TestTheOrder:
    def test_is_changed_by_a_press_without_a_script(self, sign_in: SignIn, visitor: Browser) -> None:
        operator = sign_in("operator")
        listed = operator.get("/vi/console/products")
        before = [row.slug for row in shelf.shelf()]
        operator.post("/vi/console/products", {**listed.hidden(), "slug": before[1], "act": "up"})
        text = visitor.get("/vi/products").text
        assert text.index(f"products/{before[1]}") < text.index(f"products/{before[0]}")

    def test_of_an_unknown_act_changes_nothing(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        before, listed = everything_kept(), operator.get("/vi/console/products")
        assert operator.post("/vi/console/products", {**listed.hidden(), "slug": "web-hosting", "act": "burn"}).status == 404
        assert everything_kept() == before


def saved(browser: Browser, page: Page, **texts: str) -> Page:
    return browser.submit(page, {"act": "save", **texts}, SITE)


class TestTheSitesTexts:
    def test_are_saved_shown_and_undone(self, sign_in: SignIn, visitor: Browser) -> None:
        operator = sign_in("operator")
        assert saved(operator, operator.get(SITE), headline_vi="Một", headline_en="One").status == 302
        assert saved(operator, operator.get(SITE), headline_vi="Hai", headline_en="Two").status == 302
        assert "<h1>Two</h1>" in visitor.get("/en/").text
        assert operator.post(SITE, {**operator.get(SITE).hidden(), "act": "restore", "wanted": "1", "version": "2"}).status == 302
        assert "<h1>One</h1>" in visitor.get("/en/").text
        page = operator.get(SITE).words()
        assert "khôi phục bản 1" in page

    def test_of_the_second_of_two_are_shown_beside_the_firsts(self, sign_in: SignIn) -> None:
        first, second = sign_in("operator"), sign_in("privacy_officer")
        ours, theirs = first.get(SITE), second.get(SITE)
        saved(first, ours, headline_vi="Một", headline_en="One")
        clash = second.submit(theirs, {"act": "save", "headline_vi": "Hai", "headline_en": "Two", "version": "0"}, SITE)
        assert clash.status == 409
        assert "operator đã lưu nội dung khác" in clash.words()
        assert 'value="Two"' in clash.text
        assert 'id="stored-headline_en"' in clash.text
        assert "Thay bản operator đã lưu bằng nội dung của tôi" in clash.words()
        assert shelf.site_texts("en").headline == "One"

    def test_with_a_fault_keep_what_was_typed(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        answer = saved(operator, operator.get(SITE), company_phone="gọi An", hours_vi="8 giờ", hours_en="8 am")
        assert answer.status == 422
        assert 'value="gọi An"' in answer.text
        assert 'value="8 am"' in answer.text
        assert shelf.site_versions() == ()

    def test_with_a_fault_name_each_field_that_has_one_and_lead_to_it(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        answer = saved(operator, operator.get(SITE), company_phone="gọi An", hours_vi="8 giờ")
        problems = answer.text.partition('id="problems"')[2].partition("</div>")[0]
        links = re.findall(r'<a href="#([a-z_-]+)">([^<]+)</a>', problems)
        assert [anchor for anchor, _ in links] == ["t-hours_en", "t-company_phone"]
        assert links[1][1].startswith("Số điện thoại của công ty: ")
        assert answer.text.count('aria-invalid="true"') == 2, "and the fields are marked"

    def test_say_where_the_companys_identity_is_changed(self, sign_in: SignIn, settings: Any) -> None:
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        page = sign_in("operator").get("/en/console/site")
        assert "CAMKET_CONTROLLER_EMAIL" in page.words()
        assert "lienhe@example.vn" in page.words()
        assert '#c5.1"' in page.text
        assert 'name="controller' not in page.text

    @pytest.mark.parametrize("act", ["", "burn", "restore"])
    def test_are_left_alone_by_an_act_that_there_is_not(self, sign_in: SignIn, act: str) -> None:
        operator = sign_in("operator")
        before, page = everything_kept(), operator.get(SITE)
        assert operator.submit(page, {"act": act, "wanted": "9", "headline_vi": "x", "headline_en": "x"}, SITE).status == 404
        assert everything_kept() == before


class TestWhatTheDeskCosts:
    @pytest.mark.parametrize(("path", "most"), [("products", 9), ("products/web-hosting", 9), ("site", 10), ("kit", 8)])
    def test_is_few_statements_however_many_products_and_versions(self, sign_in: SignIn, clock: Clock, path: str, most: int) -> None:
        operator, place, actor = sign_in("operator"), f"/vi/console/{path}", Actor(role=OPERATOR)
        catalogue.save_site_texts(texts={"headline_vi": "0", "headline_en": "0"}, version=0, actor=actor, now=clock.now)
        few = self.statements(operator, place)
        for number in range(1, 15):
            catalogue.add_product(words=dict.fromkeys(LONGEST, f"p{number}"), actor=actor, now=clock.now)
            catalogue.save_site_texts(texts={"headline_vi": str(number), "headline_en": "0"}, version=number, actor=actor, now=clock.now)
        assert self.statements(operator, place) == few
        assert few <= most

    def statements(self, browser: Browser, path: str) -> int:
        browser.get(path)
        with CaptureQueriesContext(connections["default"]) as plain, CaptureQueriesContext(connections["keys"]) as keys:
            assert browser.get(path).status == 200
        return len(plain) + len(keys)
