"""Answers for what cannot be done, a page for people and JSON for programs: they need no database, and never repeat what was sent."""

import logging
import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from camket.web.kit.words import error_words

log = logging.getLogger(__name__)

# when the sender is heard again: the window of every budget of the public pages, and what a locked database usually takes
RETRY_AFTER_SECONDS = {429: "3600", 503: "10"}


def refusal_page(request: HttpRequest, status: int, *, sentence: str = "") -> HttpResponse:
    """
    Return the page for a refusal, in the visitor's language; programs get the same as JSON.

    Args:
        request: The request.
        status: HTTP status code.
        sentence: What to say instead of the status's own sentence.
    """
    words = error_words(status)
    if request.path_info.startswith("/api/"):
        response: HttpResponse = JsonResponse({"error": f"http_{status}", "message": sentence or words.heading}, status=status)
    else:
        context = {"status": status, "heading": words.heading, "sentence": sentence or words.sentence, "is_fault_page": True}
        response = render(request, "site/error.html", context, status=status)
    if status in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS[status]
    return response


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
    """Answer a fault of ours; a database that is locked or away is none that the sender could not outwait."""
    # Django calls this where it has caught what went wrong
    status = 503 if isinstance(sys.exc_info()[1], OperationalError) else 500
    try:
        return refusal_page(request, status)
    except Exception:  # a page about a fault must come out whatever else is broken; the log keeps kind and place of that
        log.exception("fault page")
        return HttpResponse(f"{error_words(status).heading}.\n", status=status, content_type="text/plain; charset=utf-8")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form of the console that was not sent from the console."""
    return refusal_page(request, 403)
