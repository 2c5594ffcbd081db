"""What a door may believe of a request: where it comes from, in which language it is spoken to, how large it is, and what it names."""

import ipaddress
import re
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_DAY_LENGTH = len("2026-11-23")
_PREFIXES = {4: 24, 6: 48}
# what some proxies write: 192.0.2.1:5678, [2001:db8::1], [2001:db8::1]:5678
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::[0-9]{1,5})?|(?P<four>[0-9.]+):[0-9]{1,5}")


TOO_LARGE = "camket.too_large"  # where the server's entry leaves in its scope how many bytes a request may have whose body it did not read


def most_bytes(request: HttpRequest) -> int | None:
    """Return how many bytes a request may have, where its body was larger and nothing of it is here; None for every other request."""
    most: int | None = request.META.get("asgi.scope", {}).get(TOO_LARGE)
    return most


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def our_hosts() -> frozenset[str]:
    """Return the names under which we are asked for: that of the public address, and those of the loopback."""
    return frozenset({urlsplit(settings.CAMKET_URL).hostname or "localhost", *_LOOPBACK})


def host_name(netloc: str) -> str:
    """
    Return the name in a Host header, in small letters.

    Args:
        netloc: With or without a port.
    """
    name, colon, port = netloc.lower().rpartition(":")
    return name if colon and port.isascii() and port.isdigit() else netloc.lower()


def address_of(text: str) -> Address | None:
    """
    Return the address that a peer or a forwarding header names, or None where it names none.

    Args:
        text: With or without a port; an IPv4 address in the clothes of IPv6 (::ffff:192.0.2.1) is the IPv4 address.

    Source: RFC 4291 §2.5.5.2.
    """
    dressed = _WITH_PORT.fullmatch(text.strip())
    plain = (dressed["six"] or dressed["four"] or "") if dressed else text.strip()
    try:
        found = ipaddress.ip_address(plain)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _is_trusted(address: Address | None) -> bool:
    return address is not None and address in {address_of(proxy) for proxy in settings.CAMKET_TRUSTED_PROXIES}


def comes_from_proxy(request: HttpRequest) -> bool:
    """Return whether the peer is a proxy whose forwarding headers are believed."""
    return _is_trusted(address_of(str(request.META.get("REMOTE_ADDR", ""))))


def client_address(request: HttpRequest) -> Address | None:
    """
    Return the address of the client, believing forwarding headers only of the proxies that the operator trusts.

    Args:
        request: The request.

    Returns:
        The address; None where a proxy wrote something that is none.

    Source: house.md §9.4 (CAMKET_TRUSTED_PROXIES decides).
    """
    peer = address_of(str(request.META.get("REMOTE_ADDR", "")))
    if not _is_trusted(peer):
        return peer
    hops = [hop for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return next((address for hop in reversed(hops) if not _is_trusted(address := address_of(hop))), peer)


_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_VIA")


def was_forwarded(request: HttpRequest) -> bool:
    """Return whether a request carries the mark of any proxy, believed or not."""
    return any(name in request.META for name in _FORWARDED)


def is_from_this_machine(request: HttpRequest) -> bool:
    """
    Return whether a request was sent by a program of this machine and by nobody through a proxy.

    Args:
        request: One that went through `Observed`, which notes the marks of a proxy before they are taken away.
    """
    peer = address_of(str(request.META.get("REMOTE_ADDR", "")))
    return peer is not None and peer.is_loopback and not getattr(request, "is_forwarded", True)


def client_port(request: HttpRequest) -> int | None:
    """
    Return the source port of the client, or None where a proxy that the operator trusts does not tell it.

    Args:
        request: The request. A proxy tells it beside the address in X-Forwarded-For, or alone in X-Forwarded-Client-Port.

    Source: Decree 333/2026 art. 16.6 (the log names the source port).
    """
    if not comes_from_proxy(request):
        return _port(str(request.META.get("REMOTE_PORT", "")))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    theirs = next((hop for hop in reversed(hops) if not _is_trusted(address_of(hop))), "")
    dressed = _WITH_PORT.fullmatch(theirs)
    return _port(theirs.rpartition(":")[2] if dressed and not theirs.endswith("]") else request.headers.get("X-Forwarded-Client-Port", ""))


def _port(text: str) -> int | None:
    found = number_in(text, digits=5)
    return found if 1 <= found <= 65535 else None


def client_prefix(request: HttpRequest) -> bytes:
    """Return the network the client is in, for budgets: /24 of IPv4, /48 of IPv6; one bucket for what is no address."""
    address = client_address(request)
    if address is None:
        return b"no address"
    return str(ipaddress.ip_network((int(address), _PREFIXES[address.version]), strict=False)).encode()


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


def number_in(text: str, *, digits: int = 9) -> int:
    """
    Return the number that a form or an address names; 0 where it names none.

    Args:
        text: As it came.
        digits: How many there may be.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else 0


def id_in(text: str) -> UUID | None:
    """
    Return the id that a form or an address names, or None where it names none.

    Args:
        text: As it came.
    """
    try:
        return UUID(text)
    except ValueError:
        return None


def day_in(text: str) -> date | None:
    """
    Return the day of the calendar that a form or an address names, or None where it names none.

    Args:
        text: As it came: year, month and day.
    """
    try:
        day = date.fromisoformat(text) if len(text) == _DAY_LENGTH else None
    except ValueError:
        return None
    return day if day and 2000 <= day.year < 2900 else None


def is_too_long(request: HttpRequest, limit_bytes: int) -> bool:
    """
    Return whether a request announces a body of more than so many bytes.

    Args:
        request: Its body not read yet; one whose length is no number is too long.
        limit_bytes: The most, inclusive.
    """
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    return not (length.isascii() and length.isdigit()) or int(length) > limit_bytes


def written_bytes(request: HttpRequest) -> int:
    """Return how long the texts of a form are as UTF-8: a browser may send each of their characters in up to four times as many bytes."""
    return sum(len(text.encode(errors="surrogatepass")) for name, texts in request.POST.lists() for text in (name, *map(str, texts)))
