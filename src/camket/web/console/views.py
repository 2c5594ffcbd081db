"""The desks: inbox, one inquiry, people, letters, journal, editions. Each view parses, calls once, renders."""

import hashlib
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from camket.access.actions import LinkRefused, redeem_sign_in_link
from camket.duties.custody import queries as custody
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake import rules
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as outbox
from camket.duties.publishing import queries as editions
from camket.policy.terms import FieldName, PurposeId
from camket.policy.values import canonical_identity
from camket.web.console.entrance import AtDesk, enter, staff_only, warnings
from camket.web.console.showing import Attempt, consent_lines, filter_tabs, further_cards, need_lines, shown_fields, with_product_names, with_purposes
from camket.web.kit.context import edition_facts
from camket.web.kit.errors import refusal_page, strange_form_page
from camket.web.kit.requests import is_same_origin

# where somebody arrives who does not work at the inbox: the first of their desks
_FIRST_PAGES = (("journal", "journal"), ("operations", "letters"))


def _desk(request: HttpRequest, desk: AtDesk, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, template, {"staff": desk, "warnings": warnings(), **context}, status=status)


@csrf_exempt  # before sign-in there is no cookie to carry a form token; the link's own token and the sender's origin stand in for one
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, language: str, token: str = "") -> HttpResponse:
    """Show the sign-in button for a link, and sign in on its press; a GET changes nothing."""
    if request.method == "POST" and token:
        if not is_same_origin(request):
            return strange_form_page(request)
        try:
            row = redeem_sign_in_link(token=token, now=timezone.now())
        except LinkRefused:
            return render(request, "console/sign_in.html", {"state": "expired"}, status=410)
        enter(request, row)
        return HttpResponseRedirect(f"/{language}/console/")
    return render(request, "console/sign_in.html", {"state": "confirm" if token else "ask", "link_token": token})


@require_POST
def sign_out(request: HttpRequest, language: str) -> HttpResponse:
    """End the session."""
    logout(request)
    return render(request, "console/sign_in.html", {"state": "signed_out"})


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


@require_safe
@staff_only()
def inbox(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the inquiries that this role may see, newest first; who works elsewhere is sent to their first desk."""
    if "inbox" not in desk.desks:
        place = next((place for name, place in _FIRST_PAGES if name in desk.desks), "editions")
        return HttpResponseRedirect(f"/{language}/console/{place}")
    chosen = request.GET.get("show", "open")
    chosen = chosen if chosen in inquiries.filters() else "open"
    found = inquiries.inbox(actor=desk.actor, chosen=chosen, page=_page_number(request), now=timezone.now())
    place = f"/{language}/console/?"
    pager = {
        "previous_url": place + urlencode({"show": chosen, "page": found.page - 1}) if found.page > 1 else "",
        "next_url": place + urlencode({"show": chosen, "page": found.page + 1}) if found.has_next else "",
    }
    context = {
        "nav": "inbox",
        "inquiries": with_product_names(found.rows, language),
        "filters": filter_tabs(chosen, found.counts, place),
        "chosen": chosen,
        "opened_under": found.clauses,
        "purpose": _purpose_label(language),
        "page": pager,
    }
    return _desk(request, desk, "console/inbox.html", context)


def _purpose_label(language: str) -> str:
    return editions.compiled(editions.edition_in_force()).label("purpose", rules.ADVISE, language)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox")
def inquiry(request: HttpRequest, desk: AtDesk, language: str, reference: str) -> HttpResponse:
    """Show one inquiry, or do what was pressed on its page."""
    if request.method != "POST":
        return _inquiry_page(request, desk, language, reference, Attempt())
    act = request.POST.get("act", "")
    try:
        _act(act, request, desk, reference)
    except intake.Malformed as malformed:
        sentences = {"required": gettext("There is nothing written here yet."), "too_long": gettext("This is too long for one letter.")}
        sentence = sentences.get(malformed.errors[0].code, gettext("There is a character in it that cannot be kept. Please type it again."))
        return _tried(request, desk, language, reference, sentence)
    except intake.SentDifferently:
        sentence = gettext("This page was sent before, so this text was not kept. Look at what is there now, and send it again if it is needed.")
        return _tried(request, desk, language, reference, sentence, status=409)
    except intake.InquiryUnknown:
        raise Http404 from None
    except intake.AlreadyResolved:
        return refusal_page(request, 409, sentence=gettext("A colleague has resolved this inquiry meanwhile. Reopen it to go on."))
    except intake.NotGiven:
        return refusal_page(request, 409, sentence=gettext("This person has not agreed to that, or has taken their consent back."))
    # without the consent to be advised the page cannot be opened any more
    place = "" if (act, request.POST.get("purpose")) == ("withdraw", rules.ADVISE) else f"inquiries/{reference}"
    return HttpResponseRedirect(f"/{language}/console/{place}")


def _tried(request: HttpRequest, desk: AtDesk, language: str, reference: str, sentence: str, *, status: int = 422) -> HttpResponse:
    """Show the page again with what was typed and a sentence beside it; its fresh nonce makes a second sending another one."""
    drafts = {name: request.POST.get(name, "") for name in ("answer", "note")}
    return _inquiry_page(request, desk, language, reference, Attempt(errors={request.POST.get("act", ""): sentence}, drafts=drafts, status=status))


def _act(act: str, request: HttpRequest, desk: AtDesk, reference: str) -> None:
    now, nonce = timezone.now(), request.POST.get("nonce", "")
    if act in ("answer", "note") and not nonce:
        raise intake.SentDifferently  # without its nonce one sending cannot be told from another
    key = hashlib.sha256(f"desk|{desk.row.id}|{reference}|{act}|{nonce}".encode()).digest()
    match act:
        case "answer":
            intake.answer_inquiry(reference=reference, text=request.POST.get("answer", ""), key=key, actor=desk.actor, now=now)
        case "note":
            intake.add_note(reference=reference, text=request.POST.get("note", ""), key=key, actor=desk.actor, now=now)
        case "assign":
            intake.assign(reference=reference, staff_id=desk.row.id, actor=desk.actor, now=now)
        case "resolve":
            intake.resolve_inquiry(reference=reference, actor=desk.actor, now=now)
        case "reopen":
            intake.reopen_inquiry(reference=reference, actor=desk.actor, now=now)
        case "withdraw":
            purpose = PurposeId(request.POST.get("purpose", ""))
            intake.withdraw_consent(reference=reference, purpose=purpose, actor=desk.actor, now=now)
        case _:
            raise intake.InquiryUnknown


def _inquiry_page(request: HttpRequest, desk: AtDesk, language: str, reference: str, attempt: Attempt) -> HttpResponse:
    try:
        found = inquiries.inquiry_page(reference=reference, actor=desk.actor, now=timezone.now(), opened=request.GET.get("open", ""))
    except inquiries.NotFound:
        raise Http404 from None
    policy = editions.compiled(found.edition)
    context = {
        "nav": "inbox",
        "inquiry": with_product_names([found.row], language)[0],
        "fields": shown_fields(found.fields, policy, language),
        "cards": further_cards(found, policy, language),
        "opened_under": found.clauses,
        "purpose": policy.label("purpose", rules.ADVISE, language),
        "edition": edition_facts(found.edition, in_force=editions.edition_in_force()),
        "timeline": found.timeline,
        "needs": need_lines(found, policy, language),
        "consents": consent_lines(found, policy, language),
        "address_proven": found.address_proven,
        "has_email": found.has_email,
        "is_mine": found.row.assigned_to_id == desk.row.id,
        "read_only": found.row.state in ("resolved", "erased"),
        "can_reopen": found.row.state == "resolved",
        "advise": rules.ADVISE,
        "nonce": get_random_string(22),
        "errors": attempt.errors,
        "drafts": attempt.drafts,
    }
    return _desk(request, desk, "console/inquiry.html", context, status=attempt.status if attempt.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox")
def find(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Find inquiries by a whole e-mail address or phone number; what is typed never stands in an address."""
    if request.method != "POST":
        return _desk(request, desk, "console/find.html", {"nav": "find"})
    query = request.POST.get("query", "").strip()[:254]
    kind = FieldName("email" if "@" in query else "phone")
    if canonical_identity(kind, query) is None:
        error = gettext("This is neither an e-mail address nor a phone number.") if query else gettext("Please type an address or a number.")
        return _desk(request, desk, "console/find.html", {"nav": "find", "error": error}, status=422)
    found = inquiries.found_by(kind=kind, value=query, actor=desk.actor, now=timezone.now())
    context = {
        "nav": "find",
        "results": with_product_names(found.rows, language),
        "query_kind": kind,
        "has_more": found.has_next,
        "opened_under": found.clauses,
        "purpose": _purpose_label(language),
    }
    return _desk(request, desk, "console/find.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox", "operations", "privacy")
def letters(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the outbox; try a parked letter again, or give it up."""
    if request.method == "POST":
        _decide_letter(request, desk)
        return HttpResponseRedirect(f"/{language}/console/letters")
    after = outbox.place_of(request.GET.get("after", ""))
    found, place = outbox.letters(after=after), f"/{language}/console/letters"
    context = {
        "nav": "letters",
        "letters": with_purposes(found.rows, language),
        "pager": {"newer_url": place if after else "", "older_url": f"{place}?after={found.next_after}" if found.next_after else ""},
    }
    return _desk(request, desk, "console/letters.html", context)


def _decide_letter(request: HttpRequest, desk: AtDesk) -> None:
    try:
        letter_id = UUID(request.POST.get("letter", ""))
        if request.POST.get("act") == "retry":
            notices.retry_letter(letter_id=letter_id, actor=desk.actor, now=timezone.now())
        else:
            notices.give_up_letter(letter_id=letter_id, actor=desk.actor, now=timezone.now())
    except (ValueError, notices.LetterUnknown):
        raise Http404 from None
    except notices.NotParked:
        return  # a colleague was quicker: the list that follows shows how it stands


@require_safe
@staff_only("inbox")
def letter(request: HttpRequest, desk: AtDesk, language: str, letter_id: UUID) -> HttpResponse:
    """Show a waiting letter as it would go out, opened through the gate for this role."""
    try:
        subject, text = notices.preview_letter(letter_id=letter_id, actor=desk.actor, now=timezone.now())
    except notices.LetterUnknown:
        raise Http404 from None
    return _desk(request, desk, "console/letter.html", {"nav": "letters", "subject": subject, "text": text})


@require_safe
@staff_only("journal")
def journal(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the journal, newest first."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    found = custody.journal_page(before=before)
    older = f"/{language}/console/journal?before={found.next_before}" if found.next_before else ""
    context = {
        "nav": "journal",
        "entries": with_purposes(found.entries, language),
        "head": {"size": found.size, "root": found.root},
        "checkpoint": {"size": found.checkpoint_size, "at": found.checkpoint_at} if found.checkpoint_at else None,
        "pager": {"newer_url": f"/{language}/console/journal" if before else "", "older_url": older},
    }
    return _desk(request, desk, "console/journal.html", context)


@require_safe
@staff_only()
def edition_list(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show every published edition."""
    in_force = editions.edition_in_force()
    rows = [{**_facts(line.number, in_force), "in_force": line.number == in_force} for line in editions.edition_lines()]
    return _desk(request, desk, "console/editions.html", {"nav": "editions", "editions": rows})


def _facts(number: int, in_force: int) -> dict[str, Any]:
    facts = edition_facts(number, in_force=in_force)
    return {name: getattr(facts, name) for name in ("number", "last_updated", "hash", "published_at", "effective_from", "is_waiting")}
