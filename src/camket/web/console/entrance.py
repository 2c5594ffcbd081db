"""Who is at the desk: how a session begins, and the wrapper that every desk page wears."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeAlias
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext

from camket.access import actions as access
from camket.access.backend import LinkBackend
from camket.access.days import next_day_at
from camket.access.queries import StaffRow, staff_signed_in
from camket.access.rules import DESKS, FRESH_FOR, NO_FACTOR, NotForThisRole, may_enter
from camket.duties.publishing.queries import one_edition
from camket.policy.terms import Actor, RoleId
from camket.web.console.browsers import browser_words
from camket.web.console.live import let_listen
from camket.web.console.way_on import sign_in_first
from camket.web.kit.errors import AT_DESK, over_page, refusal_page
from camket.web.kit.requests import client_address, client_port, client_prefix
from camket.web.kit.words import word

P = ParamSpec("P")
_BACKEND = "camket.access.backend.LinkBackend"
_READING = ("GET", "HEAD")
DEVICE_KEPT = timedelta(days=180)
# what a session holds beside whose it is: the id under which it is listed, when its owner last showed who they are, the day it was last seen,
# by what it began, and where to go on once they have shown again who they are
_LISTED, _SHOWN_AT, _SEEN_UNTIL, _BY, _THEN = "listed", "shown_at", "seen_until", "by", "then"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """The member of staff who asks: who they are, and as whom the policy knows them."""

    row: StaffRow
    session_id: UUID | None = None
    shown_at: datetime | None = None  # when they last showed who they are, by signing in or by confirming it

    @property
    def is_fresh(self) -> bool:
        """Whether that is short enough ago to change the ways in."""
        return self.shown_at is not None and timedelta(0) <= timezone.now() - self.shown_at <= FRESH_FOR

    @property
    def actor(self) -> Actor:
        """The actor the gate is asked as."""
        return self.row.actor

    @property
    def name(self) -> str:
        """What colleagues call them."""
        return self.row.name

    @property
    def role(self) -> str:
        """Their role."""
        return self.row.role

    @property
    def desks(self) -> frozenset[str]:
        """The desks they work at."""
        return _desks_of(self.row.role)


@lru_cache
def _desks_of(role: RoleId) -> frozenset[str]:
    return frozenset(desk for desk in DESKS if may_enter(role, desk))


def caller_of(request: HttpRequest) -> access.Caller:
    """Return from where somebody signs in: for the log that the law asks for, and for the budgets."""
    address = client_address(request)
    return access.Caller(
        address=str(address) if address else None,
        port=client_port(request),
        network=client_prefix(request),
        device=request.COOKIES.get(settings.CAMKET_DEVICE_COOKIE_NAME, "")[:200],
    )


def enter(request: HttpRequest, row: StaffRow, factor: str, *, place: str = "", language: str = "", is_fresh: bool = True) -> HttpResponse:
    """
    Begin a session for a member of staff, with a fresh key and a fresh form token, and return what leads them to their desk.

    Args:
        request: The form by which they signed in.
        row: Who.
        factor: By what they came in.
        place: Which page of the desks, with its query; the first where it is left out.
        language: In which; that of the form where it is left out.
        is_fresh: Whether they have just shown who they are; where not, the ways in ask again before they change.

    Raises:
        SecondStepOver: All their sessions were ended since they were let in.
    """
    begin(request, row, factor)
    if not is_fresh:
        request.session[_SHOWN_AT] = None
    answer = HttpResponseRedirect(f"/{language or get_language()}/console/{place}")
    keep_device(answer, row)
    return answer


def begin(request: HttpRequest, row: StaffRow, factor: str, *, ends_at: datetime | None = None) -> None:
    """
    Begin a session, or one anew with another key, and list it for its owner.

    Args:
        request: The form by which they signed in, or changed what sessions depend on.
        row: Whose.
        factor: By what they came in.
        ends_at: UTC instant at which it is over, whatever is done in it; None for as long from now as sessions last.

    Raises:
        SecondStepOver: All their sessions were ended since that row was read.
    """
    staff, now = LinkBackend().get_user(row.id), timezone.now()
    if staff is None:
        raise access.SecondStepOver
    request.session.flush()
    login(request, staff, backend=_BACKEND)
    # an instant and no span: what is written into a session later does not make it last longer
    request.session.set_expiry(ends_at or now + timedelta(seconds=settings.SESSION_COOKIE_AGE))
    browser, system = browser_words(request)
    words = {"session_key": str(request.session.session_key), "browser": browser, "system": system, "factor": factor}
    try:
        listed = access.begin_session(row=row, **words, now=now)
    except access.SecondStepOver:
        logout(request)
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False  # Django would begin a session for the form token of whoever came in
        raise
    request.session.update({_LISTED: str(listed), _SHOWN_AT: now.timestamp(), _SEEN_UNTIL: next_day_at(now).timestamp(), _BY: factor})


def renew(request: HttpRequest, desk: AtDesk, row: StaffRow) -> None:
    """
    Begin this session anew, because what all sessions of its owner depend on has changed: it shows nobody anew who they are.

    Args:
        request: The form by which they changed it.
        desk: Whose session.
        row: Their account as it was left by that act, and not as it may have become since.

    Raises:
        SecondStepOver: All their sessions were ended since, or they left.
    """
    begin(request, row, str(request.session.get(_BY, NO_FACTOR)), ends_at=request.session.get_expiry_date())
    request.session[_SHOWN_AT] = desk.shown_at.timestamp() if desk.shown_at else None


def keep_device(answer: HttpResponse, row: StaffRow) -> None:
    """
    Let the browser be known again: what it keeps names nobody, and nobody who guesses elsewhere can slow its owner down here.

    Args:
        answer: To somebody who just came in.
        row: Whose account.
    """
    answer.set_cookie(
        settings.CAMKET_DEVICE_COOKIE_NAME,
        access.device_token(row.id),
        max_age=DEVICE_KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def ask_again(request: HttpRequest, place: str) -> HttpResponse:
    """
    Return what leads somebody to show again who they are, and then back.

    Args:
        request: What they tried.
        place: The page of ours to go on with.
    """
    request.session[_THEN] = place
    return HttpResponseRedirect(f"/{get_language()}/console/account/confirm")


def confirmed(request: HttpRequest) -> str:
    """Note in the session that its owner just showed again who they are, and return the page to go on with."""
    request.session[_SHOWN_AT] = timezone.now().timestamp()
    return str(request.session.pop(_THEN, f"/{get_language()}/console/account"))


def desk_of(request: HttpRequest) -> AtDesk | None:
    """Return who is signed in, or None where nobody is."""
    return _at_desk(request) if request.user.is_authenticated else None


def _at_desk(request: HttpRequest) -> AtDesk:
    listed, shown_at = request.session.get(_LISTED), request.session.get(_SHOWN_AT)
    now, session_id = timezone.now(), UUID(listed) if listed else None
    if session_id and request.session.get(_SEEN_UNTIL, 0) <= now.timestamp():  # once a day, and no edition is asked for otherwise
        access.see_session(session_id=session_id, now=now)
        request.session[_SEEN_UNTIL] = next_day_at(now).timestamp()
    at = datetime.fromtimestamp(shown_at, tz=now.tzinfo) if shown_at else None
    return AtDesk(row=staff_signed_in(request.user), session_id=session_id, shown_at=at)


DeskView: TypeAlias = Callable[Concatenate[HttpRequest, AtDesk, P], HttpResponse]
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_only(*desks: str, is_reading: bool = False) -> Callable[[DeskView[P]], View[P]]:
    """
    Return what wraps a desk's view: strangers are asked to sign in, and staff of other desks are refused alike for what is there and what is not.

    This is the one way in which a page is kept to roles, and it has two steps. Who works at none of the desks is turned away before the view.
    What only some roles of a desk do, the view and the actions it calls ask for by `require_role`, or raise `NotForThisRole` where the edition
    says who does it; the refusal's page is made here. A template asks for neither: it is told what whoever looks may do.

    What is got, and what is posted where `is_reading`, is put together within `one_edition`.

    Args:
        desks: Desks at one of which a member of staff must work; where none is named, all of staff may come.
        is_reading: What is posted there changes nothing, no more than what is got.

    Source: policy §6 (6.1: who may see the data).
    """

    def wrap(view: DeskView[P]) -> View[P]:
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                # what was written in a session that is over is not lost by being led away from it
                return over_page(request) if request.method == "POST" else HttpResponseRedirect(sign_in_first(request))
            desk = _at_desk(request)
            request.META[AT_DESK] = desk  # whatever cannot be done from here on is said to a colleague, and at their desk
            if desks and not desk.desks & frozenset(desks):
                return _turned_away(request, desk, desks)
            try:
                with one_edition() if is_reading or request.method in _READING else nullcontext():
                    return view(request, desk, *args, **kwargs)
            except NotForThisRole:
                return refusal_page(request, 403)
            except access.SecondStepOver:  # this session was ended at the moment at which something was to be done in it, or it was to be renewed
                return HttpResponseRedirect(f"/{get_language()}/console/sign-in")

        return wrapped

    return wrap


def _turned_away(request: HttpRequest, desk: AtDesk, desks: tuple[str, ...]) -> HttpResponse:
    access.note_turned_away(desks=desks, actor=desk.actor, now=timezone.now())
    sentence = gettext(
        "This page belongs to a desk that your role, %(role)s, does not work at. Nothing was opened, and the journal notes the refusal."
    )
    return refusal_page(request, 403, sentence=sentence % {"role": word("role", desk.role)})


def desk_page(request: HttpRequest, desk: AtDesk, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a desk's page, with who sits there and what they must know of the house."""
    answer = render(request, template, {"staff": desk, "warnings": warnings(), **context}, status=status)
    return let_listen(request, answer) if "inbox" in desk.desks else answer


def warnings() -> list[str]:
    """Return what the desk must know of the house: letters that wait, go to a folder, or have no sender."""
    found = []
    if not settings.CAMKET_SMTP_URL:
        found.append(gettext("No mail carrier is set: letters wait in the outbox. The operator sets CAMKET_SMTP_URL."))
    elif settings.CAMKET_SMTP_URL.startswith("file:"):
        found.append(gettext("Letters are written to a folder and reach nobody. This is for development only."))
    if not settings.CAMKET_CONTROLLER_EMAIL:
        found.append(
            gettext("Section 5 of the policy shows no e-mail address, and letters have no sender. The operator sets CAMKET_CONTROLLER_EMAIL.")
        )
    return found
