"""The site's own texts: what is edited here, and where what is not edited here comes from."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.duties.catalogue import actions as catalogue
from camket.duties.catalogue import queries as shelf
from camket.duties.catalogue.rules import LONGEST_TEXTS
from camket.duties.publishing import queries as editions
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.showing import names_by_id, saved_meanwhile
from camket.web.console.text_fields import Typed, Wording, fields_of
from camket.web.kit.requests import number_in


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("operations", "privacy")
def site(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the site's texts with their versions, or store another one."""
    if request.method != "POST":
        return _page(request, desk, language)
    version, now = number_in(request.POST.get("version", "")), timezone.now()
    typed = {name: request.POST.get(name, "") for name in LONGEST_TEXTS}
    try:
        match request.POST.get("act", ""):
            case "save":
                catalogue.save_site_texts(texts=typed, version=version, actor=desk.actor, now=now)
            case "restore":
                typed = {}
                wanted = number_in(request.POST.get("wanted", ""))
                catalogue.restore_site_texts(wanted=wanted, version=version, actor=desk.actor, now=now)
            case _:
                raise catalogue.NoSuchVersion
    except catalogue.Unfit as unfit:
        return _page(request, desk, language, typed=Typed(values=typed, faults=unfit.faults), status=422, version=version)
    except catalogue.NoSuchVersion:
        raise Http404 from None
    except catalogue.Overtaken:
        return _page(request, desk, language, typed=Typed(values=typed) if typed else None, status=409)
    return HttpResponseRedirect(f"/{language}/console/site?saved=1")


def _page(
    request: HttpRequest, desk: AtDesk, language: str, *, typed: Typed | None = None, status: int = 200, version: int | None = None
) -> HttpResponse:
    versions = shelf.site_versions()
    stands = versions[0].texts if versions else dict.fromkeys(LONGEST_TEXTS, "")
    newest = versions[0].version if versions else 0
    if typed is None:
        typed = Typed(values=stands)
    elif status == 409:
        typed = Typed(values=typed.values, stored=stands)
    names = names_by_id() if versions else {}
    controller = editions.policy_in_force().controller
    context = {
        "nav": "website",
        "tab": "site",
        "fields": fields_of(_wordings(), LONGEST_TEXTS, typed),
        "version": newest if version is None else version,
        "versions": [{"row": row, "by": names.get(row.saved_by, "") if row.saved_by else ""} for row in versions],
        "before": versions[1].version if len(versions) > 1 else 0,
        "clause": controller.clause if controller else "",
        "is_overtaken": status == 409,
        "meanwhile": saved_meanwhile(versions[0].saved_by if versions else None, own=desk.row.id) if status == 409 else "",
        "has_faults": status == 422,
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
