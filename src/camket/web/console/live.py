"""Where an open page finds the live stream: behind a proxy at the same address, else at a port of its own."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from camket.web.kit.requests import host_name

_PATH = "/stream"


def stream_origin(request: HttpRequest) -> str:
    """
    Return scheme, host and port of the live stream where these are not the page's own, else nothing.

    Args:
        request: What the page was asked for with.
    """
    if not settings.CAMKET_STREAM_BIND or _is_behind_proxy():
        return ""
    # the name by which we are asked is one of ours: `KnownHost` has seen to it
    return f"http://{host_name(request.get_host())}:{settings.CAMKET_STREAM_BIND.rpartition(':')[2]}"


def stream_address(request: HttpRequest) -> str:
    """Return the address of the live stream, or nothing where there is none."""
    return f"{stream_origin(request)}{_PATH}" if settings.CAMKET_STREAM_BIND else ""


def let_listen(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """
    Let a page speak to the live stream's origin, beside its own and no other.

    Args:
        request: What the page was asked for with.
        answer: The page.
    """
    if origin := stream_origin(request):
        answer._csp_update = {"connect-src": origin}  # type: ignore[attr-defined]  # as csp.decorators.csp_update does, which has to know beforehand
    return answer


def _is_behind_proxy() -> bool:
    """Whether a proxy stands before us, which then passes the stream on too (docs/operate.md)."""
    return bool(settings.CAMKET_TRUSTED_PROXIES) or settings.CAMKET_URL.startswith("https://")
