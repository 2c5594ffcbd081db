"""The door of the desks: in by a passkey, by a password and a code, by a one-time link or an invitation; and out."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from camket.access import actions as access
from camket.access.rules import INVITATION, LINK, BadName
from camket.web.console.desks.colleagues import name_sentence
from camket.web.console.entrance import caller_of, enter
from camket.web.console.way_on import carried, place_of
from camket.web.kit.errors import strange_form_page
from camket.web.kit.requests import is_same_origin


@csrf_exempt  # before sign-in there is no cookie to carry a form token; the sender's origin stands in for one, and nothing here acts for a session
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, language: str) -> HttpResponse:
    """Show the ways in, and take a passkey, or a password and then a code."""
    if request.method != "POST":
        return _asked(request)
    if not is_same_origin(request):
        return strange_form_page(request)
    step, caller, now = request.POST.get("step", ""), caller_of(request), timezone.now()
    try:
        match step:
            case "password":
                typed = {"email": request.POST.get("email", ""), "password": request.POST.get("password", "")}
                return _second_step(request, access.check_password(**typed, caller=caller, now=now))
            case "code":
                signed = access.check_code(ticket=request.POST.get("ticket", ""), code=request.POST.get("code", ""), caller=caller, now=now)
            case "passkey":
                given = {"ticket": request.POST.get("passkey_ticket", ""), "answer": request.POST.get("passkey", "")}
                signed = access.check_passkey(**given, caller=caller, now=now)
            case _:
                return _asked(request)
        answer = enter(request, signed.row, signed.factor, place=place_of(request))
    except (access.Slowed, access.Busy) as slowed:
        return _slowed(request, slowed, step) if isinstance(slowed, access.Slowed) else _busy(request)
    except access.SecondStepOver:
        return _over(request)
    except access.SignInRefused:
        return _refused(request, step)
    answer.delete_cookie(settings.CAMKET_HALF_WAY_COOKIE_NAME, samesite="Lax")
    return answer


def _asked(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    ceremony = access.begin_asking(purpose=access.SIGN_IN, now=timezone.now())
    typed = request.POST.get("email", "")[:254] if request.POST.get("step") == "password" else ""
    context = {"state": "ask", "error": error, "ceremony": ceremony, "email": typed, "has_company": access.is_company_set()}
    context["way_on"] = carried(request)
    return render(request, "console/sign_in.html", context, status=status)


def _second_step(request: HttpRequest, ticket: str, *, error: str = "", status: int = 200) -> HttpResponse:
    ceremony = access.begin_asking(purpose=access.SIGN_IN, now=timezone.now())
    context = {"state": "code", "ticket": ticket, "ceremony": ceremony, "error": error, "is_company": access.is_company_ticket(ticket)}
    context["way_on"] = carried(request)
    return render(request, "console/sign_in.html", context, status=status)


def _over(request: HttpRequest) -> HttpResponse:
    return _asked(request, error=gettext("That took too long, or the account changed meanwhile. Please begin again."), status=422)


def _refused(request: HttpRequest, step: str) -> HttpResponse:
    if step == "code":
        sentence = gettext("This code is not right, or was used already. Wait for the next one, or use a recovery code.")
        return _second_step(request, request.POST.get("ticket", ""), error=sentence, status=422)
    if step == "passkey":
        sentence = gettext("This passkey does not open an account here. Use another one, or another way in.")
    else:
        sentence = gettext("The e-mail address and password do not match, or the account is closed. We cannot say more here.")
    return _asked(request, error=sentence, status=422)


def _slowed(request: HttpRequest, slowed: access.Slowed, step: str) -> HttpResponse:
    minutes = -(-slowed.seconds // 60)
    sentence = gettext(
        "Too many tries from here: this way in opens again in %(minutes)d minutes. A passkey or a one-time link from your operator works meanwhile."
    )
    error = sentence % {"minutes": minutes}
    if step == "code":
        answer = _second_step(request, request.POST.get("ticket", ""), error=error, status=429)
    else:
        answer = _asked(request, error=error, status=429)
    answer.headers["Retry-After"] = str(slowed.seconds)
    return answer


def _busy(request: HttpRequest) -> HttpResponse:
    sentence = gettext("Too many others are signing in at this moment. Please try again in a minute, or use a passkey or a one-time link meanwhile.")
    answer = _asked(request, error=sentence, status=503)
    answer.headers["Retry-After"] = "60"
    return answer


@csrf_exempt  # before sign-in there is no cookie to carry a form token; the link's own token and the sender's origin stand in for one
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, language: str, token: str) -> HttpResponse:
    """Show the sign-in button for a link, and sign in on its press; a GET changes nothing."""
    if request.method != "POST":
        return render(request, "console/sign_in.html", {"state": "confirm", "link_token": token})
    if not is_same_origin(request):
        return strange_form_page(request)
    try:
        return enter(request, access.redeem_sign_in_link(token=token, now=timezone.now(), caller=caller_of(request)), LINK)
    except access.LinkRefused:
        return render(request, "console/sign_in.html", {"state": "expired"}, status=410)
    except access.SecondStepOver:
        return _over(request)


@csrf_exempt  # as above: the invitation's own token and the sender's origin stand in for a form token
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, language: str, token: str) -> HttpResponse:
    """Show an invitation, and open the account it is for on a press; a GET changes nothing."""
    now, typed, error, invited = timezone.now(), request.POST.get("name", ""), "", None
    if request.method == "POST" and not is_same_origin(request):
        return strange_form_page(request)
    try:
        invited = access.look_at_invitation(token=token, now=now)
        if request.method == "POST" and not typed.strip():
            error = gettext("Please type a name: colleagues know you by it.")
        elif request.method == "POST":
            row = access.accept_invitation(token=token, display_name=typed, caller=caller_of(request), now=now)
            return enter(request, row, INVITATION, place="account")
    except access.LinkRefused:
        return render(request, "console/invitation.html", {"state": "over"}, status=410)
    except access.SecondStepOver:
        return _over(request)
    except BadName:
        error = name_sentence()
    context = {"state": "open", "invited": invited, "address": _hinted(invited.email) if invited else "", "name": typed[:200], "error": error}
    return render(request, "console/invitation.html", context, status=422 if error else 200)


def _hinted(email: str) -> str:
    """As much of an address as its owner needs to know it by: whatever opens links in mailboxes opens this one too."""
    local, _, domain = email.partition("@")
    return f"{local[:2]}…@{domain}" if domain else ""


@require_POST
def sign_out(request: HttpRequest, language: str) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        access.note_signed_out(staff_id=request.user.pk, caller=caller_of(request), now=timezone.now())
    logout(request)
    return render(request, "console/sign_in.html", {"state": "signed_out"})
