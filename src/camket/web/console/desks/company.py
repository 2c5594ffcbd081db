"""
The company's own sign-in service: the way to it, and back.

Who asks the service over the network is a channel, which `config` names (CAMKET_OIDC_PROVIDER); what comes of its word is decided in `access`.
"""

import logging
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from camket.access import actions as access
from camket.access.errands import CONFIRM, ENTER, LINK
from camket.access.providers import CALLBACK, Proven, Provider, ProviderAway, ProviderRefused, Unfit
from camket.access.rules import COMPANY_ERRAND
from camket.web.console.entrance import AtDesk, caller_of, confirmed, desk_of, enter
from camket.web.console.way_on import carried, desk_or_none, leading_on, place_of
from camket.web.kit.errors import strange_form_page
from camket.web.kit.languages import page_language
from camket.web.kit.requests import is_same_origin

log = logging.getLogger(__name__)

# in a session: what the page that follows says of the way back, and of which act it speaks
FAULT, DONE = "company_fault", "done"
OVER, AWAY, SLOWED, REFUSED, STOPPED, UNKNOWN, TAKEN = "over", "away", "slowed", "refused", "stopped", "unknown", "taken"
_SECOND_STEP_SECONDS: Final = 300


def company_sentence(fault: str) -> str:
    """Return what is said of a way to the company's sign-in service that led nowhere; "" for no such word."""
    return {
        OVER: gettext("That took too long, or was begun in another browser. Please begin again."),
        AWAY: gettext("Your company's sign-in service does not answer as it should. Please try again in a minute, or use another way in."),
        SLOWED: gettext("Too many tries from here. This way in opens again within the hour; the others are open."),
        REFUSED: gettext("The answer from your company's sign-in service is not valid. Nobody was signed in. Please begin again."),
        STOPPED: gettext("Your company's sign-in service let nobody through, or you stopped there. Nothing was changed."),
        UNKNOWN: gettext("This company account opens no account here. Come in by another way first, and link it under My account."),
        TAKEN: gettext("This company account already opens another account here, or yours is linked already. Nothing was changed."),
    }.get(fault, "")


def _provider() -> Provider:
    provider: Provider = import_string(settings.CAMKET_OIDC_PROVIDER)()
    return provider


def require_company() -> None:
    """
    Make sure that the company's own sign-in service is set: without it its addresses lead nowhere.

    Raises:
        Http404: It is not.
    """
    if not access.is_company_set():
        raise Http404


@csrf_exempt  # before sign-in there is no cookie to carry a form token; the sender's origin stands in for one, and nothing here acts for a session
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: HttpRequest, language: str) -> HttpResponse:
    """Send a browser to the company's sign-in service on a press; show what came of it, or ask for the second step; a GET changes nothing."""
    require_company()
    if request.method != "POST":
        return _came_back(request)
    if not is_same_origin(request):
        return strange_form_page(request)
    return leave(request, purpose=ENTER, language=language)


def _came_back(request: HttpRequest) -> HttpResponse:
    fault, ticket = company_sentence(request.GET.get("fault", "")), request.COOKIES.get(settings.CAMKET_HALF_WAY_COOKIE_NAME, "")
    ceremony = access.begin_asking(purpose=access.SIGN_IN, now=timezone.now())
    context = {"ceremony": ceremony, "way_on": carried(request)}
    if not fault and access.is_company_ticket(ticket):
        return render(request, "console/sign_in.html", {**context, "state": "code", "ticket": ticket, "is_company": True})
    return render(request, "console/sign_in.html", {**context, "state": "ask", "error": fault, "has_company": True})


def leave(request: HttpRequest, *, purpose: str, language: str, desk: AtDesk | None = None) -> HttpResponse:
    """
    Return the page that leads a browser on to the company's sign-in service.

    It is a page and no redirect: browsers hold a form to the places that `form-action` names, through every redirect after it, and nobody
    knows through which places a service leads.

    Args:
        request: The form that was pressed.
        purpose: What for.
        language: In which its owner is spoken to.
        desk: Who is signed in, where somebody is.
    """
    now = timezone.now()
    try:
        session, then = desk.session_id if desk else None, place_of(request) if purpose == ENTER else ""
        errand, ticket = access.begin_errand(purpose=purpose, session=session, language=language, then=then, caller=caller_of(request), now=now)
        address = _provider().address(errand.question, is_anew=purpose == CONFIRM, now=now)
    except access.Slowed as slowed:
        return _stays(request, purpose, SLOWED, status=429, retry_seconds=slowed.seconds)
    except ProviderAway as away:
        log.warning("the company's sign-in service was not asked: %s", away.code)
        return _stays(request, purpose, AWAY, status=503, retry_seconds=60)
    answer = render(request, "console/leaving.html", {"address": address})
    answer.set_cookie(
        settings.CAMKET_ERRAND_COOKIE_NAME,
        ticket,
        max_age=COMPANY_ERRAND,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",  # the way back begins at another site: a Strict one would stay behind
    )
    return answer


def _stays(request: HttpRequest, purpose: str, fault: str, *, status: int, retry_seconds: int) -> HttpResponse:
    if purpose != ENTER:
        return _back_at_desk(request, purpose, page_language(), fault)
    ceremony = access.begin_asking(purpose=access.SIGN_IN, now=timezone.now())
    context = {"state": "ask", "error": company_sentence(fault), "ceremony": ceremony, "has_company": True, "way_on": carried(request)}
    answer = render(request, "console/sign_in.html", context, status=status)
    answer.headers["Retry-After"] = str(retry_seconds)
    return answer


def _back_at_desk(request: HttpRequest, purpose: str, language: str, fault: str) -> HttpResponse:
    request.session[FAULT] = fault
    return HttpResponseRedirect(f"/{language}/console/account{'/confirm' if purpose == CONFIRM else ''}")


# GET by protocol: the service sends the browser here (OpenID Connect Core 1.0 §3.1.2.5). What it may do hangs on a cookie that a press of ours laid
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take the service's word, once, and lead away at once from an address that holds a code."""
    require_company()
    now = timezone.now()
    try:
        ticket, state = request.COOKIES.get(settings.CAMKET_ERRAND_COOKIE_NAME, ""), request.GET.get("state", "")
        errand = access.end_errand(ticket=ticket[:4000], state=state[:200], now=now)
    except access.ErrandOver:
        answer = _leads_to_door(request.LANGUAGE_CODE, OVER)
    else:
        answer = _ended(request, errand, now)
    # what was asked for once is over, whatever came of it
    answer.delete_cookie(settings.CAMKET_ERRAND_COOKIE_NAME, samesite="Lax")
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _ended(request: HttpRequest, errand: access.Errand, now: datetime) -> HttpResponse:
    desk = desk_of(request) if errand.purpose != ENTER else None
    if errand.purpose != ENTER and (desk is None or str(desk.session_id or "") != errand.session or not errand.session):
        return _leads_to_door(errand.language, OVER)
    try:
        proven = _proven(request, errand, now)
    except ProviderAway as away:
        log.warning("the company's sign-in service gave no answer: %s", away.code)
        return _failed(request, errand, AWAY)
    except ProviderRefused as refused:
        log.warning("the company's sign-in service sent what does not hold: %s", refused.code)
        access.refuse_company(staff_id=desk.row.id if desk else None, caller=caller_of(request), now=now)
        return _failed(request, errand, STOPPED if refused.code is Unfit.NO_CODE else REFUSED)
    try:
        return _linked_or_confirmed(request, errand, desk, proven, now) if desk else _entered(request, errand, proven, now)
    except access.SignInRefused:
        return _failed(request, errand, UNKNOWN if errand.purpose == ENTER else REFUSED)
    except access.CompanyAccountTaken:
        return _failed(request, errand, TAKEN)
    except access.SecondStepOver:
        return _failed(request, errand, OVER)


def _proven(request: HttpRequest, errand: access.Errand, now: datetime) -> Proven:
    said = {name: request.GET.get(name, "") for name in ("code", "iss", "error")}
    code = "" if said["error"] else said["code"]
    return _provider().prove(code=code, issuer=said["iss"], question=errand.question, now=now)


def _entered(request: HttpRequest, errand: access.Errand, proven: Proven, now: datetime) -> HttpResponse:
    found = access.enter_by_company(proven=proven, caller=caller_of(request), now=now)
    if not isinstance(found, access.HalfWay):
        return enter(request, found.row, found.factor, place=desk_or_none(errand.then), language=errand.language, is_fresh=found.is_fresh)
    answer = HttpResponseRedirect(f"/{errand.language}{CALLBACK}{leading_on(errand.then)}")
    kept: dict[str, Any] = {"max_age": _SECOND_STEP_SECONDS, "secure": settings.SESSION_COOKIE_SECURE}
    answer.set_cookie(settings.CAMKET_HALF_WAY_COOKIE_NAME, found.ticket, **kept, httponly=True, samesite="Lax")
    return answer


def _linked_or_confirmed(request: HttpRequest, errand: access.Errand, desk: AtDesk, proven: Proven, now: datetime) -> HttpResponse:
    if errand.purpose == LINK:
        access.link_company(row=desk.row, session_id=desk.session_id, proven=proven, actor=desk.actor, now=now)
        request.session[DONE] = "link_company"
        return HttpResponseRedirect(f"/{errand.language}/console/account")
    began_at = datetime.fromtimestamp(errand.began_at, tz=UTC)
    access.confirm_by_company(staff_id=desk.row.id, proven=proven, began_at=began_at, caller=caller_of(request), now=now)
    return HttpResponseRedirect(confirmed(request))


def _failed(request: HttpRequest, errand: access.Errand, fault: str) -> HttpResponse:
    if errand.purpose == ENTER:
        return _leads_to_door(errand.language, fault, then=errand.then)
    return _back_at_desk(request, errand.purpose, errand.language, fault)


def _leads_to_door(language: str, fault: str, *, then: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"/{language}{CALLBACK}{leading_on(then, fault=fault)}")
