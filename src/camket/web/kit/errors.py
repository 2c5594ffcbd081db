"""
Answers for what cannot be done, a page for people and JSON for programs: they need no database, and never repeat what was sent, but for what a
colleague wrote on a page of ours whose session is over.
"""

import logging
import re
import sqlite3
import sys
from dataclasses import replace

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from camket.web.kit import traces
from camket.web.kit.requests import is_same_origin
from camket.web.kit.words import ErrorWords, error_words, strange_form_words

log = logging.getLogger(__name__)

AT_DESK = "camket.desk"  # where in a request's META a desk's wrapper leaves who sits there; no header can be called that
_NOT_OURS, _NOT_ALLOWED, _OUR_FAULT = 403, 405, 500
_MEGABYTE = 1024 * 1024
_RETRY_AFTER_SECONDS = {503: "60"}
# in the forms of the desks what nobody wrote as a text, or nobody else is to see: secrets, what is chosen and not written, and what a page puts there
# of its own. Everything else is given back, a field that is added later too; tests/house/test_given_back.py goes through the forms
_KEPT_BACK = re.compile(
    r".*(?:password|secret|token|ticket|nonce).*|code|passkey|username|\w+_id"
    r"|act|assignee|at|audience|channel|consents|fields|given_to|ground|is_ours|language|late|leave_out|on|overdue|pane|product|raise|reference|role|said_on"
    r"|step|sure|to|replace_\w+|company|draft|edition|filter|hash|invitation|last_answer|letter|list|opened|proposal|purpose|revision|seen|show"
    r"|slug|spoken|version|wanted|query|replaces|older|newer",
    re.DOTALL,
)
# a session's cookie goes with its time; that by which its browser is known stays for half a year
_KNOWN_TO_THE_DESKS = {settings.SESSION_COOKIE_NAME, settings.CAMKET_DEVICE_COOKIE_NAME}
_MOST_GIVEN_BACK = 200_000  # characters: the longest draft of a policy is shorter


def refusal_page(request: HttpRequest, status: int, *, sentence: str = "", heading: str = "") -> HttpResponse:
    """
    Return the page for a refusal, in the visitor's language; programs get the same as JSON.

    Args:
        request: The request.
        status: HTTP status code.
        sentence: What to say instead of the status's own sentence.
        heading: What to say above it instead of the status's own heading.
    """
    words = error_words(status, at_desk=AT_DESK in request.META)
    response = _page(request, status, replace(words, heading=heading or words.heading), sentence)
    if status in _RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = _RETRY_AFTER_SECONDS[status]
    return response


def strange_form_page(request: HttpRequest, *, sentence: str = "") -> HttpResponse:
    """
    Return the page for a form that did not come from a page of ours, or from one that is over: what to do, and no word of a clause.

    Args:
        request: The request.
        sentence: What to say instead of the general sentence.
    """
    return _page(request, _NOT_OURS, strange_form_words(), sentence)


def over_page(request: HttpRequest) -> HttpResponse:
    """
    Return the page for a form of the desks that came when its session was over: nothing was done, and what its sender wrote is there to be copied.

    Another site's form gets nothing back, nor does whoever never sat at a desk: its words would stand on a page of ours as if they were somebody's
    own.

    Args:
        request: The POST.
    """
    if not (is_same_origin(request) and _KNOWN_TO_THE_DESKS & request.COOKIES.keys()):
        return strange_form_page(request)
    context = {"typed": _written(request), "is_in": request.user.is_authenticated}
    answer = render(request, "console/over.html", context, status=_NOT_OURS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def is_given_back(name: str) -> bool:
    """
    Return whether what stands in a field of a form is given back to whoever sent the form when their session was over.

    Args:
        name: Of the field.
    """
    return _KEPT_BACK.fullmatch(name) is None


def _written(request: HttpRequest) -> list[str]:
    found, left = [], _MOST_GIVEN_BACK
    for name, texts in request.POST.lists():
        for text in (str(one)[:left] for one in texts if is_given_back(name) and str(one).strip()):
            found.append(text)
            left -= len(text)
    return [text for text in found if text]


def _page(request: HttpRequest, status: int, words: ErrorWords, sentence: str) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return JsonResponse({"error": f"http_{status}", "message": sentence or words.heading}, status=status)
    # only where something went wrong on our side: other refusals must look alike for what is there and what is not
    trace = traces.current() if status >= _OUR_FAULT else None
    context = {
        "status": status,
        "heading": words.heading,
        "sentence": sentence or words.sentence,
        "at_desk": _is_desk(request),
        "reach": settings.CAMKET_CONTROLLER_EMAIL,
        "request_id": trace.id if trace else "",
    }
    desk = request.META.get(AT_DESK)
    if desk is not None and status < _OUR_FAULT:  # where something is broken, the page does without all that a desk's header asks for
        return render(request, "console/error.html", {**context, "staff": desk}, status=status)
    return render(request, "site/error.html", context, status=status)


def _is_desk(request: HttpRequest) -> bool:
    return request.path_info[3:12] == "/console/"


def too_large_page(request: HttpRequest, most: int) -> HttpResponse:
    """
    Return the page for a request that was too large to be read: how large one may be, and what to do.

    Args:
        request: The request, of whose body nothing is here.
        most: How many bytes a request may have.
    """
    sentence = gettext(
        "What was sent is larger than the %(limit)d MB that fit into one request, so none of it was kept. "
        "Go back to the page before; shorten the text there, or choose a smaller file."
    )
    return refusal_page(request, 413, sentence=sentence % {"limit": most // _MEGABYTE})


def tampered_sentence() -> str:
    """Return what is said where the stored policy is not the one that was published: what is wrong, and who can mend it."""
    return gettext(
        "The policy stored here is not the one that we signed, so the system decides nothing by it and takes nothing in. "
        "Whoever runs this site has to put the right one back; the command camket doctor says how."
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """
    Answer what could not be read; a form that is too large is found before any view sees it.

    A session that was ended while its page was being made is no fault of the request: its owner is asked to come in again.
    """
    if isinstance(exception, SessionInterrupted):
        return HttpResponseRedirect(f"/{get_language()}/console/sign-in")
    return refusal_page(request, 413 if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent) else 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what is not open to this visitor."""
    return refusal_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return refusal_page(request, 404)


def is_passing(error: BaseException | None) -> bool:
    """Return whether an error is of a database that is away, locked or full: trying again can help, as it cannot where a table is missing."""
    is_missing = getattr(getattr(error, "__cause__", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return isinstance(error, OperationalError | InterfaceError) and not is_missing


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours; a database that is away, locked or full is one that passes."""
    return refusal_page(request, 503 if is_passing(sys.exception()) else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """
    Answer a form that was not sent from a page of ours; a public page that takes no such request says that instead, and at the desks a form of
    ours comes without its token where its session is over.
    """
    if _is_desk(request):
        return over_page(request)
    return _not_taken(request) or strange_form_page(request)


def _not_taken(request: HttpRequest) -> HttpResponse | None:
    """Return what a public page answers to a method that it does not know, or None; it is asked by OPTIONS, which changes nothing."""
    match, method = request.resolver_match, request.method
    if match is None or _is_desk(request):
        return None
    request.method = "OPTIONS"
    answer = match.func(request, *match.args, **match.kwargs)
    request.method = method
    return answer if answer.status_code == _NOT_ALLOWED and method not in answer.headers["Allow"].split(", ") else None


def last_answer(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours by its page, or by one line where even that page cannot be made."""
    try:
        return server_error(request)
    except Exception:  # whatever else is broken, an answer must come out; the log keeps kind and place of it
        log.exception("fault page")
        return HttpResponse(f"{error_words(500).heading}.\n", status=500, content_type="text/plain; charset=utf-8")
