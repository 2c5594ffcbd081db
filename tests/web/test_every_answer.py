"""What every answer of the house carries, whatever was asked: headers, no cookie, no foreign host, no word of what went wrong inside."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import DatabaseError, InterfaceError, OperationalError
from django.urls import URLPattern, URLResolver, get_resolver

from camket.config import urls
from camket.duties.catalogue import queries as catalogue
from camket.duties.custody import queries as custody
from tests.cast import AN
from tests.web.browsing import Browser

PUBLIC = (
    "",
    "products",
    "products/web-hosting",
    "policy",
    "policy/editions",
    "policy/editions/1",
    "policy/diff/1/1",
    "transparency",
    "contact",
    "certificate",
)
FIXED = {
    "language": "vi",
    "token": "no-such-token",
    "number": "1",
    "reference": "CK-0000-0000",
    "letter_id": "00000000-0000-4000-8000-000000000000",
    "staff_id": "00000000-0000-4000-8000-000000000000",
    "file_id": "00000000-0000-4000-8000-000000000000",
    "text_id": "1",
    "draft_id": "1",
    "campaign_id": "00000000-0000-4000-8000-000000000000",
    "tongue": "en",
    "rest": "contact",
    "slug": "web-hosting",
    "size": "1",
    "old": "1",
    "new": "1",
}
KEPT_A_DAY = "/favicon.ico"  # what is the same for everybody may be kept by a browser
PAGES = [f"/{language}/{place}" for language in ("vi", "en") for place in PUBLIC]


def addresses(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Return one address of every route there is."""
    for pattern in get_resolver(urls.__name__).url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            route = "<rest>" if str(pattern.pattern).startswith("^") else str(pattern.pattern)
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: FIXED[found[1]], prefix + route)


ROUTES = sorted(set(addresses()))
OTHERS = ["/static/kit/camket.css", "/static/kit/none.css", "/nothing", "/vi/nothing", "/en/policy/editions/9", "/wp-login.php", "/vi/../etc/passwd"]


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.whatever_database
class TestEveryRoute:
    @pytest.mark.parametrize("path", ROUTES + OTHERS)
    def test_carries_the_headers_that_protect_its_reader(self, visitor: Browser, path: str) -> None:
        for method in ("GET", "POST"):
            self.protected(visitor, path, method)

    def protected(self, visitor: Browser, path: str, method: str) -> None:
        page = visitor.request(method, path)
        assert page.status < 500 or path == "/readyz"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert page.headers["cross-origin-opener-policy"] == "same-origin"
        assert page.headers.get("cross-origin-embedder-policy") == "require-corp" or path.startswith("/static/")
        assert re.fullmatch(r"[2-9B-Z]{4}-[2-9B-Z]{4}", page.headers["x-request-id"])
        assert page.headers.get("cross-origin-resource-policy") == "same-origin" or page.status == 405
        assert "access-control-allow-origin" not in page.headers
        if not path.startswith("/static/"):
            assert page.headers["cache-control"] == ("max-age=86400" if (path, method) == (KEPT_A_DAY, "GET") else "no-store")
            assert "camera=()" in page.headers["permissions-policy"]

    @pytest.mark.clause("11.4")
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_lays_no_cookie_before_anybody_signs_in(self, visitor: Browser, method: str) -> None:
        for path in ROUTES + OTHERS:
            visitor.request(method, path)
            assert visitor.cookies == {}, path

    def test_lets_a_page_run_nothing_but_what_carries_its_nonce(self, visitor: Browser) -> None:
        for path in ROUTES + OTHERS:
            if not path.startswith("/static/"):
                self.strict(visitor, path)

    def strict(self, visitor: Browser, path: str) -> None:
        rules = directives(visitor.get(path).headers["content-security-policy"])
        assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
        assert rules["form-action"] == "'self'"
        assert (rules["require-trusted-types-for"], rules["trusted-types"]) == ("'script'", "'none'")
        assert "unsafe" not in " ".join(rules.values())
        assert not re.search(r"https?:|\*", " ".join(rules.values()))

    @pytest.mark.parametrize("path", PAGES)
    def test_names_a_fresh_nonce_and_writes_no_script_or_style_without_one(self, visitor: Browser, path: str) -> None:
        first, second = visitor.get(path), visitor.get(path)
        scripts = re.findall(r"<script\b[^>]*>", first.text)
        assert all(
            f"'nonce-{nonce[1]}'" in first.headers["content-security-policy"] for tag in scripts if (nonce := re.search(r'nonce="([^"]+)"', tag))
        )
        assert all("nonce=" in tag and "src=" in tag for tag in scripts)
        assert not re.search(r"<style\b|\sstyle=|\son\w+=", first.text)
        if scripts:
            assert first.headers["content-security-policy"] != second.headers["content-security-policy"]

    @pytest.mark.parametrize("path", PAGES)
    def test_fetches_nothing_from_elsewhere(self, visitor: Browser, path: str) -> None:
        page = visitor.get(path)
        # where a page stands, and its sister in the other language, is told to search engines: nobody fetches it from there
        links = [link for link in re.findall(r"<link\b[^>]*>", page.text) if not re.search(r'rel="(?:canonical|alternate)"', link)]
        fetched = re.findall(r'\s(?:src|srcset|data|poster)="([^"]+)"', page.text) + re.findall(r'href="([^"]+)"', " ".join(links))
        assert fetched
        assert all(address.startswith(("/", "data:")) and not address.startswith("//") for address in fetched)

    @pytest.mark.parametrize("path", PAGES)
    def test_is_told_in_the_language_of_its_address(self, visitor: Browser, path: str) -> None:
        page = visitor.get(path)
        language = path[1:3]
        assert page.status == 200
        assert f'<html lang="{language}">' in page.text
        assert page.headers["content-language"] == language

    @pytest.mark.parametrize(
        ("accepts", "language"), [("", "vi"), ("en-GB,en;q=0.9,vi;q=0.5", "en"), ("vi,en", "vi"), ("fr,de;q=0.5", "vi"), (";;;,", "vi")]
    )
    def test_without_a_language_leads_to_the_browsers(self, visitor: Browser, accepts: str, language: str) -> None:
        page = visitor.get("/contact", **({"Accept-Language": accepts} if accepts else {}))
        assert (page.status, page.headers["location"]) == (302, f"/{language}/contact")

    @pytest.mark.parametrize(
        "path", ["//evil.example.com", "//evil.example.com/x", "/\\evil.example.com", "/%2f%2fevil.example.com", "/http:evil.example.com"]
    )
    def test_never_leads_to_another_site(self, visitor: Browser, path: str) -> None:
        assert visitor.get(path).headers.get("location", "/vi/").startswith("/vi/")


@pytest.mark.whatever_database
class TestTheHost:
    @pytest.mark.parametrize(
        "host", ["evil.example.com", "localhost.evil.example.com", "localhost:x", "localhost:²", "localhost:٣", "", "[::2]", "169.254.169.254"]
    )
    def test_that_is_not_ours_is_refused(self, host: str) -> None:
        page = Browser(host=host).get("/vi/contact")
        assert page.status == 400
        assert page.text == "Unknown host. / Tên miền này không phải của chúng tôi.\n"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-frame-options"] == "DENY"

    @pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "LOCALHOST", "[::1]:8000"])
    def test_that_is_ours_is_served(self, host: str) -> None:
        assert Browser(host=host).get("/vi/contact").status == 200

    def test_named_by_a_forwarding_header_is_not_believed(self, visitor: Browser) -> None:
        assert "evil" not in visitor.get("/vi/contact", **{"X-Forwarded-Host": "evil.example.com"}).text


class TestAFormFromNowhere:
    """Of no session of ours, or from another site: that has nothing to do with a clause, and the page must not say so."""

    ABROAD = {"Origin": "https://evil.example.com"}
    HELP = {"vi": "Xin quý khách tải lại trang, đăng nhập lại", "en": "Please load it again, sign in again"}
    UNTRUE = ("điều khoản nào trong chính sách", "clause of our policy", "không có quyền xem", "not open to you")

    @pytest.mark.parametrize("language", ["vi", "en"])
    @pytest.mark.parametrize("place", ["console/sign-in/no-such-token", "read/no-such-link", "console/sign-out"])
    def test_is_told_what_to_do(self, visitor: Browser, place: str, language: str) -> None:
        page = visitor.post(f"/{language}/{place}", {"reading_code": "1"}, **self.ABROAD)
        assert page.status == 403
        assert self.HELP[language] in page.words()
        assert not any(sentence in page.words() for sentence in self.UNTRUE)

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_of_a_session_that_is_over_is_told_what_to_do(self, sign_in: Callable[[str], Browser], language: str) -> None:
        adviser = sign_in("adviser")
        page = adviser.post(f"/{language}/console/find", {"query": ""})
        assert page.status == 403
        assert {"vi": "Hãy mở lại trang rồi làm lại", "en": "Open the page anew, and do it once more"}[language] in page.words()
        assert not any(sentence in page.words() for sentence in self.UNTRUE)

    def test_to_the_contact_page_is_told_so_under_the_same_heading(self, visitor: Browser) -> None:
        words = visitor.post("/en/contact", {"message": "x"}, **self.ABROAD).words()
        assert "We could not take this form" in words
        assert "another website" in words

    def test_is_told_apart_from_what_no_clause_permits(self, sign_in: Callable[[str], Browser]) -> None:
        refused = sign_in("operator").get("/en/console/find")
        assert refused.status == 403
        assert "This page belongs to a desk that your role" in refused.words()


class TestAFaultPage:
    @pytest.mark.parametrize(("language", "sentence"), [("vi", "Không tìm thấy trang này"), ("en", "There is no page here")])
    def test_of_an_address_that_leads_nowhere_says_so_without_repeating_it(self, visitor: Browser, language: str, sentence: str) -> None:
        page = visitor.get(f"/{language}/chim-hoang-yen?name=chim-hoang-yen")
        assert page.status == 404
        assert "chim-hoang-yen" not in page.text
        assert f'href="/{"en" if language == "vi" else "vi"}/"' in page.text
        assert sentence in page.words()

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_of_our_own_fault_tells_nothing_of_it(self, monkeypatch: pytest.MonkeyPatch, language: str, capfd: pytest.CaptureFixture[str]) -> None:
        def broken(*_: object) -> object:
            raise DatabaseError(f"duplicate key (email)=({AN.email})")

        monkeypatch.setattr(catalogue, "shown_products", broken)
        page = Browser(raises=False).get(f"/{language}/products")
        assert page.status == 500
        assert ("This is our fault" if language == "en" else "lỗi") in page.words()
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for trace in (AN.email, "duplicate", "Traceback", "DatabaseError", ".py"):
            assert trace not in page.text
        assert AN.email not in capfd.readouterr().err

    def test_of_our_own_fault_is_json_for_programs(self, monkeypatch: pytest.MonkeyPatch, new_program: Callable[..., Any]) -> None:
        def broken(*_: object) -> bool:
            raise DatabaseError(f"duplicate key (email)=({AN.email})")

        monkeypatch.setattr(catalogue, "is_shown", broken)
        program = new_program()
        program.browser.client.raise_request_exception = False
        status, answer = program.call({"fields": AN.values("full_name", "email"), "message": AN.message, "consents": ["advise"], "product": "x"})
        assert status == 500
        assert AN.email not in json.dumps(answer)

    @pytest.mark.parametrize("fault", [OperationalError("database is locked"), InterfaceError("connection already closed")])
    @pytest.mark.parametrize(("language", "sentence"), [("vi", "tạm ngừng"), ("en", "briefly out of service")])
    def test_of_a_database_that_is_away_asks_to_come_back(
        self, monkeypatch: pytest.MonkeyPatch, fault: DatabaseError, language: str, sentence: str
    ) -> None:
        def away(*_: object) -> object:
            raise fault

        monkeypatch.setattr(catalogue, "shown_products", away)
        page = Browser(raises=False).get(f"/{language}/products")
        assert page.status == 503
        assert sentence in page.words()
        assert page.headers["retry-after"] == "60"
        assert str(fault) not in page.text

    def test_of_a_database_that_is_away_is_json_for_programs(self, monkeypatch: pytest.MonkeyPatch, new_program: Callable[..., Any]) -> None:
        def away(*_: object) -> bool:
            raise OperationalError

        monkeypatch.setattr(catalogue, "is_shown", away)
        program = new_program()
        program.browser.client.raise_request_exception = False
        status, answer = program.call({"fields": AN.values("full_name", "email"), "message": AN.message, "consents": ["advise"], "product": "x"})
        assert (status, answer["error"]) == (503, "http_503")

    @pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST", "OPTIONS"])
    @pytest.mark.parametrize("path", ["/vi/", "/en/products", "/vi/policy"])
    def test_of_another_method_has_words_and_says_what_the_page_takes(self, visitor: Browser, path: str, method: str) -> None:
        page = visitor.request(method, path)
        assert page.status == 405
        assert page.headers["allow"] == "GET, HEAD"
        assert "<h1>" in page.text

    @pytest.mark.parametrize("path", ["/vi/contact", "/en/certificate", "/vi/read/no-such-token"])
    def test_of_another_method_to_a_form_says_so_too(self, visitor: Browser, path: str) -> None:
        assert visitor.request("DELETE", path).status == 405

    @pytest.mark.parametrize("path", ["/vi/nothing", "/en/policy/editions/9", "/vi/console/nothing"])
    def test_names_no_sister_in_the_other_language(self, visitor: Browser, path: str) -> None:
        page = visitor.get(path)
        assert page.status == 404
        assert 'rel="alternate"' not in page.text

    @pytest.mark.parametrize("number", ["0", "2", "99999999999999999999999", "007"])
    def test_of_an_edition_that_is_not_there_is_no_fault_of_ours(self, visitor: Browser, number: str) -> None:
        assert visitor.get(f"/vi/policy/editions/{number}").status == 404
        assert visitor.get(f"/vi/policy/editions/{number}.json").status == 404

    def test_comes_out_even_without_a_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def gone(**_: bool) -> int:
            raise DatabaseError

        monkeypatch.setattr("camket.editions.queries.reading.in_force", gone)
        page = Browser(raises=False).get("/vi/contact")
        assert page.status == 500
        assert "<h1>" in page.text


class TestWhatMachinesAsk:
    def test_whether_the_process_lives(self, visitor: Browser) -> None:
        assert (visitor.get("/healthz").status, visitor.get("/healthz").text) == (200, "ok\n")

    def test_whether_each_part_is_ready(self, visitor: Browser) -> None:
        page = visitor.get("/readyz")
        assert page.status == 503
        parts = json.loads(page.text)
        assert parts["databases"] is True
        assert parts["worker"] is False
        assert parts["ready"] is False

    def test_whether_all_of_it_is_ready(self, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        parts = custody.readiness
        monkeypatch.setattr(custody, "readiness", lambda *, now: dict.fromkeys(parts(now=now), True))
        assert visitor.get("/readyz").status == 200

    def test_where_not_to_crawl(self, visitor: Browser) -> None:
        lines = visitor.get("/robots.txt").text.splitlines()
        places = [f"/{language}/{place}" for place in ("console", "read", "consents", "stop") for language in ("vi", "en")]
        assert {f"Disallow: {place}" for place in (*places, "/api")} <= set(lines)

    def test_where_to_report_a_weakness(self, visitor: Browser) -> None:
        lines = dict(line.split(": ", 1) for line in visitor.get("/.well-known/security.txt").text.splitlines())
        assert lines["Contact"].startswith(("mailto:", configured.CAMKET_URL))
        assert lines["Expires"] > "2026-11-23"
