"""What a letter may say, to whom, how often, and what becomes of it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.template import TemplateDoesNotExist

from camket.access.codes import claim_code
from camket.duties.custody.actions import keep_journal
from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.rules import KINDS, MOST_TRIES, LetterKind, act_of, split_letter
from camket.duties.retention import actions as retention
from camket.journal import queries as journal
from camket.policy.terms import AUDITOR, Actor
from camket.vault import gate
from tests.cast import AN
from tests.duties.intake.conftest import Receive
from tests.duties.notices.conftest import DAY, HOUR, MINUTE, WORKER, Take, prove_email, send
from tests.vault.deeds import journaled

pytestmark = pytest.mark.django_db
LETTERS = Path(notices.__file__).parents[2]
ANSWER = "Gói Cơ bản là đủ cho cửa hàng của chị ạ."


@contextmanager
def failing_at_its_end() -> Iterator[None]:
    """What a full disk does to the entries of a transaction."""
    yield
    raise DatabaseError


def answer(inquiry: Inquiry, chi: Actor, *, at: datetime) -> None:
    """Chi answers An."""
    key = hashlib.sha256(f"answer {at}".encode()).digest()
    intake.answer_inquiry(reference=inquiry.reference, text=ANSWER, key=key, actor=chi, now=at)


@pytest.mark.clause("7.1")
class TestALetterToAnAddressThatIsNotProven:
    @pytest.mark.parametrize("secret", [AN.full_name, AN.phone, "+84912000101", AN.message])
    def test_acknowledges_by_reference_and_repeats_nothing_that_was_written(self, inquiry: Inquiry, take: Take, now: datetime, secret: str) -> None:
        opened = notices.open_letter(letter=take(at=now), now=now)
        assert opened.to.reveal() == AN.email
        assert inquiry.reference in opened.text
        assert secret not in opened.subject + opened.text

    @pytest.mark.clause("7.3")
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_acknowledges_with_the_latest_checkpoint(self, inquiry: Inquiry, take: Take, now: datetime, language: str) -> None:
        keep_journal(now=now + HOUR)
        latest = journal.latest_checkpoint()
        assert latest is not None
        letter = take(at=now)
        letter.language = language
        text = notices.open_letter(letter=letter, now=now).text
        assert f": {latest.size} · {latest.root.hex()[:16]}\n" in text
        assert "\n\n\n" not in text

    def test_acknowledges_without_a_checkpoint_before_the_first(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        text = notices.open_letter(letter=take(at=now), now=now).text
        assert "Mốc xác nhận" not in text
        assert "\n\n\n" not in text

    def test_tells_of_an_answer_and_where_to_read_it_but_not_the_answer(self, inquiry: Inquiry, take: Take, chi: Actor, now: datetime) -> None:
        send(take(at=now), outcome="accepted", code="smtp.250", at=now)
        answer(inquiry, chi, at=now)
        opened = notices.open_letter(letter=take(at=now), now=now)
        assert ANSWER not in opened.text
        assert AN.full_name not in opened.text
        assert "/vi/read/" in opened.text


@pytest.mark.clause("3.5", "12.1")
class TestALetterToAProvenAddress:
    def test_carries_the_name_and_the_answer(self, inquiry: Inquiry, take: Take, chi: Actor, now: datetime) -> None:
        send(take(at=now), outcome="accepted", code="smtp.250", at=now)
        answer(inquiry, chi, at=now)
        prove_email(inquiry, at=now)
        opened = notices.open_letter(letter=take(at=now), now=now)
        assert ANSWER in opened.text
        assert AN.full_name in opened.text
        assert not opened.is_automatic

    def test_says_what_was_written_to_the_letter_with_every_sign(self, inquiry: Inquiry, take: Take, chi: Actor, now: datetime) -> None:
        send(take(at=now), outcome="accepted", code="smtp.250", at=now)
        text = 'R&D < 5 "đơn vị"; it\'s <b>fine</b> {{ link }}'
        intake.answer_inquiry(reference=inquiry.reference, text=text, key=b"k" * 32, actor=chi, now=now)
        prove_email(inquiry, at=now)
        assert text in notices.open_letter(letter=take(at=now), now=now).text

    def test_still_acknowledges_without_content(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        prove_email(inquiry, at=now)
        opened = notices.open_letter(letter=take(at=now), now=now)
        assert AN.full_name not in opened.text
        assert opened.is_automatic


@pytest.mark.clause("3.5")
class TestAnAcknowledgement:
    def test_goes_out_once_an_hour_to_one_address_whoever_asks(self, receive: Receive, take: Take, now: datetime) -> None:
        receive(nonce="1")
        first = take(at=now)
        notices.open_letter(letter=first, now=now)
        send(first, outcome="accepted", code="smtp.250", at=now)
        receive({**AN.values("full_name", "message"), "email": AN.email.upper()}, nonce="2")
        second = take(at=now + 59 * MINUTE)
        with pytest.raises(notices.LetterHeld) as held:
            notices.open_letter(letter=second, now=now + 59 * MINUTE)
        assert held.value.code == "hour.spent"
        notices.hold_letter(letter=second, worker=WORKER, held=held.value, now=now + 59 * MINUTE)
        assert [row.state for row in queries.letters_of(second.matter_id)] == ["dropped"]

    def test_goes_out_again_after_the_hour(self, receive: Receive, take: Take, now: datetime) -> None:
        receive(nonce="1")
        first = take(at=now)
        notices.open_letter(letter=first, now=now)
        send(first, outcome="accepted", code="smtp.250", at=now)
        receive(nonce="2")
        assert notices.open_letter(letter=take(at=now + HOUR), now=now + HOUR).to.reveal() == AN.email

    def test_whose_worker_died_while_it_was_written_has_not_spent_its_hour(
        self, inquiry: Inquiry, take: Take, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(_: object) -> tuple[str, str]:
            raise SystemExit

        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr("camket.duties.notices.actions.opening.compose", die)
            notices.open_letter(letter=take(at=now), now=now)
        assert notices.open_letter(letter=take(at=now + 2 * MINUTE), now=now + 2 * MINUTE).to.reveal() == AN.email

    def test_that_was_tried_before_has_spent_its_hour_already(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        letter = take(at=now)
        notices.open_letter(letter=letter, now=now)
        send(letter, outcome="deferred", code="smtp.data.451", at=now)
        assert notices.open_letter(letter=take(at=now + MINUTE), now=now + MINUTE).to.reveal() == AN.email

    def test_that_could_not_be_written_has_not_spent_its_hour(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        letter = take(at=now)
        letter.language = "a language without letters"
        with pytest.raises(TemplateDoesNotExist):
            notices.open_letter(letter=letter, now=now)
        letter.language = "vi"
        assert notices.open_letter(letter=letter, now=now).to.reveal() == AN.email


@pytest.mark.clause("3.5")
class TestALetterWhoseAnswerWasLost:
    def test_goes_out_once_more_under_the_same_name_and_then_waits_for_a_person(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        ids = []
        for hours in range(2):
            letter = take(at=now + hours * HOUR)
            ids.append(notices.open_letter(letter=letter, now=now + hours * HOUR).message_id)
            send(letter, outcome="unknown", code="smtp.timeout", at=now + hours * HOUR)
        assert ids[0] == ids[1]
        letter = take(at=now + 2 * HOUR)
        with pytest.raises(notices.LetterHeld) as held:
            notices.open_letter(letter=letter, now=now + 2 * HOUR)
        notices.hold_letter(letter=letter, worker=WORKER, held=held.value, now=now + 2 * HOUR)
        (row,) = queries.letters_of(inquiry.matter_id)
        assert (row.state, row.error_code) == ("parked", "answer.unknown")

    def test_counts_a_worker_that_died_in_between_as_a_lost_answer(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        for hours in range(2):
            notices.open_letter(letter=take(at=now + hours * HOUR), now=now + hours * HOUR)
        with pytest.raises(notices.LetterHeld) as held:
            notices.open_letter(letter=take(at=now + 2 * HOUR), now=now + 2 * HOUR)
        assert held.value.is_final

    def test_is_forgiven_when_the_carrier_answers_the_second_time(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        for hours, outcome in enumerate(("unknown", "deferred", "unknown")):
            letter = take(at=now + hours * HOUR)
            notices.open_letter(letter=letter, now=now + hours * HOUR)
            send(letter, outcome=outcome, code="smtp.timeout", at=now + hours * HOUR)
        assert notices.open_letter(letter=take(at=now + 9 * HOUR), now=now + 9 * HOUR).to.reveal() == AN.email


@pytest.mark.clause("3.5")
class TestALetterThatIsPutOff:
    def test_is_tried_for_days_and_then_shown_to_a_person(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        at, tries = now, 0
        while queries.letters_of(inquiry.matter_id)[0].state == "due":
            at = max(at, queries.letters_of(inquiry.matter_id)[0].due_at)
            send(take(at=at), outcome="deferred", code="smtp.no_connection", at=at)
            tries += 1
        (row,) = queries.letters_of(inquiry.matter_id)
        assert (row.state, row.error_code, tries) == ("parked", "smtp.no_connection", MOST_TRIES)
        assert 3 * DAY < at - now < 5 * DAY

    def test_is_parked_at_once_when_it_was_refused_for_good(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        send(take(at=now), outcome="refused", code="smtp.recipient.550", at=now)
        (row,) = queries.letters_of(inquiry.matter_id)
        assert (row.state, row.error_code) == ("parked", "smtp.recipient.550")
        assert queries.waiting(now=now).parked == 1

    def test_goes_out_again_when_a_person_says_so(self, inquiry: Inquiry, take: Take, chi: Actor, now: datetime) -> None:
        send(take(at=now), outcome="refused", code="smtp.recipient.550", at=now)
        (row,) = queries.letters_of(inquiry.matter_id)
        notices.retry_letter(letter_id=row.id, actor=chi, now=now)
        assert notices.open_letter(letter=take(at=now), now=now).to.reveal() == AN.email

    def test_can_be_given_up_once(self, inquiry: Inquiry, take: Take, chi: Actor, now: datetime) -> None:
        send(take(at=now), outcome="refused", code="smtp.recipient.550", at=now)
        (row,) = queries.letters_of(inquiry.matter_id)
        notices.give_up_letter(letter_id=row.id, actor=chi, now=now)
        assert queries.letters_of(inquiry.matter_id)[0].state == "dropped"
        with pytest.raises(notices.NotParked):
            notices.give_up_letter(letter_id=row.id, actor=chi, now=now)

    def test_is_not_sent_by_a_worker_whose_lease_has_gone_to_another(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        letter = take(at=now)
        (again,) = notices.take_letters(worker="another", now=now + timedelta(seconds=91))
        assert again.id == letter.id
        before = len(journaled("data.disclosed"))
        with pytest.raises(notices.LeaseLost):
            notices.open_letter(letter=letter, now=now + timedelta(seconds=92))
        assert len(journaled("data.disclosed")) == before  # nothing was opened for it here

    def test_is_reported_by_whoever_holds_it_although_its_intent_could_not_be_kept(
        self, inquiry: Inquiry, take: Take, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        letter = take(at=now)
        with monkeypatch.context() as broken, pytest.raises(DatabaseError):
            broken.setattr("camket.duties.notices.actions.opening.recorded_together", failing_at_its_end)
            notices.open_letter(letter=letter, now=now + MINUTE)
        notices.hold_letter(letter=letter, worker=WORKER, held=notices.LetterHeld("letter.fault", is_final=False), now=now)
        (row,) = queries.letters_of(inquiry.matter_id)
        assert (row.state, row.error_code) == ("due", "letter.fault")

    def test_put_back_untried_loses_no_attempt(self, inquiry: Inquiry, take: Take, now: datetime) -> None:
        notices.put_back_letter(letter=take(at=now), worker=WORKER)
        (row,) = queries.letters_of(inquiry.matter_id)
        assert (row.state, row.attempt) == ("due", 0)


@pytest.mark.clause("6.1")
class TestALookAtAWaitingLetter:
    def test_is_taken_under_a_clause_and_journaled(self, inquiry: Inquiry, chi: Actor, now: datetime) -> None:
        (row,) = queries.letters_of(inquiry.matter_id)
        subject, text = notices.preview_letter(letter_id=row.id, actor=chi, now=now)
        assert inquiry.reference in subject + text
        keep_journal(now=now)
        entry = journal.recent(limit=1)[0]
        assert (entry.act, entry.actor.id) == ("data.shown", chi.id)
        assert entry.clauses

    def test_is_refused_to_a_role_that_the_policy_does_not_name(self, inquiry: Inquiry, now: datetime) -> None:
        (row,) = queries.letters_of(inquiry.matter_id)
        with pytest.raises(gate.Refused):
            notices.preview_letter(letter_id=row.id, actor=Actor(role=AUDITOR, id="auditor-of-these-tests"), now=now)

    def test_makes_no_link_and_spends_no_hour(self, inquiry: Inquiry, take: Take, chi: Actor, now: datetime) -> None:
        (row,) = queries.letters_of(inquiry.matter_id)
        _, text = notices.preview_letter(letter_id=row.id, actor=chi, now=now)
        assert "/read/…" in text
        assert claim_code(inquiry.subject_id) not in text
        assert notices.open_letter(letter=take(at=now), now=now).to.reveal() == AN.email


@pytest.mark.clause("4.6")
class TestALetterToSomebodyErased:
    def test_does_not_go_out(self, inquiry: Inquiry, take: Take, chi: Actor, now: datetime) -> None:
        intake.resolve_inquiry(reference=inquiry.reference, actor=chi, now=now)
        retention.plan(now=now)
        (erasure,) = retention.take_erasures(worker=WORKER, now=now + 100 * DAY)
        retention.carry_out(erasure=erasure, worker=WORKER, is_mail_running=False, now=now + 100 * DAY)
        with pytest.raises(notices.LetterHeld) as held:
            notices.open_letter(letter=take(at=now + 100 * DAY), now=now + 100 * DAY)
        assert held.value.is_final


class TestEveryKindOfLetter:
    @pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.template)
    def test_has_a_text_in_both_languages_that_begins_with_its_subject(self, kind: LetterKind) -> None:
        for language in ("vi", "en"):
            subject, body = split_letter((LETTERS / f"{kind.template}.{language}.txt").read_text("utf-8"))
            assert subject
            assert body

    def test_refuses_a_text_without_a_subject(self) -> None:
        with pytest.raises(ValueError, match="subject"):
            split_letter("Kính chào quý khách,\n")


class TestWhatTheJournalCallsIt:
    @pytest.mark.parametrize(
        ("outcome", "act"),
        [("accepted", "letter.sent"), ("refused", "letter.bounced"), ("deferred", "letter.deferred"), ("unknown", "letter.deferred")],
    )
    def test_follows_from_what_the_carrier_answered(self, outcome: str, act: str) -> None:
        assert act_of(outcome) == act
