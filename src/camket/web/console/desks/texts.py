"""The texts that answers begin with: the company's own words, kept by the advisers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake.rules import FieldError
from camket.policy.languages import LANGUAGES
from camket.policy.writing import one_line, paragraphs
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.meanwhile import Clash, Sheet, as_saved, brought_together, clashes_of, is_settled, overtaken_context, sheet_of, written
from camket.web.kit.faults import text_sentence
from camket.web.kit.words import word


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox")
def texts(request: HttpRequest, desk: AtDesk, language: str, text_id: int | None = None) -> HttpResponse:
    """Show the texts, one of them to be changed where its address was asked for; keep or remove what was pressed."""
    kept = _kept(text_id, language)
    if request.method != "POST":
        return _page(request, desk, kept)
    is_ours = request.POST.get("is_ours") == "1"
    form = replace(kept, sheet=sheet_of(request, _typed(request)), seen=request.POST.get("seen", "")[:64], is_ours=is_ours)
    try:
        _act(request.POST.get("act", ""), form, desk)
    except intake.TextUnknown:
        raise Http404 from None
    except intake.ChangedSince:
        return _overtaken(request, desk, form, _kept(text_id, language))
    except intake.Malformed as malformed:
        faults = {fault.field: _sentence(fault) for fault in reversed(malformed.errors)}
        asks = is_ours or any(fault.code == "personal" and fault.field == "body" for fault in malformed.errors)
        return _page(request, desk, replace(form, faults=faults, asks=asks), status=422)
    return HttpResponseRedirect(f"/{language}/console/texts")


def _overtaken(request: HttpRequest, desk: AtDesk, form: "_Form", kept: "_Form") -> HttpResponse:
    sheet = brought_together(form.sheet, kept.stands, is_new=form.seen != kept.seen)
    return _page(request, desk, replace(kept, sheet=sheet, is_ours=form.is_ours, asks=form.is_ours, is_overtaken=True), status=409)


def _act(act: str, form: "_Form", desk: AtDesk) -> None:
    now, text_id = timezone.now(), form.text_id
    if act == "remove" and text_id is not None:
        intake.remove_text(text_id=text_id, actor=desk.actor, now=now)
    elif act == "keep":
        if form.is_shown_what_stands and not is_settled(form.sheet, form.stands):
            raise intake.ChangedSince
        intake.keep_text(text_id=text_id, **form.sheet.texts, is_ours=form.is_ours, actor=desk.actor, now=now, seen=form.seen)
    else:
        raise Http404


def _typed(request: HttpRequest) -> dict[str, str]:
    title, body = one_line(request.POST.get("title", "")), paragraphs(request.POST.get("body", ""))
    return {"language": request.POST.get("language", ""), "title": title, "body": body}


def _kept(text_id: int | None, language: str) -> "_Form":
    """What stands in the form before anything is typed."""
    if text_id is None:
        return _Form(sheet=as_saved({"language": language, "title": "", "body": ""}), text_id=None)
    row = next((row for row in inquiries.canned_texts() if row.id == text_id), None)
    if row is None:
        raise Http404
    stands = {"language": row.language, "title": row.title, "body": row.body}
    return _Form(sheet=as_saved(stands), text_id=text_id, seen=row.seen, stands=stands, stands_at=row.seen, saved_by=row.changed_by_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What stands in the form, and what is said beside it."""

    sheet: Sheet
    text_id: int | None
    seen: str = ""  # what identified the text when it was opened
    is_ours: bool = False
    stands: Mapping[str, str] = field(default_factory=dict)  # what is kept of it by now; of a new one nothing
    stands_at: str = ""  # and what identifies that
    saved_by: UUID | None = None
    is_overtaken: bool = False
    asks: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_shown_what_stands(self) -> bool:
        """Whether whoever typed has been shown what is kept by now."""
        return self.text_id is not None and self.seen == self.stands_at

    @property
    def clashes(self) -> dict[str, Clash]:
        """On which of its parts both wrote; a language is chosen and not written, so it is said by its name and not compared."""
        found = clashes_of(self.sheet, self.stands) if self.is_shown_what_stands else {}
        chosen = found.get("language")
        return found | ({"language": replace(chosen, stored=word("language", chosen.stored), own="")} if chosen else {})


def _page(request: HttpRequest, desk: AtDesk, form: _Form, *, status: int = 200) -> HttpResponse:
    clashes = form.clashes
    context: dict[str, Any] = {
        "nav": "texts",
        **overtaken_context(clashes, saved_by=form.saved_by, own=desk.row.id, is_overtaken=form.is_overtaken),
        "texts": inquiries.canned_texts(),
        "changed": form.text_id,
        "typed": {**form.sheet.texts, "is_ours": form.is_ours},
        "seen": form.seen,
        "opened": written(form.sheet),
        "clashes": clashes,
        "faults": form.faults,
        "asks": form.asks,
        "languages": LANGUAGES,
        "places": _places(),
    }
    return desk_page(request, desk, "console/texts.html", context, status=status)


def _sentence(fault: FieldError) -> str:
    sentences = {
        "personal": gettext(
            "This looks like an e-mail address or a telephone number. A text is stored unencrypted and is for everyone: "
            "it may not contain anything about a person."
        ),
        "unknown_place": gettext("Nothing is known to put in for %(places)s. You can use these: {name}, {reference}, {product}, {adviser}.")
        % {"places": fault.hint},
        "taken": gettext("There is already a text with this title."),
        "too_many": gettext("There is no room for another text. Remove one first."),
    }
    return sentences.get(fault.code) or text_sentence(fault.code, limit=fault.limit)


def _places() -> tuple[tuple[str, str], ...]:
    """The places that a text may have, each with what stands there once it is used."""
    return (
        ("{name}", gettext("the customer's name")),
        ("{reference}", gettext("the reference of the inquiry")),
        ("{product}", gettext("the product asked about")),
        ("{adviser}", gettext("your name")),
    )
