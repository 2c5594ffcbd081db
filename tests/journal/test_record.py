"""Recording: one entry, in the caller's transaction, with what was asked and what was answered, and nothing that a person is."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from camket.journal import actions, queries, verification
from camket.journal.models import EntrySubject, JournalEntry
from camket.policy.terms import SYSTEM, VISITOR, Actor, Ask, Decision, EditionNumber, FieldName, Operation, Outcome, PurposeId, RecipientId
from tests.journal.deeds import AN, BINH, CHI, NOON, shown

pytestmark = pytest.mark.django_db

MATTER = UUID("0190d3a8-0000-7000-8000-0000000000aa")


@pytest.mark.clause("7.3")
class TestAnEntry:
    def test_remembers_who_did_what_to_whom_under_which_clause(self) -> None:
        entry_id = shown(subjects=[BINH, AN], matter=MATTER, facts={"count": 2, "view": "inbox", "is_first": True, "shown": ["phone"]})
        row = queries.entry(entry_id)
        assert (row.act, row.actor, row.at) == ("data.shown", CHI, NOON)
        assert (row.operation, row.purpose, row.recipient, row.outcome) == ("use", "advise", "controller", "PERMITTED")
        assert (row.edition, row.clauses, row.fields) == (1, ("3.1", "6.1"), ("full_name", "phone"))
        assert (row.subjects, row.matter) == ((AN, BINH), MATTER)
        assert row.facts == {"count": 2, "view": "inbox", "is_first": True, "shown": ["phone"]}
        assert not row.is_withheld

    def test_needs_no_decision_no_subject_and_no_matter(self) -> None:
        row = queries.entry(actions.record(act="keys.rotated", actor=Actor(role=SYSTEM), at=NOON))
        assert (row.outcome, row.edition, row.clauses, row.subjects, row.matter, row.facts) == ("", None, (), (), None, {})

    def test_is_written_in_the_form_that_the_document_describes(self) -> None:
        entry_id = shown()
        row = JournalEntry.objects.get(id=entry_id)
        assert row.payload is not None
        assert json.loads(bytes(row.payload)) == {
            "act": "data.shown",
            "actor": {"id": CHI.id, "role": "adviser"},
            "at": "2026-11-23T05:00:00.000000Z",
            "decision": {
                "clauses": ["3.1", "6.1"],
                "edition": 1,
                "fields": ["full_name", "phone"],
                "obligations": [],
                "operation": "use",
                "outcome": "PERMITTED",
                "purpose": "advise",
                "recipient": "controller",
                "refused_fields": [],
            },
            "facts": {},
            "id": str(entry_id),
            "matter": None,
            "subjects": [str(AN)],
            "v": 1,
        }

    def test_has_an_id_made_of_the_instant_it_was_given(self) -> None:
        entry_id = shown(at=datetime(2021, 3, 4, 5, 6, 7, 891000, tzinfo=UTC))
        assert entry_id.version == 7
        assert entry_id.variant == "specified in RFC 4122"
        assert datetime.fromtimestamp((entry_id.int >> 80) / 1000, UTC) == datetime(2021, 3, 4, 5, 6, 7, 891000, tzinfo=UTC)

    def test_of_the_same_instant_comes_after_the_one_before(self) -> None:
        ids = [shown() for _ in range(20)]
        assert ids == sorted(ids)

    def test_says_the_same_instant_whatever_zone_it_was_told_in(self, home: Path) -> None:
        entry_id = shown(at=NOON.astimezone(timezone(timedelta(hours=7))))
        assert queries.entry(entry_id).at == NOON
        assert verification.verify(checkpoints=home).ok

    def test_of_an_instant_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            shown(at=NOON.replace(tzinfo=None))

    def test_has_a_salt_of_its_own(self) -> None:
        first, second = (JournalEntry.objects.get(id=shown()) for _ in range(2))
        assert bytes(first.salt or b"") != bytes(second.salt or b"")
        assert len(bytes(first.salt or b"")) == 16

    def test_keeps_what_a_stranger_typed_out_of_a_refusal(self) -> None:
        typed = "hoai.an@example.vn"
        ask = Ask(operation=Operation.COLLECT, fields=frozenset({FieldName(typed)}), purpose=PurposeId(typed), recipient=RecipientId(typed))
        refusal = Decision(
            outcome=Outcome.NOT_COVERED, edition=EditionNumber(1), ask=ask, refused_fields=ask.fields, reason=f"no clause speaks of {typed}"
        )
        row = queries.entry(actions.record(act="data.refused", actor=Actor(role=VISITOR), at=NOON, decision=refusal))
        assert (row.outcome, row.purpose, row.recipient, row.fields) == ("NOT_COVERED", "?", "?", ("?",))
        stored = JournalEntry.objects.values_list().get(id=row.id)
        assert b"example.vn" not in b"".join(value if isinstance(value, bytes) else str(value).encode() for value in stored)

    def test_that_is_refused_leaves_nothing(self) -> None:
        with pytest.raises(actions.NotAFact):
            shown(facts={"note": "0912000101"})
        assert not JournalEntry.objects.exists()


class TestSubjects:
    def test_are_fifty_in_one_entry(self) -> None:
        people = [uuid4() for _ in range(50)]
        entry_id = shown(subjects=people)
        assert JournalEntry.objects.count() == 1
        assert [row.id for person in people for row in queries.naming(person)] == [entry_id] * 50

    def test_are_named_once_however_often_they_are_given(self) -> None:
        assert queries.entry(shown(subjects=[AN, AN])).subjects == (AN,)

    def test_are_a_thousand_at_most(self) -> None:
        shown(subjects=[uuid4() for _ in range(1000)])
        with pytest.raises(actions.TooManySubjects, match="not 1001"):
            shown(subjects=[uuid4() for _ in range(1001)])


class TestManyDeeds:
    def test_become_entries_in_the_order_in_which_they_were_done(self, home: Path) -> None:
        shown()
        told = [actions.Deed(act=f"matter.step_{word}", actor=CHI, at=NOON, subjects=[AN], facts={"word": word}) for word in ("one", "two", "three")]
        ids = actions.record_all(told)
        rows = [queries.entry(entry_id) for entry_id in ids]
        assert [row.act for row in rows] == [deed.act for deed in told]
        actions.sequence()
        assert [queries.entry(entry_id).position for entry_id in ids] == [1, 2, 3]
        assert [row.id for row in queries.naming(AN)][:3] == list(reversed(ids))
        assert verification.verify(checkpoints=home).problems == ()

    def test_are_all_written_or_none(self) -> None:
        good = actions.Deed(act="matter.opened", actor=CHI, at=NOON)
        with pytest.raises(actions.NotAFact):
            actions.record_all([good, actions.Deed(act="matter.opened", actor=CHI, at=NOON, facts={"note": "a b"})])
        assert not JournalEntry.objects.exists()

    def test_cost_as_many_statements_as_one(self) -> None:
        shown()
        counts = []
        for many in (1, 40):
            with CaptureQueriesContext(connections["default"]) as captured:
                actions.record_all([actions.Deed(act="data.erased", actor=CHI, at=NOON, subjects=[AN]) for _ in range(many)])
            counts.append(len(captured))
        # whether one entry completes a subtree decides about one statement
        assert counts[1] - counts[0] in (0, 1)

    def test_may_be_none(self) -> None:
        assert actions.record_all([]) == ()
        assert not JournalEntry.objects.exists()


class TestEntriesOfOneTransaction:
    def test_wait_for_its_end_and_stand_in_the_order_in_which_they_were_recorded(self, home: Path) -> None:
        with transaction.atomic(), actions.recorded_together():
            ids = [shown(subjects=[AN, BINH]), *actions.record_all([actions.Deed(act="matter.opened", actor=CHI, at=NOON)]), shown()]
            assert not JournalEntry.objects.exists()
        later = shown(at=NOON + timedelta(seconds=1))
        actions.sequence()
        assert [queries.entry(entry_id).position for entry_id in [*ids, later]] == [0, 1, 2, 3]
        assert [row.id for row in queries.naming(AN)] == [later, ids[2], ids[0]]
        assert verification.verify(checkpoints=home).problems == ()

    def test_go_with_it(self, home: Path) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic(), actions.recorded_together():
            shown()
            raise ZeroDivisionError
        shown()
        actions.sequence()
        assert JournalEntry.objects.count() == 1
        assert verification.verify(checkpoints=home).problems == (), "a number was given out for an entry that there is not"

    def test_cost_as_many_statements_as_one(self) -> None:
        shown()
        counts = []
        for many in (1, 3):
            with CaptureQueriesContext(connections["default"]) as captured, transaction.atomic(), actions.recorded_together():
                for _ in range(many):
                    shown()
            counts.append(sum("journal" in query["sql"] for query in captured))
        # whether one entry completes a subtree decides about one statement
        assert counts[1] - counts[0] in (0, 1)

    def test_cost_nothing_where_there_are_none(self) -> None:
        with CaptureQueriesContext(connections["default"]) as captured, transaction.atomic(), actions.recorded_together():
            pass
        assert not any("journal" in query["sql"] for query in captured)

    @pytest.mark.django_db(transaction=True)
    def test_need_one(self) -> None:
        with pytest.raises(transaction.TransactionManagementError), actions.recorded_together():
            shown()
        assert not JournalEntry.objects.exists()


class TestTheCost:
    def test_is_one_insert_and_one_more_for_the_subjects(self) -> None:
        shown()
        with CaptureQueriesContext(connections["default"]) as captured:
            shown(subjects=[uuid4() for _ in range(50)])
        written = [query["sql"] for query in captured if "journal_journalentry" in query["sql"] or "journal_entrysubject" in query["sql"]]
        assert len(written) == 2
        # on SQLite the entry also gets its place: move the head, add the nodes
        assert len(captured) == 2 + (2 if connections["default"].vendor == "sqlite" else 0)

    @pytest.mark.django_db(transaction=True)
    def test_is_the_same_after_another_thread_wrote(self) -> None:
        def count() -> int:
            with CaptureQueriesContext(connections["default"]) as captured:
                shown(subjects=[AN])
            return sum("journal_treehead" in query["sql"] for query in captured)

        def write_elsewhere() -> None:
            shown(subjects=[BINH])
            connections.close_all()

        shown()
        alone = count()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write_elsewhere).result(timeout=60)
        assert count() == alone


class TestTheCallersTransaction:
    def test_takes_the_entry_with_it_when_it_rolls_back(self) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            shown()
            raise ZeroDivisionError
        assert not JournalEntry.objects.exists()
        assert not EntrySubject.objects.exists()
        assert queries.head().size == 0

    def test_is_rolled_back_when_the_entry_cannot_be_written(self) -> None:
        with pytest.raises(actions.NotAFact), transaction.atomic():
            shown()
            shown(facts={"note": "a b"})
        assert not JournalEntry.objects.exists()
