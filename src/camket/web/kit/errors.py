"""Answers for what cannot be done, a page for people and JSON for programs: they need no database, and never repeat what was sent."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from camket.web.kit.words import error_words


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
    """Answer a fault of ours."""
    return refusal_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form of the console that was not sent from the console."""
    return refusal_page(request, 403)
