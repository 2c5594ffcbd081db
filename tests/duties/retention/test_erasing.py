"""Nothing is kept longer than a need, and nothing that is needed or held goes."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.access.codes import claim_code
from camket.duties.custody.actions import keep_journal
from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.retention import actions as retention
from camket.duties.retention import queries
from camket.duties.retention.models import Erasure
from camket.journal import queries as journal
from camket.policy.terms import LEGAL, PRIVACY_OFFICER, Actor
from camket.vault import gate, ledger
from camket.vault.models import Record
from tests.duties.intake.conftest import Receive
from tests.duties.retention.conftest import WORKER, CarryOut, Resolve, matter_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DUNG = Actor(role=PRIVACY_OFFICER, id="officer-of-these-tests")


@pytest.mark.clause("4.2")
class TestTheListOfWhatIsKept:
    def test_says_which_purpose_still_needs_a_matter(self, inquiry: Inquiry, now: datetime) -> None:
        (row,) = queries.still_here(now=now)
        assert row.matter_id == inquiry.matter_id
        assert [(one.purpose, one.since) for one in row.needed_for] == [("advise", now)]
        assert row.erase_after is None
        assert row.clauses == ()

    def test_says_when_a_matter_at_rest_goes_and_under_which_clause(self, resolve: Resolve, now: datetime) -> None:
        resolve(at=now)
        (row,) = queries.still_here(now=now)
        assert row.needed_for == ()
        assert row.erase_after == datetime(2027, 2, 21, 17, tzinfo=UTC)
        assert row.clauses == ("4.2",)
        assert not row.is_due
        assert [one.is_due for one in queries.still_here(now=row.erase_after)] == [True]

    @pytest.mark.clause("4.8")
    def test_tells_of_a_hold_no_more_than_of_any_duty_of_law(self, inquiry: Inquiry, resolve: Resolve, now: datetime) -> None:
        gate.place_hold(matter=gate.MatterId(inquiry.matter_id), owner="disclosures", actor=Actor(role=LEGAL, id="legal-of-these-tests"), now=now)
        resolve(at=now)
        (row,) = queries.still_here(now=now + 1000 * DAY)
        assert [(one.purpose, one.since) for one in row.needed_for] == [(queries.LEGAL_DUTY, None)]
        assert row.erase_after is None

    def test_leaves_out_what_is_erased(self, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        assert carry_out(at=now + 100 * DAY) == [True]
        assert list(queries.still_here(now=now)) == []


@pytest.mark.clause("4.6")
class TestWhatTheLedgerErasedInARestoredCopy:
    """The plan was made, and the certificate written, in a database that is lost."""

    def erase_again(self, inquiry: Inquiry, at: datetime) -> None:
        ledger.append(matters=[inquiry.matter_id], subjects=[inquiry.subject_id], now=at)
        assert gate.reconcile(now=at) == 2

    def collected(self, carry_out: CarryOut, at: datetime) -> bool:
        retention.plan(now=at)
        assert carry_out(at=at) == [True]
        gate.collect_ended(matters=retention.uncollected(), now=at)
        return not Record.objects.exists()

    def test_is_certified_and_collected_though_a_need_is_open_there(self, inquiry: Inquiry, carry_out: CarryOut, now: datetime) -> None:
        self.erase_again(inquiry, now)
        assert self.collected(carry_out, now + DAY)
        assert len(queries.certificates(code=claim_code(inquiry.subject_id))) == 1
        assert retention.plan(now=now + DAY) == 0

    def test_does_not_wait_for_the_day_that_was_planned_there(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        self.erase_again(inquiry, now + DAY)
        assert self.collected(carry_out, now + DAY)


@pytest.mark.clause("4.2")
class TestAPlan:
    def test_is_not_made_while_a_need_is_open(self, inquiry: Inquiry, now: datetime) -> None:
        assert retention.plan(now=now) == 0
        assert list(queries.planned(now=now + 1000 * DAY)) == []

    def test_names_the_midnight_after_ninety_days_in_ho_chi_minh_city(self, resolve: Resolve, now: datetime) -> None:
        resolve(at=now)
        (row,) = queries.planned(now=now)
        assert row.erase_after == datetime(2027, 2, 21, 17, tzinfo=UTC)
        assert not row.is_due

    def test_is_carried_out_only_after_its_instant(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        (row,) = queries.planned(now=now)
        assert carry_out(at=row.erase_after - timedelta(seconds=1)) == []
        assert carry_out(at=row.erase_after) == [True]
        assert matter_of(inquiry).erased_at == row.erase_after

    def test_is_withdrawn_when_the_inquiry_is_taken_up_again(
        self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, chi: Actor, now: datetime
    ) -> None:
        resolve(at=now)
        intake.reopen_inquiry(reference=inquiry.reference, actor=chi, now=now + 10 * DAY)
        carry_out(at=now + 100 * DAY)
        assert matter_of(inquiry).erased_at is None
        assert list(queries.planned(now=now + 100 * DAY)) == []

    def test_is_made_anew_when_a_reopened_inquiry_is_resolved_again(
        self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, chi: Actor, now: datetime
    ) -> None:
        resolve(at=now)
        intake.reopen_inquiry(reference=inquiry.reference, actor=chi, now=now + 10 * DAY)
        resolve(at=now + 20 * DAY)
        assert carry_out(at=now + 100 * DAY) == []
        assert carry_out(at=now + 111 * DAY) == [True]

    @pytest.mark.clause("4.8")
    def test_waits_for_a_hold_and_goes_on_when_it_is_released(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        lan = Actor(role=LEGAL, id="legal-of-these-tests")
        hold = gate.place_hold(matter=gate.MatterId(inquiry.matter_id), owner="disclosures", actor=lan, now=now)
        resolve(at=now)
        due = now + 100 * DAY
        assert carry_out(at=due) == [False]
        assert matter_of(inquiry).erased_at is None
        gate.release_hold(hold=hold, owner="disclosures", actor=lan, now=due)
        assert carry_out(at=due + 2 * DAY) == [True]

    def test_carried_out_twice_ends_in_the_same_state(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        due = now + 100 * DAY
        (erasure,) = retention.take_erasures(worker="one", now=due)
        retention.carry_out(erasure=erasure, worker="one", is_mail_running=False, now=due)
        with pytest.raises(notices.LeaseLost):
            retention.carry_out(erasure=erasure, worker="one", is_mail_running=False, now=due + DAY)
        assert matter_of(inquiry).erased_at == due
        assert queries.count_erased() == 1


class TestThePlanOfMany:
    def test_costs_as_many_statements_as_that_of_one(self, receive: Receive, chi: Actor, now: datetime) -> None:
        asked, nonces = [], map(str, count())
        for many in (1, 9):
            for _ in range(many):
                intake.resolve_inquiry(reference=receive(nonce=next(nonces)).reference, actor=chi, now=now)
            with CaptureQueriesContext(connection) as seen:
                assert retention.plan(now=now) == many
            asked.append(len(seen))
        assert asked[0] == asked[1]
        assert Erasure.objects.count() == 10

    def test_locks_nothing_where_nothing_came_to_rest(self, inquiry: Inquiry, now: datetime) -> None:
        with CaptureQueriesContext(connection) as seen:
            assert retention.plan(now=now) == 0
        assert not [one["sql"] for one in seen if one["sql"].startswith(("SAVEPOINT", "BEGIN", "UPDATE retention", "INSERT"))]


@pytest.mark.clause("3.5")
class TestAFarewell:
    def test_goes_out_before_the_key_dies(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        due = now + 100 * DAY
        self.settle(at=now)
        assert carry_out(at=due, is_mail_running=True) == [False]
        assert matter_of(inquiry).erased_at is None
        self.settle(at=due)
        assert carry_out(at=due + timedelta(minutes=1), is_mail_running=True) == [True]

    def test_is_waited_for_three_days_and_no_longer(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        self.settle(at=now)
        due = now + 100 * DAY
        assert carry_out(at=due, is_mail_running=True) == [False]
        assert carry_out(at=due + 3 * DAY - timedelta(minutes=1), is_mail_running=True) == [False]
        assert carry_out(at=due + 3 * DAY, is_mail_running=True) == [True]

    def test_is_written_once_however_often_one_looks(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        self.settle(at=now)
        for minutes in range(3):
            carry_out(at=now + 100 * DAY + timedelta(minutes=minutes), is_mail_running=True)
        assert self.farewells(at=now + 101 * DAY) == 1

    def test_is_not_written_where_no_letter_ever_went(self, receive: Receive, chi: Actor, carry_out: CarryOut, now: datetime) -> None:
        received = receive({"full_name": "Nguyễn Thị Hoài An", "phone": "0912 000 101", "message": "Xin gọi lại."})
        intake.resolve_inquiry(reference=received.reference, actor=chi, now=now)
        retention.plan(now=now)
        assert carry_out(at=now + 100 * DAY, is_mail_running=True) == [True]

    def test_is_not_written_to_a_stranger_whose_letters_were_all_dropped(
        self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime
    ) -> None:
        resolve(at=now)
        for letter in notices.take_letters(worker=WORKER, now=now):
            notices.hold_letter(letter=letter, worker=WORKER, held=notices.LetterHeld("hour.spent", is_final=True), now=now)
        assert carry_out(at=now + 100 * DAY, is_mail_running=True) == [True]

    def settle(self, *, at: datetime) -> None:
        for letter in notices.take_letters(worker=WORKER, now=at):
            notices.report_letter(letter=letter, worker=WORKER, outcome="accepted", code="smtp.250", now=at)

    def farewells(self, *, at: datetime) -> int:
        return sum(letter.template == "retention/letters/farewell" for letter in notices.take_letters(worker=WORKER, now=at))


@pytest.mark.clause("4.7")
class TestACertificate:
    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_says_when_the_data_became_unreadable_and_when_the_remains_were_gone(
        self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime
    ) -> None:
        resolve(at=now)
        due = now + 100 * DAY
        carry_out(at=due)
        code = claim_code(inquiry.subject_id)
        (before,) = queries.certificates(code=code)
        assert (before.erased_at, before.collected_at) == (due, None)
        retention.collect(matters=retention.uncollected(), now=due + timedelta(hours=1))
        (after,) = queries.certificates(code=code)
        assert (after.erased_at, after.collected_at) == (due, due + timedelta(hours=1))
        assert set(after.fields) >= {"full_name", "email", "phone", "message"}
        assert after.records == 2
        assert after.letters == 1

    def test_is_fetched_by_its_own_code_alone(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        carry_out(at=now + 100 * DAY)
        assert queries.certificates(code="0000-0000-0000-0000") == ()
        assert queries.certificates(code="") == ()

    @pytest.mark.django_db(transaction=True)  # residue is purged outside transactions only
    def test_leaves_nothing_of_the_matter_to_be_collected_again(self, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        carry_out(at=now + 100 * DAY)
        retention.collect(matters=retention.uncollected(), now=now + 100 * DAY)
        assert retention.uncollected() == ()


@pytest.mark.clause("4.6")
class TestADecisionToEraseEarly:
    def test_brings_forward_what_would_be_due_by_then_and_is_kept_in_the_journal(
        self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime
    ) -> None:
        resolve(at=now)
        assert retention.bring_forward(until=now + 100 * DAY, actor=DUNG, now=now) == 1
        assert carry_out(at=now) == [True]
        assert matter_of(inquiry).erased_at == now
        keep_journal(now=now)
        decided = [entry for entry in journal.recent(limit=20) if entry.act == "retention.brought_forward"]
        assert [entry.actor for entry in decided] == [DUNG]

    def test_touches_nothing_that_would_be_due_later(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        resolve(at=now)
        assert retention.bring_forward(until=now + 80 * DAY, actor=DUNG, now=now) == 0
        assert carry_out(at=now) == []
        assert matter_of(inquiry).erased_at is None

    @pytest.mark.clause("4.8")
    def test_does_not_break_a_hold(self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, now: datetime) -> None:
        lan = Actor(role=LEGAL, id="legal-of-these-tests")
        gate.place_hold(matter=gate.MatterId(inquiry.matter_id), owner="disclosures", actor=lan, now=now)
        resolve(at=now)
        retention.bring_forward(until=now + 100 * DAY, actor=DUNG, now=now)
        assert carry_out(at=now) == [False]
        assert matter_of(inquiry).erased_at is None

    def test_does_not_outlive_the_inquirys_being_taken_up_again(
        self, inquiry: Inquiry, resolve: Resolve, carry_out: CarryOut, chi: Actor, now: datetime
    ) -> None:
        resolve(at=now)
        retention.bring_forward(until=now + 100 * DAY, actor=DUNG, now=now)
        intake.reopen_inquiry(reference=inquiry.reference, actor=chi, now=now)
        resolve(at=now + DAY)
        assert carry_out(at=now + DAY) == []
        assert matter_of(inquiry).erased_at is None
