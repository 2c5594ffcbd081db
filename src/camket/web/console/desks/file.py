"""A file that somebody attached to their inquiry, handed to an adviser for their own machine, and never shown in a page of ours."""

import unicodedata
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.policy.files import MEDIA_TYPES, kind_by_name
from camket.policy.writing import composed
from camket.web.console.desks.inquiry import shut_page
from camket.web.console.entrance import AtDesk, staff_only

_IN_A_NAME = "!#$&+-.^_`|~"  # besides letters and digits (RFC 8187 §3.2.1)


@staff_only("inbox")
@require_GET  # no HEAD: what stands in the journal as handed over was handed over
def file(request: HttpRequest, desk: AtDesk, language: str, reference: str, file_id: UUID) -> HttpResponse:
    """Hand a file over; each time stands in the journal."""
    try:
        found = intake.open_file(reference=reference, file_id=file_id, actor=desk.actor, now=timezone.now())
    except intake.FileUnknown:
        raise Http404 from None
    except inquiries.TakenBack:
        return shut_page(request)
    name = found.name.reveal()
    kind = kind_by_name(name)
    answer = HttpResponse(found.content.reveal(), content_type=MEDIA_TYPES[kind] if kind else "application/octet-stream")
    answer.headers["Content-Disposition"] = disposition(name)
    # should a browser open it all the same, then as nobody's page
    answer._csp_update = {"sandbox": True}  # type: ignore[attr-defined]  # as csp.decorators.csp_update does, on our own pages too
    return answer


def disposition(name: str) -> str:
    """
    Return the header that has a browser keep a file under its name, also one in Vietnamese, and never show it; what reads only the old word
    gets the name without its marks.

    Args:
        name: As it was kept.

    Source: RFC 6266 §4; RFC 8187.
    """
    bare = composed(name.replace("đ", "d").replace("Đ", "D"), "NFD")
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " -_.()") else "_" for c in bare if not unicodedata.combining(c))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_IN_A_NAME)}"
