"""Who is at the desk: signing in by one-time link, signing out, and the wrapper that every desk page wears."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeAlias

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from camket.access.backend import LinkBackend
from camket.access.queries import StaffRow, staff_by_id
from camket.access.rules import DESKS, may_enter
from camket.policy.terms import Actor
from camket.web.kit.errors import refusal_page

P = ParamSpec("P")
_BACKEND = "camket.access.backend.LinkBackend"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """The member of staff who asks: who they are, and as whom the policy knows them."""

    row: StaffRow

    @property
    def actor(self) -> Actor:
        """The actor the gate is asked as."""
        return Actor(role=self.row.role, id=str(self.row.id))

    @property
    def name(self) -> str:
        """What colleagues call them."""
        return self.row.display_name or self.row.email

    @property
    def role(self) -> str:
        """Their role."""
        return self.row.role

    @property
    def desks(self) -> frozenset[str]:
        """The desks they work at."""
        return frozenset(desk for desk in DESKS if may_enter(self.row.role, desk))


def enter(request: HttpRequest, row: StaffRow) -> None:
    """Begin a session for a member of staff, with a fresh key and a fresh form token."""
    staff = LinkBackend().get_user(row.id)
    if staff is not None:
        login(request, staff, backend=_BACKEND)


DeskView: TypeAlias = Callable[Concatenate[HttpRequest, AtDesk, P], HttpResponse]
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_only(*desks: str) -> Callable[[DeskView[P]], View[P]]:
    """
    Return what wraps a desk's view: strangers are asked to sign in, and staff of other desks are refused alike for what is there and what is not.

    Args:
        desks: Desks at one of which a member of staff must work; where none is named, all of staff may come.

    Source: policy §6 (who may see the data).
    """

    def wrap(view: DeskView[P]) -> View[P]:
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user = request.user
            if not user.is_authenticated:
                return HttpResponseRedirect(f"/{get_language()}/console/sign-in")
            desk = AtDesk(row=staff_by_id(user.pk))
            if desks and not desk.desks & frozenset(desks):
                return refusal_page(request, 403)
            return view(request, desk, *args, **kwargs)

        return wrapped

    return wrap


def desk_page(request: HttpRequest, desk: AtDesk, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a desk's page, with who sits there and what they must know of the house."""
    return render(request, template, {"staff": desk, "warnings": warnings(), **context}, status=status)


def warnings() -> list[str]:
    """Return what the desk must know of the house: letters that wait, or go to a folder."""
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
