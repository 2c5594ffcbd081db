"""The acts of access that may be interrupted anywhere; siblings of those in acts.py."""

from datetime import datetime
from uuid import UUID

import pyotp

from camket.access.actions import begin_codes, confirm_codes, dismiss_staff, make_recovery_codes
from camket.access.models import CodeGenerator, RecoveryCode, Staff
from camket.access.queries import waiting_setup
from camket.duties.intake import actions as intake
from camket.journal.models import JournalEntry
from tests.cast import AN, CHI
from tests.crashes.acts import HOUR, NEVER, THE_HOUSE, WHOLE, Act, chi, inquiry_of, meet_chi


def _seat_chi(now: datetime) -> None:
    """Chi takes care of An's inquiry, and is about to set up an app with one-time codes."""
    meet_chi(now)
    intake.assign(reference=inquiry_of(AN).reference, staff_id=UUID(chi().id), actor=chi(), now=now)
    begin_codes(staff_id=UUID(chi().id), actor=chi(), now=now)


def _told(act: str) -> int:
    return JournalEntry.objects.filter(act=act).count()


def _set_up_app(now: datetime) -> None:
    she = chi()
    if CodeGenerator.objects.filter(confirmed_at__isnull=False).exists():
        return
    begin_codes(staff_id=UUID(she.id), actor=she, now=now)
    secret = waiting_setup(UUID(chi.id), now=now)
    assert secret is not None
    confirm_codes(staff_id=UUID(she.id), code=pyotp.TOTP(secret).at(now), actor=she, now=now)


def _is_app_set_up() -> str:
    found = (CodeGenerator.objects.filter(confirmed_at__isnull=False).count(), CodeGenerator.objects.count(), _told("staff.codes_set"))
    return {(0, 1, 0): NEVER, (1, 1, 1): WHOLE}.get(found, f"confirmed, apps, told: {found}")


def _print_codes(now: datetime) -> None:
    if RecoveryCode.objects.count() == 0:
        make_recovery_codes(staff_id=UUID(chi().id), actor=chi(), now=now)


def _are_codes_printed() -> str:
    found = (RecoveryCode.objects.count(), _told("staff.recovery_codes_made"))
    return {(0, 0): NEVER, (10, 1): WHOLE}.get(found, f"codes, told: {found}")


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


ACTS_OF_STAFF = (
    Act(name="set up an app", prepare=_seat_chi, perform=_set_up_app, ended=_is_app_set_up, after=HOUR, is_taken_up=False),
    Act(name="print recovery codes", prepare=_seat_chi, perform=_print_codes, ended=_are_codes_printed, after=HOUR, is_taken_up=False),
    Act(name="hand over", prepare=_seat_chi, perform=_hand_over, ended=_is_handed_over, after=HOUR, is_taken_up=False),
    Act(name="dismiss", prepare=_seat_chi, perform=_dismiss, ended=_is_dismissed, after=HOUR, is_taken_up=False),
)
