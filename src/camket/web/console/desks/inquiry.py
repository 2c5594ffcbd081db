"""One inquiry: what was said and done, who is asking, and what an adviser may do with it."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.access.days import day_of
from camket.duties.custody import queries as custody
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake import rules
from camket.duties.notices import rules as outbox
from camket.duties.publishing import queries as editions
from camket.duties.retention import queries as retention
from camket.policy.terms import ADVISE, PHONE, PurposeId
from camket.web.console.desks.acting import colleague_in, is_chosen, whom_first
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.lists import WITHDRAWN, chosen_in, hands, list_address, list_query, toast, withdrawal
from camket.web.console.references import Reference
from camket.web.console.sending import NoNonce, page_key, sent_before
from camket.web.console.showing import (
    Attempt,
    consent_lines,
    further_cards,
    need_lines,
    shown_fields,
    shown_files,
    told_lines,
    with_product_names,
    withheld_fields,
)
from camket.web.kit.context import edition_facts
from camket.web.kit.errors import refusal_page
from camket.web.kit.faults import text_sentence
from camket.web.kit.requests import day_in, number_in

_TEXTS = ("answer", "note")  # what can be typed on the page
_TOLD = ("purpose", "channel", "said_on", "said_in")  # what is said of a withdrawal
_LEAVE_OPEN = frozenset({"answer", "note", "assign", "give", "reopen"})  # after these its fields are there as before, or again
_LATE = "late"  # no act: what is said of any of them where something happened meanwhile
_PLACES = {"answer": "answer", "note": "note", "withdraw": "consents", _LATE: "timeline"}  # where on the page it is done, or can be seen


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox")
def inquiry(request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Show one inquiry, or do what was pressed on its page."""
    if request.method != "POST":
        return _inquiry_page(request, desk, language, reference, Attempt())
    act = request.POST.get("act", "")
    if act == "give" and not is_chosen(request):
        return _tried(request, desk, language, reference, whom_first())
    try:
        _act(act, request, desk, reference)
    except intake.Malformed as malformed:
        return _tried(request, desk, language, reference, _malformed(malformed.errors[0], act))
    except (intake.SentDifferently, NoNonce):
        return _tried(request, desk, language, reference, sent_before(), status=409)
    except intake.AnsweredMeanwhile:
        sentence = gettext("A colleague answered meanwhile. Read it, and send yours again if it is still needed.")
        return _tried(request, desk, language, reference, sentence, status=409)
    except intake.InquiryUnknown:
        raise Http404 from None
    except intake.AlreadyOpen:
        pass  # pressed twice, or by two: it is as its sender wants it
    except intake.NotGiven:
        return refusal_page(request, 409, sentence=gettext("This person has not agreed to that, or has taken their consent back."))
    except (intake.AlreadyResolved, intake.AnswerGone, intake.NotAnAdviser) as fault:
        attempt = Attempt(errors={_LATE: _too_late(fault)}, drafts=_typed_beside(request), status=409)
        return _inquiry_page(request, desk, language, reference, attempt)
    return _after(act, request, desk, language, reference)


def _after(act: str, request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Go on from what was done: to the page again, with what was typed beside it; or to where there is more to do."""
    if act in _LEAVE_OPEN and (typed := _typed_beside(request, act)):
        return _inquiry_page(request, desk, language, reference, Attempt(drafts=typed))
    if act == "resolve" and "show" in request.GET:
        return _onward(request, desk, language, reference)
    # without the consent to be advised the page cannot be opened any more
    place = "" if (act, request.POST.get("purpose")) == ("withdraw", ADVISE) else f"inquiries/{reference}"
    kept = list_query(chosen_in(request)) if place and "show" in request.GET else ""
    query = "&".join(part for part in (kept, {"take_back": "again=1", "withdraw": f"{WITHDRAWN}=1"}.get(act, "")) if part)
    return HttpResponseRedirect(f"/{language}/console/{place}" + (f"?{query}" if query else ""))


def _typed_beside(request: HttpRequest, act: str = "") -> dict[str, str]:
    """What was typed in the other fields of the page and sent along: whatever was done, its page brings it back, as nothing else keeps it."""
    return {name: text for name in _TEXTS if name != act and (text := request.POST.get(name, "")).strip()}


def shut_page(request: HttpRequest) -> HttpResponse:
    """Return what is said of an inquiry whose person has taken their consent back, at its own address and at those of its files."""
    heading = gettext("This inquiry cannot be opened any more")
    sentence = gettext("The person has taken their consent back: nobody can open this inquiry any more, and it is erased when its period is over.")
    if _typed_beside(request):
        sentence += " " + gettext("Nothing of what you typed was sent or kept.")
    return refusal_page(request, 403, heading=heading, sentence=sentence)


def _malformed(fault: rules.FieldError, act: str) -> str:
    sentences = {
        "required": gettext("Please say how they told you.") if act == "withdraw" else gettext("Nothing has been written here yet."),
        "no_day": gettext("Please say on which day they told you so; it has to be a day of the calendar."),
        "day_to_come": gettext("They cannot have told you on a day that is still to come."),
        "day_too_early": gettext("They cannot have taken it back before they agreed to it."),
        "unknown_reference": gettext(
            "No inquiry with the same e-mail address or phone number has this reference, so nothing was recorded. Correct it, or leave it empty."
        ),
        "too_long": gettext("This is too long for one letter."),
        "unfilled_place": gettext("Fill in %(places)s or take it out; nothing was sent.") % {"places": fault.hint},
    }
    return sentences.get(fault.code) or text_sentence(fault.code)


def _too_late(fault: Exception) -> str:
    match fault:
        case intake.AlreadyResolved():
            return gettext("This inquiry was resolved meanwhile. Reopen it to go on.")
        case intake.AnswerGone():
            return gettext("The letter has gone out, or is going out just now: it cannot be taken back any more. Nothing was changed.")
        case _:
            return gettext("This colleague does not answer inquiries any more. Nothing was changed.")


def _onward(request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Go on to the next inquiry of the list that this one was opened from, or back to the list after the last."""
    chosen, now = chosen_in(request), timezone.now()
    place = inquiries.place_of_inquiry(reference=reference, actor=desk.actor, now=now)
    newer, older = inquiries.beside(place=place, chosen=chosen, actor=desk.actor, now=now) if place else ("", "")
    if older or newer:
        return HttpResponseRedirect(f"/{language}/console/inquiries/{older or newer}?{list_query(chosen)}")
    return HttpResponseRedirect(list_address(language, chosen))


def _tried(request: HttpRequest, desk: AtDesk, language: str, reference: str, sentence: str, *, status: int = 422) -> HttpResponse:
    """Show the page again with what was typed and a sentence beside it; its fresh nonce makes a second sending another one."""
    drafts = {name: request.POST.get(name, "") for name in (*_TEXTS, *_TOLD)}
    return _inquiry_page(request, desk, language, reference, Attempt(errors={request.POST.get("act", ""): sentence}, drafts=drafts, status=status))


def _act(act: str, request: HttpRequest, desk: AtDesk, reference: str) -> None:
    now = timezone.now()
    match act:
        case "answer":
            key = page_key(request, desk, about=reference, act=act)
            seen = number_in(request.POST.get("last_answer", ""), digits=15)
            intake.answer_inquiry(reference=reference, text=request.POST.get("answer", ""), key=key, seen=seen, actor=desk.actor, now=now)
        case "note":
            key = page_key(request, desk, about=reference, act=act)
            intake.add_note(reference=reference, text=request.POST.get("note", ""), key=key, actor=desk.actor, now=now)
        case "take_back":
            intake.take_back_answer(reference=reference, actor=desk.actor, now=now)
        case "assign":
            intake.assign(reference=reference, staff_id=desk.row.id, actor=desk.actor, now=now)
        case "give":
            intake.assign(reference=reference, staff_id=colleague_in(request), actor=desk.actor, now=now)
        case "resolve":
            intake.resolve_inquiry(reference=reference, actor=desk.actor, now=now)
        case "reopen":
            intake.reopen_inquiry(reference=reference, actor=desk.actor, now=now)
        case "withdraw":
            _withdraw(request, desk, reference, now)
        case _:
            raise Http404


def _withdraw(request: HttpRequest, desk: AtDesk, reference: str, now: datetime) -> None:
    typed = {name: request.POST.get(name, "").strip() for name in _TOLD}
    if (said_on := day_in(typed["said_on"])) is None and "said_on" in request.POST:
        raise intake.Malformed([rules.FieldError(field="said_on", code="no_day")])
    intake.withdraw_consent(
        reference=reference,
        purpose=PurposeId(typed["purpose"]),
        channel=typed["channel"],
        said_on=said_on,
        # nothing else is asked for, so one of letters alone needs no CK; what is no reference stays what it is, to be refused and not passed over
        said_in=Reference.said(typed["said_in"]) or Reference.said(f"CK{typed['said_in']}") or typed["said_in"],
        actor=desk.actor,
        now=now,
    )


def _inquiry_page(request: HttpRequest, desk: AtDesk, language: str, reference: str, attempt: Attempt) -> HttpResponse:
    now = timezone.now()
    try:
        found = inquiries.inquiry_page(reference=reference, actor=desk.actor, now=now, opened=request.GET.get("open", ""))
    except inquiries.NotFound:
        raise Http404 from None
    except inquiries.TakenBack:
        return shut_page(request)
    policy = editions.compiled(found.edition)
    row = with_product_names([found.row], language)[0]
    context = {
        "nav": "inbox",
        "now": now,
        "at": reference,
        "inquiry": row,
        "fields": shown_fields(found.fields, policy, language),
        "withheld": withheld_fields(found, policy, language),
        "can_ring": any(row.name == PHONE for row in found.fields),
        "cards": further_cards(found, policy, language),
        "opened_under": found.clauses,
        "purpose": policy.label("purpose", ADVISE, language),
        "edition": edition_facts(found.edition, in_force=editions.edition_in_force()),
        "timeline": told_lines(found.timeline),
        "files": shown_files(found),
        "needs": need_lines(found, policy, language),
        "told_by": rules.TAKEN_BACK_BY,
        "today": day_of(now),
        "consents": consent_lines(found, policy, language),
        "is_erased": found.row.state == "erased",
        "erasure": retention.erasure_of(found.matter_id) if found.row.state == "erased" else None,
        "address_proven": found.address_proven,
        "has_email": found.has_email,
        "is_mine": found.row.assigned_to_id == desk.row.id,
        "hands": hands(found.colleagues, without=[desk.row.id, found.row.assigned_to_id], nobody=found.row.assigned_to_id is not None),
        "read_only": found.row.state in ("resolved", "erased"),
        "can_reopen": found.row.state == "resolved",
        "advise": ADVISE,
        "nonce": get_random_string(22),
        "last_answer": found.last_answer,
        "errors": attempt.errors,
        "drafts": attempt.drafts,
        "problem": _problem(attempt),
        **_told(request, desk, found, now),
        **_beside(request, desk, language, found, now),
        **_texts(request, desk, row, typed=attempt.drafts.get("answer", "")),
    }
    return desk_page(request, desk, "console/inquiry.html", context, status=attempt.status if attempt.errors else 200)


def _problem(attempt: Attempt) -> dict[str, Any] | None:
    """What is said at the top of the page, and where that leads, of what failed further down."""
    failed = next((act for act in attempt.errors if act in _PLACES), None)
    is_typed = bool(attempt.drafts) if failed == _LATE else bool(attempt.drafts.get(failed or ""))
    return {"sentence": attempt.errors[failed], "place": _PLACES[failed], "is_typed": is_typed} if failed else None


def _told(request: HttpRequest, desk: AtDesk, found: inquiries.InquiryPage, now: datetime) -> dict[str, Any]:
    """What is said of the last act or of the last answer, whichever was later; why letters did not go; and an answer to be written anew."""
    if found.row.state == "erased":
        return {}  # whatever was done with it cannot be taken back any more
    confirmed = withdrawal(request, gettext("The withdrawal is recorded."), now)
    done, own = confirmed or toast(desk, now, is_undone="undone" in request.GET, here=found.row.reference), found.own_answer
    said: dict[str, Any] = {"own_answer": own, "held_letters": [one for one in found.other_letters if one.state in ("parked", "dropped")]}
    if own and timedelta(0) <= now - own.at < inquiries.UNDO_FOR and (done is None or done.at < own.at):
        is_carried = custody.can_send_letters()  # where none goes out, the time to take one back does not end
        waits = ceil((own.letter.due_at - now).total_seconds()) if is_carried and own.letter and own.letter.due_at > now else 0
        said["sent"] = {"letter": own.letter, "waits": waits, "is_carried": is_carried}
    else:
        said["toast"] = done
    if "again" in request.GET:
        said["withdrawn"] = next((row.text for row in reversed(found.timeline) if row.letter and row.letter.error_code == outbox.TAKEN_BACK), None)
    return said


def _beside(request: HttpRequest, desk: AtDesk, language: str, found: inquiries.InquiryPage, now: datetime) -> dict[str, Any]:
    """The list that this inquiry was opened from, and its neighbours there."""
    if "show" not in request.GET:
        return {"list_url": f"/{language}/console", "list_query": ""}
    chosen = chosen_in(request)
    newer, older = inquiries.beside(place=found.place, chosen=chosen, actor=desk.actor, now=now)
    return {"list_url": list_address(language, chosen), "list_query": list_query(chosen), "newer": newer, "older": older}


def _texts(request: HttpRequest, desk: AtDesk, row: inquiries.InquiryRow, *, typed: str) -> dict[str, Any]:
    """The company's texts in the person's language, what stands for their places, the one that an answer is to begin with, and what it lacks."""
    if row.state in ("resolved", "erased"):
        return {}
    texts = inquiries.canned_texts(language=row.language)
    wanted = next((text.body for text in texts if str(text.id) == request.GET.get("text")), "")
    places = {"name": row.name, "reference": row.reference, "product": row.product, "adviser": desk.name}
    lacking = [name for name, value in places.items() if value is None or (isinstance(value, str) and not value)]
    unfilled = [place for place in rules.places_in(typed or wanted) if place in (rules.TEXT_PLACES if typed else lacking)]
    return {"texts": texts, "begun": wanted, "places": places, "unfilled": ", ".join(f"{{{place}}}" for place in unfilled)}
