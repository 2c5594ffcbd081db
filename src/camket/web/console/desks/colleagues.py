"""Staff, for the operator: who works here, who is invited, who moves, leaves and is erased."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from camket.access import actions as access
from camket.access import queries as people
from camket.access.rules import BadEmail, BadName, NotAStaffRole, NotTheOwner, may_enter, plain_email
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.special_cases import queries as special_cases
from camket.policy.terms import STAFF_ROLES, RoleId
from camket.web.console.confirming import carried_in, confirm_page
from camket.web.console.entrance import AtDesk, ask_again, desk_page, staff_only
from camket.web.console.pages import pages_of
from camket.web.kit.requests import id_in

_DONE, _HANDED = "done_staff", "handed_inquiries"


class _Impossible(Exception):
    """An act that cannot be done now; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__("not now")
        self.sentence = sentence


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("staff")
def colleagues(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """List staff and invitations; invite somebody, or take an invitation back."""
    if request.method != "POST":
        return _list_page(request, desk)
    if not desk.is_fresh:
        asked = ask_again(request, f"/{language}/console/staff")
        return confirm_page(request, desk, carried=carried) if (carried := carried_in(request)) else asked
    if request.POST.get("act") == "withdraw":
        try:
            access.withdraw_invitation(invitation_id=_invitation_in(request), actor=desk.actor, now=timezone.now())
        except access.InvitationUnknown:
            raise Http404 from None
        request.session[_DONE] = "withdraw"
        return HttpResponseRedirect(f"/{language}/console/staff")
    if request.POST.get("act") != "invite":
        raise Http404
    return _invite(request, desk, language)


def _invite(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    email, role, now = request.POST.get("email", "")[:300], request.POST.get("role", ""), timezone.now()
    try:
        is_again = any(one.email == plain_email(email) for one in people.invitations(now=now))
        token = access.invite(email=email, role=role, actor=desk.actor, now=now)
    except BadEmail:
        return _list_page(request, desk, error=gettext("This is not an e-mail address."))
    except NotAStaffRole:
        return _list_page(request, desk, error=gettext("Please choose what they will work as."))
    except access.StaffExists as there:
        return _list_page(request, desk, error=_there_sentence(people.staff_by_id(there.staff_id)))
    # not redirected: the link is shown once, and stands in no table and in no address of this page
    link = f"{settings.CAMKET_URL}/{language}/console/invitation/{token}"
    return _list_page(request, desk, link=link, is_again=is_again, status=200)


def _there_sentence(row: people.StaffRow) -> str:
    if row.is_active:
        return gettext("Someone with this address works here already.")
    return gettext("Someone with this address used to work here. Erase their old account first, or invite another address.")


def _list_page(request: HttpRequest, desk: AtDesk, *, error: str = "", link: str = "", is_again: bool = False, status: int = 0) -> HttpResponse:
    lines = people.staff_lines()
    context = {
        "nav": "staff",
        "is_fresh": desk.is_fresh,
        "at_work": [line for line in lines if line.row.is_active],
        "left": [line for line in lines if not line.row.is_active],
        "invitations": people.invitations(now=timezone.now()),
        "roles": sorted(STAFF_ROLES),
        "role_pages": [(role, pages_of(RoleId(role))) for role in sorted(STAFF_ROLES)],
        "error": error,
        "link": link,
        "is_again": is_again,
        "typed": {"email": request.POST.get("email", "")[:254], "role": request.POST.get("role", "")} if error else {},
        "done": request.session.pop(_DONE, ""),
        "handed": _handed_sentence(request),
    }
    return desk_page(request, desk, "console/staff.html", context, status=status or (422 if error else 200))


def _invitation_in(request: HttpRequest) -> UUID:
    found = id_in(request.POST.get("invitation", ""))
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("staff")
def colleague(request: HttpRequest, desk: AtDesk, language: str, staff_id: UUID) -> HttpResponse:
    """Show one member of staff; move, sign out, dismiss or erase them, or make them a new link."""
    try:
        row = people.staff_by_id(staff_id)
    except people.StaffUnknown:
        raise Http404 from None
    if not row.email:
        raise Http404  # erased: there is nobody to show
    if request.method != "POST":
        return _person_page(request, desk, row)
    if not desk.is_fresh:
        return ask_again(request, f"/{language}/console/staff/{staff_id}")
    act = request.POST.get("act", "")
    if act in ("link", "anew"):
        return _new_link(request, desk, row, language, is_anew=act == "anew")
    deed = _DEEDS.get(act)
    if deed is None:
        raise Http404
    try:
        deed(request, desk, row)
    except _Impossible as impossible:
        return _person_page(request, desk, row, errors={act: impossible.sentence}, status=422)
    except access.StaffLeft:
        return _person_page(request, desk, people.staff_by_id(staff_id), errors={act: gettext("They have left already.")}, status=409)
    request.session[_DONE] = act
    return HttpResponseRedirect(f"/{language}/console/staff" + ("" if act == "erase" else f"/{staff_id}"))


def _new_link(request: HttpRequest, desk: AtDesk, row: people.StaffRow, language: str, *, is_anew: bool) -> HttpResponse:
    make = access.begin_ways_anew if is_anew else access.issue_sign_in_link
    try:
        token = make(staff_id=row.id, now=timezone.now(), actor=desk.actor)
    except access.StaffLeft:
        return _person_page(request, desk, row, errors={"link": gettext("They have left already.")}, status=409)
    except access.ComesInAlone:
        sentence = gettext("They can already sign in by themselves. If they have lost their ways in, reset them.")
        return _person_page(request, desk, row, errors={"link": sentence}, status=409)
    except NotTheOwner:
        raise Http404 from None  # one's own ways in are removed one by one, and no such button is shown
    return _person_page(request, desk, row, link=f"{settings.CAMKET_URL}/{language}/console/sign-in/{token}")


def _move(request: HttpRequest, desk: AtDesk, row: people.StaffRow) -> None:
    _not_oneself(desk, row)
    role = RoleId(request.POST.get("role", ""))
    if role not in STAFF_ROLES:
        raise _Impossible(gettext("Please choose what they will work as."))
    leaves_inbox = not may_enter(role, "inbox")
    if leaves_inbox:
        _next_of(request, row)
    # first moved, then handed over, as below
    access.change_role(staff_id=row.id, role=role, actor=desk.actor, now=timezone.now())
    if leaves_inbox:
        _hand_over(request, desk, row)


def _rename(request: HttpRequest, desk: AtDesk, row: people.StaffRow) -> None:
    try:
        access.rename_staff(staff_id=row.id, display_name=request.POST.get("display_name", "")[:500], actor=desk.actor, now=timezone.now())
    except BadName:
        raise _Impossible(name_sentence()) from None


def name_sentence() -> str:
    """Return what is wrong with a name that cannot be kept."""
    return gettext("A name has at most 120 characters and no control characters.")


def _sign_out(request: HttpRequest, desk: AtDesk, row: people.StaffRow) -> None:
    access.end_sessions(staff_id=row.id, actor=desk.actor, now=timezone.now())


def _dismiss(request: HttpRequest, desk: AtDesk, row: people.StaffRow) -> None:
    _not_oneself(desk, row)
    if not row.is_active:
        raise access.StaffLeft
    # first out, then handed over: whoever is gone takes nothing new meanwhile, and a second press finds what is left
    _next_of(request, row)
    access.dismiss_staff(staff_id=row.id, actor=desk.actor, now=timezone.now())
    _hand_over(request, desk, row)


def _erase(request: HttpRequest, desk: AtDesk, row: people.StaffRow) -> None:
    if row.is_active:
        raise _Impossible(gettext("Dismiss first, then erase."))
    if inquiries.count_assigned(row.id):
        _hand_over(request, desk, row)
    access.erase_staff(staff_id=row.id, actor=desk.actor, now=timezone.now())


def _not_oneself(desk: AtDesk, row: people.StaffRow) -> None:
    if desk.row.id == row.id:
        raise _Impossible(gettext("Another operator has to do this: nobody can change their own role or dismiss themselves."))


def _next_of(request: HttpRequest, row: people.StaffRow) -> UUID | None:
    """Who takes over, or None for nobody in particular."""
    text = request.POST.get("to", "")
    if not text:
        return None
    chosen = next((one for one in _possible_heirs(row) if str(one.id) == text), None)
    if chosen is None:
        raise _Impossible(_no_heir())
    return chosen.id


def _no_heir() -> str:
    return gettext("Please choose a colleague who works at the inbox.")


def _hand_over(request: HttpRequest, desk: AtDesk, row: people.StaffRow) -> None:
    heir = _next_of(request, row)
    try:
        moved = intake.hand_over(from_id=row.id, to_id=heir, actor=desk.actor, now=timezone.now())
    except intake.NotAnAdviser:  # sent away or moved since the page was made
        raise _Impossible(_no_heir()) from None
    if moved:
        request.session[_HANDED] = [moved, str(heir or "")]


def _handed_sentence(request: HttpRequest) -> str:
    """Where the open inquiries of somebody went just now; nothing where there were none."""
    moved, to = request.session.pop(_HANDED, (0, ""))
    if not moved:
        return ""
    heir = next((one for one in people.staff_list() if str(one.id) == to), None)
    if heir is None:
        went = ngettext(
            "%(count)d open inquiry is back in the inbox, with nobody yet.", "%(count)d open inquiries are back in the inbox, with nobody yet.", moved
        )
        return went % {"count": moved}
    went = ngettext("%(count)d open inquiry went to %(name)s.", "%(count)d open inquiries went to %(name)s.", moved)
    return went % {"count": moved, "name": heir.name}


def _left_cases_sentence(row: people.StaffRow) -> str:
    """What somebody who has no part in special cases any more left behind there; nothing where there is nothing."""
    many = 0 if row.is_active and special_cases.has_part(row.role) else special_cases.count_opened(row.id)
    waits = ngettext(
        "%(count)d special case waits for a colleague to take it over.", "%(count)d special cases wait for a colleague to take them over.", many
    )
    return waits % {"count": many} if many else ""


_DEEDS: dict[str, Callable[[HttpRequest, AtDesk, people.StaffRow], None]] = {
    "role": _move,
    "rename": _rename,
    "sign_out": _sign_out,
    "dismiss": _dismiss,
    "erase": _erase,
    "hand_over": _hand_over,
}


def _possible_heirs(row: people.StaffRow) -> list[inquiries.Colleague]:
    return [one for one in inquiries.advisers_in(inquiries.colleagues()) if one.id != row.id]


def _person_page(
    request: HttpRequest, desk: AtDesk, row: people.StaffRow, *, errors: dict[str, str] | None = None, link: str = "", status: int = 200
) -> HttpResponse:
    line = next((line for line in people.staff_lines() if line.row.id == row.id), None)
    context = {
        "nav": "staff",
        "is_fresh": desk.is_fresh,
        "row": row,
        "line": line,
        "needs_no_link": line is not None and line.comes_in_alone and not line.is_link_needed,
        "is_oneself": desk.row.id == row.id,
        "display_name": request.POST.get("display_name", "")[:200] if "rename" in (errors or {}) else row.display_name,
        "roles": sorted(STAFF_ROLES),
        "heirs": _possible_heirs(row),
        "assigned": inquiries.count_assigned(row.id),
        "cases": special_cases.count_opened(row.id),
        "errors": errors or {},
        "link": link,
        "done": request.session.pop(_DONE, ""),
        "handed": _handed_sentence(request),
        "left_cases": _left_cases_sentence(row),
    }
    return desk_page(request, desk, "console/colleague.html", context, status=status)
