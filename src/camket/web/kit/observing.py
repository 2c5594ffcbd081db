"""What is written down of each request: which route, how it ended, how long it took; neither path nor address nor who."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from camket.duties.custody import actions as custody
from camket.web.kit import traces
from camket.web.kit.requests import was_forwarded

log = logging.getLogger(__name__)

Respond = Callable[[HttpRequest], HttpResponse]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LATER = 503
# machines ask for these all day long, and pages bring the others along
_QUIET = frozenset({"healthz", "readyz", "metrics", "static"})


class Observed:
    """Give each request a name that a visitor can tell us, and count and log it by its route's pattern; the outermost of all rooms."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """Note the route as soon as it is known: a fault is logged before there is an answer."""
        if (trace := traces.current()) is not None:
            trace.route = _route(request)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        trace = traces.begin(request.method if request.method in METHODS else "other")
        # noted before any other room may forget a header
        request.is_forwarded = was_forwarded(request)  # type: ignore[attr-defined]  # ours, on Django's object
        try:
            response = self._respond(request)
            trace.route, trace.role, trace.status = _route(request), _role(request), response.status_code
            seconds = time.monotonic() - started
            trace.duration_ms = round(seconds * 1000)
            response.headers["X-Request-Id"] = trace.id
            custody.count_request(route=trace.route, method=trace.method, status=trace.status, seconds=seconds)
            log.log(logging.DEBUG if trace.route in _QUIET else logging.INFO, "request")
            if response.status_code == _LATER and "Retry-After" in response.headers:
                # who is told to come again has met no fault: a fault is logged where it happens, before its page is made
                log_response("later", response=response, request=request, level="info")
        finally:
            traces.end()
        return response


def _route(request: HttpRequest) -> str:
    """The pattern that answered; one word for all that none did, and for files of ours."""
    if request.resolver_match is not None:
        route = str(request.resolver_match.route)
        # a route that is written as an expression goes by its name
        return str(request.resolver_match.url_name) if route.startswith("^") else route or "none"
    return "static" if request.path_info.startswith("/static/") else "none"


def _role(request: HttpRequest) -> str:
    """The role of whoever is signed in, where a page has asked for it anyway; no query is made for it."""
    user = getattr(request, "_cached_user", None)
    return str(getattr(user, "role", "")) if user is not None else ""
