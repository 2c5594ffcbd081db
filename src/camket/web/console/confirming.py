"""The page that asks somebody once more who they are, and carries along what they were about to do."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from camket.access import actions as access
from camket.access import queries as people
from camket.web.console.entrance import AtDesk, desk_page

_CARRIED = {"invite": ("email", "role")}  # by the act, what was typed for it
_LONGEST = 300


def carried_in(request: HttpRequest) -> Mapping[str, str]:
    """
    Return what a form brings that is to be done once its sender has shown who they are: the act and what was typed for it, or nothing.

    Args:
        request: A form's, or that of the page that asks, which brings it along.
    """
    act = request.POST.get("act", "")
    return {"act": act} | {name: request.POST.get(name, "")[:_LONGEST] for name in _CARRIED[act]} if act in _CARRIED else {}


def confirm_page(request: HttpRequest, desk: AtDesk, *, carried: Mapping[str, str], error: str = "", status: int = 200) -> HttpResponse:
    """
    Return the page that asks who it is.

    Args:
        request: What the page answers.
        desk: Who is asked.
        carried: From `carried_in`.
        error: Why the last try was none.
        status: Of the answer.
    """
    facts = people.account_facts(desk.row.id)
    ceremony = access.begin_asking(purpose=access.CONFIRM, now=timezone.now()) if facts.passkeys else None
    context = {"nav": "account", "facts": facts, "ceremony": ceremony, "error": error, "carried": carried.items()}
    return desk_page(request, desk, "console/confirm.html", context, status=status)
