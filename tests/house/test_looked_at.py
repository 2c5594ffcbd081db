"""Every page is looked at in a real browser, and every role has pages that are: what tests/journeys lists, held against every route there is."""

import re
from collections.abc import Collection, Iterable, Mapping

import pytest

from camket.policy.terms import STAFF_ROLES
from tests.house.tree import listed
from tests.journeys.inventory import route_of, routes
from tests.journeys.pages import NO_PAGES, NOWHERE, OTHER_ANSWERS, PLACES, named

ID = "00000000-0000-4000-8000-000000000000"
# anything of the right shape: only the routes are asked
NAMES = dict.fromkeys(("letter", "notice", "unsent", "colleague"), ID) | {"reference": "CK-7Q2M-4XJD", "case": "CK-7Q2M-4XJD", "text": "1"}
NAMES |= dict.fromkeys(("reading", "consents"), "token")


def is_a_file(route: str) -> bool:
    """Whether a route ends like the name of a file."""
    return re.search(r"\.[a-z]+$", route) is not None


def reached(places: Iterable[str]) -> dict[str, str]:
    """Return, for each place of the lists, the route that answers it."""
    return {place: route_of(f"/vi/{named(place, NAMES)}") for place in places if place != NOWHERE}


def unseen(every: Iterable[str], seen: Collection[str], no_pages: Mapping[str, str]) -> list[str]:
    """Return a sentence for each route that no browser test reaches and nothing excuses."""
    return [
        f"{route}: no browser test looks at it. List it in tests/journeys/pages.py under who sees it, or in NO_PAGES there with the reason."
        for route in sorted({route for route in every if not is_a_file(route)} - set(seen) - set(no_pages))
    ]


LOOKED_AT = reached(sorted({place for places in PLACES.values() for place in places}))


class TestEveryPage:
    def test_is_looked_at_in_a_browser_or_is_none_for_a_reason(self) -> None:
        missing = unseen(routes(), LOOKED_AT.values(), NO_PAGES)
        assert not missing, listed(missing)

    def test_that_is_listed_is_there(self) -> None:
        lost = [f"{place}: no route answers it" for place, route in LOOKED_AT.items() if not route]
        assert not lost, listed(lost)

    def test_that_says_no_is_one_of_the_listed(self) -> None:
        stale = [f"{who or 'visitor'}, {place}: it is not listed" for who, place in OTHER_ANSWERS if place not in PLACES[who]]
        assert not stale, listed(stale)


class TestEveryRole:
    def test_has_pages_that_are_looked_at(self) -> None:
        assert set(PLACES) - {""} == STAFF_ROLES


class TestAnExemption:
    @pytest.mark.parametrize("route", NO_PAGES)
    def test_is_of_a_route_that_is_there_and_not_looked_at(self, route: str) -> None:
        assert route in set(routes())
        assert not is_a_file(route)
        assert route not in LOOKED_AT.values()
        assert NO_PAGES[route]


class TestTheComparison:
    def test_sees_a_page_that_nobody_looks_at(self) -> None:
        (sentence,) = unseen([*routes(), "<language:language>/console/attic"], LOOKED_AT.values(), NO_PAGES)
        assert sentence.startswith("<language:language>/console/attic: no browser test looks at it.")

    def test_passes_over_what_is_a_file(self) -> None:
        assert is_a_file("<language:language>/policy/editions/<int:number>.json")
        assert not is_a_file("<language:language>/policy/editions/<int:number>")
