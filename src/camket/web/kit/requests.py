"""What a door may believe of a request: where it comes from, in which language it is spoken to, and how large it is."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

_PREFIXES = {4: 24, 6: 48}


def client_address(request: HttpRequest) -> str:
    """
    Return the address of the client, believing forwarding headers only of the proxies that the operator trusts.

    Args:
        request: The request.

    Source: house.md §9.4 (CAMKET_TRUSTED_PROXIES decides).
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if peer not in settings.CAMKET_TRUSTED_PROXIES:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    for hop in reversed(hops):
        if hop not in settings.CAMKET_TRUSTED_PROXIES:
            return hop
    return peer


def client_prefix(request: HttpRequest) -> bytes:
    """Return the network the client is in, for budgets: /24 of IPv4, /48 of IPv6; one bucket for what is no address."""
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        return b"no address"
    return str(ipaddress.ip_network((address, _PREFIXES[address.version]), strict=False)).encode()


def is_same_origin(request: HttpRequest) -> bool:
    """
    Return whether a form was sent from one of our own pages.

    A browser says so in Sec-Fetch-Site, which no page can forge; older ones say it in Origin. A program that says neither
    carries nobody's session.

    Args:
        request: A POST.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # Origin is not asked then: it reads "null" on pages that send no referrer
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin in {f"{scheme}://{request.get_host()}" for scheme in (request.scheme, urlsplit(settings.CAMKET_URL).scheme)}


def is_too_long(request: HttpRequest, limit_bytes: int) -> bool:
    """Return whether a request announces a body of more than so many bytes."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    return not length.isdigit() or int(length) > limit_bytes


def speaks(request: HttpRequest) -> str:
    """Return the language of the page: `vi` or `en`."""
    return "en" if (get_language() or "vi").startswith("en") else "vi"
