"""Special cases: what waits for a second person, what is mine, and the way to a person outside their inquiries."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.access.rules import NotForThisRole
from camket.duties.special_cases import queries as cases_kept
from camket.duties.special_cases import rules
from camket.policy.terms import EMAIL, PHONE, SPECIAL_CASE
from camket.policy.values import canonical_identity
from camket.web.console.clocks import soonest
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.lists import Tab
from camket.web.console.pager import pager
from camket.web.console.showing import purpose_clause, purpose_labels
from camket.web.kit.requests import number_in

_FIRST = "open"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox", "privacy")
def cases(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show a list of special cases, or look somebody up for one; what is typed never stands in an address."""
    if not cases_kept.has_part(desk.actor.role):
        raise NotForThisRole(desk.actor.role)
    if request.method != "POST":
        return _page(request, desk, language, {})
    if not cases_kept.may_find(desk.actor.role):
        raise NotForThisRole(desk.actor.role)
    query = request.POST.get("query", "").strip()[:254]
    kind = EMAIL if "@" in query else PHONE
    if canonical_identity(kind, query) is None:
        error = gettext("This is neither an e-mail address nor a phone number.") if query else gettext("Please type an address or a number.")
        return _page(request, desk, language, {"error": error, "query": query}, status=422)
    found = cases_kept.people_found(kind=kind, value=query, actor=desk.actor, now=timezone.now())
    people = [{"reference": row.reference, "since": row.since, "purposes": purpose_labels(row.purposes, language)} for row in found.rows]
    return _page(request, desk, language, {"people": people, "has_more": found.has_more, "has_looked": True})


def _page(request: HttpRequest, desk: AtDesk, language: str, more: dict[str, object], *, status: int = 200) -> HttpResponse:
    chosen = request.GET.get("show", _FIRST)
    chosen = chosen if chosen in rules.filters() else _FIRST
    found = cases_kept.case_list(actor=desk.actor, chosen=chosen, page=_page_number(request), now=timezone.now())
    place, answers = f"/{language}/console/cases?", soonest(found.rows)
    labels = {"to_approve": gettext("To approve"), "mine": gettext("Mine"), "open": gettext("Open"), "closed": gettext("Closed")}
    context = {
        "nav": "cases",
        "cases": [{"row": row, "answer_by": answers.get(row.reference)} for row in found.rows],
        "chosen": chosen,
        "filters": [
            Tab(url=place + urlencode({"show": name}), label=labels[name], current=name == chosen, count=str(found.counts[name]))
            for name in rules.filters()
        ],
        "purpose_clause": purpose_clause(SPECIAL_CASE),
        "may_find": cases_kept.may_find(desk.actor.role),
        "pager": pager(
            place + urlencode({"show": chosen}),
            newer={"page": found.page - 1} if found.page > 1 else None,
            older={"page": found.page + 1} if found.has_next else None,
        ),
        **more,
    }
    return desk_page(request, desk, "console/cases.html", context, status=status)


def _page_number(request: HttpRequest) -> int:
    return number_in(request.GET.get("page", ""), digits=5) or 1
