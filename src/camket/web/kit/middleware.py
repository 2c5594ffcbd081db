"""What happens around every page: known hosts only, the language of the address, plain refusals and headers."""

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from camket.duties.intake.actions import Refused
from camket.duties.publishing.queries import EditionTampered, NoEdition
from camket.web.kit.errors import refusal_page, tampered_sentence, too_large_page
from camket.web.kit.languages import language_of
from camket.web.kit.requests import comes_from_proxy, host_name, most_bytes, our_hosts

log = logging.getLogger(__name__)

Respond = Callable[[HttpRequest], HttpResponse]
_BAD_REQUEST = 400
_NOT_ALLOWED = 405


class KnownHost:
    """Refuse a request for a host that is not ours: links and redirects are built from it."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._hosts = our_hosts()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not comes_from_proxy(request):
            # only a proxy that the operator trusts may say that the visitor came over TLS
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        if host_name(str(request.META.get("HTTP_HOST", "localhost"))) not in self._hosts:
            # no room below this one is asked, so that none builds a link from the name: not even the one that sets the other headers
            plain = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"}
            return HttpResponse(
                "Unknown host. / Tên miền này không phải của chúng tôi.\n",
                status=_BAD_REQUEST,
                content_type="text/plain; charset=utf-8",
                headers=plain,
            )
        return self._respond(request)


class PathLanguage:
    """Speak the language of the address (`/vi/…`, `/en/…`), else the browser's."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self._respond(request)
        response.headers.setdefault("Content-Language", language)
        return response


def _said_in_words(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Django's own answer to another method has no word in it."""
    answer = refusal_page(request, _NOT_ALLOWED)
    answer.headers["Allow"] = response.headers["Allow"]
    return answer


class PlainRefusals:
    """Turn what a view could not do into a page that says so, and set the headers that every answer carries."""

    _HEADERS = {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    }

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        most = most_bytes(request)
        response = self._respond(request) if most is None else too_large_page(request, most)
        if response.status_code == _NOT_ALLOWED:
            response = _said_in_words(request, response)
        for name, value in self._HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path_info.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for an exception that a view let through, or leave it to Django."""
        if isinstance(exception, Refused):
            return refusal_page(request, 403)
        if isinstance(exception, EditionTampered):
            log.error("an edition is not what was published", exc_info=exception)
            return refusal_page(request, 503, sentence=tampered_sentence())
        if isinstance(exception, NoEdition):
            log.error("no edition is in force", exc_info=exception)
            return refusal_page(request, 503)
        if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
            return refusal_page(request, 413)
        return None
