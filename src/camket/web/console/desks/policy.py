"""The policy desk: every edition and every draft, and how a draft begins, is put aside and taken back."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.notices.rules import CAMPAIGNERS
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import MOST_TEXT_BYTES, WRITERS
from camket.policy.faults import TextFault
from camket.policy.languages import LANGUAGES
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.second_person import waiting_for
from camket.web.console.showing import names_by_id
from camket.web.console.telling import telling_of
from camket.web.kit.context import edition_facts
from camket.web.kit.errors import refusal_page
from camket.web.kit.faults import text_sentence
from camket.web.kit.requests import number_in


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("policy")
def policy_desk(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show every edition and draft, or begin, put aside or take back a draft."""
    if request.method != "POST":
        return _page(request, desk)
    try:
        return _act(request, desk, language)
    except publishing.DraftUnknown:
        raise Http404 from None
    except publishing.DraftOver:
        return refusal_page(request, 409, sentence=over_sentence())
    except publishing.Unfit as unfit:
        return _page(request, desk, typed=_brought(request), faults=unfit.faults)


def _act(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    now = timezone.now()
    match request.POST.get("act", ""):
        case "start":
            draft_id = publishing.start_draft(texts={}, actor=desk.actor, now=now)
        case "bring":
            texts = _brought(request)
            if not any(text.strip() for text in texts.values()):
                raise publishing.Unfit([TextFault(field=LANGUAGES[0], code="missing")])
            draft_id = publishing.start_draft(texts=texts, actor=desk.actor, now=now)
        case "discard":
            draft_id = number_in(request.POST.get("draft", ""))
            publishing.discard_draft(draft_id=draft_id, actor=desk.actor, now=now)
            return HttpResponseRedirect(f"/{language}/console/policy?discarded={draft_id}")
        case "restore":
            draft_id = number_in(request.POST.get("draft", ""))
            publishing.restore_draft(draft_id=draft_id, actor=desk.actor, now=now)
        case _:
            raise Http404
    return HttpResponseRedirect(f"/{language}/console/policy/drafts/{draft_id}")


def _brought(request: HttpRequest) -> Mapping[str, str]:
    """What was brought in each language: a file where one was chosen, else what was pasted."""
    found = {}
    for language in LANGUAGES:
        file = request.FILES.get(f"file_{language}")
        # damaged bytes become the sign for it, which is refused in a sentence of its own; one more byte than fits is enough to refuse
        found[language] = file.read(MOST_TEXT_BYTES + 1).decode("utf-8", "replace") if file else request.POST.get(f"text_{language}", "")
    return found


def _page(request: HttpRequest, desk: AtDesk, *, typed: Mapping[str, str] | None = None, faults: tuple[TextFault, ...] = ()) -> HttpResponse:
    in_force = editions.edition_in_force()
    lines, names = editions.draft_lines(), names_by_id()
    said = request.GET if request.method != "POST" else {}
    discarded, published = number_in(said.get("discarded", "")), number_in(said.get("published", ""))
    brought_out = next((line for line in lines if published and line.published_as == published), None)
    waiting = editions.waiting_drafts()
    shown = [_edition(line, in_force) for line in editions.edition_lines()]
    context = {
        "nav": "policy",
        "waiting": waiting_for(desk),
        "editions": shown,
        "drafts": [{"row": line, "by": names.get(line.changed_by, ""), "waits": line.id in waiting} for line in lines if line.is_open],
        "may_tell": desk.row.role in CAMPAIGNERS,
        "telling": telling_of(editions.EditionNumber(brought_out.published_as), reported_at=timezone.now())
        if brought_out and brought_out.published_as
        else next((one["telling"] for one in shown if one["telling"] and one["telling"].is_offered), None),
        "published": brought_out,
        "aside": [{"row": line, "by": names.get(line.changed_by, "")} for line in lines if line.state == "discarded"],
        "discarded": next((line for line in lines if line.id == discarded and line.state == "discarded"), None),
        "may_write": desk.row.role in WRITERS,
        "brought": [{"language": one, "text": (typed or {}).get(one, ""), "error": _error_of(one, faults)} for one in LANGUAGES],
        "has_faults": bool(faults),
        "limit": MOST_TEXT_BYTES // 1000,
        "limit_bytes": MOST_TEXT_BYTES,
    }
    return desk_page(request, desk, "console/policy.html", context, status=status_of(faults))


def _edition(line: editions.EditionLine, in_force: int) -> dict[str, Any]:
    facts = edition_facts(line.number, in_force=in_force)
    return {"facts": facts, "in_force": line.number == in_force, "translations": line.languages[1:], "telling": telling_of(line.number)}


def _error_of(field: str, faults: tuple[TextFault, ...]) -> str:
    return next((fault_sentence(fault) for fault in faults if fault.field == field), "")


def status_of(faults: tuple[TextFault, ...]) -> int:
    """Return the status of a page that shows what is wrong with texts: 200 where nothing is."""
    if not faults:
        return 200
    return 413 if any(fault.code == "too_long" for fault in faults) else 422


def fault_sentence(fault: TextFault) -> str:
    """Return the sentence that helps with a text that cannot be kept."""
    sentences = {
        "too_long": gettext("This text is longer than the %(limit)d KB that fit. It was not kept; shorten it and save again.")
        % {"limit": fault.limit // 1000},
        "missing": gettext("Paste a text or choose a file."),
        "damaged": gettext("Part of it arrived damaged. Save the file as UTF-8 and upload it again, or correct the characters marked “�”."),
    }
    return sentences.get(fault.code) or text_sentence(fault.code)


def over_sentence() -> str:
    """Return what is said of a draft that can no longer be changed."""
    return gettext("This draft has been put aside or published, so nothing in it changes any more. Nothing was lost.")
