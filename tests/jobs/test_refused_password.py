"""A mail server that refuses our password says nothing of any letter: none spends its tries on it, and all go once the password is right."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from click import Group
from click.testing import CliRunner
from django.utils.module_loading import import_string

from camket.access.actions import add_staff
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Campaign, Letter, TrialLetter
from camket.jobs.campaigns import send_due, try_due
from camket.jobs.pacing import Pace
from camket.jobs.worker import send_due_letters
from camket.journal.models import JournalEntry
from camket.policy.terms import PRIVACY_OFFICER, THE_HOUSE
from tests.cast import BINH
from tests.channels.mail_out.post_office import Clerk
from tests.duties.intake.conftest import Receive
from tests.duties.notices.campaigning import DUNG, plan
from tests.jobs.test_campaigns import campaign, report

__all__ = ["campaign"]
pytestmark = pytest.mark.django_db
WORKER = "worker-of-these-tests"
HOUR = timedelta(hours=1)
REFUSED = "smtp.auth_refused"


class Porter:
    """Lets in whoever knows the password of the moment."""

    def __init__(self) -> None:
        self.password = b"another"

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Answer aiosmtpd whether somebody may come in."""
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == self.password, handled=False)


@pytest.fixture
def porter() -> Porter:
    return Porter()


@pytest.fixture
def clerk(open_office: Callable[..., Clerk], porter: Porter, settings: Any) -> Clerk:
    """A server that takes letters from whoever knows its password; ours is "ours"."""
    settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
    return open_office(login="camket:ours@", authenticator=porter, auth_required=True, auth_require_tls=False)


@pytest.mark.clause("12.1")
class TestALetterOfTheDesk:
    def test_spends_no_try_however_long_the_password_is_refused_and_goes_once_it_is_right(
        self, receive: Receive, clerk: Clerk, porter: Porter, now: datetime
    ) -> None:
        receive(nonce="1")
        receive(BINH.values("full_name", "email", "message"), nonce="2")
        for turn in range(40):
            send_due_letters(worker=WORKER, now=now + turn * 8 * HOUR)
        assert sorted((row.state, row.attempt, row.error_code) for row in queries.letters().rows) == [("due", 0, ""), ("due", 0, REFUSED)]
        assert queries.route_fault() == REFUSED
        porter.password = b"ours"
        assert send_due_letters(worker=WORKER, now=now + 330 * HOUR) == 2
        assert {row.state for row in queries.letters().rows} == {"sent"}
        assert len(clerk.received) == 2
        assert queries.route_fault() == ""

    def test_is_not_opened_again_while_the_way_rests(self, receive: Receive, clerk: Clerk, porter: Porter, now: datetime) -> None:
        receive()
        pace = Pace(per_minute=0)
        for _ in range(5):
            send_due_letters(worker=WORKER, now=now, pace=pace)
        assert JournalEntry.objects.filter(act="letter.deferred").count() == clerk.sessions == 1

    def test_waits_as_well_where_the_server_asks_for_a_password_only_with_the_first_letter(
        self, receive: Receive, open_office: Callable[..., Clerk], settings: Any, now: datetime
    ) -> None:
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        open_office(Clerk(at_mail="530 5.7.0 authentication required"))
        receive()
        send_due_letters(worker=WORKER, now=now)
        assert [(row.state, row.attempt, row.error_code) for row in queries.letters().rows] == [("due", 0, REFUSED)]

    def test_whose_one_addressee_is_refused_so_spends_its_own_tries_and_keeps_nobody_waiting(
        self, receive: Receive, open_office: Callable[..., Clerk], settings: Any, now: datetime
    ) -> None:
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        open_office(Clerk(at_rcpt="530 5.7.0 authentication required"))
        receive(nonce="1")
        receive(BINH.values("full_name", "email", "message"), nonce="2")
        send_due_letters(worker=WORKER, now=now)
        assert [(row.state, row.attempt, row.error_code) for row in queries.letters().rows] == [("due", 1, "smtp.recipient.530.5.7.0")] * 2
        assert queries.route_fault() == ""


@pytest.mark.clause("12.1")
class TestANameThatIsNotKnown:
    def test_costs_no_letter_a_try_either(self, receive: Receive, open_office: Callable[..., Clerk], settings: Any, now: datetime) -> None:
        settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
        settings.CAMKET_SMTP_URL = "smtp://mail.invalid:25?tls=none"
        receive()
        for turn in range(30):
            send_due_letters(worker=WORKER, now=now + turn * 8 * HOUR)
        assert [(row.state, row.attempt, row.error_code) for row in queries.letters().rows] == [("due", 0, "smtp.no_name")]
        assert queries.route_fault() == "smtp.no_name"
        open_office()
        send_due_letters(worker=WORKER, now=now + 250 * HOUR)
        assert [row.state for row in queries.letters().rows] == ["sent"]
        assert queries.route_fault() == ""


@pytest.mark.clause("8.2")
class TestACampaign:
    def test_stands_still_loses_no_try_and_goes_on_by_itself(self, campaign: UUID, clerk: Clerk, porter: Porter, now: datetime) -> None:
        plan(now)
        for turn in range(40):
            send_due(worker=WORKER, pace=Pace(per_minute=0), now=now + turn * HOUR)
        found = report(campaign, now + 40 * HOUR)
        assert (found.told, found.waiting, found.deferred, found.refused) == (0, 3, 0, 0)
        assert set(Letter.objects.filter(campaign=campaign).values_list("attempt", flat=True)) == {0}
        assert queries.route_fault() == REFUSED
        assert Campaign.objects.get().state == "running"
        porter.password = b"ours"
        send_due(worker=WORKER, pace=Pace(per_minute=0), now=now + 41 * HOUR)
        assert report(campaign, now + 41 * HOUR).told == len(clerk.received) == 3
        assert queries.route_fault() == ""

    def test_rests_with_the_desk_and_the_desk_with_it(self, campaign: UUID, receive: Receive, clerk: Clerk, now: datetime) -> None:
        plan(now)
        receive()
        pace = Pace(per_minute=0)
        send_due(worker=WORKER, pace=pace, now=now)
        assert send_due_letters(worker=WORKER, now=now, pace=pace) == 0
        assert clerk.sessions == 1
        pace = Pace(per_minute=0)
        send_due_letters(worker=WORKER, now=now, pace=pace)
        assert send_due(worker=WORKER, pace=pace, now=now) == 0
        assert clerk.sessions == 2

    def test_that_was_paused_meanwhile_says_nothing_of_the_password(self, campaign: UUID, clerk: Clerk, now: datetime) -> None:
        plan(now)
        send_due(worker=WORKER, pace=Pace(per_minute=0), now=now)
        notices.pause_campaign(campaign_id=campaign, actor=DUNG, now=now)
        assert queries.route_fault() == ""


class TestATrialLetter:
    def test_waits_with_the_others(self, campaign: UUID, clerk: Clerk, porter: Porter, now: datetime) -> None:
        row = add_staff(email="dung@staff.example.vn", role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now)
        notices.ask_for_trial(campaign_id=campaign, actor=row.actor, now=now)
        for turn in range(20):
            try_due(worker=WORKER, pace=Pace(per_minute=0), now=now + turn * 8 * HOUR)
        assert set(TrialLetter.objects.values_list("state", "attempt")) == {("due", 0)}
        assert queries.route_fault() == REFUSED
        porter.password = b"ours"
        try_due(worker=WORKER, pace=Pace(per_minute=0), now=now + 200 * HOUR)
        assert set(TrialLetter.objects.values_list("state", flat=True)) == {"done"}
        assert queries.route_fault() == ""


class TestTheDoctor:
    def test_says_plainly_whether_the_password_is_taken(self, clerk: Clerk, porter: Porter) -> None:
        command = import_string("camket.jobs.cli.main")
        assert isinstance(command, Group)

        def said() -> tuple[str, str, str]:
            findings = json.loads(CliRunner().invoke(command, ["doctor", "--json"]).stdout)["findings"]
            return next((one["level"], one["sentence"], one["hint"]) for one in findings if one["topic"] == "mail server")

        level, sentence, hint = said()
        assert (level, sentence) == ("warning", "The mail server refuses our user name or password: no letter goes out.")
        assert hint.startswith("put the right ones into CAMKET_SMTP_URL")
        porter.password = b"ours"
        assert said() == ("ok", "The mail server answers.", "")


class TestARest:
    def test_of_the_way_grows_to_a_quarter_of_an_hour_and_ends_with_the_first_yes(self) -> None:
        pace, at, spans = Pace(per_minute=0), 0.0, []
        for _ in range(8):
            pace.route.begin(at=at)
            spans.append(next(second for second in range(2000) if not pace.route.is_on(at=at + second)))
            at += spans[-1]
        assert spans == [15, 30, 60, 120, 240, 480, 900, 900]
        pace.route.end()
        assert not pace.route.is_on(at=at)
        pace.route.begin(at=at)
        assert not pace.route.is_on(at=at + 15)
