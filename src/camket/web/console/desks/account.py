"""My account, for all of staff: the ways in, the sessions, and the log of one's own sign-ins."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from camket.access import actions as access
from camket.access import queries as people
from camket.access.errands import CONFIRM, LINK
from camket.access.factors import setup_address
from camket.access.rules import ENTWINED_FOR, LEAST_PASSWORD, MOST_PASSKEYS, MOST_PASSWORD, BadName, BadPassword
from camket.web.console.confirming import carried_in, confirm_page
from camket.web.console.desks.colleagues import name_sentence
from camket.web.console.desks.company import DONE, FAULT, company_sentence, leave, require_company
from camket.web.console.entrance import AtDesk, ask_again, caller_of, confirmed, desk_page, keep_device, renew, staff_only
from camket.web.kit.errors import refusal_page
from camket.web.kit.requests import id_in

Deed = Callable[[HttpRequest, AtDesk], None]


class _NotFresh(Exception):
    """They showed who they are too long ago to change the ways in."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def account(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show one's own ways in and sessions, or do what was pressed on the page."""
    place = f"/{language}/console/account"
    if request.method != "POST":
        return _account_page(request, desk)
    act = request.POST.get("act", "")
    try:
        if act == "recovery_codes":
            return _recovery_codes(request, desk)
        if act == "link_company":
            return _link_company(request, desk, language)
        deed = _DEEDS.get(act)
        if deed is None:
            raise Http404
        deed(request, desk)
    except _NotFresh:
        return ask_again(request, place)
    except access.Busy:
        return refusal_page(request, 503)
    except (BadPassword, BadName, access.FactorNeeded, access.PasskeyRefused, access.TooManyPasskeys) as fault:
        sentence = name_sentence() if act == "rename" else _sentence(fault)
        return _account_page(request, desk, errors={act: sentence}, status=422)
    if act == "begin_codes":
        return HttpResponseRedirect(f"{place}/codes")
    request.session[DONE] = act
    answer = HttpResponseRedirect(place)
    if act in _ENDING:
        keep_device(answer, desk.row)  # the stamp under which this browser was known has just changed
    return answer


def _require_fresh(desk: AtDesk) -> None:
    if not desk.is_fresh:
        raise _NotFresh


def _own(desk: AtDesk) -> dict[str, Any]:
    """Whose account it is and in which session they ask: each act looks again, under its lock, whether that session lives still."""
    return {"row": desk.row, "session_id": desk.session_id}


def _set_password(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)
    row = access.set_password(**_own(desk), password=request.POST.get("password", ""), actor=desk.actor, now=timezone.now())
    renew(request, desk, row)


def _remove_password(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)
    row = access.remove_password(**_own(desk), actor=desk.actor, now=timezone.now())
    renew(request, desk, row)


def _begin_codes(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)
    access.begin_codes(**_own(desk), actor=desk.actor, now=timezone.now())


def _remove_codes(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)
    row = access.remove_codes(**_own(desk), actor=desk.actor, now=timezone.now())
    renew(request, desk, row)


def _add_passkey(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)
    access.add_passkey(
        **_own(desk),
        name=request.POST.get("passkey_name", "")[:200],
        ticket=request.POST.get("passkey_ticket", ""),
        answer=request.POST.get("passkey", ""),
        actor=desk.actor,
        now=timezone.now(),
    )


def _remove_passkey(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)
    try:
        row = access.remove_passkey(**_own(desk), passkey_id=_id_in(request, "passkey_id"), actor=desk.actor, now=timezone.now())
    except access.PasskeyUnknown:
        raise Http404 from None
    renew(request, desk, row)


def _rename(request: HttpRequest, desk: AtDesk) -> None:
    access.rename_oneself(**_own(desk), display_name=request.POST.get("display_name", "")[:500], actor=desk.actor, now=timezone.now())


def _end_session(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)  # as below: all of them can be ended one by one
    try:
        access.end_session(**_own(desk), ended=_id_in(request, "session_id"), actor=desk.actor, now=timezone.now())
    except access.SessionUnknown:
        raise Http404 from None


def _end_others(request: HttpRequest, desk: AtDesk) -> None:
    _require_fresh(desk)  # a stolen session must not outrun its owner by ending theirs first
    row = access.end_own_sessions(**_own(desk), actor=desk.actor, now=timezone.now())
    renew(request, desk, row)


def _link_company(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    require_company()
    _require_fresh(desk)
    return leave(request, purpose=LINK, language=language, desk=desk)


def _unlink_company(request: HttpRequest, desk: AtDesk) -> None:
    require_company()
    _require_fresh(desk)
    row = access.unlink_company(**_own(desk), actor=desk.actor, now=timezone.now())
    renew(request, desk, row)


_DEEDS: dict[str, Deed] = {
    "password": _set_password,
    "remove_password": _remove_password,
    "begin_codes": _begin_codes,
    "remove_codes": _remove_codes,
    "add_passkey": _add_passkey,
    "remove_passkey": _remove_passkey,
    "unlink_company": _unlink_company,
    "rename": _rename,
    "end_session": _end_session,
    "end_others": _end_others,
}


# with these every other session ends, and the stamp changes under which this browser is known
_ENDING = frozenset({"password", "remove_codes", "remove_passkey", "unlink_company", "end_others"})


def _id_in(request: HttpRequest, name: str) -> UUID:
    found = id_in(request.POST.get(name, ""))
    if found is None:
        raise Http404
    return found


def _sentence(fault: Exception) -> str:
    if isinstance(fault, BadPassword):
        return {
            "short": gettext("A password has at least %(least)d characters. A few words in a row are easier to remember than symbols.")
            % {"least": LEAST_PASSWORD},
            "long": gettext("A password has at most %(most)d characters.") % {"most": MOST_PASSWORD},
            "name": gettext("This password is made of your name or your address, which anyone guessing tries first."),
            "guessed": gettext("This password is among those that are tried first. Please choose another one."),
            "characters": gettext("It contains a character that no keyboard types. Please type it again."),
        }[fault.reason]
    if isinstance(fault, access.FactorNeeded):
        return gettext("A password alone opens nothing here: keep a passkey or an app with one-time codes beside it, or remove the password first.")
    if isinstance(fault, access.TooManyPasskeys):
        return gettext("An account has %(most)d passkeys at most. Remove one that you no longer use.") % {"most": MOST_PASSKEYS}
    if isinstance(fault, BadName):
        return gettext("A passkey's name has at most 40 characters and no control characters.")
    return gettext("The browser made no passkey that we can keep, or took too long. Please try again.")


def _account_page(request: HttpRequest, desk: AtDesk, *, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    now, row = timezone.now(), desk.row
    ceremony = None
    fault = company_sentence(request.session.pop(FAULT, "")) if status == 200 else ""
    if desk.is_fresh:
        ceremony = access.begin_adding(staff_id=row.id, account=row.email, name=row.name, known=people.known_passkeys(row.id), now=now)
    context = {
        "nav": "account",
        "facts": people.account_facts(row.id),
        "let_in": people.lettings_in(row.id, since=now - ENTWINED_FOR),
        "sessions": people.sessions_of(row.id, this=desk.session_id, now=now),
        "tries": people.tries_of(row.id),
        "email": row.email,
        "display_name": request.POST.get("display_name", "")[:200] if "rename" in (errors or {}) else row.display_name,
        "is_fresh": desk.is_fresh,
        "ceremony": ceremony,
        "least": LEAST_PASSWORD,
        "errors": errors or ({"link_company": fault} if fault else {}),
        "has_company": access.is_company_set(),
        "done": request.session.pop(DONE, "") if status == 200 else "",
    }
    return desk_page(request, desk, "console/account.html", context, status=status)


def _recovery_codes(request: HttpRequest, desk: AtDesk) -> HttpResponse:
    _require_fresh(desk)
    codes = access.make_recovery_codes(**_own(desk), actor=desk.actor, now=timezone.now())
    return desk_page(request, desk, "console/recovery_codes.html", {"nav": "account", "codes": codes, "made_at": timezone.now()})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def codes(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the picture for an app with one-time codes, and put it in force by its first code."""
    place, error, now = f"/{language}/console/account", "", timezone.now()
    if not desk.is_fresh:
        return ask_again(request, place)
    if request.method == "POST":
        try:
            access.confirm_codes(**_own(desk), code=request.POST.get("code", ""), actor=desk.actor, now=now)
        except access.CodeWrong:
            error = gettext("This is not the code that the app shows now. Check that the clock of your phone is right, and type the next one.")
        else:
            request.session[DONE] = "codes"
            return HttpResponseRedirect(place)
    secret = people.waiting_setup(desk.row.id, now=now)
    if secret is None:
        return HttpResponseRedirect(place)
    address = setup_address(secret, account=desk.row.email, issuer=settings.CAMKET_SITE_NAME)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=True)
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    # the library draws it out of numbers alone: nothing of the address stands in it as text
    context = {"nav": "account", "picture": SafeString(picture), "secret": groups, "error": error}
    return desk_page(request, desk, "console/codes.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only()
def confirm(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Ask once more who it is, before the ways in are changed."""
    error, status = company_sentence(request.session.pop(FAULT, "")), 200
    if request.method == "POST" and request.POST.get("company"):
        require_company()
        return leave(request, purpose=CONFIRM, language=language, desk=desk)
    if request.method == "POST":
        try:
            _confirm(request, desk)
        except access.Slowed:
            error, status = gettext("Too many tries in this session. Sign out, and in again."), 429
        except access.Busy:
            return refusal_page(request, 503)
        except (access.SignInRefused, access.NothingToConfirm):
            error, status = gettext("That was not right. Nothing was changed."), 422
        else:
            # what was to be done is sent on as it was sent here, by the browser itself: it stands in no address and in no session
            return HttpResponseRedirect(confirmed(request), preserve_request=bool(carried_in(request)))
    return confirm_page(request, desk, carried=carried_in(request), error=error, status=status)


def _confirm(request: HttpRequest, desk: AtDesk) -> None:
    caller, now = caller_of(request), timezone.now()
    if request.POST.get("passkey"):
        answer = {"ticket": request.POST.get("passkey_ticket", ""), "answer": request.POST["passkey"]}
        access.confirm_by_passkey(staff_id=desk.row.id, **answer, caller=caller, now=now)
    elif desk.session_id is not None:
        typed = request.POST.get("password", "")
        access.confirm_by_password(staff_id=desk.row.id, session_id=desk.session_id, password=typed, caller=caller, now=now)
    else:
        raise access.NothingToConfirm
