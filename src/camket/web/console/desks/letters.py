"""The outbox: letters that wait, went or are held for a person."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from camket.duties.notices import actions as notices
from camket.duties.notices import queries as outbox
from camket.web.console.desks.notices import title_of
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.pager import pager_onwards
from camket.web.console.showing import with_purposes
from camket.web.kit.requests import id_in


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox", "operations", "privacy")
def letters(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the outbox; try a parked letter again, or give it up."""
    campaign_id = id_in(request.GET.get("campaign", ""))  # the notice to many whose letters are asked for; None for those to one person each
    if request.method == "POST":
        if campaign_id and request.POST.get("act") == "retry_all":
            _retry_all(campaign_id, desk)
        else:
            _decide_letter(request, desk)
        return HttpResponseRedirect(_place(language, campaign_id))
    after = outbox.letter_place_in(request.GET.get("after", ""))
    named = outbox.campaign(campaign_id) if campaign_id else None
    if campaign_id and named is None:
        raise Http404
    found = outbox.letters(older_than=after, campaign=campaign_id)
    context = {
        "nav": "letters",
        "letters": with_purposes(found.rows, language),
        "campaign_id": campaign_id,
        "title": title_of(named, language) if named else "",
        "held": outbox.count_held(campaign_id) if campaign_id else 0,
        "unreached": None if campaign_id else outbox.last_with_unreachable(actor=desk.actor),
        "pager": pager_onwards(_place(language, campaign_id), "after", is_first=not after, older=found.older),
    }
    return desk_page(request, desk, "console/letters.html", context)


def _place(language: str, campaign_id: UUID | None) -> str:
    return f"/{language}/console/letters" + (f"?campaign={campaign_id}" if campaign_id else "")


def _decide_letter(request: HttpRequest, desk: AtDesk) -> None:
    letter_id = id_in(request.POST.get("letter", ""))
    if letter_id is None:
        raise Http404
    try:
        match request.POST.get("act"):
            case "retry":
                notices.retry_letter(letter_id=letter_id, actor=desk.actor, now=timezone.now())
            case "give_up":
                notices.give_up_letter(letter_id=letter_id, actor=desk.actor, now=timezone.now())
            case _:
                raise Http404
    except notices.LetterUnknown:
        raise Http404 from None
    except notices.NotParked:
        return  # a colleague was quicker: the list that follows shows how it stands


def _retry_all(campaign_id: UUID, desk: AtDesk) -> None:
    try:
        notices.retry_letters(campaign_id=campaign_id, actor=desk.actor, now=timezone.now())
    except notices.LetterUnknown:
        raise Http404 from None
    except notices.NotParked:
        return  # it was stopped meanwhile: the page of the notice says so


@require_safe
@staff_only("inbox")
def letter(request: HttpRequest, desk: AtDesk, language: str, letter_id: UUID) -> HttpResponse:
    """Show a waiting letter as it would go out, opened through the gate for this role."""
    try:
        subject, text = notices.preview_letter(letter_id=letter_id, actor=desk.actor, now=timezone.now())
    except notices.LetterUnknown:
        raise Http404 from None
    return desk_page(request, desk, "console/letter.html", {"nav": "letters", "subject": subject, "text": text})
