"""The review of access: who may enter which desk, by what, and when they last did; and the log of sign-ins."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from camket.access import actions as access
from camket.access import queries as people
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.pager import pager_onwards
from camket.web.console.pages import pages_of
from camket.web.kit.requests import id_in


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("access_review")
def review(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show who may enter where; record into the journal that somebody looked it through."""
    if request.method == "POST":
        access.record_review(actor=desk.actor, now=timezone.now())
        return HttpResponseRedirect(f"/{language}/console/access")
    context = {
        "nav": "access",
        "lines": [(line, pages_of(line.row.role)) for line in people.staff_lines(is_active=True)],
        "invitations": people.invitations(now=timezone.now()),
        "tokens": [(token, sorted(token.scopes)) for token in people.tokens() if token.revoked_at is None],
        "reviewed": people.last_review(),
        "printed_at": timezone.now(),
    }
    return desk_page(request, desk, "console/access.html", context)


@require_safe
@staff_only("sign_ins")
def sign_ins(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the log of sign-ins that the law asks for, newest first."""
    before = id_in(request.GET.get("before", ""))
    found = people.tries(older_than=before)
    onwards = pager_onwards(f"/{language}/console/sign-ins", "before", is_first=not before, older=found.older)
    context = {"nav": "sign_ins", "tries": found.rows, "pager": onwards}
    return desk_page(request, desk, "console/sign_ins.html", context)
