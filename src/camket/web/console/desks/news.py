"""What an open page asks every few seconds: names and numbers, never a word of anybody, and nothing at all where nothing has changed."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket.duties.intake import queries as inquiries
from camket.web.console.entrance import AtDesk, staff_only
from camket.web.console.lists import chosen_in, list_address
from camket.web.console.references import Reference

_NOT_MODIFIED = 304


@require_safe
@staff_only("inbox")
def news(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Tell what stands at the top of a list, or how far one inquiry has come; 304 where that is known already."""
    now, reference = timezone.now(), request.GET.get("inquiry", "")
    if Reference.names(reference):
        return _told(request, {"sequence": inquiries.sequence_of(reference=reference, actor=desk.actor, now=now)})
    found = inquiries.news(actor=desk.actor, chosen=chosen_in(request), now=now)
    return _told(request, {"rows": found.rows, "counts": found.counts})


@require_safe
@staff_only("inbox")
def lately(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Tell what the command palette offers besides the page it opens on: saved filters, and the inquiries last worked on."""
    saved = [{"label": row.name, "url": list_address(language, row.chosen)} for row in inquiries.saved_filters(actor=desk.actor)]
    recent = [{"label": one, "url": f"/{language}/console/inquiries/{one}"} for one in inquiries.lately(actor=desk.actor, now=timezone.now())]
    return _told(request, {"saved": saved, "recent": recent})


def _told(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    body = json.dumps(told, separators=(",", ":"))
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=_NOT_MODIFIED, headers={"ETag": tag})
    return HttpResponse(body, content_type="application/json", headers={"ETag": tag})
