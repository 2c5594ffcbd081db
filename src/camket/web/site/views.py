"""Where a visitor says something: contact, reading an answer, fetching a certificate. A view is a translator: parse, one call, render."""

import logging
from dataclasses import replace

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from camket.access.actions import AttemptsSpent, LinkRefused
from camket.duties.catalogue import queries as catalogue
from camket.duties.custody import queries as custody
from camket.duties.intake import actions as intake
from camket.duties.intake import rules
from camket.duties.publishing import queries as editions
from camket.duties.retention import queries as retention
from camket.policy.languages import LANGUAGES
from camket.policy.terms import VISITOR, Actor, EditionNumber
from camket.web.kit import form_tokens
from camket.web.kit.edition_form import Typed, mistakes, read_form, with_faults, with_files_gone
from camket.web.kit.errors import is_passing, refusal_page, strange_form_page
from camket.web.kit.languages import page_language
from camket.web.kit.requests import client_prefix, is_same_origin, is_too_long, written_bytes
from camket.web.site import lanes, tokens
from camket.web.site.contact_form import FILES_LEFT, HONEYPOT, KNOWN, SWITCH, build_form
from camket.web.site.uploads import Uploads

log = logging.getLogger(__name__)

_IN_PARTS = "multipart/form-data"
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", _IN_PARTS})
_MOST_CERTIFICATES = 30  # look-ups an hour from one network: claim codes cannot be guessed, but nobody needs more
_NOT_FOUND = 404
_CERTIFICATE = "certificate"  # the form's name in its token
_SOON_SECONDS = "10"  # what a locked database usually takes to be free again


@require_safe
def to_language(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Send a visitor without a language in the address to the page in theirs."""
    if rest and not rest.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise Http404
    if rest in LANGUAGES:
        return _moved(request, f"/{rest}/")
    return _moved(request, f"/{page_language()}/{rest}")


def _moved(request: HttpRequest, address: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(address + (f"?{query}" if query else ""))


@require_safe
def without_slash(request: HttpRequest, language: str, rest: str) -> HttpResponse:
    """Send a visitor who typed a slash too many to the page they mean."""
    return _moved(request, f"/{language}/{rest}")


@csrf_exempt  # public pages set no cookie; the form's own signed token and the sender's origin stand in for one (house.md §9.3)
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, language: str) -> HttpResponse:
    """Show the contact form, or receive it."""
    if request.method != "POST":
        typed = Typed(product=request.GET.get("product", "")[:40])
        return _form_page(request, language, typed, status=200)
    uploads = Uploads(request)
    request.upload_handlers = [uploads]
    try:
        return _receive(request, language, uploads)
    except OperationalError as error:
        if not is_passing(error):
            raise
        log.exception("contact form")
    try:
        return _once_more(request, language, uploads)
    except OperationalError as error:
        if not is_passing(error):
            raise
        # not even the form can be drawn: what was typed is with the browser alone, which sends it again under the same token
        sentence = gettext("Your message was not kept. Please wait a minute, then load this page again: your browser sends what you wrote once more.")
        return refusal_page(request, 503, sentence=sentence)


def _once_more(request: HttpRequest, language: str, uploads: Uploads) -> HttpResponse:
    """The form with everything typed, for a database that is locked for a moment; under its own token, so that it is kept once."""
    typed, _ = _typed(request.POST, uploads, _shape())
    again = replace(typed, errors=[rules.FieldError(field="", code="busy")])
    response = _form_page(request, language, again, status=503, token=request.POST.get("token", ""))
    response.headers["Retry-After"] = _SOON_SECONDS
    return response


def _form_page(request: HttpRequest, language: str, typed: Typed, *, status: int, token: str = "") -> HttpResponse:
    edition = editions.policy_in_force()
    typed = with_files_gone(typed, _shape())
    token = token or tokens.new_token(edition=edition.number, language=language, now=timezone.now())
    form = build_form(edition, language=language, token=token, products=catalogue.shown_products(language), typed=typed)
    return render(request, "site/contact.html", {"nav": "contact", "form": form, "said": catalogue.site_texts(language)}, status=status)


def _receive(request: HttpRequest, language: str, uploads: Uploads) -> HttpResponse:
    shape = _shape()
    refusal = _refusal_of_form(request, shape)
    if refusal is not None:
        return refusal
    sent, now = request.POST, timezone.now()
    typed, faults = _typed(sent, uploads, shape)
    if SWITCH in sent:
        # nobody has agreed to a wording that they have not read in this language
        fresh = replace(typed, consents=frozenset(), sure="", has_files=sent[SWITCH] == FILES_LEFT)
        return _form_page(request, language, fresh, status=200)
    try:
        token = tokens.read_token(sent.get("token", ""), now=now)
    except tokens.TokenBad:
        return _again(request, language, typed, [*faults, rules.FieldError(field="", code="form_expired")], status=422)
    if (token.edition, token.language) != (editions.edition_in_force(), language):
        return _read_anew(request, language, typed)
    if faults or mistakes(shape, typed):
        return _again(request, language, typed, faults, status=422)
    code = "too_many"
    try:
        delay = lanes.delay_of(request, token, now=now)
        code = "too_many_bytes"
        lanes.make_room_for(request, uploads.sent, now=now)
    except lanes.LaneFull as full:
        answer = _again(request, language, typed, [rules.FieldError(field="", code=code)], status=429)
        return _later(answer, full)
    except lanes.NoRoomForFiles:
        return _again(request, language, typed, [rules.FieldError(field="", code="no_room_for_files")], status=503)
    product = typed.product if typed.product and catalogue.is_shown(typed.product) else ""
    submission = intake.Submission(channel="form", language=language, key=tokens.key_of(token), product=product, delay=delay, edition=token.edition)
    return _hand_in(request, typed, uploads, submission)


def _refusal_of_form(request: HttpRequest, shape: rules.FormShape) -> HttpResponse | None:
    """The answer to a form that is not even read: of another type, too large, or sent from another site."""
    if request.content_type not in _FORM_TYPES:
        return refusal_page(request, 415)
    # in parts it may bring files, which are counted as they come in
    most = settings.CAMKET_FILES_LET_BY_BYTES if request.content_type == _IN_PARTS else rules.largest_form(shape)
    if is_too_long(request, most):
        return refusal_page(request, 413)
    if not is_same_origin(request):
        sentence = gettext("This form was sent from another website, so we did not take it. Please open our contact page.")
        return strange_form_page(request, sentence=sentence)
    return refusal_page(request, 413) if written_bytes(request) > settings.CAMKET_FORM_LIMIT_BYTES else None


def _hand_in(request: HttpRequest, typed: Typed, uploads: Uploads, submission: intake.Submission) -> HttpResponse:
    language = submission.language
    try:
        received = intake.receive_inquiry(
            submission=submission,
            values=typed.values,
            consents=typed.consents,
            files=uploads.sent,
            actor=Actor(role=VISITOR),
            now=timezone.now(),
        )
    except intake.WordingChanged:
        return _read_anew(request, language, typed)
    except intake.Malformed as malformed:
        return _again(request, language, typed, list(malformed.errors), status=422)
    except intake.SentDifferently:
        return _again(request, language, typed, [rules.FieldError(field="", code="sent_differently")], status=409)
    context = {
        "nav": "contact",
        "reference": received.reference,
        "reading_code": f"{received.reading_code[:3]} {received.reading_code[3:]}",
        "claim_code": received.claim_code,
        "checkpoint": custody.latest_checkpoint_mark(),
        "letter_expected": received.letter_expected,
        "promised": catalogue.site_texts(language).answer,
        "files": received.files,
        "late_minutes": int(received.delay.total_seconds()) // 60,
    }
    return render(request, "site/received.html", context)


def _typed(sent: QueryDict, uploads: Uploads, shape: rules.FormShape) -> tuple[Typed, list[rules.FieldError]]:
    """What the form brought, and what was wrong with its shape and its files."""
    places = {str(shape.file.rule.name)} if shape.file else set()
    # where nobody chose a file, a browser sends its field with no name and nothing in it, which reads as an empty text
    empty = {name for name in places if not any(sent.getlist(name))}
    typed, faults = read_form(sent, shape, known=KNOWN | empty, has_files=bool(uploads.places - places))
    if sent.get(HONEYPOT):
        faults.append(rules.FieldError(field="", code="trap"))
    _, of_files = rules.check_files(shape, uploads.sent) if shape.file else ((), [])
    if shape.file and not of_files and uploads.came_short(sent):
        of_files = [rules.FieldError(field=shape.file.rule.name, code="files_cut_short", limit=rules.MOST_BYTES_OF_FILES // rules.MEGABYTE)]
    return replace(typed, has_files=bool(uploads.places)), [*faults, *of_files]


def _shape() -> rules.FormShape:
    return rules.form_shape(editions.policy_in_force(), role=VISITOR)


def _again(request: HttpRequest, language: str, typed: Typed, faults: list[rules.FieldError], *, status: int) -> HttpResponse:
    """The form with what was typed, and everything that is wrong with it at once."""
    return _form_page(request, language, with_faults(_shape(), typed, faults), status=status)


def _read_anew(request: HttpRequest, language: str, typed: Typed) -> HttpResponse:
    """The form with what was typed and no box ticked: what was agreed to is not the wording that is in force."""
    return _again(request, language, replace(typed, consents=frozenset()), [rules.FieldError(field="", code="edition_superseded")], status=422)


def _later(answer: HttpResponse, full: lanes.LaneFull) -> HttpResponse:
    answer.headers["Retry-After"] = str(full.seconds)
    return answer


@csrf_exempt  # the link's token and the reading code are the proof; there is no session to protect
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: HttpRequest, language: str, token: str) -> HttpResponse:
    """Open our answers for who holds both the link of a letter and the reading code; a GET changes nothing."""
    now = timezone.now()
    try:
        if request.method != "POST":
            intake.look_at_link(token=token, now=now)
            return render(request, "site/reading.html", {"link_token": token})
        if not is_same_origin(request):
            return strange_form_page(request)
        found = intake.read_answers(token=token, code=request.POST.get("reading_code", "")[:40], now=now)
    except intake.NoCode:
        sentence = gettext("The reading code has six digits. This did not count as a try.")
        return render(request, "site/reading.html", {"link_token": token, "error": sentence}, status=422)
    except intake.WrongCode as wrong:
        told = {"link_token": token, "error": gettext("This code does not fit."), "attempts_left": wrong.attempts_left}
        return render(request, "site/reading.html", told, status=422)
    except (AttemptsSpent, LinkRefused, intake.InquiryUnknown):
        return render(request, "site/reading.html", {"expired": True}, status=410)
    context = {
        "answers": found.answers,
        "is_open": not found.is_taken_back,
        "is_taken_back": found.is_taken_back,
        "inquiry_reference": found.reference,
        "clause": found.clauses[0] if found.clauses else "",
        "consents_token": found.consents_token,
    }
    return render(request, "site/reading.html", context, status=403 if found.is_taken_back else 200)


@csrf_exempt  # the claim code is the proof; there is no session to protect
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, language: str) -> HttpResponse:
    """Show the certificates of erasure that a claim code fetches."""
    if request.method != "POST":
        return _certificate_page(request, language)
    if not is_same_origin(request):  # another's page would spend what a visitor's network may ask for in an hour
        return strange_form_page(request)
    if not _is_from_its_page(request):
        sentence = gettext("This page was open for too long. Please type your code again.")
        return _certificate_page(request, language, error=sentence, status=422)
    try:
        lanes.keep_within_hour(b"certificate|" + client_prefix(request), limit=_MOST_CERTIFICATES, now=timezone.now())
    except lanes.LaneFull as full:
        return _later(refusal_page(request, 429), full)
    found = retention.certificates(code=request.POST.get("claim_code", "")[:64])
    if request.POST.get("as") == "json" and found:
        answer = JsonResponse({"certificates": [dict(row.statement) for row in found]})
        answer.headers["Content-Disposition"] = 'attachment; filename="camket-certificate.json"'
        return answer
    if not found:
        sentence = gettext("No certificate belongs to this code: either it is mistyped, or nothing has been erased yet.")
        return _certificate_page(request, language, error=sentence, status=_NOT_FOUND)
    return _certificate_page(request, language, found=found)


def _certificate_page(
    request: HttpRequest, language: str, *, found: tuple[retention.CertificateRow, ...] = (), error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "certificates": _in_words(found, language),
        # a secret stands in no answer to a form that may be another's; what fits nothing goes back to whoever mistyped it
        "claim_code": request.POST.get("claim_code", "")[:64] if found or status == _NOT_FOUND else "",
        "error": error,
        "has_rules": editions.has_paper("verifying.md"),
        # no wording stands on this page that somebody agrees to
        "token": form_tokens.new_token(_CERTIFICATE, edition=EditionNumber(0), language=language, now=timezone.now()),
    }
    return render(request, "site/certificate.html", context, status=status)


def _is_from_its_page(request: HttpRequest) -> bool:
    """Whether a form brings the token of its page; a program, which says neither where it comes from nor brings one, needs none."""
    brought = request.POST.get("token", "")
    if not brought and not any(name in request.headers for name in ("Origin", "Sec-Fetch-Site")):
        return True
    try:
        form_tokens.read_token(_CERTIFICATE, brought, now=timezone.now())
    except form_tokens.TokenBad:
        return False
    return True


def _in_words(found: tuple[retention.CertificateRow, ...], language: str) -> list[retention.CertificateRow]:
    """The certificates with each field in the words of the edition it was collected under; the signed statement keeps the names."""
    named = []
    for row in found:
        policies = [editions.compiled(editions.EditionNumber(number)) for number in row.editions]
        labels = [next((one.label("field", name, language) for one in policies if name in one.fields), name) for name in row.fields]
        named.append(replace(row, fields=tuple(labels)))
    return named


@require_safe
def to_slash(request: HttpRequest, language: str) -> HttpResponse:
    """Send a visitor to the desks' front page."""
    return _moved(request, f"/{language}/console/")
