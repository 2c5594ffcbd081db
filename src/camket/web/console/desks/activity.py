"""What happened at the desks in the last thirty days, as far as whoever looks may see it."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from camket.duties.intake import queries as inquiries
from camket.duties.notices import queries as outbox
from camket.duties.publishing import queries as editions
from camket.web.console.charts import Series, drawn
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit.templatetags.kit import written_date


@require_safe
@staff_only("inbox", "operations", "privacy")
def activity(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show how much was received, answered and resolved a day, and by whom, to advisers; how many letters left and are held, to all who tend them."""
    now = timezone.now()
    zone = editions.policy_in_force().timezone
    letters = outbox.letters_by_day(now=now, days=inquiries.DAYS, timezone=zone)
    days = [row.day for row in letters]
    sent = Series(name="sent", label=gettext("Letters sent"), values=tuple(row.sent for row in letters))
    held = Series(name="held", label=gettext("Letters held"), values=tuple(row.held for row in letters))
    context: dict[str, Any] = {"nav": "activity", "now": now, "backlog": outbox.waiting(now=now), "held": held.total, "days_count": inquiries.DAYS}
    if "inbox" in desk.desks:
        found = inquiries.activity(actor=desk.actor, now=now)
        shown = [
            Series(name="received", label=gettext("Received"), values=tuple(row.received for row in found.days)),
            Series(name="answered", label=gettext("Answers"), values=tuple(row.answered for row in found.days)),
            Series(name="resolved", label=gettext("Resolved"), values=tuple(row.resolved for row in found.days)),
        ]
        context |= {"staff_work": found.staff, "series": [*shown, sent, held], "chart": _chart(days, shown), "charted": shown}
    else:
        context |= {"series": [sent, held], "chart": _chart(days, [sent, held]), "charted": [sent, held]}
    context["is_empty"] = not any(one.total for one in context["series"])
    context["table"] = [(day, [one.values[place] for one in context["series"]]) for place, day in reversed(list(enumerate(days)))]
    return desk_page(request, desk, "console/activity.html", context)


def _chart(days: list[date], series: list[Series]) -> Any:
    return drawn(days, series, [written_date(day).rsplit("/" if "/" in written_date(day) else " ", 1)[0] for day in days])
