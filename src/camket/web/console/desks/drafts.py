"""One draft of the policy: its texts side by side, and what the compiler says of each line."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import MOST_TEXT_BYTES, WRITERS, clashing, draft_faults, taken_over, text_hash, tidy
from camket.policy.diagnostics import Diagnostic
from camket.policy.faults import TextFault
from camket.policy.manifest import MANIFEST, text_file
from camket.web.console.desks.policy import fault_sentence, over_sentence, status_of
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.showing import names_by_id, saved_meanwhile
from camket.web.kit.phrases import spoken
from camket.web.kit.requests import number_in
from camket.web.kit.words import word

_MANIFEST_FIELD = "manifest"
_LONGEST_OPENED = 400  # characters: three names, each with its hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """One text of the draft as the page shows it; `stored` holds what was saved meanwhile where it differs."""

    name: str
    part: str  # of the draft: a language, or its edition.toml
    language: str
    file: str
    text: str
    words: int
    is_authoritative: bool = False
    error: str = ""
    stored: str | None = None
    stored_hash: str = ""
    is_replaced: bool = False  # its author said that theirs takes the place of what is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form, the hash of each text as it was opened, and of each saved text that its author agreed to replace."""

    revision: int
    manifest: str
    texts: Mapping[str, str]
    opened: Mapping[str, str]
    replaced: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, str]:
        """Every text by its name, the edition.toml among them."""
        return {_MANIFEST_FIELD: self.manifest, **self.texts}


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
    if row.is_open and any(not _is_replaced(name, row, typed) for name in _clashing(row, typed)):
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
        return JsonResponse({"revision": revision, "opened": _written(_hashes(typed.parts)), "said": gettext("Saved.")})
    return HttpResponseRedirect(f"/{language}/console/policy/drafts/{row.id}?saved=1")


def _overtaken(request: HttpRequest, desk: AtDesk, row: editions.DraftRow, typed: Typed) -> HttpResponse:
    """What was typed with what was saved meanwhile: of a text that its author had left as it was, the saved one."""
    stands = _as_saved(row)
    is_new = typed.revision != row.revision
    merged = taken_over(typed.parts, stands.parts, typed.opened) if is_new else typed.parts
    clashes = clashing(merged, stands.parts, typed.opened)
    # a text on which both wrote stays opened as it was until its author says whose is kept
    opened = {name: typed.opened.get(name, "") if name in clashes else known for name, known in stands.opened.items()}
    manifest = merged.pop(_MANIFEST_FIELD)
    return _page(request, desk, row, replace(typed, revision=row.revision, manifest=manifest, texts=merged, opened=opened), status=409)


def _as_saved(row: editions.DraftRow) -> Typed:
    return Typed(revision=row.revision, manifest=row.manifest, texts=row.texts, opened=_hashes({_MANIFEST_FIELD: row.manifest, **row.texts}))


def _hashes(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: text_hash(text) for name, text in parts.items()}


def _clashing(row: editions.DraftRow, typed: Typed) -> frozenset[str]:
    """The texts on which both wrote, as far as whoever typed has been shown what was saved."""
    return clashing(typed.parts, _as_saved(row).parts, typed.opened) if typed.revision == row.revision else frozenset()


def _is_replaced(name: str, row: editions.DraftRow, typed: Typed) -> bool:
    """Whether whoever typed agreed to replace what is saved now, and not something else that was saved before."""
    return typed.replaced.get(name) == text_hash(_as_saved(row).parts[name])


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
    """Return what the compiler says of a draft under this house's law."""
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
    return Typed(
        revision=number_in(request.POST.get("revision", "")),
        manifest=tidy(request.POST.get(_MANIFEST_FIELD, "")),
        texts=texts,
        opened=_read(request.POST.get("opened", "")),
        replaced={name: request.POST.get(f"replace_{name}", "") for name in (_MANIFEST_FIELD, *texts)},
    )


def _written(hashes: Mapping[str, str]) -> str:
    """The hash of each text as one hidden field carries them."""
    return " ".join(f"{name}:{one}" for name, one in hashes.items())


def _read(field_value: str) -> dict[str, str]:
    return {name: one for name, _, one in (part.partition(":") for part in field_value[:_LONGEST_OPENED].split())}


def _faults(typed: Typed) -> tuple[TextFault, ...]:
    return draft_faults(typed.manifest, typed.texts)


def _page(
    request: HttpRequest, desk: AtDesk, row: editions.DraftRow, typed: Typed, *, faults: tuple[TextFault, ...] = (), status: int = 200
) -> HttpResponse:
    found = None if faults else checked(typed.manifest, typed.texts)
    is_overtaken = status == 409 and row.is_open
    panes = _panes(row, typed, faults)
    names = names_by_id()
    context = {
        **draft_context(row, "write"),
        "by": names.get(row.changed_by, ""),
        "may_write": desk.row.role in WRITERS and row.is_open,
        "panes": panes[1:],
        "manifest": panes[0],
        "revision": typed.revision,
        "opened": _written(typed.opened),
        "has_clash": any(pane.stored is not None for pane in panes),
        "replace_label": _replace_label(row, desk, names),
        "is_overtaken": is_overtaken,
        "meanwhile": saved_meanwhile(row.changed_by, own=desk.row.id) if is_overtaken else "",
        "is_over": not row.is_open,
        "over": over_sentence(),
        "has_faults": bool(faults),
        "is_saved": request.method != "POST" and "saved" in request.GET,
        "is_unsaved": (typed.manifest, dict(typed.texts)) != (row.manifest, dict(row.texts)),
        "errors": [finding_shown(one) for one in found.errors] if found else [],
        "cautions": [finding_shown(one) for one in found.warnings] if found else [],
        "clauses": _by_section(found) if found else [],
        "missing": _missing_said(found) if found else "",
        "limit": MOST_TEXT_BYTES,
    }
    return desk_page(request, desk, "console/draft.html", context, status=status_of(faults) if faults else status)


def draft_context(row: editions.DraftRow, tab: str) -> dict[str, Any]:
    """Return what every page about one draft shows of it."""
    has_language = editions.has_paper("policy-language.md")
    return {"nav": "policy", "draft": row, "tab": tab, "in_force": editions.edition_in_force(), "has_language": has_language}


def _replace_label(row: editions.DraftRow, desk: AtDesk, names: Mapping[UUID | None, str]) -> str:
    name = names.get(row.changed_by, "") if row.changed_by != desk.row.id else ""
    if not name:
        return gettext("Replace what was saved meanwhile with my text")
    return gettext("Replace what %(name)s saved with my text") % {"name": name}


def _panes(row: editions.DraftRow, typed: Typed, faults: tuple[TextFault, ...]) -> list[Pane]:
    """The edition.toml, then the texts side by side, the one that binds first."""
    clashes, stands = _clashing(row, typed), _as_saved(row).parts
    return [
        Pane(
            name=name if name == _MANIFEST_FIELD else f"text_{name}",
            part=name,
            language="" if name == _MANIFEST_FIELD else name,
            file=MANIFEST if name == _MANIFEST_FIELD else text_file(name),
            text=text,
            words=len(text.split()),
            is_authoritative=name == next(iter(row.texts)),
            error=next((fault_sentence(fault) for fault in faults if fault.field == name), ""),
            stored=stands[name] if name in clashes else None,
            stored_hash=text_hash(stands[name]) if name in clashes else "",
            is_replaced=name in clashes and _is_replaced(name, row, typed),
        )
        for name, text in typed.parts.items()
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
