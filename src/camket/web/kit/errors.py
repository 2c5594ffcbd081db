"""Answers for what cannot be done, a page for people and JSON for programs: they need no database, and never repeat what was sent."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from camket.web.kit.words import error_words

_RETRY_AFTER_SECONDS = {
    429: "3600",  # the window of every budget of the public pages: later than this, the sender is heard again
    503: "60",
}


def refusal_page(request: HttpRequest, status: int, *, sentence: str = "") -> HttpResponse:
    """
    Return the page for a refusal, in the visitor's language; programs get the same as JSON.

    Args:
        request: The request.
        status: HTTP status code.
        sentence: What to say instead of the status's own sentence.
    """
    response = _refusal(request, status, sentence)
    if status in _RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = _RETRY_AFTER_SECONDS[status]
    return response


def _refusal(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    words = error_words(status)
    if request.path_info.startswith("/api/"):
        return JsonResponse({"error": f"http_{status}", "message": sentence or words.heading}, status=status)
    context = {"status": status, "heading": words.heading, "sentence": sentence or words.sentence, "is_fault_page": True}
    return render(request, "site/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what could not be read."""
    return refusal_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what is not open to this visitor."""
    return refusal_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return refusal_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours; a database that is away, locked or full is one that passes."""
    is_passing = isinstance(sys.exception(), OperationalError | InterfaceError)
    return refusal_page(request, 503 if is_passing else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form of the console that was not sent from the console."""
    return refusal_page(request, 403)
