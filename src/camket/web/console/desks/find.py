"""People found by the whole address or number somebody names, or by words of their name."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.intake import queries as inquiries
from camket.duties.intake.rules import SLOWER_LANE
from camket.policy.terms import EMAIL, FULL_NAME, PHONE, FieldName
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.references import Reference
from camket.web.console.showing import advise_label, with_product_names

_MOST_NAMES = 1000  # characters: more than those of a page
_AROUND, _LINK = " \t\r\n<>()[],;:.\"'“”‘’", "mailto:"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox", is_reading=True)
def find(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Find inquiries by a whole e-mail address or phone number, by a name, or by a reference; what is typed never stands in an address."""
    if request.method != "POST":
        return _once_more(request, desk, language)
    query = _bare(request.POST.get("query", ""))[:254]
    if reference := Reference.said(query):
        return _by_reference(request, desk, language, query, reference)
    kind = _kind_of(query)
    if not inquiries.can_find(kind=kind, value=query):
        return _not_looked_for(request, desk, query, _why_not(kind, query))
    found = inquiries.found_by(kind=kind, value=query, actor=desk.actor, now=timezone.now())
    context = {
        "nav": "find",
        "results": with_product_names(found.rows, language),
        "query_kind": kind,
        "query": query,
        "has_more": found.has_next,
        "waiting": _waiting_sentence(),
        "way_back": ",".join(row.reference for row in found.rows),
        "opened_under": found.clauses,
        "purpose": advise_label(language),
    }
    return desk_page(request, desk, "console/find.html", context)


def _once_more(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Where somebody comes back from an inquiry: what was found, by public names alone; the page's script puts them into its address."""
    names = [name for name in request.GET.get("found", "")[:_MOST_NAMES].split(",") if Reference.names(name)]
    context: dict[str, Any] = {"nav": "find"}
    if names:
        found = inquiries.found_again(references=names, actor=desk.actor, now=timezone.now())
        context |= {"results": with_product_names(found.rows, language), "is_once_more": True}
        context |= {"opened_under": found.clauses, "purpose": advise_label(language)}
    return desk_page(request, desk, "console/find.html", context)


def _by_reference(request: HttpRequest, desk: AtDesk, language: str, query: str, reference: str) -> HttpResponse:
    """A reference opens nothing by itself: it is a public name, and leads to its page."""
    try:
        inquiries.brief(reference=reference, actor=desk.actor, now=timezone.now())
    except inquiries.NotFound:
        return _not_looked_for(request, desk, query, gettext("No inquiry has this reference, or it has been erased.") + " " + _waiting_sentence())
    return HttpResponseRedirect(f"/{language}/console/inquiries/{reference}")


def _not_looked_for(request: HttpRequest, desk: AtDesk, query: str, sentence: str) -> HttpResponse:
    return desk_page(request, desk, "console/find.html", {"nav": "find", "error": sentence, "query": query}, status=422)


def _waiting_sentence() -> str:
    """What whoever finds nothing has to know: a form of the slower lanes is nowhere to be seen until its time has come."""
    minutes = int(SLOWER_LANE.total_seconds()) // 60
    return gettext("Some forms appear only after a few minutes, at most %(minutes)d: if someone has just written, search again a little later.") % {
        "minutes": minutes
    }


def _bare(typed: str) -> str:
    """An address without what stands around it in the head of a letter, in a list or in a link; anything else as it was typed."""
    if "@" not in typed:
        return typed.strip()
    bare = typed.strip(_AROUND)
    return bare[len(_LINK) :].split("?")[0] if bare.lower().startswith(_LINK) else bare


def _kind_of(query: str) -> FieldName:
    if "@" in query:
        return EMAIL
    return PHONE if any(char.isdigit() for char in query) else FULL_NAME


def _why_not(kind: FieldName, query: str) -> str:
    if not query:
        return gettext("Please type an address, a number or a name.")
    if kind == FULL_NAME:
        return gettext("A family name alone finds too many. Please add the given name.")
    return gettext("This is neither an e-mail address nor a phone number, a name or a reference.")
