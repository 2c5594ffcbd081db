"""What happens to an inquiry."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.access.actions import issue_link
from camket.duties.intake import actions as intake
from camket.duties.intake import queries
from camket.duties.intake.models import Inquiry, Message
from camket.duties.intake.queries import finding
from camket.duties.publishing.actions import count_answers
from camket.duties.publishing.models import AnswerCount
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.terms import ABUSE, AUDITOR, OPERATOR, SUBJECT, Actor, FieldName, PurposeId
from camket.vault import gate, ledger
from tests.cast import AN
from tests.duties.intake.conftest import Receive


def key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def newest_entry() -> journal.EntryRow:
    """The journal's newest entry, once it has its place in the tree."""
    sequence()
    return journal.recent(limit=1)[0]


def rows_everywhere() -> int:
    """How many rows there are in the duty's, the notices' and the vault's tables of the main database."""
    return sum(model._default_manager.count() for app in ("intake", "notices", "vault") for model in apps.get_app_config(app).get_models())


class TestAnInquiry:
    @pytest.mark.clause("1.3")
    def test_is_kept_with_its_records_need_consent_and_acknowledgement(self, receive: Receive) -> None:
        received = receive()
        inquiry = Inquiry.objects.get(reference=received.reference)
        row = gate.matter_rows([gate.MatterId(inquiry.matter_id)])[0]
        assert sorted(name for name, _ in row.records) == ["contact", "message"]
        assert [need.purpose for need in row.needs] == ["advise"]
        assert [consent.purpose for consent in gate.consents_of(gate.SubjectId(inquiry.subject_id))] == ["advise"]
        assert received.letter_expected

    def test_is_written_into_the_journal_by_one_statement(self, receive: Receive) -> None:
        receive()
        with CaptureQueriesContext(connections["default"]) as captured:
            receive(nonce="another")
        sequence()
        assert [row.act for row in journal.recent(limit=3)] == ["inquiry.received", "consent.given", "data.collected"]
        assert sum('INSERT INTO "journal_journalentry"' in query["sql"] for query in captured) == 1
        assert not any("vault_legalhold" in query["sql"] for query in captured), "for its letter the whole matter is looked up"

    @pytest.mark.clause("1.6")
    def test_is_journaled_and_counted_for_each_purpose_that_it_was_collected_for(self, receive: Receive, now: datetime) -> None:
        receive(AN.values("full_name", "email", "message"), nonce="another")
        with CaptureQueriesContext(connections["default"]) as for_one:
            receive(AN.values("full_name", "email", "message"))
        with CaptureQueriesContext(connections["default"]) as for_two:
            receive(AN.values("full_name", "email", "message"), ("advise", "notify"), nonce="two")
        sequence()
        told = [row for row in reversed(journal.recent(limit=5)) if row.act == "data.collected"]
        assert [(row.purpose, row.clauses, sorted(row.fields)) for row in told] == [
            ("advise", ("1.3",), ["email", "full_name", "message"]),
            ("notify", ("1.6",), ["email", "full_name"]),
        ]
        assert len({row.matter for row in told}) == 1
        # a further purpose costs two look-ups of the gate, its need and its consent; its line none, for all are written at once
        assert len(for_two) <= len(for_one) + 4
        assert sum('INSERT INTO "journal_journalentry"' in query["sql"] for query in for_two) == 1
        count_answers(now=now)
        assert {one.clause: one.count for one in AnswerCount.objects.filter(clause__in=["1.3", "1.6"])} == {"1.3": 3, "1.6": 1}

    @pytest.mark.clause("1.5")
    def test_keeps_an_address_under_a_matter_and_a_key_of_its_own(self, receive: Receive) -> None:
        values = AN.values()
        inquiry = Inquiry.objects.get(reference=receive(values, ("advise", "provide_service")).reference)
        assert len(inquiry.extra_matter_ids) == 1
        rows = gate.matter_rows([gate.MatterId(UUID(inquiry.extra_matter_ids[0]))])
        assert [name for name, _ in rows[0].records] == ["delivery"]
        assert [need.purpose for need in rows[0].needs] == ["provide_service"]

    @pytest.mark.clause("7.2")
    def test_keeps_nothing_at_all_of_a_sending_that_the_policy_refuses(self, receive: Receive, now: datetime) -> None:
        before = rows_everywhere()
        with pytest.raises(intake.Refused) as refused:
            receive(AN.values(), ("advise",))
        assert refused.value.decision.outcome == "NOT_COVERED"
        assert rows_everywhere() == before
        assert newest_entry().act == "data.refused"

    def test_keeps_nothing_of_a_sending_with_faults(self, receive: Receive) -> None:
        before = rows_everywhere()
        with pytest.raises(intake.Malformed):
            receive({"full_name": "An"}, ())
        assert rows_everywhere() == before

    def test_sent_twice_is_one_inquiry(self, receive: Receive) -> None:
        first, second = receive(), receive()
        assert second.is_repeat
        assert (first.reference, first.reading_code) == (second.reference, second.reading_code)
        assert Inquiry.objects.count() == 1

    def test_sent_again_with_another_content_is_refused(self, receive: Receive) -> None:
        receive()
        with pytest.raises(intake.SentDifferently):
            receive({**AN.values("full_name", "email"), "message": "Khác."})

    def test_in_the_slow_lane_shows_later(self, receive: Receive, chi: Actor, now: datetime) -> None:
        receive(slow=True)
        assert queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now).rows == ()
        assert len(queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now + timedelta(minutes=3)).rows) == 1

    def test_of_one_person_twice_makes_two_subjects(self, receive: Receive) -> None:
        one, two = receive(nonce="1"), receive(nonce="2")
        subjects = Inquiry.objects.filter(reference__in=[one.reference, two.reference]).values_list("subject_id", flat=True)
        assert len(set(subjects)) == 2


class TestAnAnswer:
    @pytest.mark.clause("3.3")
    def test_is_a_sealed_record_and_goes_out_once_however_often_it_is_sent(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        for _ in range(2):
            intake.answer_inquiry(reference=reference, text="Chào chị.", key=key("answer"), actor=chi, now=now)
        assert Message.objects.filter(kind="answer").count() == 1
        assert Inquiry.objects.get(reference=reference).state == "answered"

    def test_needs_a_clause(self, receive: Receive, now: datetime) -> None:
        reference = receive().reference
        stranger = Actor(role=AUDITOR, id="00000000-0000-0000-0000-000000000000")
        with pytest.raises(intake.InquiryUnknown):
            intake.answer_inquiry(reference=reference, text="x", key=key("a"), actor=stranger, now=now)

    def test_is_not_taken_once_the_inquiry_is_resolved(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.resolve_inquiry(reference=reference, actor=chi, now=now)
        with pytest.raises(intake.AlreadyResolved):
            intake.answer_inquiry(reference=reference, text="x", key=key("a"), actor=chi, now=now)

    @pytest.mark.parametrize("text", ["", "   ", "x" * 8001, "a\x00b"])
    def test_must_be_a_text(self, receive: Receive, chi: Actor, now: datetime, text: str) -> None:
        with pytest.raises(intake.Malformed):
            intake.answer_inquiry(reference=receive().reference, text=text, key=key("a"), actor=chi, now=now)


class TestAnAnswerSentTwice:
    def test_with_another_text_is_told_and_keeps_nothing(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.answer_inquiry(reference=reference, text="Gói Cơ bản.", key=key("a"), actor=chi, now=now)
        with pytest.raises(intake.SentDifferently):
            intake.answer_inquiry(reference=reference, text="Gói Cơ bản, và tên miền.", key=key("a"), actor=chi, now=now)
        assert Message.objects.filter(kind="answer").count() == 1

    def test_with_the_same_text_is_one_answer_even_after_the_inquiry_was_resolved(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.answer_inquiry(reference=reference, text="Gói Cơ bản.", key=key("a"), actor=chi, now=now)
        intake.resolve_inquiry(reference=reference, actor=chi, now=now)
        intake.answer_inquiry(reference=reference, text="Gói Cơ bản.", key=key("a"), actor=chi, now=now)
        assert Message.objects.filter(kind="answer").count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_at_the_same_moment_is_one_answer(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        barrier = threading.Barrier(4)

        def press(_: int) -> None:
            try:
                barrier.wait(30)
                intake.answer_inquiry(reference=reference, text="Gói Cơ bản.", key=key("a"), actor=chi, now=now)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(press, range(4)))
        assert Message.objects.filter(kind="answer").count() == 1


@pytest.mark.clause("9.9")
class TestAWithdrawal:
    def test_of_the_consent_to_be_advised_shuts_the_inquiry_at_once(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.withdraw_consent(reference=reference, purpose=PurposeId("advise"), channel="phone", actor=chi, now=now)
        with pytest.raises(queries.TakenBack):
            queries.inquiry_page(reference=reference, actor=chi, now=now)
        inquiry = Inquiry.objects.get(reference=reference)
        assert inquiry.state == "resolved"
        (row,) = gate.matter_rows([gate.MatterId(inquiry.matter_id)])
        assert row.rests_since == now

    @pytest.mark.parametrize("others", [0, 2])
    def test_shows_neither_name_nor_words_in_the_inbox_and_says_why(self, receive: Receive, chi: Actor, now: datetime, others: int) -> None:
        reference = receive().reference
        for number in range(others):
            receive(nonce=f"other {number}")
        intake.withdraw_consent(reference=reference, purpose=PurposeId("advise"), channel="phone", actor=chi, now=now)
        rows = {row.reference: row for row in queries.inbox(actor=chi, chosen=queries.InboxFilter(show="all"), now=now).rows}
        row = rows.pop(reference)
        assert (row.name, row.excerpt, row.is_withdrawn) == (None, None, True)
        assert [(one.name is None, one.is_withdrawn) for one in rows.values()] == [(False, False)] * others

    def test_of_a_further_consent_ends_that_purpose_alone(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive(AN.values(), ("advise", "provide_service")).reference
        intake.withdraw_consent(reference=reference, purpose=PurposeId("provide_service"), channel="phone", actor=chi, now=now)
        page = queries.inquiry_page(reference=reference, actor=chi, now=now)
        assert {need.purpose: need.closed_at for need in page.needs} == {"advise": None, "provide_service": now}
        assert {row.purpose: row.is_given for row in page.consents} == {"advise": True, "provide_service": False}

    def test_is_not_undone_by_reopening(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive(AN.values(), ("advise", "provide_service")).reference
        intake.withdraw_consent(reference=reference, purpose=PurposeId("provide_service"), channel="phone", actor=chi, now=now)
        intake.resolve_inquiry(reference=reference, actor=chi, now=now)
        intake.reopen_inquiry(reference=reference, actor=chi, now=now)
        page = queries.inquiry_page(reference=reference, actor=chi, now=now)
        assert {need.purpose: need.closed_at for need in page.needs} == {"advise": None, "provide_service": now}
        intake.withdraw_consent(reference=reference, purpose=PurposeId("advise"), channel="phone", actor=chi, now=now)
        with pytest.raises(intake.NotGiven):
            intake.reopen_inquiry(reference=reference, actor=chi, now=now)

    def test_of_what_was_never_agreed_to_is_refused(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        with pytest.raises(intake.NotGiven):
            intake.withdraw_consent(reference=reference, purpose=PurposeId("notify"), channel="phone", actor=chi, now=now)
        intake.withdraw_consent(reference=reference, purpose=PurposeId("advise"), channel="phone", actor=chi, now=now)
        with pytest.raises(intake.NotGiven):
            intake.withdraw_consent(reference=reference, purpose=PurposeId("advise"), channel="phone", actor=chi, now=now)

    def test_that_only_the_ledger_remembers_shuts_the_inquiry_from_its_own_instant(self, receive: Receive, chi: Actor, now: datetime) -> None:
        first = Inquiry.objects.get(reference=receive().reference)
        other = Inquiry.objects.get(reference=receive(AN.values(), ("advise", "provide_service"), nonce="2").reference)
        untouched = receive(nonce="3").reference
        at = now + timedelta(minutes=1)
        ledger.append_withdrawals(subject=first.subject_id, at={PurposeId("advise"): at})
        ledger.append_withdrawals(subject=other.subject_id, at={PurposeId("provide_service"): at})
        assert gate.reconcile(now=now + timedelta(days=30)) == 2
        assert [intake.finish_withdrawals() for _ in range(2)] == [1, 0]
        first.refresh_from_db()
        assert (first.state, first.resolved_at) == ("resolved", at)
        assert [row.rests_since for row in gate.matter_rows([gate.MatterId(first.matter_id)])] == [at]
        page = queries.inquiry_page(reference=other.reference, actor=chi, now=now + timedelta(days=30))
        assert {need.purpose: need.closed_at for need in page.needs} == {"advise": None, "provide_service": at}
        assert queries.inquiry_page(reference=untouched, actor=chi, now=now).row.state == "new"

    def test_is_nobody_elses_to_take_down(self, receive: Receive, now: datetime) -> None:
        with pytest.raises(intake.InquiryUnknown):
            intake.withdraw_consent(
                reference=receive().reference, purpose=PurposeId("advise"), channel="phone", actor=Actor(role=AUDITOR, id="auditor"), now=now
            )


class TestResolving:
    @pytest.mark.clause("4.1")
    def test_closes_every_need_and_reopening_opens_them(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive(AN.values(), ("advise", "provide_service", "notify")).reference
        inquiry = Inquiry.objects.get(reference=reference)
        matters = [gate.MatterId(inquiry.matter_id), *(gate.MatterId(UUID(one)) for one in inquiry.extra_matter_ids)]

        intake.resolve_inquiry(reference=reference, actor=chi, now=now)
        assert all(need.closed_at == now for row in gate.matter_rows(matters) for need in row.needs)
        intake.reopen_inquiry(reference=reference, actor=chi, now=now)
        assert all(need.closed_at is None for row in gate.matter_rows(matters) for need in row.needs)
        with pytest.raises(intake.AlreadyOpen):
            intake.reopen_inquiry(reference=reference, actor=chi, now=now)


class TestAnActByARoleNoClauseLetsIn:
    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", [AUDITOR, OPERATOR, ABUSE, SUBJECT])
    def test_is_refused_by_the_duty_as_if_there_were_no_such_inquiry(self, receive: Receive, now: datetime, role: str) -> None:
        reference = receive().reference
        other = Actor(role=role, id="00000000-0000-0000-0000-000000000000")
        with pytest.raises(intake.InquiryUnknown):
            intake.resolve_inquiry(reference=reference, actor=other, now=now)
        with pytest.raises(intake.InquiryUnknown):
            intake.assign(reference=reference, staff_id=None, actor=other, now=now)
        assert Inquiry.objects.get(reference=reference).state == "new"


class TestTheInbox:
    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", [AUDITOR, OPERATOR, ABUSE, SUBJECT])
    def test_shows_counts_and_finds_nothing_for_a_role_no_clause_lets_in(self, receive: Receive, now: datetime, role: str) -> None:
        receive()
        other = Actor(role=role, id="00000000-0000-0000-0000-000000000000")
        page = queries.inbox(actor=other, chosen=queries.InboxFilter(show="all"), now=now)
        assert page.rows == ()
        assert set(page.counts.values()) == {0}
        with pytest.raises(intake.Refused):
            queries.found_by(kind=FieldName("email"), value=AN.email, actor=other, now=now)

    @pytest.mark.clause("3.1")
    def test_names_the_clause_it_was_opened_under(self, receive: Receive, chi: Actor, now: datetime) -> None:
        receive()
        page = queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now)
        assert page.clauses == ("3.1",)
        assert page.rows[0].name is not None
        assert page.rows[0].name.reveal() == AN.full_name

    def test_is_one_ask_and_the_same_number_of_queries_however_many_people(self, receive: Receive, chi: Actor, now: datetime) -> None:
        counts = []
        for size in (1, 12):
            for number in range(size):
                receive(nonce=f"{size}-{number}")
            counts.append(self.queries_of_an_inbox(chi, now + timedelta(hours=size)))
        assert counts[0] == counts[1]

    def queries_of_an_inbox(self, chi: Actor, now: datetime) -> int:
        with CaptureQueriesContext(connections["default"]) as main, CaptureQueriesContext(connections["keys"]) as keys:
            queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now)
        # whether an entry completes a node of the journal's tree depends on how many came before it, not on how many it names
        return sum('"journal_treenode"' not in query["sql"] for query in [*main.captured_queries, *keys.captured_queries])


class TestFinding:
    @pytest.mark.clause("3.2")
    def test_matches_the_whole_address_in_any_spelling_and_nothing_less(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        for typed in (AN.email, AN.email.upper(), f"  {AN.email} "):
            assert [row.reference for row in queries.found_by(kind=FieldName("email"), value=typed, actor=chi, now=now).rows] == [reference]
        for typed in ("0912000101", "+84 912 000 101", "0912.000.101"):
            assert [row.reference for row in queries.found_by(kind=FieldName("phone"), value=typed, actor=chi, now=now).rows] == [reference]
        assert queries.found_by(kind=FieldName("email"), value="hoai.an@example.com", actor=chi, now=now).rows == ()

    def test_of_nobody_is_journaled_by_the_kind_of_index_alone(self, house: None, chi: Actor, now: datetime) -> None:
        queries.found_by(kind=FieldName("email"), value="ai.do@example.vn", actor=chi, now=now)
        entry = newest_entry()
        assert entry.act == "data.sought"
        assert dict(entry.facts) == {"index": "email", "found": 0}

    def test_of_many_inquiries_gives_the_newest_and_says_that_there_are_more(
        self, receive: Receive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(finding, "PAGE", 3)
        monkeypatch.setattr(finding, "_AT_ONCE", 2)
        references = [receive(nonce=str(number)).reference for number in range(5)]
        for age, reference in enumerate(references):
            Inquiry.objects.filter(reference=reference).update(received_at=now - timedelta(minutes=age * 7 % 5))
        newest = list(Inquiry.objects.order_by("-received_at").values_list("reference", flat=True))
        found = queries.found_by(kind=FieldName("email"), value=AN.email, actor=chi, now=now)
        assert [row.reference for row in found.rows] == newest[:3]
        assert found.has_next


class TestReadingAnAnswer:
    @pytest.mark.clause("6.3")
    def test_takes_the_letters_link_and_the_code_and_proves_the_address(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive()
        inquiry = Inquiry.objects.get(reference=received.reference)
        intake.answer_inquiry(reference=received.reference, text="Gói Cơ bản là đủ ạ.", key=key("a"), actor=chi, now=now)
        token = self.link_for(inquiry, now)

        wrong = "000000" if received.reading_code != "000000" else "000001"
        with pytest.raises(intake.WrongCode) as refused:
            intake.read_answers(token=token, code=wrong, now=now)
        assert refused.value.attempts_left == 4
        assert not gate.is_proven(subject=gate.SubjectId(inquiry.subject_id), kind=FieldName("email"))

        read = intake.read_answers(token=token, code=received.reading_code, now=now)
        assert [text.reveal() for _, text in read.answers] == ["Gói Cơ bản là đủ ạ."]
        assert gate.is_proven(subject=gate.SubjectId(inquiry.subject_id), kind=FieldName("email"))

    def link_for(self, inquiry: Inquiry, now: datetime) -> str:
        return issue_link(purpose="read_answer", matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=now)


class TestTheConsents:
    @pytest.mark.clause("1.8")
    def test_are_facts_with_the_hash_of_the_wording_shown(self, receive: Receive) -> None:
        inquiry = Inquiry.objects.get(reference=receive(consents=("advise", "notify")).reference)
        purposes = {row.purpose for row in gate.consents_of(gate.SubjectId(inquiry.subject_id))}
        assert purposes == {PurposeId("advise"), PurposeId("notify")}


class TestWhatWasKeptForAQuotation:
    @pytest.mark.clause("3.4")
    def test_stays_closed_until_an_adviser_opens_it_under_its_own_clause(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive(AN.values(), ("advise", "provide_service")).reference
        (closed,) = queries.inquiry_page(reference=reference, actor=chi, now=now).further
        assert not closed.is_open
        assert closed.fields == ()
        (card,) = queries.inquiry_page(reference=reference, actor=chi, now=now, opened="provide_service").further
        assert {row.name: row.value.reveal() for row in card.fields}["address"] == AN.address
        assert card.clauses == ("3.4",)
        assert newest_entry().purpose == "provide_service"
