"""A session that is ended stays ended, and nothing is done in it any more, though its request was let in an instant before."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from camket.access.actions import begin_ways_anew, dismiss_staff, end_sessions
from camket.access.models import CodeGenerator, CompanyLink, DeskSession, Passkey, RecoveryCode, Staff
from camket.access.queries import StaffRow, waiting_setup
from camket.journal.models import JournalEntry
from camket.policy.terms import THE_HOUSE
from camket.web.console import entrance
from camket.web.console.desks import account, company
from camket.web.console.entrance import AtDesk
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD
from tests.channels.identity.service import Service
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock
from tests.web.console.test_account import PLACE, SignIn, add_passkey, again, press, quick, set_up_app
from tests.web.console.test_company import ACCOUNT, back, chi, in_by_link, link, service
from tests.web.console.test_signing_in import options_of

__all__ = ["chi", "quick", "service"]


def all_ended(clock: Clock) -> None:
    end_sessions(staff_id=Staff.objects.get().id, actor=THE_HOUSE, now=clock.now)


def one_ended(clock: Clock) -> None:
    """The one that the owner began last, as the list on their page ends it."""
    Session.objects.filter(pk=DeskSession.objects.latest("id").session_id).delete()


def reset(clock: Clock) -> None:
    begin_ways_anew(staff_id=Staff.objects.get().id, actor=THE_HOUSE, now=clock.now)


def dismissed(clock: Clock) -> None:
    dismiss_staff(staff_id=Staff.objects.get().id, actor=THE_HOUSE, now=clock.now)


class Doubtful:
    """An account with every way in, its owner's session, and a later one in which somebody acts as it is ended."""

    def __init__(self, clock: Clock, owner: Browser) -> None:
        self.clock, self.owner, self.device = clock, owner, Authenticator(number=7)
        set_up_app(owner, clock)
        add_passkey(owner, Authenticator())
        assert press(owner, "password", password=PASSWORD).status == 302
        self.owned = DeskSession.objects.get().id
        self.other = again(clock)

    def asking(self, act: str) -> Callable[[], Page]:
        """Open the page from which somebody acts, and return what presses it."""
        if act == "codes":
            assert press(self.other, "begin_codes").status == 302
            page = self.other.get(f"{PLACE}/codes")
            secret = waiting_setup(Staff.objects.get().id, now=self.clock.now)
            assert secret is not None
            return lambda: self.other.submit(page, {"code": pyotp.TOTP(secret).at(self.clock.now)})
        page = self.other.get(PLACE)
        more: dict[str, dict[str, str]] = {
            "password": {"password": "năm con hổ về rừng"},
            "add_passkey": {"passkey_name": "X", "passkey": self.device.made(options_of(page))},
            "remove_passkey": {"passkey_id": str(Passkey.objects.get().id)},
            "rename": {"display_name": "X"},
            "end_session": {"session_id": str(self.owned)},
        }
        return lambda: self.other.submit(page, {"act": act, **more.get(act, {})}, PLACE)

    def ways_in(self) -> list[object]:
        """Whatever one may change of one's own account, as it is kept."""
        kept = [list(model.objects.order_by("id").values_list()) for model in (Passkey, CodeGenerator, RecoveryCode)]
        return [*kept, *Staff.objects.values_list("password", "display_name")]


OWN_ACTS = sorted({*account._DEEDS, "recovery_codes", "codes"} - {"unlink_company"})  # that one: tests/web/console/test_company.py


class TestWhatIsDoneInASession:
    @pytest.fixture
    def doubtful(self, sign_in: SignIn, clock: Clock) -> Doubtful:
        return Doubtful(clock, sign_in("adviser"))

    @pytest.mark.parametrize("end", [all_ended, one_ended, dismissed])
    @pytest.mark.parametrize("act", OWN_ACTS)
    def test_that_is_ended_in_that_instant_is_not_done(
        self, doubtful: Doubtful, clock: Clock, monkeypatch: pytest.MonkeyPatch, act: str, end: Callable[[Clock], None]
    ) -> None:
        ask, at_desk = doubtful.asking(act), entrance._at_desk
        kept: list[object] = []

        def ended_meanwhile(request: HttpRequest) -> AtDesk:
            found = at_desk(request)
            monkeypatch.setattr(entrance, "_at_desk", at_desk)
            end(clock)
            kept.append(doubtful.ways_in())
            return found

        monkeypatch.setattr(entrance, "_at_desk", ended_meanwhile)
        acts = JournalEntry.objects.filter(actor_role="adviser").count()
        answer = ask()
        assert (answer.status, answer.headers["location"]) == (302, "/vi/console/sign-in")
        assert JournalEntry.objects.filter(actor_role="adviser").count() == acts
        assert doubtful.other.get(PLACE).status == 302
        assert doubtful.owner.get(PLACE).status == (200 if end is one_ended else 302)
        assert [doubtful.ways_in()] == kept

    @pytest.mark.parametrize("end", [all_ended, reset, dismissed])
    @pytest.mark.parametrize("act", sorted(account._ENDING - {"unlink_company"}))
    def test_that_is_ended_before_it_is_renewed_is_not_renewed(
        self, doubtful: Doubtful, clock: Clock, monkeypatch: pytest.MonkeyPatch, act: str, end: Callable[[Clock], None]
    ) -> None:
        ask, renew = doubtful.asking(act), account.renew

        def ended_meanwhile(*given: Any) -> None:
            end(clock)
            renew(*given)

        monkeypatch.setattr(account, "renew", ended_meanwhile)
        answer = ask()
        assert (answer.status, answer.headers["location"]) == (302, "/vi/console/sign-in")
        assert doubtful.other.get(PLACE).status == 302
        assert not Session.objects.exists()


class TestTheCompanysAccount:
    def test_is_not_linked_in_a_session_that_is_ended_in_that_instant(
        self, service: Service, chi: StaffRow, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser, desk_of = in_by_link(chi, clock), company.desk_of
        page = link(browser)

        def ended_meanwhile(request: HttpRequest) -> AtDesk | None:
            found = desk_of(request)
            all_ended(clock)
            return found

        monkeypatch.setattr(company, "desk_of", ended_meanwhile)
        assert back(browser, service, page).headers["location"].startswith("/vi/console/sign-in")
        assert not CompanyLink.objects.exists()

    def test_is_not_taken_away_in_one(self, service: Service, chi: StaffRow, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        browser, at_desk = in_by_link(chi, clock), entrance._at_desk
        back(browser, service, link(browser))
        page = browser.get(ACCOUNT)

        def ended_meanwhile(request: HttpRequest) -> AtDesk:
            found = at_desk(request)
            all_ended(clock)
            return found

        monkeypatch.setattr(entrance, "_at_desk", ended_meanwhile)
        assert browser.submit(page, {"act": "unlink_company"}).headers["location"] == "/vi/console/sign-in"
        assert CompanyLink.objects.exists()
        assert not Session.objects.exists()
