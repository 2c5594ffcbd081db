"""Stopping advertising, behind the link that every letter of it brings: one button, or one click in the mail program (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from camket.access.actions import LinkRefused
from camket.duties.intake import actions as intake


@csrf_exempt  # the link's token is the proof; a mail program that presses the button for its owner has neither a session nor an Origin
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, language: str, token: str) -> HttpResponse:
    """Show a button, or stop all advertising to the address whose letter brought the link; nothing else of the request is looked at."""
    try:
        if request.method != "POST":
            intake.look_at_advertising(token=token, now=timezone.now())
            return render(request, "site/stop.html", {"is_asked": True})
        intake.stop_advertising_by_link(token=token, now=timezone.now())
    except intake.NotGiven:
        return render(request, "site/stop.html", {"was_stopped": True})
    except (LinkRefused, intake.InquiryUnknown):
        return render(request, "site/stop.html", {"is_over": True}, status=410)
    return render(request, "site/stop.html", {})
