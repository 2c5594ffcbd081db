"""The shelf of products: their order, whether the site shows them, and their words in both languages."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.catalogue import actions as catalogue
from camket.duties.catalogue import queries as shelf
from camket.duties.catalogue.rules import LONGEST, LONGEST_MORE, SLUG, is_slug, tidy
from camket.policy.faults import TextFault
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.meanwhile import Sheet, as_saved, brought_together, clashes_of, is_settled, overtaken_context, sheet_of, written
from camket.web.console.text_fields import Typed, Wording, fields_of, problems_of
from camket.web.kit.errors import refusal_page
from camket.web.kit.requests import number_in

_LONGEST = {**LONGEST, **LONGEST_MORE}
_WORDS = tuple(name for name in _LONGEST if name != SLUG)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("operations", "privacy")
def products(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show every product in its order, or move, show or hide one."""
    if request.method != "POST":
        return desk_page(request, desk, "console/products.html", {"nav": "website", "tab": "products", "shelf": shelf.shelf()})
    try:
        _act(request, desk)
    except catalogue.ProductUnknown:
        raise Http404 from None
    except catalogue.Overtaken:
        return refusal_page(request, 409, sentence=_overtaken())
    return HttpResponseRedirect(f"/{language}/console/products")


def _act(request: HttpRequest, desk: AtDesk) -> None:
    now, slug, revision = timezone.now(), request.POST.get("slug", "")[:80], number_in(request.POST.get("revision", ""))
    if not is_slug(slug):
        raise Http404
    match request.POST.get("act", ""):
        case "up" | "down" as way:
            catalogue.move_product(slug=slug, is_up=way == "up", actor=desk.actor, now=now)
        case "show":
            catalogue.show_product(slug=slug, revision=revision, actor=desk.actor, now=now)
        case "hide":
            catalogue.hide_product(slug=slug, revision=revision, actor=desk.actor, now=now)
        case _:
            raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("operations", "privacy")
def add_product(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show an empty form, or put what was typed on the shelf."""
    if request.method != "POST":
        return _form(request, desk, language, as_saved({}))
    sheet = sheet_of(request, _typed(request))
    try:
        slug = catalogue.add_product(words=sheet.texts, actor=desk.actor, now=timezone.now())
    except catalogue.Unfit as unfit:
        return _form(request, desk, language, sheet, faults=unfit.faults, status=422)
    return HttpResponseRedirect(f"/{language}/console/products/{slug}")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("operations", "privacy")
def product(request: HttpRequest, desk: AtDesk, language: str, slug: str) -> HttpResponse:
    """Show a product's words in both languages, or store what was typed."""
    row = shelf.on_shelf(slug)
    if row is None:
        raise Http404
    if request.method != "POST":
        return _form(request, desk, language, as_saved(_words(row)), row=row)
    sheet = sheet_of(request, {name: text for name, text in _typed(request).items() if name != SLUG})
    try:
        if _revision(request) == row.revision and not is_settled(sheet, _words(row)):
            raise catalogue.Overtaken(row.revision)
        catalogue.edit_product(slug=slug, revision=_revision(request), words=sheet.texts, actor=desk.actor, now=timezone.now())
    except catalogue.Unfit as unfit:
        return _form(request, desk, language, sheet, row=row, faults=unfit.faults, status=422)
    except catalogue.Overtaken:
        stands = shelf.on_shelf(slug) or row
        merged = brought_together(sheet, _words(stands), is_new=_revision(request) != stands.revision)
        return _form(request, desk, language, merged, row=stands, status=409)
    except catalogue.ProductUnknown:
        raise Http404 from None
    return HttpResponseRedirect(f"/{language}/console/products/{slug}?saved=1")


def _revision(request: HttpRequest) -> int:
    return number_in(request.POST.get("revision", ""))


def _typed(request: HttpRequest) -> dict[str, str]:
    return tidy({name: request.POST.get(name, "") for name in _LONGEST})


def _words(row: shelf.ShelfRow) -> dict[str, str]:
    return {name: row.words[name] for name in _WORDS}


def _form(
    request: HttpRequest,
    desk: AtDesk,
    language: str,
    sheet: Sheet,
    *,
    row: shelf.ShelfRow | None = None,
    faults: tuple[TextFault, ...] = (),
    status: int = 200,
) -> HttpResponse:
    # after a fault the page keeps the revision that was read: saving again must still find that nobody was quicker
    revision = _revision(request) if status == 422 and row else row.revision if row else 0
    clashes = clashes_of(sheet, _words(row)) if row and revision == row.revision else {}
    texts = _LONGEST if row is None else {name: _LONGEST[name] for name in _WORDS}
    fields = fields_of(_wordings(is_new=row is None), texts, Typed(values=sheet.texts, faults=faults, clashes=clashes))
    context = {
        "nav": "website",
        "tab": "products",
        "row": row,
        "revision": revision,
        "name": row.words[f"name_{language}"] if row else "",
        **overtaken_context(clashes, saved_by=row.saved_by if row else None, own=desk.row.id, is_overtaken=status == 409),
        "opened": written(sheet),
        "fields": fields,
        "problems": problems_of(fields),
        "is_saved": request.method != "POST" and "saved" in request.GET,
    }
    return desk_page(request, desk, "console/product.html", context, status=status)


def _wordings(*, is_new: bool) -> list[Wording]:
    slug = Wording(stem=SLUG, label=gettext("Address on the site"), hint=gettext("The last part of the page's address. It never changes afterwards."))
    return [
        *([slug] if is_new else []),
        Wording(stem="name", label=gettext("Name")),
        Wording(stem="summary", label=gettext("In one sentence"), hint=gettext("Who it is for. It appears in lists and in search results.")),
        Wording(stem="description", label=gettext("What it is for"), hint=gettext("Markdown: an empty line begins a paragraph, - a list.")),
        Wording(stem="includes", label=gettext("What it includes"), hint=gettext("One item per line; may be empty.")),
        Wording(stem="price", label=gettext("Price"), hint=gettext("As a sentence, with its unit and its taxes; may be empty.")),
        Wording(stem="terms", label=gettext("Terms"), hint=gettext("Markdown; may be empty. They do not replace the contract or the policy.")),
    ]


def _overtaken() -> str:
    return gettext("This was changed after you opened it, so it was not overwritten. Go back and look at what stands there now.")
