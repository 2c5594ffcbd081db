"""One special case: its reason, who decides, what it opens, and how it ends."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from camket.duties.publishing import queries as editions
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import queries as cases_kept
from camket.duties.special_cases import rules
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import SPECIAL_CASE
from camket.web.console.clocks import clocks_of
from camket.web.console.desks.news import told
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.sending import NoNonce, page_key, sent_before
from camket.web.console.showing import Attempt, shown_fields
from camket.web.kit.context import edition_facts
from camket.web.kit.errors import refusal_page
from camket.web.kit.faults import writing_sentence

_WRITINGS = {"refuse": "refusal", "note": "done", "close": "done"}  # which text of the page an act sends


@require_safe
@staff_only("inbox", "privacy")
def case_news(request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Tell an open page how far its case has come; 304 where that is known already."""
    return told(request, {"sequence": cases_kept.mark_of(reference=reference, actor=desk.actor)})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox", "privacy")
def special_case(request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Show one special case, or do what was pressed on its page."""
    if request.method != "POST":
        return _page(request, desk, language, reference, Attempt())
    try:
        _act(request.POST.get("act", ""), request, desk, reference)
    except special_cases.Malformed as malformed:
        return _tried(request, desk, language, reference, _sentence(next(iter(malformed.faults.values())), request), status=422)
    except (special_cases.SentDifferently, NoNonce):
        return _tried(request, desk, language, reference, sent_before(), status=409)
    except (special_cases.AlreadyDecided, special_cases.OpenerLeft) as late:
        return _tried(request, desk, language, reference, _late_sentence(late), status=409)
    except special_cases.OwnCase:
        sentence = gettext("Whoever opened a case cannot decide about it, and nobody else can work in it. Nothing was changed.")
        return refusal_page(request, 403, sentence=sentence)
    except special_cases.NotApart:
        sentence = gettext(
            "You may not decide about this case: one of you came in by the other's link, or both by the same person's. Nothing was changed."
        )
        return refusal_page(request, 403, sentence=sentence)
    except (special_cases.NotAtWork, special_cases.Refused):
        return refusal_page(request, 403)
    except special_cases.CaseUnknown:
        raise Http404 from None
    return HttpResponseRedirect(f"/{language}/console/cases/{reference}")


def _sentence(code: str, request: HttpRequest) -> str:
    if code != "required":
        return writing_sentence(code)
    return gettext("Please write the reason.") if request.POST.get("act") == "refuse" else gettext("Please write what was done.")


def _late_sentence(late: special_cases.AlreadyDecided | special_cases.OpenerLeft) -> str:
    """What has happened with the case that keeps somebody from going on as they meant to."""
    if isinstance(late, special_cases.OpenerLeft):
        return gettext("Whoever opened this case no longer works here or has another role. Take it over first; then a colleague decides about it.")
    return gettext("The case has been decided or has ended since you opened this page: this is how it stands now. Nothing of yours was kept.")


def _tried(request: HttpRequest, desk: AtDesk, language: str, reference: str, sentence: str, *, status: int = 422) -> HttpResponse:
    """Show the page again with what was typed and a sentence beside it; its fresh nonce makes a second sending another one."""
    drafts = {name: request.POST.get(name, "") for name in _WRITINGS.values()}
    place = _WRITINGS.get(request.POST.get("act", ""), "page") if status == 422 else "page"
    return _page(request, desk, language, reference, Attempt(errors={place: sentence}, drafts=drafts, status=status))


def _act(act: str, request: HttpRequest, desk: AtDesk, reference: str) -> None:
    now = timezone.now()
    key = page_key(request, desk, about=reference, act=act) if act in _WRITINGS else b""
    sending = special_cases.Sending(text=request.POST.get(_WRITINGS.get(act, ""), ""), key=key)
    match act:
        case "approve":
            special_cases.approve(reference=reference, actor=desk.actor, now=now)
        case "refuse":
            special_cases.refuse(reference=reference, sending=sending, actor=desk.actor, now=now)
        case "note":
            special_cases.add_note(reference=reference, sending=sending, actor=desk.actor, now=now)
        case "close":
            special_cases.close_case(reference=reference, sending=sending, actor=desk.actor, now=now)
        case "give_up":
            special_cases.give_up(reference=reference, actor=desk.actor, now=now)
        case "ask_again":
            special_cases.ask_again(reference=reference, actor=desk.actor, now=now)
        case "take_over":
            special_cases.take_over(reference=reference, actor=desk.actor, now=now)
        case _:
            raise Http404


def _page(request: HttpRequest, desk: AtDesk, language: str, reference: str, attempt: Attempt) -> HttpResponse:
    now = timezone.now()
    try:
        found = cases_kept.case_page(reference=reference, actor=desk.actor, now=now, opened=request.GET.get("open", ""))
    except cases_kept.NotFound:
        raise Http404 from None
    policy = editions.compiled(found.edition)
    context = {
        "nav": "cases",
        "case": found.row,
        "first_opened_by": found.first_opened_by,
        "taken_over_at": found.taken_over_at,
        "wanted": [policy.label("field", name, language) for name in policy.fields if name in found.row.fields],
        "texts": found.texts,
        "opened_under": found.clauses,
        "edition": edition_facts(found.edition, in_force=editions.edition_in_force()),
        "purpose": policy.label("purpose", SPECIAL_CASE, language),
        "purpose_clause": policy.purposes[SPECIAL_CASE].clause,
        "shut": found.shut,
        "details": _details(found, policy, language),
        "messages": found.messages,
        "may_decide": found.may_decide,
        "may_take_over": found.may_take_over,
        "sequence": cases_kept.mark_of(reference=reference, actor=desk.actor),
        "is_entwined": found.is_entwined,
        "may_end": found.may_end,
        "may_read_messages": found.may_read_messages,
        "may_work": found.may_end and found.row.state in ("open", "expired"),
        "erase_after": found.erase_after,
        "clocks": clocks_of(found.row, language=language, now=now),
        "hours": int(rules.APPROVAL_LASTS.total_seconds()) // 3600,
        "nonce": get_random_string(22),
        "errors": attempt.errors,
        "drafts": attempt.drafts,
    }
    return desk_page(request, desk, "console/special_case.html", context, status=attempt.status if attempt.errors else 200)


def _details(found: cases_kept.CasePage, policy: CompiledPolicy, language: str) -> dict[str, object] | None:
    if found.details is None:
        return None
    given = {row.name for row in found.details.fields}
    missing = [policy.label("field", name, language) for name in found.row.fields if name not in given]
    return {"fields": shown_fields(found.details.fields, policy, language), "clauses": found.details.clauses, "missing": missing}
