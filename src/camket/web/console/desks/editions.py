"""Every published edition, for all of staff."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from camket.duties.publishing import queries as editions
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit.context import edition_facts

_TO_COME = frozenset({"abuse", "legal"})  # desks that have no page of their own yet: who works at them arrives here


@require_safe
@staff_only()
def edition_list(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show every published edition."""
    in_force = editions.edition_in_force()
    rows = [{**_facts(line.number, in_force), "in_force": line.number == in_force} for line in editions.edition_lines()]
    return desk_page(request, desk, "console/editions.html", {"nav": "editions", "editions": rows, "has_no_page": desk.desks <= _TO_COME})


def _facts(number: int, in_force: int) -> dict[str, Any]:
    facts = edition_facts(number, in_force=in_force)
    return {name: getattr(facts, name) for name in ("number", "last_updated", "hash", "published_at", "effective_from", "is_waiting")}
