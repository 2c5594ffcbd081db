"""Correcting a translation of a published edition, beside the text that binds."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import WRITERS, tidy
from camket.policy.diagnostics import Diagnostic
from camket.web.console.desks.drafts import finding_shown
from camket.web.console.desks.policy import fault_sentence, status_of
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.meanwhile import Sheet, as_saved, brought_together, clashes_of, is_settled, overtaken_context, sheet_of, written
from camket.web.kit.requests import number_in

_TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was typed and could not be stored, and why."""

    sheet: Sheet
    error: str = ""
    findings: tuple[Diagnostic, ...] = ()
    status: int = 422


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("policy")
def translation(request: HttpRequest, desk: AtDesk, language: str, number: int, tongue: str) -> HttpResponse:
    """Show a translation beside the text that binds, or store a correction of it."""
    edition = editions.EditionNumber(number if number < 1 << 31 else 0)
    if request.method != "POST":
        return _page(request, desk, edition, tongue)
    sheet = sheet_of(request, {_TEXT: tidy(request.POST.get(_TEXT, ""))})
    revision, text, stands = number_in(request.POST.get("revision", "")), sheet.texts[_TEXT], editions.translation(edition, tongue)
    try:
        if stands and stands.revision == revision and not is_settled(sheet, _stands(stands)):
            raise publishing.Overtaken(revision)
        publishing.correct_translation(number=edition, language=tongue, revision=revision, text=text, actor=desk.actor, now=timezone.now())
    except publishing.NoTranslation:
        raise Http404 from None
    except publishing.Unfit as unfit:
        attempt = Attempt(sheet=sheet, error=fault_sentence(unfit.faults[0]), status=status_of(unfit.faults))
    except publishing.Unpublishable as wrong:
        sentence = gettext("The translation does not fit the text that binds; nothing was stored. What is wrong stands below.")
        attempt = Attempt(sheet=sheet, error=sentence, findings=wrong.diagnostics)
    except publishing.WordsChanged:
        sentence = gettext("The “words” blocks hold what people agreed to, so they change only with the next edition. Put them back as they were.")
        attempt = Attempt(sheet=sheet, error=sentence)
    except publishing.Overtaken:
        attempt = Attempt(sheet=sheet, status=409)
    else:
        return HttpResponseRedirect(f"/{language}/console/policy/editions/{number}/{tongue}?saved=1")
    return _page(request, desk, edition, tongue, attempt)


def _stands(row: editions.TranslationRow) -> dict[str, str]:
    return {_TEXT: tidy(row.text)}


def _page(request: HttpRequest, desk: AtDesk, number: editions.EditionNumber, tongue: str, attempt: Attempt | None = None) -> HttpResponse:
    row = editions.translation(number, tongue)
    if row is None:
        raise Http404
    is_overtaken = attempt is not None and attempt.status == 409
    # after a fault the page keeps the revision that was read: saving again must still find that nobody was quicker
    revision = number_in(request.POST.get("revision", "")) if attempt else row.revision
    sheet = attempt.sheet if attempt else as_saved(_stands(row))
    if is_overtaken:
        sheet, revision = brought_together(sheet, _stands(row), is_new=revision != row.revision), row.revision
    clashes = clashes_of(sheet, _stands(row)) if revision == row.revision else {}
    context = {
        **overtaken_context(
            clashes, saved_by=editions.last_corrector(row) if is_overtaken or clashes else None, own=desk.row.id, is_overtaken=is_overtaken
        ),
        "nav": "policy",
        "row": row,
        "text": sheet.texts[_TEXT],
        "opened": written(sheet),
        "clash": clashes.get(_TEXT),
        "revision": revision,
        "error": attempt.error if attempt else "",
        "findings": [finding_shown(one) for one in attempt.findings] if attempt else [],
        "may_write": desk.row.role in WRITERS,
        "is_saved": request.method != "POST" and "saved" in request.GET,
    }
    return desk_page(request, desk, "console/translation.html", context, status=attempt.status if attempt else 200)
