"""Publishing a draft from the desk: what changes, from which day, how much it weighs, and who else agrees."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.access import queries as people
from camket.access.days import house_zone
from camket.duties.notices import queries as campaigns
from camket.duties.notices.rules import CAMPAIGNERS
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import DAY_PASSED, LONGEST_REASON, REASON_IN, WRITERS, asks_for_second
from camket.policy.days import midnight
from camket.policy.faults import TextFault
from camket.web.console.desks.draft_views import compared
from camket.web.console.desks.drafts import checked, draft_context, draft_or_404, finding_shown
from camket.web.console.desks.policy import over_sentence
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.showing import names_by_id
from camket.web.console.telling import telling_of
from camket.web.kit.errors import refusal_page
from camket.web.kit.faults import text_sentence
from camket.web.kit.phrases import spoken
from camket.web.kit.requests import number_in
from camket.web.kit.templatetags.kit import written_date

_LATE = (
    publishing.AlreadyPublished,
    publishing.ChangedSince,
    publishing.DraftOver,
    publishing.NothingProposed,
    publishing.OutOfOrder,
    publishing.ProposedAnew,
)


class _BadDay(ValueError):
    """What was typed for the day is none."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("policy")
def publish(request: HttpRequest, desk: AtDesk, language: str, draft_id: int) -> HttpResponse:
    """Show what publishing a draft would do, or propose, confirm, refuse or take back what was pressed."""
    if request.method != "POST":
        return _page(request, desk, language, draft_id)
    try:
        number = _act(request, desk, draft_id)
    except (publishing.NotForThisRole, publishing.NotTheSecond):
        return refusal_page(
            request, 403, sentence=gettext("Whoever proposes a text cannot confirm it, and only the privacy officers do. Nothing was published.")
        )
    except publishing.DraftUnknown:
        raise Http404 from None
    except publishing.BadReason as bad:
        return _page(request, desk, language, draft_id, errors={"refusal": reason_sentence(bad.code)}, status=422)
    except (_BadDay, publishing.Lowered, publishing.TooEarly, publishing.Unfit) as wrong:
        return _page(request, desk, language, draft_id, errors=_unfit_wish(wrong), status=422)
    except publishing.Unpublishable as unfit:
        return _page(request, desk, language, draft_id, errors=_unfit(unfit), status=422)
    except _LATE as late:
        return _page(request, desk, language, draft_id, errors={"page": _late_sentence(late)}, status=409)
    if number:
        return HttpResponseRedirect(f"/{language}/console/policy?published={number}")
    return HttpResponseRedirect(f"/{language}/console/policy/drafts/{draft_id}/publish")


def _act(request: HttpRequest, desk: AtDesk, draft_id: int) -> editions.EditionNumber | None:
    now, seen, read = timezone.now(), request.POST.get("hash", "")[:64], number_in(request.POST.get("proposal", ""))
    match request.POST.get("act", ""):
        case "propose":
            reasons = {language: request.POST.get(name, "") for language, name in REASON_IN.items()}
            wish = publishing.Wish(wanted_at=_wanted(request.POST.get("on", "")), is_raised=request.POST.get("raise", "") == "1", reasons=reasons)
            return publishing.propose(draft_id=draft_id, seen_hash=seen, wish=wish, regime=editions.house_regime(), actor=desk.actor, now=now)
        case "confirm":
            return publishing.confirm(draft_id=draft_id, proposal_id=read, seen_hash=seen, regime=editions.house_regime(), actor=desk.actor, now=now)
        case "refuse":
            reason = request.POST.get("reason", "")
            publishing.refuse(draft_id=draft_id, proposal_id=read, reason=reason, actor=desk.actor, now=now)
        case "withdraw":
            publishing.withdraw(draft_id=draft_id, actor=desk.actor, now=now)
        case _:
            raise Http404
    return None


def _wanted(text: str) -> datetime | None:
    """The local midnight with which a chosen day begins; None where none was chosen, and only there: an edition without a day binds at once."""
    if not text.strip():
        return None
    if len(text) != 10:
        raise _BadDay
    try:
        return midnight(date.fromisoformat(text), house_zone())
    except (ValueError, OverflowError):
        raise _BadDay from None


def _day_sentence(wrong: _BadDay | publishing.TooEarly) -> str:
    if isinstance(wrong, _BadDay):
        return gettext("This day cannot be read. Write it like 2027-01-15, or leave it empty.")
    sentence = gettext("That day is too early: the promised notice runs until then. The earliest day is %(day)s.")
    return sentence % {"day": written_date(wrong.earliest.astimezone(house_zone()).date())}


def _unfit_wish(wrong: _BadDay | publishing.Lowered | publishing.TooEarly | publishing.Unfit) -> dict[str, str]:
    if isinstance(wrong, publishing.Unfit):
        return {one.field: _raising_sentence(one) for one in wrong.faults}
    if not isinstance(wrong, publishing.Lowered):
        return {"on": _day_sentence(wrong)}
    sentence = gettext("The proposal that waits treats this text as significant. Take it back first if you want to propose the same text as minor.")
    return {"raise": sentence}


def _unfit(unfit: publishing.Unpublishable) -> dict[str, str]:
    passed = next((one for one in unfit.diagnostics if one.code == DAY_PASSED), None)
    return (
        {"on": f"{spoken(passed.message)} {spoken(passed.hint)}"} if passed else {"page": gettext("The draft has errors, so nothing was published.")}
    )


def _late_sentence(late: Exception) -> str:
    if isinstance(late, publishing.ChangedSince):
        return gettext("The draft has been saved since you saw it, so nothing was published. This is how it stands now; look at it once more.")
    if isinstance(late, publishing.ProposedAnew):
        return gettext("It was proposed again since you saw it, so nothing was decided. Look at the day and the weight once more.")
    if isinstance(late, publishing.DraftOver):
        return over_sentence()
    if isinstance(late, publishing.NothingProposed):
        return gettext("Nothing waits to be confirmed any more: it was confirmed, declined or taken back meanwhile. This is how it stands now.")
    return gettext("Another edition took this number meanwhile. Give the draft the next number, and look at the difference once more.")


def reason_sentence(code: str) -> str:
    """Return the sentence beside a reason that cannot be kept."""
    sentences = {
        "required": gettext("Write the reason in a sentence or two."),
        "too_long": gettext("Please say it in at most %(limit)d characters.") % {"limit": LONGEST_REASON},
        "personal": gettext(
            "This looks like an e-mail address or a telephone number. A reason is about the text: it may not contain anything about a person."
        ),
    }
    return sentences.get(code) or text_sentence(code)


def _raising_sentence(fault: TextFault) -> str:
    """The sentence beside a reason for raising: of one that is missing it says why it is asked for in this language too."""
    if fault.code == "required":
        return gettext("Please fill this in: every letter goes out in the language of whoever gets it.")
    return reason_sentence(fault.code)


def _page(
    request: HttpRequest, desk: AtDesk, language: str, draft_id: int, *, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    row, now = draft_or_404(draft_id), timezone.now()
    history = editions.proposals_of(row.id)
    waiting = next((one for one in history if one.state == "waiting"), None)
    earliest, names = editions.earliest_due(now), names_by_id()
    context: dict[str, Any] = {
        **draft_context(row, "publish"),
        "by": names.get(row.changed_by, ""),
        "errors": errors or {},
        **_changes(row, language),
        **_findings(row),
        "may_write": desk.row.role in WRITERS,
        "needs_second": asks_for_second(editions.house_regime(), now=now),
        "refused": next((one for one in history if one.state == "refused"), None) if not waiting else None,
        **_waiting(row, waiting, desk, names, now),
        "told_why": _told_why(waiting, language),
        **_form(request, waiting, earliest, errors or {}),
        **_told(row, desk, now),
    }
    return desk_page(request, desk, "console/draft_publish.html", context, status=status)


def _changes(row: editions.DraftRow, language: str) -> dict[str, Any]:
    """In what the draft differs from the edition that it follows."""
    newest = editions.EditionNumber(editions.next_number() - 1)
    old = newest if row.is_open else editions.EditionNumber(max(1, (row.published_as or newest + 1) - 1))
    found = compared(row, old, language)
    return {
        **found,
        "meanings": len(found["weighing"]) + len(found["other"]),
        "passages": editions.text_difference_to(old, row.texts, next(iter(row.texts)))[1],  # of the text that binds
        "is_unchanged": row.is_open and editions.is_unchanged(row),
    }


def _findings(row: editions.DraftRow) -> dict[str, Any]:
    """What the compiler says of it."""
    found = checked(row.manifest, row.texts)
    return {"problems": [finding_shown(one) for one in found.errors], "cautions": [finding_shown(one) for one in found.warnings]}


def _waiting(
    row: editions.DraftRow, waiting: editions.ProposalRow | None, desk: AtDesk, names: Mapping[UUID | None, str], now: datetime
) -> dict[str, Any]:
    """The proposal that waits for a second person, and what whoever looks may do with it."""
    if waiting is None:
        return {"waiting": None, "is_stale": False, "proposer": "", "is_mine": False, "may_confirm": False, "is_second": False, "is_entwined": False}
    is_stale, may_confirm = waiting.hash != row.hash, editions.may_confirm(waiting, desk.actor, now=now)
    return {
        "waiting": waiting,
        "is_stale": is_stale,
        "proposer": names.get(waiting.proposed_by, ""),
        "is_mine": str(waiting.proposed_by) == desk.actor.id,
        "may_confirm": may_confirm,
        "is_second": may_confirm and not is_stale,
        "is_entwined": people.may_be_one(waiting.proposed_by, desk.row.id, now=now),
    }


def _told_why(waiting: editions.ProposalRow | None, language: str) -> list[tuple[str, str]]:
    """Why what waits was raised, in each language, the page's first: whoever confirms it confirms what people are told in the others too."""
    reasons = waiting.reasons if waiting else {}
    return sorted(reasons.items(), key=lambda one: one[0] != language)


def _form(request: HttpRequest, waiting: editions.ProposalRow | None, earliest: editions.Earliest, errors: Mapping[str, str]) -> dict[str, Any]:
    """What stands in the page's two forms, and which day the proposer's may name."""
    typed = _typed(request, waiting, earliest.at)
    return {
        "earliest": earliest,
        "earliest_on": earliest.at.astimezone(ZoneInfo(earliest.timezone)).date().isoformat(),
        "typed": typed,
        "reasons": [{"language": language, "name": name, "text": typed[name], "error": errors.get(name, "")} for language, name in REASON_IN.items()],
        "has_errors": any(name in errors for name in ("on", "raise", *REASON_IN.values())),
        "refusal": request.POST.get("reason", "") if request.POST.get("act") == "refuse" else "",
        "limit": LONGEST_REASON,
    }


def _told(row: editions.DraftRow, desk: AtDesk, now: datetime) -> dict[str, Any]:
    """Whether those concerned can be told of it and by whom, and how far that has got."""
    return {
        "can_tell": campaigns.change_can_go(),
        "may_tell": desk.row.role in CAMPAIGNERS,
        "telling": telling_of(editions.EditionNumber(row.published_as), reported_at=now) if row.published_as else None,
    }


def _typed(request: HttpRequest, waiting: editions.ProposalRow | None, earliest: datetime) -> dict[str, str]:
    """What stands in the proposer's form: what was typed, or what the proposal says that this one would replace."""
    if waiting is None or request.POST.get("act") == "propose":
        return {name: request.POST.get(name, "") for name in ("on", "raise", *REASON_IN.values())}
    wanted = max(waiting.wanted_at, earliest) if waiting.wanted_at else None
    day = wanted.astimezone(house_zone()).date().isoformat() if wanted else ""
    reasons = {name: waiting.reasons.get(language, "") for language, name in REASON_IN.items()}
    return {"on": day, "raise": "1" if waiting.is_raised else "", **reasons}
