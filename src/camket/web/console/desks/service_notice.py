"""Writing a service notice, or advertising: to those who agreed to it, in every language of letters, looked at before it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.access.rules import require_role
from camket.duties.catalogue import queries as catalogue
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as campaigns
from camket.duties.notices.rules import CAMPAIGNERS, LONGEST_NOTICE, LONGEST_TITLE, PERSONAL, NoticeFault, notice_faults, tidy_words
from camket.duties.publishing import queries as editions
from camket.policy.languages import LANGUAGES
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.meanwhile import Clash, Sheet, as_saved, brought_together, clashes_of, is_settled, overtaken_context, sheet_of, written
from camket.web.kit.audiences import audience_choices, audience_name, is_audience
from camket.web.kit.errors import refusal_page
from camket.web.kit.faults import notice_sentence

Words = Mapping[str, Mapping[str, str]]
_PARTS, _AUDIENCE = ("title", "text"), "audience"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("policy")
def service_notice(
    request: HttpRequest, desk: AtDesk, language: str, campaign_id: UUID | None = None, *, is_advertising: bool = False
) -> HttpResponse:
    """Show the form of a service notice, or of advertising where the edition in force knows any; look at what was typed, or keep it."""
    require_role(desk.actor, CAMPAIGNERS)
    kept = _kept(campaign_id, is_advertising=is_advertising)
    if request.method != "POST" or (kept.is_advertising and not campaigns.advertising_clause()):
        return _page(request, desk, kept, status=200 if request.method != "POST" else 409)
    is_ours = request.POST.get("is_ours") == "1"
    sheet = sheet_of(request, _typed(request))
    form = replace(kept, sheet=sheet, is_ours=is_ours, seen=request.POST.get("seen", "")[:64])
    personal = [fault for fault in notice_faults(form.words, is_ours=False) if fault.code == PERSONAL]
    form = replace(form, asks=bool(personal))
    if (form.asks and not is_ours) or not is_audience(form.audience):
        return _page(request, desk, replace(form, faults={} if is_ours else _said_of(personal)), status=422)
    if request.POST.get("act") == "preview":
        return _page(request, desk, replace(form, previews=_previews(form)))
    try:
        kept_id = _keep(form, desk)
    except notices.Unwritable as unwritable:
        return _page(request, desk, replace(form, faults=_said_of(unwritable.faults)), status=422)
    except notices.NoAdvertising:
        return _page(request, desk, form, status=409)
    except notices.ChangedSince:
        return _overtaken(request, desk, form, _kept(campaign_id, is_advertising=is_advertising))
    except notices.CannotBeDone:
        return refusal_page(request, 409, sentence=gettext("This notice is on its way already, so its words stay as they are. Nothing was changed."))
    except notices.CampaignUnknown:
        raise Http404 from None
    return HttpResponseRedirect(f"/{language}/console/notices/{kept_id}")


def _said_of(faults: Sequence[NoticeFault]) -> Mapping[str, str]:
    """What is wrong with each field, by its name; of several faults the first."""
    return {f"{fault.part}_{fault.language}": notice_sentence(fault) for fault in reversed(faults)}


def _overtaken(request: HttpRequest, desk: AtDesk, form: "_Form", kept: "_Form") -> HttpResponse:
    sheet = brought_together(form.sheet, kept.stands, is_new=form.seen != kept.seen)
    return _page(request, desk, replace(kept, sheet=sheet, asks=form.asks, is_ours=form.is_ours, is_overtaken=True), status=409)


def _keep(form: "_Form", desk: AtDesk) -> UUID:
    if form.is_shown_what_stands and not is_settled(form.sheet, form.stands):
        raise notices.ChangedSince
    words, audience, kept_id, seen, is_ours, now = form.words, form.audience, form.campaign_id, form.seen, form.is_ours, timezone.now()
    if form.is_advertising:
        return notices.write_advertising(
            words=words,
            audience=audience,
            law=editions.advertising_law_on(now),
            actor=desk.actor,
            now=now,
            campaign_id=kept_id,
            seen=seen,
            is_ours=is_ours,
        )
    return notices.write_service(words=words, audience=audience, actor=desk.actor, now=now, campaign_id=kept_id, seen=seen, is_ours=is_ours)


def _kept(campaign_id: UUID | None, *, is_advertising: bool) -> "_Form":
    """What stands in the form before anything is typed."""
    if campaign_id is None:
        return _Form(sheet=as_saved(_parts({}, "")), campaign_id=None, is_advertising=is_advertising)
    row = campaigns.campaign(campaign_id)
    if row is None or row.kind not in ("service", "advertising") or row.state != "draft":
        raise Http404
    stands, is_advertising, saved_by = _parts(row.words, row.audience), row.kind == "advertising", row.saved_by or row.created_by
    return _Form(
        sheet=as_saved(stands),
        campaign_id=campaign_id,
        is_advertising=is_advertising,
        seen=row.seen,
        stands=stands,
        stands_at=row.seen,
        saved_by=saved_by,
    )


def _typed(request: HttpRequest) -> dict[str, str]:
    words = {one: {part: request.POST.get(f"{part}_{one}", "") for part in _PARTS} for one in LANGUAGES}
    return _parts(words, request.POST.get(_AUDIENCE, ""))


def _parts(words: Words, audience: str) -> dict[str, str]:
    """A notice as its form has it: every text by its name, and whom it concerns."""
    tidied = tidy_words(words)
    return {f"{part}_{one}": tidied[one][part] for one in LANGUAGES for part in _PARTS} | {_AUDIENCE: audience}


def _previews(form: "_Form") -> list[tuple[str, str, str]]:
    whole = [one for one in LANGUAGES if all(form.words[one].values())]
    if form.is_advertising:
        return [(one, *notices.preview_advertising(words=form.words, law=editions.advertising_law_on(timezone.now()), language=one)) for one in whole]
    return [(one, *notices.preview_service(words=form.words, language=one)) for one in whole]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What stands in the form, and what is said beside it."""

    sheet: Sheet
    campaign_id: UUID | None
    is_advertising: bool = False
    seen: str = ""  # what identified the draft when it was opened
    asks: bool = False  # whether something in it looks like a person's
    is_ours: bool = False  # and whoever writes says that it is the company's
    stands: Mapping[str, str] = field(default_factory=dict)  # what is kept of it by now; of a new one nothing
    stands_at: str = ""  # and what identifies that
    saved_by: UUID | None = None  # and who kept that
    is_overtaken: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)
    previews: Sequence[tuple[str, str, str]] = ()

    @property
    def words(self) -> Words:
        """What it says, by language and part."""
        return {one: {part: self.sheet.texts[f"{part}_{one}"] for part in _PARTS} for one in LANGUAGES}

    @property
    def audience(self) -> str:
        """Whom it concerns."""
        return self.sheet.texts[_AUDIENCE]

    @property
    def is_shown_what_stands(self) -> bool:
        """Whether whoever typed has been shown what is kept by now."""
        return self.campaign_id is not None and self.seen == self.stands_at

    @property
    def clashes(self) -> Mapping[str, Clash]:
        """On which texts both wrote."""
        return clashes_of(self.sheet, self.stands) if self.is_shown_what_stands else {}


def _page(request: HttpRequest, desk: AtDesk, form: _Form, *, status: int = 200) -> HttpResponse:
    names, kind = catalogue.product_names(request.path.split("/")[1]), "advertising" if form.is_advertising else "service"
    clashes, concerned = form.clashes, form.clashes.get(_AUDIENCE)
    context: dict[str, Any] = {
        "nav": "letters",
        **overtaken_context(clashes, saved_by=form.saved_by, own=desk.row.id, is_overtaken=form.is_overtaken),
        "opened": written(form.sheet),
        "tongues": [
            {
                "language": one,
                "title": form.words[one]["title"],
                "text": form.words[one]["text"],
                "title_error": form.faults.get(f"title_{one}", ""),
                "text_error": form.faults.get(f"text_{one}", ""),
                "title_clash": clashes.get(f"title_{one}"),
                "text_clash": clashes.get(f"text_{one}"),
            }
            for one in LANGUAGES
        ],
        # said in a draft too, whose product has left the shelf: everybody instead would be more people than whoever wrote it meant
        "audience_error": "" if is_audience(form.audience) else gettext("This is no longer offered. Please choose again whom it concerns."),
        # chosen and not written: the other's choice is said, and no words of it are compared
        "audience_clash": concerned and replace(concerned, stored=audience_name(kind, concerned.stored, names), own=""),
        "choices": [(value, label, value == form.audience) for value, label in audience_choices(kind, names)],
        "is_advertising": form.is_advertising,
        "clause": campaigns.advertising_clause() if form.is_advertising else campaigns.service_clause(),
        "in_force": editions.edition_in_force(),
        "asks": form.asks,
        "is_ours": form.is_ours,
        "previews": form.previews,
        "longest_title": LONGEST_TITLE,
        "longest_text": LONGEST_NOTICE,
        "campaign_id": form.campaign_id,
        "seen": form.seen,
    }
    return desk_page(request, desk, "console/service_notice.html", context, status=status)
