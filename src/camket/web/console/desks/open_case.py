"""A special case is opened: on which ground, for which details, and why."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.publishing import queries as editions
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import queries as cases_kept
from camket.duties.special_cases import rules
from camket.policy.terms import SPECIAL_CASE, FieldName
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.sending import NoNonce, page_key
from camket.web.kit.errors import refusal_page
from camket.web.kit.faults import writing_sentence


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox", "privacy")
def open_case(request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Show the form that opens a special case about a person, or open it."""
    if request.method != "POST":
        return _page(request, desk, language, reference)
    opening = rules.Opening(
        about=reference,
        ground=request.POST.get("ground", ""),
        fields=frozenset(FieldName(name) for name in request.POST.getlist("fields")[:20]),
        reason=request.POST.get("reason", ""),
    )
    try:
        key = page_key(request, desk, about=reference, act="open case")
        opened = special_cases.open_case(opening=opening, key=key, actor=desk.actor, now=timezone.now())
    except special_cases.Malformed as malformed:
        return _page(request, desk, language, reference, errors=_sentences(malformed.faults), status=422)
    except (special_cases.SentDifferently, NoNonce):
        sentence = gettext("This page was sent before, so no second case was opened. Look at what is there now, and send it again if it is needed.")
        return _page(request, desk, language, reference, errors={"page": sentence}, status=409)
    except special_cases.CaseUnknown:
        raise Http404 from None
    except special_cases.NotAtWork:
        return refusal_page(request, 403)
    return HttpResponseRedirect(f"/{language}/console/cases/{opened}")


def _sentences(faults: Mapping[str, str]) -> dict[str, str]:
    said = {
        "ground": gettext("Please say which special case it is."),
        "fields": gettext("Please say which details you need."),
    }
    why = gettext("Please write the reason.")
    return {part: said.get(part) or (why if code == "required" else writing_sentence(code)) for part, code in faults.items()}


def _page(
    request: HttpRequest, desk: AtDesk, language: str, reference: str, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    try:
        cases_kept.somebody(reference=reference, actor=desk.actor, now=timezone.now())
    except cases_kept.NotFound:
        raise Http404 from None
    policy = editions.policy_in_force()
    wanted, ground = request.POST.getlist("fields"), request.POST.get("ground", "")
    context = {
        "nav": "cases",
        "about": reference,
        "grounds": [(letter, letter == ground) for letter in rules.GROUNDS],
        "askable": [(name, policy.label("field", name, language), name in wanted) for name in cases_kept.askable(desk.actor.role)],
        "reason": request.POST.get("reason", ""),
        "errors": errors or {},
        "nonce": get_random_string(22),
        "hours": int(rules.APPROVAL_LASTS.total_seconds()) // 3600,
        "clauses": (policy.purposes[SPECIAL_CASE].clause, *cases_kept.guarding_clauses()),
    }
    return desk_page(request, desk, "console/open_case.html", context, status=status)
