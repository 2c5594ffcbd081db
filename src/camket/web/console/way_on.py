"""
Where somebody goes on who has to sign in first: a page of the desks.

It is carried as what stands behind `/vi/console/`, and put behind it again: so it leads to no other site, whatever somebody writes into it.
"""

import re
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import get_language

_THEN = "then"
_PLACE = re.compile(r"(?P<path>[\w/-]*)(\?[\w.,:~=&%+-]*)?", re.ASCII)
_LONGEST = 500
# what lies below the same address and is no desk: whoever is in has nothing to do there
_DOORS = frozenset({"console-sign-in", "console-company", "console-sign-in-link", "console-invitation", "console-sign-out"})


def sign_in_first(request: HttpRequest) -> str:
    """
    Return the address of the sign-in page, which leads on to what was asked for where that is a page of ours.

    Args:
        request: What a stranger asked for.
    """
    door, desks = f"/{get_language()}/console/sign-in", f"/{get_language()}/console/"
    asked = request.get_full_path_info()
    # what a script fetches is no page that anybody looks at
    is_a_page = request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return door + (leading_on(asked.removeprefix(desks)) if is_a_page and asked.startswith(desks) else "")


def place_of(request: HttpRequest) -> str:
    """Return the page that the address of the sign-in page leads on to, as it stands behind `/vi/console/`; nothing where it is none of ours."""
    return desk_or_none(request.GET.get(_THEN, ""))


def carried(request: HttpRequest) -> str:
    """Return what the forms of the sign-in page put behind their address so that they lead on there, too."""
    return leading_on(place_of(request))


def leading_on(place: str, **beside: str) -> str:
    """
    Return the query of an address that leads on to a page of the desks; nothing of the page stands in it where it is none of ours.

    Args:
        place: The page, as it stands behind `/vi/console/`.
        beside: What else the query says, before that.
    """
    said = {**beside, _THEN: place} if _is_desk(place) else beside
    return f"?{urlencode(said)}" if said else ""


def desk_or_none(place: str) -> str:
    """
    Return a page of the desks as it was given, or "" where it is none of ours.

    Args:
        place: As it stands behind `/vi/console/`.
    """
    return place if _is_desk(place) else ""


def _is_desk(place: str) -> bool:
    found = _PLACE.fullmatch(place) if place and len(place) <= _LONGEST else None
    if found is None:
        return False
    try:
        return resolve(f"/{get_language()}/console/{found['path']}").url_name not in _DOORS
    except Resolver404:
        return False
