"""The texts that answers begin with: the company's own words, kept by the advisers."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake.rules import FieldError
from camket.policy.languages import LANGUAGES
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit.faults import text_sentence

_FIELDS = ("language", "title", "body", "is_ours")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox")
def texts(request: HttpRequest, desk: AtDesk, language: str, text_id: int | None = None) -> HttpResponse:
    """Show the texts, one of them to be changed where its address was asked for; keep or remove what was pressed."""
    if request.method != "POST":
        return _page(request, desk, text_id, _kept(text_id, language))
    typed = {name: request.POST.get(name, "") for name in _FIELDS}
    try:
        _act(request.POST.get("act", ""), text_id, typed, desk)
    except intake.TextUnknown:
        raise Http404 from None
    except intake.Malformed as malformed:
        faults = {fault.field: _sentence(fault) for fault in reversed(malformed.errors)}
        asks = any(fault.code == "personal" and fault.field == "body" for fault in malformed.errors)
        return _page(request, desk, text_id, typed, faults=faults, asks=asks)
    return HttpResponseRedirect(f"/{language}/console/texts")


def _act(act: str, text_id: int | None, typed: dict[str, str], desk: AtDesk) -> None:
    now = timezone.now()
    if act == "remove" and text_id is not None:
        intake.remove_text(text_id=text_id, actor=desk.actor, now=now)
    elif act == "keep":
        words = {name: typed[name] for name in ("language", "title", "body")}
        intake.keep_text(text_id=text_id, **words, is_ours=typed["is_ours"] == "1", actor=desk.actor, now=now)
    else:
        raise Http404


def _kept(text_id: int | None, language: str) -> dict[str, str]:
    """What stands in the form before anything is typed."""
    if text_id is None:
        return {"language": language, "title": "", "body": "", "is_ours": ""}
    row = next((row for row in inquiries.canned_texts() if row.id == text_id), None)
    if row is None:
        raise Http404
    return {"language": row.language, "title": row.title, "body": row.body, "is_ours": ""}


def _page(
    request: HttpRequest, desk: AtDesk, text_id: int | None, typed: dict[str, str], *, faults: dict[str, str] | None = None, asks: bool = False
) -> HttpResponse:
    context: dict[str, Any] = {
        "nav": "texts",
        "texts": inquiries.canned_texts(),
        "changed": text_id,
        "typed": typed,
        "faults": faults or {},
        "asks": asks or bool(typed["is_ours"]),
        "languages": LANGUAGES,
        "places": _places(),
    }
    return desk_page(request, desk, "console/texts.html", context, status=422 if faults else 200)


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
