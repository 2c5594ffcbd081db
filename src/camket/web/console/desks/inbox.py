"""The inbox: what waits for an adviser, newest first."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket.duties.intake import queries as inquiries
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.showing import advise_label, filter_tabs, with_product_names

# where somebody arrives who does not work at the inbox: the first of their desks
_FIRST_PAGES = (("journal", "journal"), ("operations", "operations"))


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


@require_safe
@staff_only()
def inbox(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the inquiries that this role may see, newest first; who works elsewhere is sent to their first desk."""
    if "inbox" not in desk.desks:
        place = next((place for name, place in _FIRST_PAGES if name in desk.desks), "editions")
        return HttpResponseRedirect(f"/{language}/console/{place}")
    chosen = request.GET.get("show", "open")
    chosen = chosen if chosen in inquiries.filters() else "open"
    found = inquiries.inbox(actor=desk.actor, chosen=chosen, page=_page_number(request), now=timezone.now())
    place = f"/{language}/console/?"
    pager = {
        "previous_url": place + urlencode({"show": chosen, "page": found.page - 1}) if found.page > 1 else "",
        "next_url": place + urlencode({"show": chosen, "page": found.page + 1}) if found.has_next else "",
    }
    context = {
        "nav": "inbox",
        "inquiries": with_product_names(found.rows, language),
        "filters": filter_tabs(chosen, found.counts, place),
        "chosen": chosen,
        "opened_under": found.clauses,
        "purpose": advise_label(language),
        "page": pager,
    }
    return desk_page(request, desk, "console/inbox.html", context)
