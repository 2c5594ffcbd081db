"""What an open page asks when something stirs, or every few seconds: names and numbers, never a word of anybody, nothing where nothing changed."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket.access.queries import new_stream_ticket
from camket.duties.intake import queries as inquiries
from camket.web.console.entrance import AtDesk, staff_only
from camket.web.console.lists import chosen_in, list_address
from camket.web.console.live import stream_address
from camket.web.console.references import Reference

_NO_CONTENT, _NOT_MODIFIED = 204, 304


@require_safe
@staff_only("inbox")
def news(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Tell what stands at the top of a list, or how far one inquiry has come; 304 where that is known already."""
    now, reference = timezone.now(), request.GET.get("inquiry", "")
    if Reference.names(reference):
        return told(request, {"sequence": inquiries.sequence_of(reference=reference, actor=desk.actor, now=now)})
    found = inquiries.news(actor=desk.actor, chosen=chosen_in(request), now=now)
    return told(request, {"rows": found.rows, "counts": found.counts})


@require_safe
@staff_only("inbox")
def stream(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Tell where the live stream is, with a ticket for this session that is good once and for half a minute; 204 where there is none."""
    address, reference = stream_address(request), request.GET.get("inquiry", "")
    watched = reference if Reference.names(reference) else ""
    ticket = None
    if address and desk.session_id:
        origin = f"{request.scheme}://{request.get_host()}"
        ticket = new_stream_ticket(session_id=desk.session_id, origin=origin, watched=watched, now=timezone.now())
    return JsonResponse({"url": address, "ticket": ticket}) if ticket else HttpResponse(status=_NO_CONTENT)


@require_safe
@staff_only("inbox")
def lately(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Tell what the command palette offers besides the page it opens on: saved filters, and the inquiries last worked on."""
    saved = [{"label": row.name, "url": list_address(language, row.chosen)} for row in inquiries.saved_filters(actor=desk.actor)]
    recent = [{"label": one, "url": f"/{language}/console/inquiries/{one}"} for one in inquiries.lately(actor=desk.actor, now=timezone.now())]
    return told(request, {"saved": saved, "recent": recent})


def told(request: HttpRequest, answer: dict[str, Any]) -> HttpResponse:
    """
    Return what an open page is told, or that it knows that already.

    Args:
        request: What it asks with.
        answer: Names and numbers.
    """
    body = json.dumps(answer, separators=(",", ":"))
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=_NOT_MODIFIED, headers={"ETag": tag})
    return HttpResponse(body, content_type="application/json", headers={"ETag": tag})
