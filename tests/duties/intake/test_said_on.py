"""On which day somebody told a colleague, and in which inquiry it stands: evidence beside the fact, from which nothing holds."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from camket.duties.intake import actions as intake
from camket.duties.intake import queries
from camket.duties.intake.models import Inquiry
from camket.duties.retention import actions as retention
from camket.policy.terms import ADVERTISE, ADVISE, Actor, PurposeId
from camket.vault import gate, ledger
from camket.vault.models import Consent
from tests.cast import AN, BINH
from tests.duties.intake.conftest import Receive
from tests.vault.deeds import journaled

DAY = timedelta(days=1)
NOTIFY = PurposeId("notify")
TODAY = date(2026, 11, 23)  # of the fixture `now`, in Ho Chi Minh City
Hear = Callable[..., intake.Received]
Refuse = Callable[..., str]


def fact(*, is_given: bool, reference: str = "") -> Consent:
    found = Consent.objects.filter(is_given=is_given)
    return found.get(subject_id=Inquiry.objects.get(reference=reference).subject_id) if reference else found.get()


@pytest.fixture
def hear(house: None, chi: Actor, now: datetime) -> Hear:
    """Offer a function that writes down what An says to Chi by phone."""

    def write_down(*, said_on: date | None = None, at: datetime = now, nonce: str = "1") -> intake.Received:
        submission = intake.Submission(channel="phone", language="vi", key=hashlib.sha256(nonce.encode()).digest(), said_on=said_on)
        return intake.receive_inquiry(
            submission=submission, values=AN.values("full_name", "email", "message"), consents=("advise",), actor=chi, now=at
        )

    return write_down


@pytest.mark.clause("1.7")
class TestAYesByWord:
    def test_keeps_the_day_and_the_inquiry_in_which_it_stands(self, hear: Hear, now: datetime) -> None:
        reference = hear(said_on=TODAY + DAY, at=now + 3 * DAY).reference
        row = fact(is_given=True)
        assert (row.said_on, row.said_in) == (TODAY + DAY, reference)
        (line,) = journaled("consent.given")
        assert (line["facts"]["said_on"], line["facts"]["said_in"]) == ("2026-11-24", reference)

    def test_is_told_to_the_person_by_the_day_on_which_they_said_it(self, hear: Hear, now: datetime) -> None:
        reference = hear(said_on=TODAY, at=now + 3 * DAY).reference
        (row,) = queries.own_consents(matter_id=Inquiry.objects.get().matter_id).rows
        assert (row.given_at, row.given) == (now + 3 * DAY, queries.SaidTo(day=TODAY, reference=reference))

    def test_counts_from_when_it_is_taken_down(self, hear: Hear, now: datetime) -> None:
        hear(said_on=TODAY, at=now + 3 * DAY)
        assert fact(is_given=True).at == now + 3 * DAY

    def test_was_said_today_where_nothing_else_is_told(self, hear: Hear, now: datetime) -> None:
        """The day is the house's: at six in the evening of UTC it is the next one there."""
        hear(at=now.replace(hour=18))
        assert fact(is_given=True).said_on == TODAY + DAY

    @pytest.mark.parametrize(
        ("said_on", "at", "code"),
        [
            (TODAY + 2 * DAY, DAY, "day_to_come"),
            (TODAY - DAY, DAY, "day_too_early"),  # the edition that was read out was not in force
            (TODAY + 4 * DAY, 20 * DAY, "day_too_early"),  # more than fifteen days ago
        ],
    )
    def test_is_not_taken_for_a_day_on_which_it_cannot_have_been_said(
        self, hear: Hear, now: datetime, said_on: date, at: timedelta, code: str
    ) -> None:
        with pytest.raises(intake.Malformed) as malformed:
            hear(said_on=said_on, at=now + at)
        assert [(error.field, error.code) for error in malformed.value.errors] == [("said_on", code)]
        assert not Consent.objects.exists()

    @pytest.mark.parametrize(("said_on", "at"), [(TODAY, 0 * DAY), (TODAY, 15 * DAY), (TODAY + 5 * DAY, 20 * DAY)])
    def test_is_taken_up_to_the_first_day_on_which_it_can_have_been_said(self, hear: Hear, now: datetime, said_on: date, at: timedelta) -> None:
        hear(said_on=said_on, at=now + at)
        assert fact(is_given=True).said_on == said_on

    def test_is_taken_today_also_where_a_clock_was_set_back(self, hear: Hear, now: datetime) -> None:
        """The edition came into force in what is the future by now."""
        hear(at=now - 2 * DAY)
        assert fact(is_given=True).said_on == TODAY - 2 * DAY

    def test_that_is_sent_again_with_another_day_is_another_sending(self, hear: Hear, now: datetime) -> None:
        hear(said_on=TODAY, at=now + DAY)
        hear(said_on=TODAY, at=now + DAY)
        with pytest.raises(intake.SentDifferently):
            hear(said_on=TODAY + DAY, at=now + DAY)

    def test_is_what_nobody_else_gives_a_day_for(self, receive: Receive) -> None:
        receive()
        row = fact(is_given=True)
        assert (row.said_on, row.said_in) == (None, None)
        assert set(journaled("consent.given")[0]["facts"]) == {"purpose", "edition", "language", "wording", "channel"}


@pytest.mark.clause("9.9")
class TestANoByWord:
    @pytest.fixture
    def refuse(self, chi: Actor, now: datetime) -> Refuse:
        """Offer a function that takes a withdrawal down that it refuses, and returns what is wrong with it."""

        def take_down(reference: str, *, at: datetime = now, said_on: date | None = None, said_in: str = "") -> str:
            before = ledger.count()
            with pytest.raises(intake.Malformed) as malformed:
                self.take_down(reference, chi, at, said_on=said_on, said_in=said_in)
            assert not Consent.objects.filter(is_given=False).exists()
            assert ledger.count() == before
            (error,) = malformed.value.errors
            return f"{error.field} {error.code}"

        return take_down

    def take_down(self, reference: str, chi: Actor, now: datetime, *, said_on: date | None = None, said_in: str = "") -> None:
        intake.withdraw_consent(reference=reference, purpose=ADVISE, channel="post", said_on=said_on, said_in=said_in, actor=chi, now=now)

    def test_keeps_the_day_and_the_inquiry_in_which_it_stands(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        self.take_down(reference, chi, now + 30 * DAY, said_on=TODAY + DAY, said_in=reference)
        row = fact(is_given=False)
        assert (row.said_on, row.said_in) == (TODAY + DAY, reference)
        (line,) = journaled("consent.withdrawn")
        assert (line["facts"]["said_on"], line["facts"]["said_in"]) == ("2026-11-24", reference)

    def test_holds_from_when_it_is_taken_down_and_not_from_the_day(self, receive: Receive, chi: Actor, now: datetime) -> None:
        self.take_down(receive().reference, chi, now + 30 * DAY, said_on=TODAY + DAY)
        row = fact(is_given=False)
        assert (row.at, row.said_in) == (now + 30 * DAY, None)
        assert [line.at for line in ledger.lines()] == [now + 30 * DAY]

    def test_was_said_today_where_nothing_else_is_told(self, receive: Receive, chi: Actor, now: datetime) -> None:
        self.take_down(receive().reference, chi, now.replace(hour=18))
        assert fact(is_given=False).said_on == TODAY + DAY

    def test_cannot_have_been_said_on_a_day_to_come(self, receive: Receive, refuse: Refuse, now: datetime) -> None:
        assert refuse(receive().reference, at=now.replace(hour=16), said_on=TODAY + DAY) == "said_on day_to_come"

    def test_cannot_have_been_said_before_the_yes_that_it_takes_back(self, receive: Receive, refuse: Refuse) -> None:
        assert refuse(receive().reference, said_on=TODAY - DAY) == "said_on day_too_early"

    def test_can_have_been_said_between_a_yes_by_word_and_the_day_on_which_that_was_taken_down(self, hear: Hear, chi: Actor, now: datetime) -> None:
        reference = hear(said_on=TODAY, at=now + 3 * DAY).reference
        self.take_down(reference, chi, now + 4 * DAY, said_on=TODAY + DAY)
        assert fact(is_given=False).said_on == TODAY + DAY

    def test_may_stand_in_another_inquiry_with_the_same_address(self, receive: Receive, chi: Actor, now: datetime) -> None:
        first, second = receive().reference, receive(nonce="2").reference
        self.take_down(first, chi, now, said_in=second)
        assert fact(is_given=False, reference=first).said_in == second

    @pytest.mark.parametrize("typed", ["CK-0000-0000", "An nói qua thư", "ck-0000-0000", "0912345678", "\x00", "CK-7Q2M-4XJD; DROP"])
    def test_takes_no_other_text_for_a_reference(self, receive: Receive, refuse: Refuse, typed: str) -> None:
        assert refuse(receive().reference, said_in=typed) == "said_in unknown_reference"

    def test_takes_no_reference_of_somebody_else(self, receive: Receive, refuse: Refuse) -> None:
        reference, other = receive().reference, receive(BINH.values("full_name", "email", "phone", "message"), nonce="2").reference
        assert refuse(reference, said_in=other) == "said_in unknown_reference"

    def test_takes_no_reference_that_this_colleague_cannot_see_yet(self, receive: Receive, refuse: Refuse) -> None:
        reference, other = receive().reference, receive(nonce="2", slow=True).reference
        assert refuse(reference, said_in=other) == "said_in unknown_reference"

    def test_takes_no_reference_of_what_is_erased(self, receive: Receive, refuse: Refuse, now: datetime) -> None:
        reference, other = receive().reference, receive(nonce="2").reference
        Inquiry.objects.filter(reference=other).update(state=Inquiry.State.ERASED, resolved_at=now)
        assert refuse(reference, said_in=other) == "said_in unknown_reference"

    def test_comes_back_from_the_ledger_with_its_day_and_its_reference(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        self.take_down(reference, chi, now + 3 * DAY, said_on=TODAY, said_in=reference)
        Consent.objects.filter(is_given=False).delete()  # as in a backup of before
        assert gate.reconcile(now=now + 4 * DAY) == 1
        row = fact(is_given=False)
        assert (row.at, row.said_on, row.said_in) == (now + 3 * DAY, TODAY, reference)

    def test_stands_on_the_page_of_staff_and_on_the_persons_own(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive(AN.values("full_name", "email", "message"), ("advise", "notify")).reference
        intake.withdraw_consent(reference=reference, purpose=NOTIFY, channel="phone", said_on=TODAY, said_in=reference, actor=chi, now=now + DAY)
        page = queries.inquiry_page(reference=reference, actor=chi, now=now + DAY)
        assert [(row.said_on, row.said_in) for row in page.consents if not row.is_given] == [(TODAY, reference)]
        own = queries.own_consents(matter_id=page.matter_id)
        assert [(row.given, row.withdrawn) for row in own.rows if row.purpose == NOTIFY] == [(None, queries.SaidTo(day=TODAY, reference=reference))]

    def test_goes_when_the_person_is_erased(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        self.take_down(reference, chi, now, said_on=TODAY, said_in=reference)
        due = now + 100 * DAY
        retention.plan(now=now)
        for one in retention.take_erasures(worker="w", now=due):
            assert retention.carry_out(erasure=one, worker="w", is_mail_running=False, now=due)
        gate.collect_ended(matters=retention.uncollected(), now=due)
        assert not Consent.objects.exists()


@pytest.mark.clause("9.9")
class TestANoThatHoldsForAnAddress:
    def test_is_no_evidence_against_a_yes_of_later_than_the_day(
        self, receive: Receive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Advertising ends for all who gave the address; that a yes was taken back before it was given is not kept of any of them."""
        first, second = receive().reference, receive(nonce="2").reference
        yes = {"edition": 1, "language": "vi", "wording_hash": "ab" * 32, "channel": "link"}
        for reference, at in ((first, now), (second, now + 3 * DAY)):
            subject = gate.SubjectId(Inquiry.objects.get(reference=reference).subject_id)
            agreed = gate.ConsentFact(purpose=ADVERTISE, is_given=True, **yes)  # type: ignore[arg-type]  # one of each kind
            gate.record_consents(subject=subject, facts=[agreed], actor=Actor(role="subject"), now=at)
        intake.withdraw_consent(reference=first, purpose=ADVERTISE, channel="phone", said_on=TODAY + DAY, said_in=first, actor=chi, now=now + 4 * DAY)
        told = {reference: fact(is_given=False, reference=reference) for reference in (first, second)}
        assert {reference: (row.said_on, row.said_in) for reference, row in told.items()} == {first: (TODAY + DAY, first), second: (None, None)}
        assert {row.at for row in told.values()} == {now + 4 * DAY}
