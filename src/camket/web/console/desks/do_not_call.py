"""The list of numbers that may not be called for advertising: how old it is, whether one number is on it, and a new one in its place."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from camket.duties.notices import actions as notices
from camket.duties.notices import queries as letters
from camket.duties.notices.rules import LineFault
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit.requests import number_in
from camket.web.kit.templatetags.kit import grouped

MOST_BYTES = 700_000  # of a file: with the rest of a form it fits into what a request may hold
MOST_LINES = 20_000  # a second of work; a longer list is brought by the command, which nobody waits for at a page
_MOST_TOLD = 20


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("operations", "privacy")
def do_not_call(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show what is known of the list, look one number up, or put a new list in its place."""
    if request.method != "POST":
        return _page(request, desk)
    match request.POST.get("act", ""):
        case "ask":
            return _asked(request, desk)
        case "import":
            return _brought(request, desk, language)
    raise Http404


def _asked(request: HttpRequest, desk: AtDesk) -> HttpResponse:
    """What was typed goes back to whoever typed it, and stands in no address."""
    number = request.POST.get("number", "").strip()[:40]
    try:
        is_listed = notices.ask_call_list(number=number, actor=desk.actor, now=timezone.now())
    except notices.NoNumber:
        return _page(request, desk, number=number, number_error=gettext("This is not a telephone number."), status=422)
    except notices.AskedEnough:
        sentence = gettext("You have asked for %(count)s numbers within an hour. Please go on in an hour.")
        return _page(request, desk, number=number, number_error=sentence % {"count": notices.MOST_ASKED}, status=429)
    return _page(request, desk, number=number, answer="listed" if is_listed else "free")


def _brought(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    file, leaves_out = request.FILES.get("file"), request.POST.get("leave_out") == "1"
    if file is None:
        return _refused(request, desk, gettext("Please choose a file."))
    text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        return _refused(request, desk, _too_much(), status=413)
    if b"\0" in text:
        return _refused(request, desk, gettext("This is not a text file. Please save the list as text or CSV (UTF-8), one number a line."))
    lines = text.decode("utf-8-sig", "replace").splitlines()
    if len(lines) > MOST_LINES:
        return _refused(request, desk, _too_much(), status=413)
    try:
        done = notices.import_call_list(lines=lines, must_all_be_numbers=not leaves_out, actor=desk.actor, now=timezone.now())
    except notices.LinesUnread as unread:
        return _refused(request, desk, _unread(unread.faults), faults=_sentences(unread.faults))
    except notices.NoNumbers:
        return _refused(request, desk, gettext("There is no telephone number in this file. The list in use is unchanged."))
    except OSError:
        return _refused(request, desk, gettext("The key of the new list could not be kept. The list in use is unchanged."), status=503)
    return HttpResponseRedirect(f"/{language}/console/do-not-call?imported=1&left_out={done.unread}")


def _refused(request: HttpRequest, desk: AtDesk, sentence: str, *, faults: Sequence[str] = (), status: int = 422) -> HttpResponse:
    return _page(request, desk, file_error=sentence, faults=faults, leaves_out=request.POST.get("leave_out") == "1", status=status)


def _too_much() -> str:
    sentence = gettext("The list is too long for this page: at most %(lines)s lines and %(kilobytes)s KB. Nothing was changed.")
    return sentence % {"lines": grouped(MOST_LINES), "kilobytes": grouped(MOST_BYTES // 1000)}


def _unread(faults: Sequence[LineFault]) -> str:
    many = len(faults)
    sentence = ngettext(
        "%(count)s line holds no telephone number, so nothing was imported. The list in use is unchanged.",
        "%(count)s lines hold no telephone number, so nothing was imported. The list in use is unchanged.",
        many,
    )
    return sentence % {"count": grouped(many)}


def _sentences(faults: Sequence[LineFault]) -> list[str]:
    words = {
        "no_digits": gettext("Line %(line)s holds no digit."),
        "no_number": gettext("Line %(line)s is not a telephone number that can be called."),
    }
    told = [words[one.code] % {"line": grouped(one.line)} for one in faults[:_MOST_TOLD]]
    rest = len(faults) - len(told)
    return [*told, gettext("And %(count)s more.") % {"count": grouped(rest)}] if rest else told


def _page(request: HttpRequest, desk: AtDesk, *, status: int = 200, **told: object) -> HttpResponse:
    left_out = number_in(request.GET.get("left_out", ""))
    context = {
        "nav": "letters",
        "known": letters.call_list(),
        "most_lines": grouped(MOST_LINES),
        "most_kilobytes": grouped(MOST_BYTES // 1000),
        "is_imported": request.method != "POST" and request.GET.get("imported") == "1",
        "left_out": left_out,
        **told,
    }
    return desk_page(request, desk, "console/do_not_call.html", context, status=status)
