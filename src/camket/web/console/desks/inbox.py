"""The inbox: what waits for an adviser, newest first, narrowed by a filter that can be kept under a name."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from camket.duties.catalogue import queries as catalogue
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.lists import chosen_in, hands, list_address, list_query, narrowing, saved_tabs, tabs, toast, unchanged, withdrawal
from camket.web.console.pager import pager
from camket.web.console.second_person import waiting_for
from camket.web.console.showing import advise_label, with_product_names
from camket.web.kit.faults import text_sentence
from camket.web.kit.requests import number_in

# where somebody arrives who does not work at the inbox: the first of their desks
_FIRST_PAGES = (("journal", "journal"), ("operations", "operations"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What could not be done on a list: the sentence beside it, and what was typed or ticked."""

    filter_error: str = ""
    filter_name: str = ""
    is_name_taken: bool = False
    give_error: str = ""
    ticked: frozenset[str] = frozenset()


@require_safe
@staff_only()
def inbox(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the inquiries that this role may see, newest first; who works elsewhere is sent to their first desk."""
    if "inbox" not in desk.desks:
        place = next((place for name, place in _FIRST_PAGES if name in desk.desks), "editions")
        return HttpResponseRedirect(f"/{language}/console/{place}")
    return inbox_page(request, desk, language, chosen_in(request), Tried())


def inbox_page(request: HttpRequest, desk: AtDesk, language: str, chosen: inquiries.InboxFilter, tried: Tried) -> HttpResponse:
    """
    Return a list with what was tried on it, on the page of it that somebody looks at.

    Args:
        request: Of the list, or a form that stands on it.
        desk: Who looks.
        language: `vi` or `en`.
        chosen: Which inquiries.
        tried: What could not be done.
    """
    now = timezone.now()
    sent = request.POST if request.method == "POST" else request.GET
    here = {side: sent.get(side, "") for side in ("older", "newer")}
    older, newer = (inquiries.place_in_list(place) for place in here.values())
    found = inquiries.inbox(actor=desk.actor, chosen=chosen, now=now, older_than=older, newer_than=None if older else newer)
    products = catalogue.product_names(language)
    saved = inquiries.saved_filters(actor=desk.actor)
    is_kept = any(row.chosen == chosen for row in saved)
    place, query = list_address(language, chosen), list_query(chosen)
    context = {
        "nav": "inbox",
        "now": now,
        "waiting": waiting_for(desk),
        "inquiries": with_product_names(found.rows, language, names=products),
        "tabs": tabs(chosen, found.counts, language, is_kept=is_kept),
        "saved": saved_tabs(saved, chosen, language),
        "is_kept": is_kept,
        "may_keep": chosen.is_narrowed and len(saved) < intake.MOST_FILTERS,
        "narrowing": narrowing(chosen, products, found.colleagues, desk.row.id),
        "chosen": chosen,
        "list_query": query,
        "list_suffix": f"?{query}",
        "list_pairs": chosen.pairs(),
        "hands": hands(found.colleagues, without=[desk.row.id], nobody=True),
        "opened_under": found.clauses,
        "purpose": advise_label(language),
        "pager": pager(place, newer={"newer": found.newer} if found.newer else None, older={"older": found.older} if found.older else None),
        "is_first": not (older or newer),
        "list_url": place,
        "toast": withdrawal(request, _withdrawn(), now) or unchanged(request, now) or toast(desk, now, is_undone="undone" in request.GET),
        "list_place": here,
        "tried": tried,
    }
    return desk_page(request, desk, "console/inbox.html", context, status=422 if tried.filter_error or tried.give_error else 200)


@require_POST
@staff_only("inbox")
def filters(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Keep the narrowed inbox under a name, or forget one that was kept."""
    chosen = inquiries.filter_of(request.POST.dict())
    if request.POST.get("act") == "forget":
        number = request.POST.get("filter", "")
        try:
            intake.forget_filter(filter_id=number_in(number, digits=15), actor=desk.actor)
        except intake.TextUnknown:
            raise Http404 from None
        return HttpResponseRedirect(list_address(language, chosen))  # the same list: whoever pressed by mistake can keep it again
    name = request.POST.get("name", "")
    try:
        intake.keep_filter(name=name, chosen=chosen, actor=desk.actor, replaces=request.POST.get("replaces") == "1")
    except intake.Malformed as malformed:
        fault = malformed.errors[0]
        return inbox_page(
            request,
            desk,
            language,
            chosen,
            Tried(filter_error=_sentence(fault.code, fault.limit), filter_name=name, is_name_taken=fault.code == "taken"),
        )
    return HttpResponseRedirect(list_address(language, chosen))


def _withdrawn() -> str:
    return gettext("The withdrawal is recorded. Nobody can open the inquiry any more, and it is erased when its period is over.")


def _sentence(code: str, limit: int) -> str:
    sentences = {
        "required": gettext("Please give it a name."),
        "too_long": ngettext("The name may have at most %(limit)d character.", "The name may have at most %(limit)d characters.", limit)
        % {"limit": limit},
        "personal": gettext("This looks like someone's address or number. A filter's name is stored unencrypted, so call it something else."),
        "taken": gettext("You have a filter of this name already. Give this one another name, or let it take that one's place."),
        "too_many": gettext("There is no room for another filter. Forget one of them first."),
    }
    return sentences.get(code) or text_sentence(code)
