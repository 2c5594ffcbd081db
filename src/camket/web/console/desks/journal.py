"""The journal, for those who audit."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from camket.duties.custody import queries as custody
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.showing import with_purposes


@require_safe
@staff_only("journal")
def journal(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the journal, newest first."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    found = custody.journal_page(before=before)
    older = f"/{language}/console/journal?before={found.next_before}" if found.next_before else ""
    context = {
        "nav": "journal",
        "entries": with_purposes(found.entries, language),
        "head": {"size": found.size, "root": found.root},
        "checkpoint": {"size": found.checkpoint_size, "at": found.checkpoint_at} if found.checkpoint_at else None,
        "pager": {"newer_url": f"/{language}/console/journal" if before else "", "older_url": older},
    }
    return desk_page(request, desk, "console/journal.html", context)
