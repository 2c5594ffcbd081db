"""A call or a visit written down: each wording is read out first, and nothing is kept without a yes."""

import hashlib
import logging
from dataclasses import dataclass, field, replace

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.access.days import day_of
from camket.duties.catalogue import queries as catalogue
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake import rules
from camket.duties.publishing import queries as editions
from camket.policy.terms import ADVISE, ADVISER, CONTROLLER, Operation
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit import form_tokens
from camket.web.kit.edition_form import SURE, Asking, Typed, mistakes, read_form, with_faults
from camket.web.kit.errors import is_passing, refusal_page
from camket.web.kit.requests import day_in, is_too_long

log = logging.getLogger(__name__)

_FORM = "spoken"
_KNOWN = frozenset({"csrfmiddlewaretoken", "token", "act", "channel", "said_on", "spoken", "product", "consents", SURE})
_LONGEST_DAY = 20  # characters of what was typed for a day that come back
_SPEAK = "speak-"  # an act that changes the language in which the wordings are read out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What the adviser has on the page: what was typed, how they speak with the person, and in which language."""

    typed: Typed
    channel: str = ""
    said_on: str  # as it was typed
    spoken: str
    token: str = field(default="", repr=False)  # a fresh one where empty


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("inbox")
def record(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the sheet for a call or a visit, or keep what stands on it."""
    if request.method != "POST":
        return _page(request, desk, language, _Sheet(typed=Typed(), said_on=_today(), spoken=language))
    if is_too_long(request, rules.largest_form(_shape())):
        return refusal_page(request, 413)
    sheet, faults = _read(request, language)
    act = request.POST.get("act", "")
    if act == "begin" or act.startswith(_SPEAK):
        # another wording has not been heard yet: nothing said before is a yes to it
        spoken = act.removeprefix(_SPEAK) if act.startswith(_SPEAK) else sheet.spoken
        fresh = replace(sheet.typed, consents=frozenset(), sure="")
        return _page(request, desk, language, replace(sheet, typed=fresh, spoken=spoken if spoken in _languages() else language, token=""))
    try:
        return _keep(request, desk, language, sheet, faults)
    except OperationalError as error:
        if not is_passing(error):
            raise
        log.exception("spoken contact")
        return _again(request, desk, language, sheet, [rules.FieldError(field="", code="busy")], status=503)


def _shape() -> rules.FormShape:
    return rules.form_shape(editions.policy_in_force(), role=ADVISER)


def _languages() -> tuple[str, ...]:
    return editions.policy_in_force().languages


def _today() -> str:
    return day_of(timezone.now()).isoformat()


def _read(request: HttpRequest, language: str) -> tuple[_Sheet, list[rules.FieldError]]:
    sent = request.POST
    typed, faults = read_form(sent, _shape(), known=_KNOWN, has_files=bool(request.FILES))
    channel, spoken = sent.get("channel", ""), sent.get("spoken", "")
    if channel not in rules.SPOKEN:
        channel = ""
        faults.append(rules.FieldError(field="channel", code="no_channel"))
    said_on = sent.get("said_on", _today())[:_LONGEST_DAY]
    if fault := inquiries.faulty_yes(day_in(said_on), now=timezone.now()):
        faults.append(fault)
    spoken = spoken if spoken in _languages() else language
    return _Sheet(typed=typed, channel=channel, said_on=said_on, spoken=spoken, token=sent.get("token", "")[:1000]), faults


def _keep(request: HttpRequest, desk: AtDesk, language: str, sheet: _Sheet, faults: list[rules.FieldError]) -> HttpResponse:
    now = timezone.now()
    try:
        token = form_tokens.read_token(_FORM, sheet.token, now=now)
    except form_tokens.TokenBad:
        return _again(request, desk, language, replace(sheet, token=""), [*faults, rules.FieldError(field="", code="form_expired")], status=422)
    if (token.edition, token.language) != (editions.edition_in_force(), sheet.spoken):
        return _read_anew(request, desk, language, sheet)
    if faults or mistakes(_shape(), sheet.typed):
        return _again(request, desk, language, sheet, faults, status=422)
    key = hashlib.sha256(f"desk|{desk.row.id}|spoken|{token.nonce}".encode()).digest()
    offered = {row.slug for row in catalogue.shown_products(language)}
    product = sheet.typed.product if sheet.typed.product in offered else ""
    submission = intake.Submission(
        channel=sheet.channel, language=sheet.spoken, key=key, product=product, edition=token.edition, said_on=day_in(sheet.said_on)
    )
    try:
        received = intake.receive_inquiry(submission=submission, values=sheet.typed.values, consents=sheet.typed.consents, actor=desk.actor, now=now)
    except intake.WordingChanged:
        return _read_anew(request, desk, language, sheet)
    except intake.Malformed as malformed:
        return _again(request, desk, language, sheet, list(malformed.errors), status=422)
    except intake.SentDifferently:
        return _again(request, desk, language, replace(sheet, token=""), [rules.FieldError(field="", code="sent_differently")], status=409)
    return _told(request, desk, received)


def _told(request: HttpRequest, desk: AtDesk, received: intake.Received) -> HttpResponse:
    """What the adviser tells the person, once."""
    context = {
        "nav": "record",
        "reference": received.reference,
        "reading_code": f"{received.reading_code[:3]} {received.reading_code[3:]}",
        "claim_code": received.claim_code,
        "letter_expected": received.letter_expected,
    }
    return desk_page(request, desk, "console/recorded.html", context)


def _again(request: HttpRequest, desk: AtDesk, language: str, sheet: _Sheet, faults: list[rules.FieldError], *, status: int = 422) -> HttpResponse:
    """The sheet with what was typed, and everything that is wrong with it at once."""
    return _page(request, desk, language, replace(sheet, typed=with_faults(_shape(), sheet.typed, faults)), status=status)


def _read_anew(request: HttpRequest, desk: AtDesk, language: str, sheet: _Sheet) -> HttpResponse:
    """The sheet with no box ticked: what they said yes to is not the wording that is in force."""
    unticked = replace(sheet, typed=replace(sheet.typed, consents=frozenset()), token="")
    return _again(request, desk, language, unticked, [rules.FieldError(field="", code="edition_superseded")], status=422)


def _page(request: HttpRequest, desk: AtDesk, language: str, sheet: _Sheet, *, status: int = 200) -> HttpResponse:
    policy = editions.policy_in_force()
    asking = Asking(policy=policy, shape=_shape(), language=language, typed=sheet.typed, sentences=_sentences())
    token = sheet.token or form_tokens.new_token(_FORM, edition=policy.number, language=sheet.spoken, now=timezone.now())
    grants = policy.table.get((ADVISER, Operation.COLLECT, ADVISE, CONTROLLER), {})
    now, summary = timezone.now(), asking.summary()
    told = dict(reversed(summary))
    context = {
        "nav": "record",
        "token": token,
        "said_on": sheet.said_on,
        "first_day": inquiries.earliest_yes(now=now),
        "today": day_of(now),
        "day_error": told.get("f-said_on", ""),
        "spoken": sheet.spoken,
        "languages": policy.languages,
        "channels": [(channel, channel == sheet.channel) for channel in rules.SPOKEN],
        "channel_error": told.get("f-channel", ""),
        "summary_errors": summary,
        "consents": asking.consents(wording=sheet.spoken),
        "groups": asking.groups(legend=gettext("What they tell you"), further=gettext("Only if they said yes to “%(purpose)s” above."), is_own=False),
        "one_of": asking.one_of(gettext("Ask for one of these, they need not give more: %(fields)s.")),
        "products": [(row.slug, row.name, row.slug == sheet.typed.product) for row in catalogue.shown_products(language)],
        "sure": sheet.typed.sure,
        "clauses": tuple(dict.fromkeys(number for grant in grants.values() for number in grant.clauses)),
    }
    return desk_page(request, desk, "console/record.html", context, status=status)


def _sentences() -> dict[str, str]:
    """What is said to an adviser where the form's own sentences speak to the person."""
    return {
        "required": gettext("Please ask them for this."),
        "likely_typo": gettext("Does it end in %(hint)s? If they say it is right as it stands, just send it once more."),
        "not_for_this": gettext("This is only taken for “%(hint)s”. Read that wording out and tick it, or leave this empty."),
        "form_expired": gettext("The page was open for too long. Look it through and send it again; nothing you typed is lost."),
        "no_channel": gettext("Please say whether they called or came by."),
        "no_day": gettext("Please say on which day they said yes; it has to be a day of the calendar."),
        "day_to_come": gettext("They cannot have said yes on a day that is still to come."),
        "day_too_early": gettext(
            "A yes this old is not taken: it must be to the wording in force, and at most %(days)d days old. Read the wording out and ask once more."
        )
        % {"days": rules.TAKEN_DOWN_WITHIN.days},
        "one_of": gettext("Please ask for an e-mail address or a phone number, so that they can be answered."),
        "consent_required": gettext("Without their yes to this wording nothing may be kept. If they do not agree, clear the page."),
        "edition_superseded": gettext(
            "The wording has changed since this page was opened. Please read it out once more and tick what they agree to; nothing you typed is lost."
        ),
        "sent_differently": gettext(
            "This page was already sent with different content. Look at what was kept; what stands here is kept only if you send it once more."
        ),
        "bad_phone": gettext("This is not a complete phone number: a mobile number has ten digits, a landline eleven. Please ask them once more."),
        "bad_email": gettext("This is not a complete e-mail address, such as name@example.com. Please ask them to spell it."),
    }
