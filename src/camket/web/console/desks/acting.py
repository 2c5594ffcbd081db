"""What is done with one inquiry or many from a list, and taken back."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from camket.duties.intake import actions as intake
from camket.web.console.desks.inbox import Tried, inbox_page
from camket.web.console.entrance import AtDesk, staff_only
from camket.web.console.lists import UNCHANGED, UNCHOSEN, chosen_in_text, list_address, list_query
from camket.web.console.references import Reference
from camket.web.kit.errors import refusal_page


@require_POST
@staff_only("inbox")
def acts(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Do with the chosen inquiries what was pressed, and go back to where it was pressed; the page there says how it went."""
    references = [one for one in request.POST.getlist("reference") if Reference.names(one)]
    act, chosen, at = request.POST.get("act", ""), chosen_in_text(request.POST.get("list", "")), request.POST.get("at", "")
    if act == "give" and not is_chosen(request):
        return inbox_page(request, desk, language, chosen, Tried(give_error=whom_first(), ticked=frozenset(references)))
    try:
        done = _act(act, references, request, desk)
    except intake.NotUndoable:
        sentence = gettext("This can no longer be undone: the two minutes are over, or it was undone already. Nothing was changed.")
        return refusal_page(request, 409, sentence=sentence)
    except intake.NotAnAdviser:
        return refusal_page(request, 409, sentence=gettext("This colleague does not answer inquiries any more. Nothing was changed."))
    # what was taken back, or could not be done with the only one there was, is told once, on the page that follows, and not on those after it
    told = "&undone=1" if act == "undo" else f"&{UNCHANGED}={next(iter(done.left))}" if len(references) == 1 and done.left and not done.count else ""
    if Reference.names(at):
        return HttpResponseRedirect(f"/{language}/console/inquiries/{done.reference or at}?{list_query(chosen)}{told}")
    return HttpResponseRedirect(list_address(language, chosen) + told)


def _act(act: str, references: list[str], request: HttpRequest, desk: AtDesk) -> intake.Done:
    """Do it, and return how it went."""
    now = timezone.now()
    match act:
        case "undo":
            return intake.undo(token=request.POST.get("token", ""), actor=desk.actor, now=now)
        case "take_on" | "give" | "resolve" | "reopen" if not references:
            return intake.Done(count=0, left={})  # nothing was chosen, so nothing is done
        case "take_on":
            return intake.take_on(references=references, given_to=desk.row.id, actor=desk.actor, now=now)
        case "give":
            return intake.take_on(references=references, given_to=colleague_in(request), actor=desk.actor, now=now)
        case "resolve":
            return intake.resolve(references=references, actor=desk.actor, now=now)
        case "reopen":
            return intake.reopen(references=references, actor=desk.actor, now=now)
        case _:
            raise Http404


def is_chosen(request: HttpRequest) -> bool:
    """Return whether a form says into whose hands something is to be given, be it into nobody's."""
    return request.POST.get("given_to", UNCHOSEN) != UNCHOSEN


def whom_first() -> str:
    """Return what is said to somebody who gives an inquiry to nobody in particular."""
    return gettext("Please choose to whom.")


def colleague_in(request: HttpRequest) -> UUID | None:
    """
    Return the colleague whom a form names, or None for nobody.

    Raises:
        NotAnAdviser: It names somebody who cannot be.
    """
    given = request.POST.get("given_to", "")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise intake.NotAnAdviser from None
