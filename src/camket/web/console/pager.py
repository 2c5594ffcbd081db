"""The ways from one page of a list to its neighbours."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """The addresses of what is newer and what is older than a page, as `console/pager.html` shows them; each empty where there is none."""

    newer_url: str
    older_url: str


def pager(place: str, *, newer: dict[str, object] | None, older: dict[str, object] | None) -> Pager:
    """
    Return the ways to the neighbours of a page.

    Args:
        place: The list's own address, which is that of its first page; it may narrow the list by a query.
        newer: What the address of the newer page names beside it; empty for the first page, None where nothing is newer.
        older: The same of the older page.
    """
    return Pager(newer_url=_address(place, newer), older_url=_address(place, older))


def pager_onwards(place: str, name: str, *, is_first: bool, older: object | None) -> Pager:
    """
    Return the ways from a page of a list that is read in one direction: on to what is older, and back to the first page.

    Args:
        place: The list's own address, which is that of its first page; it may narrow the list by a query.
        name: What an address calls the place that a page goes on from.
        is_first: Whether this is the first page.
        older: The place that the following page goes on from; None where nothing follows.
    """
    return pager(place, newer=None if is_first else {}, older={name: older} if older else None)


def _address(place: str, named: dict[str, object] | None) -> str:
    if not named:
        return "" if named is None else place
    return f"{place}{'&' if '?' in place else '?'}{urlencode(named)}"
