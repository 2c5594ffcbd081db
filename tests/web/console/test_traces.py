"""What an adviser's browser keeps of a day's work: addresses in its history, pages in its cache, what it tells other sites."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import quote

import pytest

from tests.cast import AN
from tests.journeys.canaries import Leak, Nose, spellings
from tests.journeys.visitor import Page
from tests.web.browsing import Browser

SignIn = Callable[[str], Browser]


@pytest.fixture
def pages(sign_in: SignIn) -> list[Page]:
    """A day at the desk: An's inquiry is listed, opened, answered and found, and her letter looked at."""
    words = Browser().contact(**AN.values("full_name", "email", "phone", "message")).words()
    reference, adviser = words[words.index("CK-") :][:12], sign_in("adviser")
    place = f"/vi/console/inquiries/{reference}"
    opened, letters = adviser.get(place), adviser.get("/vi/console/letters")
    (letter,) = set(re.findall(r'name="letter" value="([0-9a-f-]{36})"', letters.text)) or {""}
    answered = adviser.submit(opened, {"act": "answer", "answer": f"Chào {AN.full_name}"})
    found = adviser.submit(adviser.get("/vi/console/find"), {"query": AN.email})
    return [adviser.get("/vi/console/"), opened, answered, found, letters, *([adviser.get(f"/vi/console/letters/{letter}")] if letter else [])]


def addresses(page: Page) -> Iterator[str]:
    """Yield every address that a browser could write down: the page's own, where it leads, and where it was sent."""
    yield page.url
    yield page.headers.get("location", "")
    yield from map(unescape, re.findall(r'(?:href|action|src|formaction)="([^"]*)"', page.text))


def leaks(pages: list[Page]) -> list[Leak]:
    # what a letter or telephone program is handed is no page, and no browser's history keeps it
    visited = [place for page in pages for place in addresses(page) if not place.startswith(("mailto:", "tel:"))]
    return Nose(spellings(AN.values("full_name", "email", "phone", "message"))).leaks_in("\n".join(visited).encode(), place="history")


class TestTheHistory:
    @pytest.mark.clause("7.1")
    def test_of_a_day_at_the_desk_names_nobody(self, pages: list[Page]) -> None:
        assert AN.full_name in pages[1].words()
        assert AN.full_name in pages[3].words()
        assert leaks(pages) == []

    def test_would_be_seen_to_name_somebody(self, pages: list[Page]) -> None:
        """A test of the test: a search by GET is what it is there to catch."""
        pages[3].url = f"/vi/console/find?query={quote(AN.email)}"
        assert {leak.name for leak in leaks(pages)} == {"email"}


class TestTheCache:
    @pytest.mark.clause("7.1")
    def test_is_told_to_keep_no_page_of_the_desk(self, pages: list[Page]) -> None:
        assert [page.url for page in pages if page.headers["cache-control"] != "no-store"] == []

    def test_tells_no_other_site_where_the_adviser_was(self, pages: list[Page]) -> None:
        assert {page.headers["referrer-policy"] for page in pages} <= {"same-origin", "no-referrer"}
