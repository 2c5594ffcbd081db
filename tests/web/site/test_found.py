"""How a page is found, shared and fetched: one address each, two languages that know each other, and few bytes before it is seen."""

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings as configured

import camket.web.kit.templatetags.kit as tags
from camket.duties.catalogue import actions as catalogue
from camket.policy.terms import OPERATOR, Actor
from tests.web.browsing import Browser, Clock

PLACES = ("", "products", "products/web-hosting", "policy", "policy/editions", "policy/editions/1", "transparency", "contact", "certificate")
MOST_BYTES = 30_000
OURS = configured.CAMKET_URL


def of(pattern: str, text: str) -> str:
    found = re.findall(pattern, text)
    assert len(found) == 1, (pattern, found)
    return str(found[0])


class TestThePagesHead:
    @pytest.mark.parametrize("language", ["vi", "en"])
    @pytest.mark.parametrize("place", PLACES)
    def test_names_its_one_address_and_its_sister(self, visitor: Browser, place: str, language: str) -> None:
        text = visitor.get(f"/{language}/{place}?utm_source=x").text
        assert of(r'<link rel="canonical" href="([^"]+)"', text) == f"{OURS}/{language}/{place}"
        for other in ("vi", "en"):
            assert of(rf'hreflang="{other}" href="({re.escape(OURS)}[^"]+)"', text) == f"{OURS}/{other}/{place}"
        assert of(r'property="og:url" content="([^"]+)"', text) == f"{OURS}/{language}/{place}"
        title = of(r"<title>([^<]+)</title>", text)
        assert title.startswith(of(r'property="og:title" content="([^"]+)"', text))
        assert "noindex" not in text

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_says_of_each_page_what_is_on_it(self, visitor: Browser, language: str) -> None:
        told = [
            of(r'name="description" content="([^"]+)"', visitor.get(f"/{language}/{place}").text) for place in PLACES if place != "policy/editions/1"
        ]
        assert len(set(told)) == len(told)
        assert all(20 < len(text) < 200 for text in told), told

    def test_names_no_address_of_a_page_that_is_somebodys_own(self, visitor: Browser) -> None:
        text = visitor.get("/vi/read/no-such-token").text
        assert 'rel="canonical"' not in text
        assert "og:url" not in text
        assert "noindex" in text


class TestWhatIsFetchedBeforeAPageIsSeen:
    @pytest.mark.parametrize("place", [*PLACES, "nothing", "read/no-such-token"])
    def test_is_less_than_thirty_kilobytes_of_style_and_script(self, visitor: Browser, place: str) -> None:
        text = visitor.get(f"/vi/{place}").text
        files = {address.partition("?")[0] for address in re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js)[^"]*)"', text)}
        assert "kit/camket.css" in files
        assert sum(len(gzip.compress((tags.STATIC_FOLDER / name).read_bytes())) for name in files) < MOST_BYTES

    def test_is_there_under_the_address_that_the_page_names(self, visitor: Browser) -> None:
        text = visitor.get("/vi/").text
        for address in set(re.findall(r'"(?:http://[a-z0-9:.]+)?(/static/[^"?]+)', text)):
            assert visitor.get(address).status == 200, address


class TestTheSitemap:
    def entries(self, visitor: Browser) -> Iterator[tuple[str, dict[str, str]]]:
        page = visitor.get("/sitemap.xml")
        assert page.headers["content-type"].startswith("application/xml")
        for url in ElementTree.fromstring(page.text):  # noqa: S314  # our own answer
            parts = list(url)
            yield str(parts[0].text), {part.attrib["hreflang"]: part.attrib["href"] for part in parts if "hreflang" in part.attrib}

    def test_names_every_public_page_in_both_languages(self, visitor: Browser) -> None:
        found = dict(self.entries(visitor))
        assert {f"{OURS}/{language}/{place}" for language in ("vi", "en") for place in PLACES if place != "policy/editions/1"} <= set(found)
        for address, sisters in found.items():
            assert set(sisters) == {"vi", "en"}
            assert address in sisters.values()

    def test_leads_to_pages_that_are_there(self, visitor: Browser) -> None:
        assert all(visitor.get(address.removeprefix(OURS)).status == 200 for address, _ in self.entries(visitor))

    def test_leaves_out_what_is_not_offered(self, visitor: Browser, clock: Clock) -> None:
        catalogue.hide_product(slug="web-hosting", revision=1, actor=Actor(role=OPERATOR), now=clock.now)
        assert not any("web-hosting" in address for address, _ in self.entries(visitor))

    def test_is_named_where_crawlers_look(self, visitor: Browser) -> None:
        assert f"Sitemap: {OURS}/sitemap.xml" in visitor.get("/robots.txt").text.splitlines()


class TestSecurityTxt:
    """RFC 9116 §2.5: Contact at least once and as a URI, Expires exactly once and less than a year ahead, web addresses over TLS alone."""

    def lines(self, visitor: Browser) -> list[tuple[str, str]]:
        page = visitor.get("/.well-known/security.txt")
        assert page.headers["content-type"] == "text/plain; charset=utf-8"
        return [(name, value) for name, _, value in (line.partition(": ") for line in page.text.splitlines())]

    def test_says_what_the_rfc_demands(self, visitor: Browser, clock: Clock, settings: Any) -> None:
        settings.CAMKET_URL, settings.CAMKET_CONTROLLER_EMAIL = "https://hotro.example.vn", "lienhe@example.vn"
        lines = self.lines(visitor)
        assert [value for name, value in lines if name == "Contact"] == ["mailto:lienhe@example.vn", "https://hotro.example.vn/en/contact"]
        assert [value for name, value in lines if name == "Canonical"] == ["https://hotro.example.vn/.well-known/security.txt"]
        (expires,) = [value for name, value in lines if name == "Expires"]
        ahead = datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - clock.now
        assert 30 < ahead.days < 365
        assert {name for name, _ in lines} <= {"Contact", "Canonical", "Expires", "Preferred-Languages"}

    def test_names_the_mailbox_alone_where_the_site_has_no_tls(self, visitor: Browser, settings: Any) -> None:
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        assert all(not value.startswith("http:") for _, value in self.lines(visitor))


class TestTheSmallPicture:
    def test_is_there_for_who_asks_without_reading_a_page(self, visitor: Browser) -> None:
        page = visitor.get("/favicon.ico")
        assert (page.status, page.headers["content-type"]) == (200, "image/x-icon")
