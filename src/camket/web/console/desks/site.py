"""The site's own texts: what is edited here, and where what is not edited here comes from."""

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.catalogue import actions as catalogue
from camket.duties.catalogue import queries as shelf
from camket.duties.catalogue.rules import LONGEST_TEXTS, tidy
from camket.duties.publishing import queries as editions
from camket.policy.faults import TextFault
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.meanwhile import Sheet, as_saved, brought_together, clashes_of, is_settled, overtaken_context, sheet_of, written
from camket.web.console.showing import names_by_id
from camket.web.console.text_fields import Typed, Wording, fields_of, problems_of
from camket.web.kit.requests import number_in


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("operations", "privacy")
def site(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the site's texts with their versions, or store another one."""
    if request.method != "POST":
        return _page(request, desk)
    version, now = number_in(request.POST.get("version", "")), timezone.now()
    sheet = sheet_of(request, tidy({name: request.POST.get(name, "") for name in LONGEST_TEXTS}))
    try:
        match request.POST.get("act", ""):
            case "save":
                _require_settled(sheet, version)
                catalogue.save_site_texts(texts=sheet.texts, version=version, actor=desk.actor, now=now)
            case "restore":
                wanted = number_in(request.POST.get("wanted", ""))
                catalogue.restore_site_texts(wanted=wanted, version=version, actor=desk.actor, now=now)
            case _:
                raise Http404
    except catalogue.Unfit as unfit:
        return _page(request, desk, sheet, version=version, faults=unfit.faults, status=422)
    except catalogue.NoSuchVersion:
        raise Http404 from None
    except catalogue.Overtaken:
        return _page(request, desk, sheet if request.POST.get("act") == "save" else None, version=version, status=409)
    return HttpResponseRedirect(f"/{language}/console/site?saved=1")


def _stands(versions: Sequence[shelf.VersionRow]) -> tuple[int, Mapping[str, str]]:
    """The newest version and its texts; before the first there is none."""
    return (versions[0].version, versions[0].texts) if versions else (0, dict.fromkeys(LONGEST_TEXTS, ""))


def _require_settled(sheet: Sheet, version: int) -> None:
    newest, stands = _stands(shelf.site_versions())
    if newest == version and not is_settled(sheet, stands):
        raise catalogue.Overtaken(newest)


def _page(
    request: HttpRequest,
    desk: AtDesk,
    sheet: Sheet | None = None,
    *,
    version: int = 0,
    faults: tuple[TextFault, ...] = (),
    status: int = 200,
) -> HttpResponse:
    versions = shelf.site_versions()
    newest, stands = _stands(versions)
    if sheet is None:
        sheet, version = as_saved(stands), newest
    elif status == 409:
        sheet, version = brought_together(sheet, stands, is_new=version != newest), newest
    # after a fault the page keeps the version that was read: saving again must still find that nobody was quicker
    clashes = clashes_of(sheet, stands) if version == newest else {}
    fields = fields_of(_wordings(), LONGEST_TEXTS, Typed(values=sheet.texts, faults=faults, clashes=clashes))
    names = names_by_id() if versions else {}
    controller = editions.policy_in_force().controller
    context = {
        "nav": "website",
        "tab": "site",
        **overtaken_context(clashes, saved_by=versions[0].saved_by if versions else None, own=desk.row.id, is_overtaken=status == 409),
        "fields": fields,
        "problems": problems_of(fields),
        "version": version,
        "opened": written(sheet),
        "versions": [{"row": row, "by": names.get(row.saved_by, "") if row.saved_by else ""} for row in versions],
        "before": versions[1].version if len(versions) > 1 else 0,
        "clause": controller.clause if controller else "",
        "is_saved": request.method != "POST" and "saved" in request.GET,
    }
    return desk_page(request, desk, "console/site.html", context, status=status)


def _wordings() -> list[Wording]:
    return [
        Wording(stem="headline", label=gettext("Headline of the home page"), hint=gettext("Left empty, the site uses its own.")),
        Wording(stem="introduction", label=gettext("Introduction below it"), hint=gettext("Left empty, the site uses its own.")),
        Wording(stem="hours", label=gettext("When you can be reached"), hint=gettext("Shown beside the ways to reach you; may be empty.")),
        Wording(
            stem="answer",
            label=gettext("Within what time you answer"),
            hint=gettext("A whole sentence, shown above the contact form and after sending. Left empty, nothing is promised."),
        ),
        Wording(stem="company_phone", label=gettext("The company's phone number"), hint=gettext("Left empty, no number is shown.")),
        Wording(stem="messenger_url", label=gettext("Address of your page at a messenger"), hint=gettext("Left empty, no link is shown.")),
        Wording(stem="messenger_label", label=gettext("Words of that link")),
    ]
