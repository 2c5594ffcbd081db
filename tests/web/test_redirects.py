"""Every way in which the house sends somebody elsewhere stays in the house, whatever was written into the address."""

import ast
from collections.abc import Callable

import pytest

from tests.house.tree import HOUSE, name_of
from tests.web.browsing import Browser

EVIL = "evil.example.com"
# what a redirect may be made of besides a text that begins with the language and the house's own path, each with its reason
OTHERWISE = {
    "src/camket/web/site/views.py": "the page that was asked for, below a language: tried with every address below",
    "src/camket/web/console/desks/account.py": "pages of one's own account, and what `entrance.confirmed` remembered of a page of the desk",
    "src/camket/web/console/desks/acting.py": "`lists.list_address`: the inbox below a language, with filters from fixed words",
    "src/camket/web/console/desks/inbox.py": "the same",
    "src/camket/web/console/desks/inquiry.py": "the same",
    "src/camket/web/console/desks/company.py": "desks below the language signed into the errand, and what `entrance.confirmed` remembered",
    "src/camket/web/console/desks/letters.py": "the list of letters below a language, with the id of a campaign",
    "src/camket/web/console/entrance.py": "a page of the desk below the language of the page, or the one that was signed into an errand",
}
ADDRESSES = (
    "/",
    f"//{EVIL}",
    f"//{EVIL}/",
    f"///{EVIL}",
    f"/\\{EVIL}",
    f"/%5c{EVIL}",
    f"/%2f%2f{EVIL}",
    f"/.{EVIL}",
    f"/{EVIL}",
    f"/https:/{EVIL}",
    f"/vi//{EVIL}",
    f"/vi///{EVIL}/",
    f"/en/%2f{EVIL}/",
    f"/vi/contact/?next=https://{EVIL}",
    f"/contact?next=https://{EVIL}&next=//{EVIL}",
    "/contact?x=%0d%0aSet-Cookie:%20a=b",
    "/contact%0d%0aLocation:%20https://evil.example.com",
    "/contact?%0a",
    f"/vi/console?next=//{EVIL}",
    f"/vi/console/?next=//{EVIL}",
    f"/vi/policy/editions?x=//{EVIL}",
    f"/console/sign-in/x?next=//{EVIL}",
)


def is_below_a_language(address: ast.expr) -> bool:
    """Whether an address is written as /{language}/…: then nothing that was sent can make a host of it."""
    if isinstance(address, ast.BinOp):
        return is_below_a_language(address.left)
    if not isinstance(address, ast.JoinedStr) or len(address.values) < 3:
        return False
    slash, language, rest = address.values[:3]
    is_plain = isinstance(slash, ast.Constant) and slash.value == "/" and isinstance(rest, ast.Constant) and str(rest.value).startswith("/")
    return is_plain and isinstance(language, ast.FormattedValue) and ast.unparse(language.value) in ("language", "get_language()")


def redirects_otherwise() -> set[str]:
    """Return the files of the doors that make a redirect in another way."""
    found = set()
    for path in (HOUSE / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            is_redirect = called in ("HttpResponseRedirect", "HttpResponsePermanentRedirect", "redirect")
            if isinstance(node, ast.Call) and is_redirect and not is_below_a_language(node.args[0]):
                found.add(name_of(path))
    return found


def stays_here(location: str) -> bool:
    """Whether a browser that follows a redirect stays in the house: a path of ours, and no host."""
    return location.startswith(("/vi/", "/en/")) and not set(location) & set("\r\n\\")


@pytest.mark.whatever_database
class TestARedirect:
    def test_begins_with_a_language_and_a_path_of_ours_or_has_its_reason_here(self) -> None:
        assert redirects_otherwise() == set(OTHERWISE)

    @pytest.mark.parametrize("written", ['f"/{language}/x"', 'f"/{get_language()}/console/{place}"', 'f"/{language}/x" + y'])
    def test_that_stays_in_the_house_is_known_by_how_it_is_written(self, written: str) -> None:
        assert is_below_a_language(ast.parse(written, mode="eval").body)

    @pytest.mark.parametrize("written", ['f"{place}/x"', 'f"/{place}"', "place", 'f"/{next}/x"', '"https://" + host', 'f"//{language}/x"'])
    def test_that_may_leave_it_is_known_as_well(self, written: str) -> None:
        assert not is_below_a_language(ast.parse(written, mode="eval").body)

    @pytest.mark.parametrize("path", ADDRESSES)
    def test_leads_nowhere_but_into_the_house(self, visitor: Browser, path: str) -> None:
        page = visitor.get(path, Host="localhost", X_Forwarded_Host=EVIL, X_Original_URL=f"https://{EVIL}", Referer=f"https://{EVIL}/")
        assert page.status < 500
        if 300 <= page.status < 400:
            assert stays_here(page.headers["location"]), page.headers["location"]
        assert "set-cookie" not in page.headers
        assert EVIL not in page.headers.get("location", "").partition("?")[0] or page.headers["location"][:4] in ("/vi/", "/en/")

    @pytest.mark.parametrize("path", ["/vi/console/", "/vi/console", "/en/console/letters"])
    def test_of_the_desks_takes_no_wish_of_whoever_sent_the_link(self, sign_in: Callable[[str], Browser], path: str) -> None:
        page = sign_in("operator").get(f"{path}?next=https://{EVIL}")
        assert EVIL not in page.headers.get("location", "").partition("?")[0]

    @pytest.mark.parametrize("location", ["https://evil.example.com", "//evil.example.com", "/contact", "/vi/\r\nx", "/vi/\\evil", ""])
    def test_that_leaves_would_be_noticed(self, location: str) -> None:
        assert not stays_here(location)


@pytest.mark.whatever_database
class TestAHostThatIsNotOurs:
    @pytest.mark.parametrize(
        "host", [EVIL, f"localhost@{EVIL}", f"localhost.{EVIL}", f"{EVIL}:80", "localhost:x", "", "[::1", "LOCALHOST.", "a	b"]
    )
    def test_gets_a_plain_refusal_that_does_not_repeat_it(self, host: str) -> None:
        page = Browser().get("/contact", Host=host)
        assert page.status == 400
        assert EVIL not in page.text + str(page.headers)

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:8000", "127.0.0.1", "[::1]", "[::1]:8000"])
    def test_is_told_from_one_that_is(self, host: str) -> None:
        assert Browser().get("/contact", Host=host).status == 302
