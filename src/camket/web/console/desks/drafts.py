"""One draft of the policy: its texts side by side, and what the compiler says of each line."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import MOST_TEXT_BYTES, WRITERS, draft_faults, tidy
from camket.policy.diagnostics import Diagnostic
from camket.policy.faults import TextFault
from camket.policy.manifest import MANIFEST, text_file
from camket.web.console.desks.policy import fault_sentence, over_sentence, status_of
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.meanwhile import Clash, Sheet, as_saved, brought_together, clashes_of, is_settled, overtaken_context, sheet_of, written
from camket.web.console.showing import names_by_id
from camket.web.kit.phrases import spoken
from camket.web.kit.requests import number_in
from camket.web.kit.words import word

_MANIFEST_FIELD = "manifest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """One text of the draft as the page shows it; `clash` holds what was saved meanwhile where both wrote on it."""

    name: str
    language: str
    file: str
    text: str
    words: int
    is_authoritative: bool = False
    error: str = ""
    clash: Clash | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form, and under which revision it was opened."""

    revision: int
    sheet: Sheet

    @property
    def manifest(self) -> str:
        """The edition.toml."""
        return self.sheet.texts[_MANIFEST_FIELD]

    @property
    def texts(self) -> dict[str, str]:
        """The text in each language."""
        return {name: text for name, text in self.sheet.texts.items() if name != _MANIFEST_FIELD}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("policy")
def draft(request: HttpRequest, desk: AtDesk, language: str, draft_id: int) -> HttpResponse:
    """Show a draft to be written, save it, or say what the compiler makes of what was typed."""
    row = draft_or_404(draft_id)
    if request.method != "POST":
        return _page(request, desk, row, _as_saved(row))
    typed = _typed(request, row)
    match request.POST.get("act", ""):
        case "check":
            return _page(request, desk, row, typed, faults=_faults(typed))
        case "save":
            return _saved(request, desk, language, row, typed)
        case _:
            raise Http404


def _saved(request: HttpRequest, desk: AtDesk, language: str, row: editions.DraftRow, typed: Typed) -> HttpResponse:
    if row.is_open and typed.revision == row.revision and not is_settled(typed.sheet, _parts(row)):
        return _overtaken(request, desk, row, typed)
    try:
        revision = publishing.save_draft(
            draft_id=row.id, revision=typed.revision, manifest=typed.manifest, texts=typed.texts, actor=desk.actor, now=timezone.now()
        )
    except publishing.DraftOver:
        return _page(request, desk, row, typed, status=409)
    except publishing.Unfit as unfit:
        return _page(request, desk, row, typed, faults=unfit.faults)
    except publishing.Overtaken:
        return _overtaken(request, desk, draft_or_404(row.id), typed)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"revision": revision, "opened": written(as_saved(typed.sheet.texts)), "said": gettext("Saved.")})
    return HttpResponseRedirect(f"/{language}/console/policy/drafts/{row.id}?saved=1")


def _overtaken(request: HttpRequest, desk: AtDesk, row: editions.DraftRow, typed: Typed) -> HttpResponse:
    """What was typed with what was saved meanwhile: of a text that its author had left as it was, the saved one."""
    sheet = brought_together(typed.sheet, _parts(row), is_new=typed.revision != row.revision)
    return _page(request, desk, row, Typed(revision=row.revision, sheet=sheet), status=409)


def _parts(row: editions.DraftRow) -> dict[str, str]:
    """Every text by its name, the edition.toml first."""
    return {_MANIFEST_FIELD: row.manifest, **row.texts}


def _as_saved(row: editions.DraftRow) -> Typed:
    return Typed(revision=row.revision, sheet=as_saved(_parts(row)))


def _clashes(row: editions.DraftRow, typed: Typed) -> dict[str, Clash]:
    """The texts on which both wrote, as far as whoever typed has been shown what was saved."""
    return clashes_of(typed.sheet, _parts(row)) if typed.revision == row.revision else {}


@require_POST
@staff_only("policy")
def check(request: HttpRequest, desk: AtDesk, language: str, draft_id: int) -> HttpResponse:
    """Return what the compiler makes of what is typed, for the page's script."""
    typed = _typed(request, draft_or_404(draft_id))
    faults = _faults(typed)
    if faults:
        return JsonResponse({"faults": [{"field": fault.field, "said": fault_sentence(fault)} for fault in faults]}, status=status_of(faults))
    found = checked(typed.manifest, typed.texts)
    answer = {
        "findings": [finding_shown(one) for one in found.findings],
        "errors": len(found.errors),
        "warnings": len(found.warnings),
        "sections": _by_section(found),
        "missing": _missing_said(found),
    }
    return JsonResponse(answer)


def draft_or_404(draft_id: int) -> editions.DraftRow:
    """
    Return a draft with its texts.

    Raises:
        Http404: There is none.
    """
    row = editions.draft(draft_id) if draft_id < 1 << 62 else None
    if row is None:
        raise Http404
    return row


def checked(manifest: str, texts: Mapping[str, str]) -> editions.Checked:
    """
    Return what the compiler says of a draft under this house's law.

    Args:
        manifest: Its edition.toml, as it is kept.
        texts: Its texts by language, as they are kept.
    """
    return editions.check_draft(manifest=manifest, texts=texts, regime_file=Path(settings.CAMKET_REGIME_FILE))


def finding_shown(one: Diagnostic) -> dict[str, Any]:
    """Return a finding in the reader's language, with the file it stands in and what kind of thing is wrong, in words."""
    area = word("finding", one.code.partition(".")[0])
    said = {"message": spoken(one.message), "hint": spoken(one.hint)}
    return {**one.as_dict(), **said, "place": one.file, "pane": _pane_of(one.file), "area": area}


def _pane_of(file: str) -> str:
    return _MANIFEST_FIELD if file == MANIFEST else file.removeprefix("policy.").removesuffix(".md")


def _typed(request: HttpRequest, row: editions.DraftRow) -> Typed:
    texts = {language: tidy(request.POST.get(f"text_{language}", "")) for language in row.texts}
    parts = {_MANIFEST_FIELD: tidy(request.POST.get(_MANIFEST_FIELD, "")), **texts}
    return Typed(revision=number_in(request.POST.get("revision", "")), sheet=sheet_of(request, parts))


def _faults(typed: Typed) -> tuple[TextFault, ...]:
    return draft_faults(typed.manifest, typed.texts)


def _page(
    request: HttpRequest, desk: AtDesk, row: editions.DraftRow, typed: Typed, *, faults: tuple[TextFault, ...] = (), status: int = 200
) -> HttpResponse:
    found = None if faults else checked(typed.manifest, typed.texts)
    clashes = _clashes(row, typed)
    panes = _panes(row, typed, faults, clashes)
    may_write = desk.row.role in WRITERS and row.is_open
    said = overtaken_context(clashes, saved_by=row.changed_by, own=desk.row.id, is_overtaken=status == 409 and row.is_open)
    context = {
        **draft_context(row, "write"),
        **said,
        "replace_label": said["replace_label"] if may_write else "",
        "by": names_by_id().get(row.changed_by, ""),
        "may_write": may_write,
        "panes": panes[1:],
        # on a narrow screen one text is shown at a time: the one that there is something to say of
        "shown_pane": next((one.language for one in panes[1:] if one.clash or one.error), panes[1].language),
        "manifest": panes[0],
        "revision": typed.revision,
        "opened": written(typed.sheet),
        "is_over": not row.is_open,
        "over": over_sentence(),
        "has_faults": bool(faults),
        "is_saved": request.method != "POST" and "saved" in request.GET,
        "is_unsaved": typed.sheet.texts != _parts(row),
        "errors": [finding_shown(one) for one in found.errors] if found else [],
        "cautions": [finding_shown(one) for one in found.warnings] if found else [],
        "clauses": _by_section(found) if found else [],
        "missing": _missing_said(found) if found else "",
        "limit": MOST_TEXT_BYTES,
    }
    return desk_page(request, desk, "console/draft.html", context, status=status_of(faults) if faults else status)


def draft_context(row: editions.DraftRow, tab: str) -> dict[str, Any]:
    """
    Return what every page about one draft shows of it.

    Args:
        row: The draft.
        tab: Which of its pages is open, by the name that stands in its tabs.
    """
    has_language = editions.has_paper("policy-language.md")
    return {"nav": "policy", "draft": row, "tab": tab, "in_force": editions.edition_in_force(), "has_language": has_language}


def _panes(row: editions.DraftRow, typed: Typed, faults: tuple[TextFault, ...], clashes: Mapping[str, Clash]) -> list[Pane]:
    """The edition.toml, then the texts side by side, the one that binds first."""
    return [
        Pane(
            name=name if name == _MANIFEST_FIELD else f"text_{name}",
            language="" if name == _MANIFEST_FIELD else name,
            file=MANIFEST if name == _MANIFEST_FIELD else text_file(name),
            text=text,
            words=len(text.split()),
            is_authoritative=name == next(iter(row.texts)),
            error=next((fault_sentence(fault) for fault in faults if fault.field == name), ""),
            clash=clashes.get(name),
        )
        for name, text in typed.sheet.texts.items()
    ]


def _by_section(found: editions.Checked) -> list[dict[str, Any]]:
    """Every clause below its section, for the page and for its script: where it stands in each text, and in which it is lacking, in words."""
    sections: dict[int, dict[str, Any]] = {}
    for one in found.clauses:
        section = sections.setdefault(one.section, {"number": one.section, "title": one.title, "clauses": []})
        lacks = [gettext("not in “%(language)s”") % {"language": language} for language, line in one.lines.items() if not line]
        section["clauses"].append({"number": one.number, "lines": dict(one.lines), "lacks": lacks})
    return list(sections.values())


def _missing_said(found: editions.Checked) -> str:
    """How many clauses lack their translation, in words; nothing where none does."""
    number = sum(one.is_missing_somewhere for one in found.clauses)
    said = ngettext("%(number)s without its translation", "%(number)s without their translation", number) % {"number": number}
    return said if number else ""
