"""What follows when a letter that had left comes back, or is answered by a machine."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Letter
from camket.duties.notices.rules import ANSWER, HARD, MOST_TRIES, SOFT, dead_address, kind_of_status
from camket.journal.models import JournalEntry
from camket.outbox.rules import NotAnErrorCode
from camket.policy.terms import ADVISE, Actor
from camket.vault import gate
from tests.cast import AN
from tests.duties.intake.conftest import Receive
from tests.duties.notices.conftest import DAY, HOUR, MINUTE, WORKER, Take, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def leave(take: Take) -> Callable[..., UUID]:
    """Offer a function that lets the one letter that is due leave the house, and returns its id."""

    def one(*, at: datetime) -> UUID:
        letter = take(at=at)
        notices.open_letter(letter=letter, now=at)
        send(letter, outcome="accepted", code="smtp.250", at=at)
        return letter.id

    return one


@pytest.fixture
def sent(inquiry: Inquiry, leave: Callable[..., UUID], now: datetime) -> UUID:
    """An's acknowledgement, which has left."""
    return leave(at=now)


def row_of(letter_id: UUID) -> queries.LetterRow:
    """Return a letter as the console lists it."""
    return next(row for row in queries.letters().rows if row.id == letter_id)


def told(act: str) -> int:
    """Return how often the journal says it."""
    return JournalEntry.objects.filter(act=act).count()


class TestALetterThatCameBackForGood:
    def test_waits_for_a_person_with_its_cause(self, sent: UUID, now: datetime) -> None:
        assert notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now + MINUTE)
        row = row_of(sent)
        assert (row.state, row.error_code) == ("parked", "bounce.hard.5.1.1")
        payload = json.loads(bytes(JournalEntry.objects.get(act="letter.bounced").payload or b""))
        assert {"letter": str(sent), "kind": "hard", "code": "5.1.1"}.items() <= payload["facts"].items()

    def test_keeps_every_later_letter_to_that_person_in_the_house(self, inquiry: Inquiry, sent: UUID, take: Take, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now)
        row = gate.matter_rows([gate.MatterId(inquiry.matter_id)])[0]
        notices.write_letter(kind=ANSWER, language="vi", matter=row, purpose=ADVISE, now=now)
        letter = take(at=now + HOUR)
        asked = told("data.shown")
        with pytest.raises(notices.LetterHeld) as held:
            notices.open_letter(letter=letter, now=now + HOUR)
        assert (held.value.code, held.value.is_final) == ("address.unreachable", True)
        assert told("data.shown") == asked, "the address was opened for nothing"

    def test_goes_out_again_when_a_person_says_so_and_so_do_those_that_waited_behind_it(
        self, sent: UUID, inquiry: Inquiry, take: Take, chi: Actor, now: datetime
    ) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now)
        notices.retry_letter(letter_id=sent, actor=chi, now=now + DAY)
        assert queries.unreachable_among([inquiry.subject_id]) == frozenset()
        assert notices.open_letter(letter=take(at=now + DAY), now=now + DAY).to.reveal() == AN.email

    def test_stays_unreachable_when_it_is_given_up(self, sent: UUID, inquiry: Inquiry, chi: Actor, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now)
        notices.give_up_letter(letter_id=sent, actor=chi, now=now)
        assert queries.unreachable_among([inquiry.subject_id]) == {inquiry.subject_id}

    def test_is_counted_once_however_often_it_is_reported(self, sent: UUID, now: datetime) -> None:
        assert notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", mark="a", now=now)
        assert not notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", mark="a", now=now + MINUTE)
        assert not notices.report_bounce(letter_id=sent, kind="hard", code="5.0.0", mark="b", now=now + MINUTE)
        assert told("letter.bounced") == 1

    def test_is_not_brought_back_by_the_same_report_after_a_person_had_it_tried_again(self, sent: UUID, chi: Actor, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", mark="a", now=now)
        notices.retry_letter(letter_id=sent, actor=chi, now=now)
        assert not notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", mark="a", now=now + MINUTE)
        assert row_of(sent).state == "due"

    def test_does_not_hold_its_matter_back_from_the_end(self, sent: UUID, inquiry: Inquiry, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now)
        assert not queries.is_written_to(inquiry.matter_id), "nobody can be said farewell to"

    def test_in_a_workers_hand_is_left_there(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        letter = take(at=now)
        notices.open_letter(letter=letter, now=now)
        assert notices.report_bounce(letter_id=letter.id, kind="hard", code="5.1.1", now=now)
        send(letter, outcome="accepted", code="smtp.250", at=now)
        assert (row_of(letter.id).state, row_of(letter.id).error_code) == ("sent", "bounce.hard.5.1.1")
        assert queries.unreachable_among([inquiry.subject_id]) == {inquiry.subject_id}

    def test_outweighs_what_was_noted_before(self, sent: UUID, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="delayed", code="4.4.1", now=now)
        notices.report_bounce(letter_id=sent, kind="hard", code="5.4.4", now=now + HOUR)
        assert not notices.report_bounce(letter_id=sent, kind="away", code="auto.replied", now=now + 2 * HOUR)
        assert row_of(sent).error_code == "bounce.hard.5.4.4"


class TestALetterThatTheCarrierRefused:
    @pytest.mark.parametrize(("code", "is_dead"), [("smtp.recipient.550.5.1.1", True), ("smtp.recipient.550", False), ("smtp.data.550.5.7.1", False)])
    def test_shuts_the_address_only_where_the_carrier_says_that_there_is_none(
        self, inquiry: Inquiry, take: Take, now: datetime, code: str, is_dead: bool
    ) -> None:
        send(take(at=now), outcome="refused", code=code, at=now)
        assert bool(queries.unreachable_among([inquiry.subject_id])) is is_dead


class TestALetterThatCameBackForAWhile:
    def test_goes_out_again_after_an_hour_at_least(self, sent: UUID, take: Take, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="soft", code="5.2.2", now=now)
        assert (row_of(sent).state, row_of(sent).error_code) == ("due", "bounce.soft.5.2.2")
        assert now + HOUR <= row_of(sent).due_at <= now + 6 * HOUR
        assert notices.take_letters(worker=WORKER, now=now + 59 * MINUTE) == []
        assert take(at=now + HOUR).attempt == 2

    def test_is_tried_no_longer_than_any_letter_and_then_shown_to_a_person(self, sent: UUID, leave: Callable[..., UUID], now: datetime) -> None:
        at, tries = now, 1
        while notices.report_bounce(letter_id=sent, kind="soft", code="5.2.2", mark=str(tries), now=at) and row_of(sent).state == "due":
            at = row_of(sent).due_at
            leave(at=at)
            tries += 1
        assert (row_of(sent).state, row_of(sent).error_code) == ("parked", "bounce.soft.5.2.2")
        assert tries <= MOST_TRIES
        assert 3 * DAY < at - now < 5 * DAY

    def test_after_days_of_trying_elsewhere_is_shown_to_a_person_at_once(self, sent: UUID, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="soft", code="4.4.7", now=now + 5 * DAY)
        assert row_of(sent).state == "parked"

    def test_reported_twice_goes_out_once(self, sent: UUID, leave: Callable[..., UUID], now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="soft", code="4.2.2", mark="a", now=now)
        assert not notices.report_bounce(letter_id=sent, kind="soft", code="4.2.2", mark="b", now=now + MINUTE), "it waits already"
        leave(at=now + 6 * HOUR)
        assert not notices.report_bounce(letter_id=sent, kind="soft", code="4.2.2", mark="a", now=now + 7 * HOUR)
        assert row_of(sent).state == "sent"

    def test_leaves_its_addressee_reachable(self, sent: UUID, inquiry: Inquiry, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="soft", code="5.2.2", now=now)
        assert not queries.unreachable_among([inquiry.subject_id])


class TestALetterThatAMachineAnswered:
    @pytest.mark.parametrize("kind", ["away", "delayed"])
    def test_gets_a_note_and_nothing_more(self, sent: UUID, inquiry: Inquiry, now: datetime, kind: str) -> None:
        assert notices.report_bounce(letter_id=sent, kind=kind, code="auto.replied", now=now)
        assert (row_of(sent).state, row_of(sent).error_code) == ("sent", f"bounce.{kind}.auto.replied")
        assert not queries.unreachable_among([inquiry.subject_id])
        assert (told("letter.noted"), told("letter.bounced")) == (1, 0)


@pytest.mark.clause("7.1")
class TestAReportThatIsForged:
    def test_of_an_unknown_letter_changes_nothing(self, sent: UUID, now: datetime) -> None:
        before = list(Letter.objects.values())
        with pytest.raises(notices.LetterUnknown):
            notices.report_bounce(letter_id=uuid4(), kind="hard", code="5.1.1", now=now)
        assert list(Letter.objects.values()) == before
        assert told("letter.bounced") == 0

    def test_of_a_letter_that_never_left_is_not_believed(self, inquiry: Inquiry, now: datetime) -> None:
        (row,) = queries.letters_of(inquiry.matter_id)
        with pytest.raises(notices.BounceUnlikely):
            notices.report_bounce(letter_id=row.id, kind="hard", code="5.1.1", now=now)

    def test_of_a_letter_that_left_long_ago_is_not_believed(self, sent: UUID, now: datetime) -> None:
        with pytest.raises(notices.BounceUnlikely):
            notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now + 14 * DAY)

    def test_with_words_for_a_code_is_refused_and_they_are_nowhere(self, sent: UUID, now: datetime) -> None:
        with pytest.raises(NotAnErrorCode) as refused:
            notices.report_bounce(letter_id=sent, kind="hard", code=f"no user {AN.email}", now=now)
        assert AN.email not in str(refused.value)
        assert row_of(sent).state == "sent"


class TestWhoCannotBeReached:
    def test_is_told_for_many_people_in_one_query(self, sent: UUID, inquiry: Inquiry, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now)
        with CaptureQueriesContext(connection) as asked:
            found = queries.unreachable_among([inquiry.subject_id, *(uuid4() for _ in range(499))])
        assert (found, len(asked)) == ({inquiry.subject_id}, 1)

    def test_is_told_of_nobody_without_a_question(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert queries.unreachable_among([]) == frozenset()
        assert len(asked) == 0

    def test_is_forgotten_with_the_matter(self, sent: UUID, inquiry: Inquiry, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now)
        notices.forget_letters(matters=[gate.MatterId(inquiry.matter_id)])
        assert queries.unreachable_among([inquiry.subject_id]) == frozenset()

    def test_is_one_person_and_nobody_else(self, sent: UUID, receive: Receive, now: datetime) -> None:
        notices.report_bounce(letter_id=sent, kind="hard", code="5.1.1", now=now)
        other = Inquiry.objects.get(reference=receive(nonce="2").reference)
        assert queries.unreachable_among([other.subject_id]) == frozenset()


class TestTheTable:
    @pytest.mark.parametrize("columns", [{"bounce_kind": "hard"}, {"bounce": "5.1.1"}, {"bounce_kind": "loud", "bounced_at": timedelta()}])
    def test_takes_no_half_a_bounce(self, sent: UUID, now: datetime, columns: dict[str, object]) -> None:
        values = {name: now if name == "bounced_at" else value for name, value in columns.items()}
        with pytest.raises(IntegrityError), transaction.atomic():
            Letter.objects.filter(id=sent).update(**values)


class TestAStatus:
    @pytest.mark.parametrize("status", ["5.1.1", "5.1.0", "5.1.2", "5.1.10", "5.2.1", "5.4.4", "5.0.0"])
    def test_that_blames_the_address_is_hard(self, status: str) -> None:
        assert kind_of_status(status) == HARD

    @pytest.mark.parametrize("status", ["4.2.2", "4.4.7", "5.2.2", "5.2.3", "5.3.4", "5.4.1", "5.4.6", "5.7.1", "5.1.8", "5.6.1", "4.1.1"])
    def test_that_may_be_otherwise_tomorrow_is_soft(self, status: str) -> None:
        assert kind_of_status(status) == SOFT

    @pytest.mark.parametrize("status", ["2.0.0", "", "5.1", "5.1.1.1", "6.0.0", "5.1.1\n", "٥.١.١"])
    def test_that_is_none_says_nothing(self, status: str) -> None:
        assert kind_of_status(status) is None

    @pytest.mark.parametrize(
        ("code", "status"), [("smtp.recipient.550.5.1.1", "5.1.1"), ("smtp.sender.550.5.1.1", ""), ("smtp.recipient.450.4.1.1", "")]
    )
    def test_of_our_own_carrier_counts_where_it_speaks_of_the_recipient(self, code: str, status: str) -> None:
        assert dead_address(code) == status
