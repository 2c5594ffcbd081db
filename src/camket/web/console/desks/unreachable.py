"""Whom a notice to many could not tell, by the reference of their inquiry."""

import csv
from io import StringIO
from itertools import islice
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from camket.duties.notices import queries as campaigns
from camket.web.console.desks.notices import title_of
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.pager import pager_onwards
from camket.web.kit.requests import id_in

MOST_IN_A_TABLE = 20_000  # lines of one file; where there are more, its last line says where the next begins


@require_safe
@staff_only("inbox", "privacy")
def unreachable(request: HttpRequest, desk: AtDesk, language: str, campaign_id: UUID) -> HttpResponse:
    """Show whom a notice could not tell, page by page."""
    row, after = campaigns.campaign(campaign_id), id_in(request.GET.get("after", ""))
    if row is None:
        raise Http404
    page, place = campaigns.unreachable(campaign_id, actor=desk.actor, older_than=after), f"/{language}/console/notices/{campaign_id}/unreachable"
    context = {
        "nav": "letters",
        "row": row,
        "title": title_of(row, language),
        "rows": page.rows,
        "pager": pager_onwards(place, "after", is_first=not after, older=page.older),
    }
    return desk_page(request, desk, "console/unreachable.html", context)


@require_safe
@staff_only("inbox", "privacy")
def unreachable_table(request: HttpRequest, desk: AtDesk, language: str, campaign_id: UUID) -> HttpResponse:
    """Hand out whom a notice could not tell, as a table: references and causes, nothing else of anybody."""
    if campaigns.campaign(campaign_id) is None:
        raise Http404
    written = StringIO()
    table = csv.writer(written)
    table.writerow(["reference", "cause", "language", "looked_at"])
    found = campaigns.every_unreachable(campaign_id, actor=desk.actor, older_than=id_in(request.GET.get("after", "")))
    lines = list(islice(found, MOST_IN_A_TABLE + 1))
    for one in lines[:MOST_IN_A_TABLE]:
        table.writerow([one.reference, one.cause, one.language, one.looked_at.isoformat()])
    if len(lines) > MOST_IN_A_TABLE:
        table.writerow(["more", f"?after={lines[MOST_IN_A_TABLE - 1].id}", "", ""])
    answer = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="camket-notice-{campaign_id}-unreachable.csv"'
    return answer
