"""The door of the desks: in by a one-time link, and out."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from camket.access.actions import LinkRefused, redeem_sign_in_link
from camket.web.console.entrance import enter
from camket.web.kit.errors import strange_form_page
from camket.web.kit.requests import is_same_origin


@csrf_exempt  # before sign-in there is no cookie to carry a form token; the link's own token and the sender's origin stand in for one
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, language: str, token: str = "") -> HttpResponse:
    """Show the sign-in button for a link, and sign in on its press; a GET changes nothing."""
    if request.method == "POST" and token:
        if not is_same_origin(request):
            return strange_form_page(request)
        try:
            row = redeem_sign_in_link(token=token, now=timezone.now())
        except LinkRefused:
            return render(request, "console/sign_in.html", {"state": "expired"}, status=410)
        enter(request, row)
        return HttpResponseRedirect(f"/{language}/console/")
    return render(request, "console/sign_in.html", {"state": "confirm" if token else "ask", "link_token": token})


@require_POST
def sign_out(request: HttpRequest, language: str) -> HttpResponse:
    """End the session."""
    logout(request)
    return render(request, "console/sign_in.html", {"state": "signed_out"})
