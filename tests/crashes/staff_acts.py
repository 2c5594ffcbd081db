"""The acts by which colleagues come, hand over and go."""

from datetime import datetime
from uuid import UUID

import pyotp

from camket.access.actions import (
    NOWHERE,
    begin_codes,
    confirm_codes,
    dismiss_staff,
    enter_by_company,
    link_company,
    make_recovery_codes,
    note_turned_away,
    unlink_company,
)
from camket.access.models import CodeGenerator, CompanyLink, RecoveryCode, SignInTry, Staff
from camket.access.providers import Proven
from camket.access.queries import waiting_setup
from camket.duties.intake import actions as intake
from camket.journal.models import JournalEntry
from camket.policy.terms import THE_HOUSE
from tests.access.seats import seat
from tests.cast import AN, CHI
from tests.crashes.scenes import HOUR, NEVER, WHOLE, Act, chi, inquiry_of, meet_chi


def _seat_chi(now: datetime) -> None:
    """Chi takes care of An's inquiry, and is about to set up an app with one-time codes."""
    meet_chi(now)
    intake.assign(reference=inquiry_of(AN).reference, staff_id=UUID(chi().id), actor=chi(), now=now)
    begin_codes(**seat(UUID(chi().id), now), now=now)


def _meet_seated_chi(now: datetime) -> None:
    """Chi sits at the desk: what she does to her own account she does in a session."""
    meet_chi(now)
    seat(UUID(chi().id), now)


def _told(act: str) -> int:
    return JournalEntry.objects.filter(act=act).count()


def _set_up_app(now: datetime) -> None:
    colleague = chi()
    if CodeGenerator.objects.filter(confirmed_at__isnull=False).exists():
        return
    begin_codes(**seat(UUID(colleague.id), now), now=now)
    secret = waiting_setup(UUID(colleague.id), now=now)
    assert secret is not None
    confirm_codes(**seat(UUID(colleague.id), now), code=pyotp.TOTP(secret).at(now), now=now)


def _is_app_set_up() -> str:
    found = (CodeGenerator.objects.filter(confirmed_at__isnull=False).count(), CodeGenerator.objects.count(), _told("staff.codes_set"))
    return {(0, 1, 0): NEVER, (1, 1, 1): WHOLE}.get(found, f"confirmed, apps, told: {found}")


def _print_codes(now: datetime) -> None:
    if RecoveryCode.objects.count() == 0:
        make_recovery_codes(**seat(UUID(chi().id), now), now=now)


def _are_codes_printed() -> str:
    found = (RecoveryCode.objects.count(), _told("staff.recovery_codes_made"))
    return {(0, 0): NEVER, (10, 1): WHOLE}.get(found, f"codes, told: {found}")


PROVEN = Proven(issuer="https://login.example.vn", subject="an-employee")


def _link_company(now: datetime) -> None:
    if not CompanyLink.objects.exists():
        link_company(**seat(UUID(chi().id), now), proven=PROVEN, now=now)


def _is_company_linked() -> str:
    found = (CompanyLink.objects.count(), _told("staff.company_linked"))
    return {(0, 0): NEVER, (1, 1): WHOLE}.get(found, f"links, told: {found}")


def _meet_linked_chi(now: datetime) -> None:
    _meet_seated_chi(now)
    link_company(**seat(UUID(chi().id), now), proven=PROVEN, now=now)


def _come_in_by_company(now: datetime) -> None:
    if not SignInTry.objects.filter(outcome="signed_in").exists():
        enter_by_company(proven=PROVEN, caller=NOWHERE, now=now)


def _is_in_by_company() -> str:
    used = CompanyLink.objects.filter(last_used_on__isnull=False).count()
    found = (used, SignInTry.objects.filter(outcome="signed_in").count(), _told("staff.signed_in"))
    return {(0, 0, 0): NEVER, (1, 1, 1): WHOLE}.get(found, f"used, in the log, told: {found}")


def _unlink_company(now: datetime) -> None:
    if CompanyLink.objects.exists():  # with it every session ends, this one as well
        unlink_company(**seat(UUID(chi().id), now), now=now)


def _is_company_unlinked() -> str:
    found = (CompanyLink.objects.count(), _told("staff.company_unlinked"))
    return {(1, 0): NEVER, (0, 1): WHOLE}.get(found, f"links, told: {found}")


def _hand_over(now: datetime) -> None:
    intake.hand_over(from_id=UUID(chi().id), to_id=None, actor=THE_HOUSE, now=now)


def _is_handed_over() -> str:
    found = (inquiry_of(AN).assigned_to_id is None, _told("inquiry.handed_over"))
    return {(False, 0): NEVER, (True, 1): WHOLE}.get(found, f"nobody's, told: {found}")


def _dismiss(now: datetime) -> None:
    if Staff.objects.get(email=CHI.email).is_active:
        dismiss_staff(staff_id=UUID(chi().id), actor=THE_HOUSE, now=now)


def _is_dismissed() -> str:
    """The account is closed exactly when no way in is left and the journal says so."""
    found = (Staff.objects.get(email=CHI.email).is_active, CodeGenerator.objects.count(), _told("staff.dismissed"))
    return {(True, 1, 0): NEVER, (False, 0, 1): WHOLE}.get(found, f"at work, ways in, told: {found}")


def _turn_away(now: datetime) -> None:
    if _told("desk.refused") == 0:  # a quarter of an hour later it would be told anew
        note_turned_away(desks=["staff"], actor=chi(), now=now)


def _is_turned_away_told() -> str:
    return {0: NEVER, 1: WHOLE}.get(_told("desk.refused"), f"told: {_told('desk.refused')}")


STAFF_ACTS = (
    Act(name="turn a colleague away", prepare=meet_chi, perform=_turn_away, ended=_is_turned_away_told, after=HOUR, is_taken_up=False),
    Act(name="set up an app", prepare=_seat_chi, perform=_set_up_app, ended=_is_app_set_up, after=HOUR, is_taken_up=False),
    Act(name="print recovery codes", prepare=_seat_chi, perform=_print_codes, ended=_are_codes_printed, after=HOUR, is_taken_up=False),
    Act(name="link a company account", prepare=_meet_seated_chi, perform=_link_company, ended=_is_company_linked, after=HOUR, is_taken_up=False),
    Act(name="come in by it", prepare=_meet_linked_chi, perform=_come_in_by_company, ended=_is_in_by_company, after=HOUR, is_taken_up=False),
    Act(name="unlink it", prepare=_meet_linked_chi, perform=_unlink_company, ended=_is_company_unlinked, after=HOUR, is_taken_up=False),
    Act(name="hand over", prepare=_seat_chi, perform=_hand_over, ended=_is_handed_over, after=HOUR, is_taken_up=False),
    Act(name="dismiss", prepare=_seat_chi, perform=_dismiss, ended=_is_dismissed, after=HOUR, is_taken_up=False),
)
