"""A person's page of what they agreed to, behind the link of a letter: look, take back, agree anew, and a receipt to keep."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from camket.access.actions import LinkRefused
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.publishing import queries as editions
from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import RuleMissing
from camket.policy.terms import ADVISE, EditionNumber, PurposeId
from camket.web.kit.change_words import ChangeShown, widening_shown
from camket.web.kit.errors import strange_form_page
from camket.web.kit.own_changes import OwnChanges, asked_anew, own_changes, own_widening
from camket.web.kit.policy_labels import Labels, period_words
from camket.web.kit.requests import is_same_origin, number_in

_SOON_SECONDS = "60"  # after which the journal's next checkpoint is there


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCard:
    """One purpose as the page shows it."""

    row: inquiries.OwnConsent
    label: str
    clause: str  # of the edition agreed to, which asks for it
    means: str  # what taking it back does
    period: str  # how long what was given for it is kept once nothing needs it
    period_clause: str
    is_last_word: bool  # once it is taken back, no letter may tell them of the erasure
    offer: str  # the wording that can be agreed to now, or nothing
    changes: tuple[ChangeShown, ...]  # what the offer would allow, or promise less of, than what was agreed to


@csrf_exempt  # the link's token is the proof; there is no session to protect
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, language: str, token: str) -> HttpResponse:
    """Show, to who holds a letter's link, what they agreed to, and take it back; a GET shows a button and nothing else."""
    try:
        link = intake.look_at_consents(token=token, now=timezone.now())
        if request.method != "POST":
            return render(request, "site/consents.html", {"is_closed": True})
        if not is_same_origin(request):
            return strange_form_page(request)
        if request.POST.get("act") == "receipt":
            return _receipt(request, language, link.matter_id)
        return _page(request, language, link.matter_id, _done(request, language, token))
    except (LinkRefused, intake.InquiryUnknown, inquiries.NotFound):
        return render(request, "site/consents.html", {"is_over": True}, status=410)


def _purpose(request: HttpRequest) -> PurposeId:
    return PurposeId(request.POST.get("purpose", ""))


def _done(request: HttpRequest, language: str, token: str) -> tuple[dict[str, Any], int]:
    """Do what was pressed, and say what the page tells of it, with its status."""
    now, purpose = timezone.now(), _purpose(request)
    try:
        match request.POST.get("act", ""):
            case "ask_back":
                return {"asked_back": purpose}, 200
            case "take_back":
                intake.take_back_by_link(token=token, purpose=purpose, now=now)
                return {"taken_back": purpose}, 200
            case "agree":
                intake.agree_by_link(token=token, purpose=purpose, edition=_edition(request), language=language, now=now)
                return {"agreed": purpose}, 200
            case _:
                return {}, 200
    except intake.NotGiven:
        return {"problem": gettext("This is taken back already, or was never agreed to. What applies now is shown below.")}, 409
    except intake.WordingChanged:
        return {"problem": gettext("The wording has changed since you opened this page. Please read it once more below.")}, 409
    except intake.NotProven:
        return {"problem": gettext("Your address is not confirmed yet, so we cannot accept your consent here. What to do is explained below.")}, 403


def _edition(request: HttpRequest) -> EditionNumber:
    return EditionNumber(number_in(request.POST.get("edition", "")))


def _receipt(request: HttpRequest, language: str, matter_id: Any) -> HttpResponse:
    try:
        file = inquiries.consent_receipt(matter_id=matter_id, purpose=_purpose(request))
    except inquiries.NotProvable:
        problem = gettext("The journal's line about this is not signed yet. Please try again in a minute or two.")
        answer = _page(request, language, matter_id, ({"problem": problem}, 503))
        answer.headers["Retry-After"] = _SOON_SECONDS
        return answer
    answer = HttpResponse(file, content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="camket-consent.json"'
    return answer


def _page(request: HttpRequest, language: str, matter_id: Any, done: tuple[dict[str, Any], int]) -> HttpResponse:
    told, status = done
    found = inquiries.own_consents(matter_id=matter_id)
    cards = [_card(row, found, language) for row in found.rows]
    asked = next((card for card in cards if card.row.purpose == told.get("asked_back") and card.row.withdrawn_at is None), None)
    names = {card.row.purpose: card.label for card in cards}
    line = editions.edition_to_come()
    own = _own(found, line, language)
    context = {
        "inquiry_reference": found.reference,
        "cards": cards,
        "asked": asked,
        "in_force": found.in_force,
        "coming": line if line and own and own.asked else None,
        "own": own,
        "own_line": editions.edition_line(own.new) if own else None,
        "is_proven": found.is_proven,
        "problem": told.get("problem", ""),
        "taken_back": names.get(told.get("taken_back", PurposeId("")), ""),
        "agreed": names.get(told.get("agreed", PurposeId("")), ""),
    }
    return render(request, "site/consents.html", context, status=status)


def _card(row: inquiries.OwnConsent, found: inquiries.OwnConsents, language: str) -> ConsentCard:
    policy, in_force = editions.compiled(row.edition), editions.compiled(found.in_force)
    known = policy.purposes.get(row.purpose)
    is_asked = row.is_wider_now and row.purpose in asked_anew(found.held, row.edition, found.in_force)
    offer = in_force.consent_wording(row.purpose, language) if row.can_agree and (is_asked or row.withdrawn_at) else ""
    period, clause = _period(policy, row.purpose)
    return ConsentCard(
        row=row,
        label=Labels(policy, language).label("purpose", row.purpose),
        clause=known.clause if known else "",
        means=_meaning(row.purpose),
        period=period,
        period_clause=clause,
        is_last_word=row.purpose == ADVISE,
        offer=offer,
        changes=_widening(row, found, language) if offer and is_asked else (),
    )


def _widening(row: inquiries.OwnConsent, found: inquiries.OwnConsents, language: str) -> tuple[ChangeShown, ...]:
    """What a yes would allow with what is held of them; where that is nothing, what it would allow at all."""
    own = own_widening(found.held, row.edition, found.in_force, row.purpose, language)
    return own or widening_shown(row.edition, found.in_force, row.purpose, language)


def _own(found: inquiries.OwnConsents, line: editions.EditionLine | None, language: str) -> OwnChanges | None:
    """What changes for them: by the edition to come, as the letter about it says, or else since the oldest under which something of theirs stands."""
    oldest = min((one.edition for one in found.held.holdings), default=found.in_force)
    old, new = (EditionNumber(line.number - 1), line.number) if line else (oldest, found.in_force)
    if old >= new:
        return None
    own = own_changes(found.held, old, new, language)
    return own if own.is_any else None


def _meaning(purpose: PurposeId) -> str:
    if purpose == ADVISE:
        return gettext("Once you take it back, nobody may open your details in order to advise you. Your inquiry is closed, and no answer follows.")
    return gettext("Once you take it back, what you gave us is no longer used for this. Everything else stays as it is.")


def _period(policy: CompiledPolicy, purpose: PurposeId) -> tuple[str, str]:
    try:
        rule = policy.kept_longest(purpose)
    except RuleMissing:
        return "", ""
    return period_words(rule.keep), rule.clause
