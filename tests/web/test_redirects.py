"""Every way in which the house sends somebody elsewhere stays in the house, whatever was written into the address."""

import ast
from collections import Counter
from collections.abc import Callable

import pytest

from tests.house.tree import HOUSE, name_of
from tests.web.browsing import Browser

EVIL = "evil.example.com"
# where a redirect is written, and how often: a new one belongs into ADDRESSES below
WRITTEN = {
    "src/camket/web/console/desks/call.py": 1,
    "src/camket/web/console/desks/door.py": 1,
    "src/camket/web/console/desks/inbox.py": 1,
    "src/camket/web/console/desks/inquiry.py": 1,
    "src/camket/web/console/desks/letters.py": 1,
    "src/camket/web/console/desks/open_case.py": 1,
    "src/camket/web/console/desks/special_case.py": 1,
    "src/camket/web/console/entrance.py": 1,
    "src/camket/web/site/views.py": 2,
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


def redirects_written() -> dict[str, int]:
    """Return how often each file of the doors makes a redirect."""
    found: Counter[str] = Counter()
    for path in (HOUSE / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if called in ("HttpResponseRedirect", "HttpResponsePermanentRedirect", "redirect"):
                found[name_of(path)] += 1
    return dict(found)


def stays_here(location: str) -> bool:
    """Whether a browser that follows a redirect stays in the house: a path of ours, and no host."""
    return location.startswith(("/vi/", "/en/")) and not set(location) & set("\r\n\\")


class TestARedirect:
    def test_is_written_only_where_this_table_knows_of_it(self) -> None:
        assert redirects_written() == WRITTEN

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
