"""A call or a visit about an inquiry that is there already."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake import rules
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.sending import NoNonce, page_key, sent_before
from camket.web.kit.faults import writing_sentence


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox")
def call(request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Show the sheet for what somebody says about their inquiry, or keep it."""
    if request.method != "POST":
        return _page(request, desk, reference)
    now, channel = timezone.now(), request.POST.get("channel", "")
    try:
        key = page_key(request, desk, about=reference, act="call")
        intake.take_down(reference=reference, text=request.POST.get("said", ""), channel=channel, key=key, actor=desk.actor, now=now)
    except intake.Malformed as malformed:
        error = malformed.errors[0]
        sentence = gettext("Please say whether they called or came by.") if error.field == "channel" else writing_sentence(error.code)
        return _page(request, desk, reference, error=sentence, status=422)
    except (intake.SentDifferently, NoNonce):
        return _page(request, desk, reference, error=sent_before(), status=409)
    except intake.AlreadyResolved:
        if inquiries.is_taken_back(reference=reference, actor=desk.actor, now=now):
            return _not_agreed(request, desk, reference)
        sentence = gettext("This inquiry was resolved meanwhile. Reopen it to go on.")
        return _page(request, desk, reference, error=sentence, status=409)
    except intake.Refused:
        return _not_agreed(request, desk, reference)
    except intake.InquiryUnknown:
        raise Http404 from None
    return HttpResponseRedirect(f"/{language}/console/inquiries/{reference}")


def _not_agreed(request: HttpRequest, desk: AtDesk, reference: str) -> HttpResponse:
    sentence = gettext("They have not agreed to the policy in force, or have taken their consent back. Ask them, and record it as a new contact.")
    return _page(request, desk, reference, error=sentence, status=403)


def _page(request: HttpRequest, desk: AtDesk, reference: str, *, error: str = "", status: int = 200) -> HttpResponse:
    try:
        row = inquiries.brief(reference=reference, actor=desk.actor, now=timezone.now())
    except inquiries.NotFound:
        raise Http404 from None
    chosen = request.POST.get("channel", "")
    context = {
        "nav": "inbox",
        "inquiry": row,
        "channels": [(channel, channel == chosen) for channel in rules.SPOKEN],
        "said": request.POST.get("said", ""),
        "error": error,
        "nonce": get_random_string(22),
    }
    return desk_page(request, desk, "console/call.html", context, status=status)
