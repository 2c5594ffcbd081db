"""Notices to many: every campaign, one campaign with what became of its letters, and what a person may do with it."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from camket.access.days import house_zone
from camket.access.queries import tokens
from camket.access.rules import require_role
from camket.duties.catalogue import queries as catalogue
from camket.duties.intake import queries as intake
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as campaigns
from camket.duties.notices.rules import CAMPAIGNERS
from camket.duties.publishing import queries as editions
from camket.policy.languages import LANGUAGES
from camket.web.console.clocks import last_day, offset_words
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.forecasts import forecast_sentences
from camket.web.console.pager import pager_onwards
from camket.web.console.showing import names_by_id
from camket.web.console.telling import untold
from camket.web.kit.audiences import audience_name
from camket.web.kit.change_lines import letter_reason, letter_words
from camket.web.kit.errors import refusal_page
from camket.web.kit.requests import number_in
from camket.web.kit.templatetags.kit import grouped, written_instant

_HOUR_SECONDS = 3600
_HALTED = "halted"
_COUNTS = ("told", "waiting", "deferred", "in_hand", "refused", "unknown", "bounced", "unreachable", "cancelled", "dropped", "unsent")
_LESSER = ("doubled", "asked", "agreed", "silent")


class _NoTime(Exception):
    """What was typed is not an instant to come; many people are told of nothing because of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One heading of the report with its figure, ready to be shown."""

    name: str
    label: str
    figure: str
    is_none: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a notice's page answers to what was pressed: what is wrong with it, or how many it would go to."""

    problem: str = ""
    status: int = 200
    is_too_late: bool = False
    forecast: tuple[str, ...] = ()


_NOTHING = _Said()


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("policy")
def notices_desk(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show every notice to many; write the one that tells of an edition."""
    if request.method == "POST":
        return _tell(request, desk, language)
    fault, names, now = _standstill(), catalogue.product_names(language), timezone.now()
    after = campaigns.place_in_list(request.GET.get("after", ""))
    found = campaigns.campaigns(older_than=after)
    context = {
        "nav": "letters",
        "rows": [
            {
                "row": row,
                "title": title_of(row, language),
                "state": _stands(row, fault),
                "is_due": _is_due(row, now),
                "audience": audience_name(row.kind, row.audience, names),
            }
            for row in found.rows
        ],
        "pager": pager_onwards(f"/{language}/console/notices", "after", is_first=not after, older=found.older),
        "untold": untold(),
        "may_write": desk.row.role in CAMPAIGNERS,
    }
    return desk_page(request, desk, "console/notices.html", context)


def _tell(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    number = editions.EditionNumber(number_in(request.POST.get("edition", "")))
    try:
        words = letter_words(editions.EditionNumber(number - 1), number)
        why = letter_reason(number)
        campaign_id = notices.write_change(edition=number, words=words, why=why, actor=desk.actor, now=timezone.now())
    except (editions.NoEdition, notices.NothingToTell):
        sentence = gettext("This edition holds no significant change, or is not published: there is nobody to tell. Nothing was written.")
        return refusal_page(request, 409, sentence=sentence)
    except notices.ToldAlready as told:
        campaign_id = told.campaign_id
    return HttpResponseRedirect(f"/{language}/console/notices/{campaign_id}")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("policy")
def notice(request: HttpRequest, desk: AtDesk, language: str, campaign_id: UUID) -> HttpResponse:
    """Show one notice with what became of its letters, or do with it what was pressed."""
    if request.method != "POST":
        is_asked_by_the_page = request.headers.get("Accept") == "application/json"
        return _told(campaign_id) if is_asked_by_the_page else _page(request, desk, language, campaign_id)
    try:
        if request.POST.get("act", "") == "count":
            return _page(request, desk, language, campaign_id, _Said(forecast=_forecast(desk, campaign_id)))
        _act(request, desk, campaign_id)
    except notices.CampaignUnknown:
        raise Http404 from None
    except _NoTime:
        problem = gettext("That time has passed or could not be read. Nothing has gone out; please choose a day and an hour that are still ahead.")
        return _page(request, desk, language, campaign_id, _Said(problem=problem, status=422))
    except notices.TooLate:
        problem = gettext(
            "At that time the promised days can no longer be kept. Nothing has gone out: tick that you know it, or choose an earlier time."
        )
        return _page(request, desk, language, campaign_id, _Said(problem=problem, status=422, is_too_late=True))
    except notices.TriedEnough:
        problem = gettext("The trial letters that you asked for before are still waiting. They go out with the next turn of the worker.")
        return _page(request, desk, language, campaign_id, _Said(problem=problem, status=409))
    except notices.ChangedSince:
        problem = gettext("A colleague changed the notice after you opened this page, so nothing was sent. Please read it once more below.")
        return _page(request, desk, language, campaign_id, _Said(problem=problem, status=409))
    except notices.CannotBeDone:
        problem = gettext("The notice has moved on since you opened this page, so this cannot be done any more. This is how it stands now.")
        return _page(request, desk, language, campaign_id, _Said(problem=problem, status=409))
    told = "?tried=1" if request.POST.get("act") == "try" else ""
    return HttpResponseRedirect(f"/{language}/console/notices/{campaign_id}{told}")


def _act(request: HttpRequest, desk: AtDesk, campaign_id: UUID) -> None:
    now, seen, is_late_known = timezone.now(), request.POST.get("seen", "")[:64], request.POST.get("late", "") == "1"
    require_role(desk.actor, CAMPAIGNERS)
    match request.POST.get("act", ""):
        case "schedule":
            at = _chosen(request.POST.get("at", ""), now)
            notices.schedule_campaign(campaign_id=campaign_id, at=at, actor=desk.actor, now=now, seen=seen, is_late_known=is_late_known)
        case "begin":
            notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=desk.actor, now=now, seen=seen, is_late_known=is_late_known)
        case "unschedule":
            notices.unschedule_campaign(campaign_id=campaign_id, actor=desk.actor, now=now)
        case "pause":
            notices.pause_campaign(campaign_id=campaign_id, actor=desk.actor, now=now)
        case "resume":
            notices.resume_campaign(campaign_id=campaign_id, actor=desk.actor, now=now)
        case "stop":
            notices.stop_campaign(campaign_id=campaign_id, actor=desk.actor, now=now)
        case "try":
            notices.ask_for_trial(campaign_id=campaign_id, actor=desk.actor, now=now)
        case _:
            raise Http404


def _forecast(desk: AtDesk, campaign_id: UUID) -> tuple[str, ...]:
    """How many it would go to if it began now, in sentences."""
    require_role(desk.actor, CAMPAIGNERS)
    try:
        told = notices.forecast(campaign_id=campaign_id, narrow=intake.concerned, now=timezone.now())
    except notices.IndexMoves:
        return (gettext("The index of addresses is being made anew. Please count again in a few minutes."),)
    except (notices.Refused, notices.NothingToTell):
        return (gettext("As the policy stands, nobody could be sent this."),)
    return forecast_sentences(told)


def _chosen(text: str, now: datetime) -> datetime:
    """An instant to come as a page's field gives it, read where the policy counts days."""
    try:
        chosen = datetime.fromisoformat(text).replace(tzinfo=house_zone()).astimezone(UTC) if 10 < len(text) <= 19 else None
    except (ValueError, OverflowError):
        chosen = None
    if chosen is None or chosen <= now:
        raise _NoTime
    return chosen


@require_safe
@staff_only("policy")
def notice_counts(request: HttpRequest, desk: AtDesk, language: str, campaign_id: UUID) -> HttpResponse:
    """Hand out what became of a notice's letters, as a table: counts and nothing of anybody."""
    row = _found(campaign_id)
    report, written = campaigns.report_of(row, now=timezone.now()), StringIO()
    table = csv.writer(written)
    table.writerow(["heading", "letters"])
    table.writerows([name, getattr(report, name)] for name in ("planned", *_COUNTS, *_LESSER, "unproven"))
    answer = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="camket-notice-{row.id}.csv"'
    return answer


def _found(campaign_id: UUID) -> campaigns.CampaignRow:
    row = campaigns.campaign(campaign_id)
    if row is None:
        raise Http404
    return row


def _told(campaign_id: UUID) -> HttpResponse:
    """How a notice stands, for the script of its page."""
    row = _found(campaign_id)
    report, state = campaigns.report_of(row, now=timezone.now()), _stands(row, _standstill())
    return JsonResponse(
        {
            "state": state,
            "progress": _progress(row, report),
            "estimate": _estimate(row, report, state),
            "most": max(report.planned, 1),
            "settled": report.dealt_with if report.planned else 1,
            "counts": [(one.name, one.figure, one.is_none) for one in _counts(row, report)],
        }
    )


def _standstill() -> str:
    """Why nothing goes out although nobody paused it: our way to the mail server is at fault, or it does not answer; nothing where letters go."""
    return campaigns.route_fault() or campaigns.carrier_silence(now=timezone.now())


def _stands(row: campaigns.CampaignRow, fault: str) -> str:
    """How a notice stands: one that is on its way stands still, and nobody paused it, while nothing can reach the mail server."""
    return _HALTED if fault and row.stands == "running" else row.stands


def _is_due(row: campaigns.CampaignRow, now: datetime) -> bool:
    """Whether a notice begins with the next turn of the worker: its time has come, and nothing has gone out yet."""
    return row.is_scheduled and row.starts_at is not None and row.starts_at <= now


def _counts(row: campaigns.CampaignRow, report: campaigns.Report) -> list[Counted]:
    # what never goes because a notice was stopped has no place on one that goes on
    shown = [name for name in _COUNTS if name != "unsent" or row.state == "stopped"]
    # what the law wants told goes to every address: of a change nobody is left out for that
    left_out = ("unproven",) if row.kind != "change" else ()
    return [_counted(name, getattr(report, name)) for name in (*shown, *left_out, *(_LESSER if report.asked else ("doubled",)))]


def _page(request: HttpRequest, desk: AtDesk, language: str, campaign_id: UUID, said: _Said = _NOTHING) -> HttpResponse:
    row, now = _found(campaign_id), timezone.now()
    report, fault = campaigns.report_of(row, now=now), _standstill()
    state = _stands(row, fault)
    context: dict[str, Any] = {
        "nav": "letters",
        "row": row,
        "title": title_of(row, language),
        "audience": audience_name(row.kind, row.audience, catalogue.product_names(language)),
        "state": state,
        "cause": fault if state == _HALTED else row.paused_for,
        "report": report,
        "counts": _counts(row, report),
        "progress": _progress(row, report),
        "estimate": _estimate(row, report, state),
        "previews": [(one, *notices.preview_campaign(campaign_id=row.id, language=one)) for one in LANGUAGES],
        "variants": len(campaigns.variants_of(row.id)),
        "coming": (coming := editions.edition_line(editions.EditionNumber(row.edition)) if row.edition else None),
        "deadline": (deadline := campaigns.deadline_of(editions.EditionNumber(row.edition)) if row.edition else None),
        "last_day": last_day(deadline, house_zone()) if deadline else None,
        "is_late": (is_late := deadline is not None and now > deadline),
        "asks_late": is_late or said.is_too_late,
        "is_in_force": coming is not None and coming.due_at is not None and coming.due_at <= now,
        "by": names_by_id().get(row.created_by) or _program(row.created_by),
        "may_write": desk.row.role in CAMPAIGNERS,
        "may_find": bool(desk.desks & {"inbox", "privacy"}),
        "may_look": bool(desk.desks & {"inbox", "operations", "privacy"}),
        "is_live": row.state in ("planning", "running") or row.is_scheduled,
        "offset": offset_words(house_zone(), now),
        "is_due": _is_due(row, now),
        "problem": said.problem,
        "forecast": said.forecast,
        "typed_at": request.POST.get("at", "") if said.problem else "",
        "tried_at": desk.row.email if request.method != "POST" and request.GET.get("tried") == "1" else "",
    }
    return desk_page(request, desk, "console/notice.html", context, status=said.status)


def _program(token_id: UUID | None) -> str:
    """What the token is called through which a program wrote it."""
    return next((row.name for row in tokens() if row.id == token_id), "")


def title_of(row: campaigns.CampaignRow, language: str) -> str:
    """
    Return what a notice is called at the desk.

    Args:
        row: Which.
        language: `vi` or `en`.
    """
    if row.edition:
        return gettext("What edition %(number)d changes") % {"number": row.edition}
    return str(row.words.get(language, row.words[LANGUAGES[0]])["title"])


def _counted(name: str, many: int) -> Counted:
    labels = {
        "told": gettext("Told"),
        "waiting": gettext("Waiting their turn"),
        "deferred": gettext("Put off, and tried again"),
        "in_hand": gettext("Going out now"),
        "refused": gettext("Refused by the mail server"),
        "unknown": gettext("Nobody knows whether they arrived"),
        "bounced": gettext("Came back"),
        "unreachable": gettext("Unreachable: no usable address"),
        "cancelled": gettext("Cancelled before they went out"),
        "dropped": gettext("No longer concerned, or erased"),
        "unsent": gettext("Never went out: it was stopped"),
        "unproven": gettext("Left out: they never confirmed their address"),
        "doubled": gettext("Perhaps sent twice, after a breakdown"),
        "asked": gettext("Asked for consent again"),
        "agreed": gettext("Agreed again"),
        "silent": gettext("Silent: not agreed"),
    }
    return Counted(name=name, label=labels[name], figure=grouped(many), is_none=not many)


def _progress(row: campaigns.CampaignRow, report: campaigns.Report) -> str:
    if row.state == "planning":
        found = {"looked_at": grouped(row.looked_at), "planned": grouped(row.planned)}
        return gettext("%(looked_at)s looked at, %(planned)s of them concerned so far") % found
    if not report.planned and report.unproven:
        return gettext("There was no letter to write: nobody whom it concerns has confirmed their address.")
    if not report.planned:
        return gettext("It concerns nobody: there was no letter to write.")
    share = 100 * report.dealt_with // report.planned
    shown: dict[str, object] = {"settled": grouped(report.dealt_with), "planned": grouped(report.planned), "share": share}
    if row.state == "stopped":
        return gettext("%(settled)s of %(planned)s were settled when it was stopped (%(share)d%%)") % shown
    return gettext("%(settled)s of %(planned)s settled (%(share)d%%)") % shown


def _estimate(row: campaigns.CampaignRow, report: campaigns.Report, state: str) -> str:
    """How long the rest takes at the rate of the last minutes, and what waits for the limit of the day."""
    if row.state != "running" or state == _HALTED or report.settled == report.planned:
        return ""
    held_up = _limited(report.limited, report.limited_until) if report.limited and report.limited_until else ""
    is_all = report.limited >= report.planned - report.settled
    return held_up if held_up and is_all else f"{held_up} {_rest_takes(report)}".strip()


def _rest_takes(report: campaigns.Report) -> str:
    if report.seconds_left is None or report.rate_a_minute is None:
        return gettext("How long the rest takes cannot be said yet.")
    rate = grouped(round(report.rate_a_minute))
    if report.seconds_left < _HOUR_SECONDS:
        minutes = max(1, round(report.seconds_left / 60))
        span = ngettext("about %(count)d minute", "about %(count)d minutes", minutes) % {"count": minutes}
    else:
        hours = round(report.seconds_left / _HOUR_SECONDS)
        span = ngettext("about %(count)d hour", "about %(count)d hours", hours) % {"count": hours}
    return gettext("At the rate of the last minutes, %(rate)s letters a minute, the rest takes %(span)s.") % {"rate": rate, "span": span}


def _limited(many: int, until: datetime) -> str:
    """That letters of advertising wait because of the law's limit, and from when the first of them can go."""
    most = editions.advertising_law_on(timezone.now()).most_letters or 1
    shown = {"many": grouped(many), "most": most, "until": written_instant(until, house_zone(), "minute")}
    if most == 1:
        return gettext("%(many)s wait: an address gets at most one letter of advertising a day. The first of them can go at %(until)s.") % shown
    return gettext("%(many)s wait: an address gets at most %(most)d letters of advertising a day. The first of them can go at %(until)s.") % shown
