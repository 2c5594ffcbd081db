"""What is shown, to whom, how much of it, and that nothing opens where it does not belong."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from camket.journal.actions import Deed, NotAFact
from camket.journal.models import JournalEntry
from camket.journal.statements import insert
from camket.policy.terms import FieldName, Redaction
from camket.vault import gate, keyring, ledger
from camket.vault.gate import remembering, showing
from camket.vault.keys.models import MatterKey, SubjectKey
from camket.vault.models import Matter, Record, Subject
from camket.vault.redaction import redact
from tests.cast import AN, BINH, Person
from tests.vault.deeds import CHI, COURT, Kept, ask_to, close, collect, consent, end, find, journaled, revealed, use

pytestmark = pytest.mark.usefixtures("vault")

EMAIL = FieldName("email")


@pytest.fixture
def an(now: datetime) -> Kept:
    return collect(AN, now=now)


def swap(model: Any, one: dict[str, Any], other: dict[str, Any], column: str) -> None:
    """Exchange one column of two rows, as somebody would who has the database in hand."""
    first, second = model.objects.get(**one), model.objects.get(**other)
    model.objects.filter(**one).update(**{column: getattr(second, column)})
    model.objects.filter(**other).update(**{column: getattr(first, column)})


class TestARecord:
    def test_opens_where_it_was_kept(self, now: datetime) -> None:
        assert revealed(use(collect(now=now), now=now))["message"] == AN.message

    @pytest.mark.parametrize("column", ["sealed", "subject_id", "matter_id"])
    def test_opens_for_nobody_when_moved_between_people(self, now: datetime, column: str) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        swap(Record, {"id": an.records[0]}, {"id": binh.records[0]}, column)
        for person in (an, binh):
            with pytest.raises(gate.SealBroken):
                use(person, now=now)

    @pytest.mark.parametrize("column", ["sealed", "collection"])
    def test_opens_under_no_other_name(self, now: datetime, column: str) -> None:
        an = collect(now=now)
        swap(Record, {"id": an.records[0]}, {"id": an.records[1]}, column)
        with pytest.raises(gate.SealBroken):
            use(an, now=now)

    def test_opens_under_no_other_edition(self, now: datetime) -> None:
        an = collect(now=now)
        consent(an.subject, edition=2, now=now)
        Record.objects.filter(id=an.records[0]).update(edition=2)
        with pytest.raises(gate.SealBroken):
            use(an, now=now)

    def test_opens_not_at_all_when_one_bit_is_changed(self, now: datetime) -> None:
        an = collect(now=now)
        sealed = bytearray(Record.objects.get(id=an.records[0]).sealed)
        for place in (0, 5, len(sealed) - 1):
            damaged = bytearray(sealed)
            damaged[place] ^= 1
            Record.objects.filter(id=an.records[0]).update(sealed=bytes(damaged))
            with pytest.raises(gate.SealBroken):
                use(an, now=now)

    @pytest.mark.parametrize(("model", "name"), [(MatterKey, "matter"), (SubjectKey, "subject")])
    def test_opens_with_no_other_key(self, now: datetime, model: Any, name: str) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        swap(model, {f"{name}_id": getattr(an, name)}, {f"{name}_id": getattr(binh, name)}, "wrapped")
        for person in (an, binh):
            with pytest.raises(gate.SealBroken):
                use(person, now=now)

    def test_opens_with_no_key_given_to_another_owner(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        MatterKey.objects.filter(matter_id=an.matter).update(subject_id=binh.subject)
        with pytest.raises(gate.SealBroken):
            use(an, now=now)

    def test_is_not_shown_once_erased_and_not_collected_yet(self, now: datetime) -> None:
        an = collect(now=now)
        other = collect(now=now, subject=an.subject)
        close(an, now=now)
        end(an, now=now)
        assert {shown.matter for shown in use(an, now=now)} == {other.matter}

    def test_of_one_matter_is_shown_alone_when_asked_so(self, now: datetime) -> None:
        an = collect(now=now)
        other = collect(now=now, subject=an.subject)
        permit = gate.ask(ask_to("use", "message"), actor=CHI, subjects=[an.subject], now=now)
        assert {shown.matter for shown in gate.show(permit, matters=[other.matter], now=now)} == {other.matter}


class TestAMissingKey:
    def test_is_damage_when_the_ledger_does_not_know_why(self, now: datetime) -> None:
        an = collect(now=now)
        MatterKey.objects.filter(matter_id=an.matter).delete()
        with pytest.raises(gate.KeyMissing):
            use(an, now=now)

    def test_of_a_person_is_damage_too(self, now: datetime) -> None:
        an = collect(now=now)
        SubjectKey.objects.filter(subject_id=an.subject).delete()
        with pytest.raises(gate.KeyMissing):
            use(an, now=now)

    def test_is_an_erasure_under_way_when_the_ledger_says_so(self, now: datetime) -> None:
        an = collect(now=now)
        ledger.append(matters=[an.matter], subjects=[], now=now)
        MatterKey.objects.filter(matter_id=an.matter).delete()
        assert use(an, now=now) == ()


class TestShowingMany:
    def test_costs_one_query_for_records_and_one_for_keys(self, now: datetime) -> None:
        people = [collect(AN if number % 2 else BINH, now=now) for number in range(12)]
        for some in (people[:2], people):
            permit = gate.ask(ask_to("use", "full_name"), actor=CHI, subjects=[one.subject for one in some], now=now)
            with CaptureQueriesContext(connection) as data, CaptureQueriesContext(connections["keys"]) as keys:
                assert len(gate.show(permit, now=now)) == len(some)
            assert (len(data), len(keys)) == (1, 1)

    def test_is_asked_and_journaled_at_one_price_however_many(self, now: datetime) -> None:
        people = [collect(now=now) for _ in range(12)]
        counts = []
        for number, some in enumerate((people[:2], people[2:])):
            with CaptureQueriesContext(connection) as data:
                gate.ask(ask_to("use", "full_name"), actor=CHI, subjects=[one.subject for one in some], now=now, view=f"list{'ab'[number]}")
            # whether an entry completes a node of the journal's tree depends on how many came before it
            counts.append(sum("journal_treenode" not in query["sql"] for query in data.captured_queries))
        assert counts[0] == counts[1]

    def test_keeps_the_oldest_first(self, now: datetime) -> None:
        an = collect(now=now)
        shown = use(an, now=now)
        assert [one.record for one in shown] == list(an.records)


class TestRedaction:
    @pytest.mark.parametrize(
        ("redaction", "seen"),
        [(Redaction.FULL, "Trần Quốc Bình"), (Redaction.MASKED, "T••• Q••• B•••"), (Redaction.LAST4, "••••Bình"), (Redaction.EXISTS, "••••")],
    )
    def test_lets_out_so_much_and_no_more(self, redaction: Redaction, seen: str) -> None:
        assert redact("Trần Quốc Bình", redaction) == seen

    def test_of_a_short_value_shows_no_half_of_it(self) -> None:
        assert redact("12345678", Redaction.LAST4) == "••••"

    def test_is_named_with_what_is_shown(self, now: datetime) -> None:
        (contact,) = use(collect(now=now), names=["phone"], now=now)
        assert contact.redactions == {"phone": Redaction.LAST4}
        assert contact.clauses == ("2.2",)


class TestFinding:
    @pytest.mark.parametrize("typed", [AN.email, f"  {AN.email.upper()} "])
    def test_knows_an_address_however_it_is_written(self, an: Kept, now: datetime, typed: str) -> None:
        assert find(typed, now=now) == (an.subject,)

    @pytest.mark.parametrize("typed", [AN.phone, "+84912000101", "0084 912-000-101", "0912.000.101"])
    def test_knows_a_number_however_it_is_written(self, an: Kept, now: datetime, typed: str) -> None:
        assert find(typed, kind="phone", now=now) == (an.subject,)

    @pytest.mark.parametrize("typed", ["", "hoai.an", "hoai.an@example.v", "%", "hoai.an@example.vnn", "' OR 1=1 --"])
    def test_knows_nothing_by_halves(self, an: Kept, now: datetime, typed: str) -> None:
        assert find(typed, now=now) == ()

    def test_journals_a_miss_by_its_kind_alone(self, an: Kept, now: datetime) -> None:
        find(BINH.email, now=now)
        (line,) = journaled("data.sought")
        assert (line["facts"], line["subjects"]) == ({"found": 0, "index": "email"}, [])
        assert BINH.email not in str(line)

    def test_names_in_the_journal_whom_it_found(self, an: Kept, now: datetime) -> None:
        find(AN.email, now=now)
        assert [line["subjects"] for line in journaled("data.sought")] == [[str(an.subject)]]

    def test_does_not_take_a_number_for_an_address(self, an: Kept, now: datetime) -> None:
        assert find(AN.phone, kind="email", now=now) == ()

    def test_finds_each_person_who_gave_it(self, an: Kept, now: datetime) -> None:
        again = collect(AN, now=now)
        assert set(find(AN.email, now=now)) == {an.subject, again.subject}

    def test_passes_over_whoever_has_withdrawn(self, an: Kept, now: datetime) -> None:
        consent(an.subject, is_given=False, now=now)
        assert find(AN.email, now=now) == ()
        assert [line["subjects"] for line in journaled("data.refused")] == [[str(an.subject)]]

    def test_passes_over_the_erased(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        end(an, now=now)
        assert find(AN.email, now=now) == ()

    def test_passes_over_a_key_whose_data_never_came(self, an: Kept, now: datetime) -> None:
        email = keyring.Identity(kind=EMAIL, value=AN.email)
        keyring.make_matter_key(subject=uuid4(), matter=uuid4(), identities=[email], now=now)
        assert len(keyring.subjects_with(EMAIL, AN.email)) == 2
        assert find(AN.email, now=now) == (an.subject,)
        assert journaled("data.refused") == []

    def test_names_everybody_in_as_many_lines_as_it_takes(self, an: Kept, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(showing, "MAX_SUBJECTS", 2)
        others = [collect(AN, now=now).subject for _ in range(4)]
        consent(others[0], is_given=False, now=now)
        found = find(AN.email, now=now)
        assert list(found) == [an.subject, *others[1:]]
        assert [line["subjects"] for line in journaled("data.sought")] == [[str(an.subject)], sorted(map(str, others[1:3])), [str(others[3])]]
        assert [line["subjects"] for line in journaled("data.refused")] == [[str(others[0])]]

    def test_is_not_broken_by_a_thousand_and_one_who_gave_the_same_address(self, an: Kept, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """Anybody can write to us under any address as often as they like; an adviser must still find whom it belongs to."""
        crowd = [uuid4() for _ in range(1001)]
        kept = {"collection": "contact", "edition": 1, "sealed": b"x" * 80, "field_names": [], "created_at": now}
        insert(Subject, [{"id": id, "created_at": now} for id in crowd])
        insert(Matter, [{"id": id, "subject_id": id, "opened_at": now} for id in crowd])
        insert(Record, [{**kept, "id": id, "subject_id": id, "matter_id": id} for id in crowd])
        monkeypatch.setattr(keyring, "subjects_with", lambda kind, value: (an.subject, *crowd))
        assert find(AN.email, now=now) == (an.subject,)
        assert [len(line["subjects"]) for line in journaled("data.refused")] == [999, 2]

    def test_waits_for_the_end_of_a_transaction(self, an: Kept, now: datetime) -> None:
        permit = gate.ask(ask_to("find", "email"), actor=CHI, now=now)
        with transaction.atomic(), pytest.raises(gate.InsideTransaction):
            gate.find(permit, kind=EMAIL, value=AN.email, now=now)


class TestALookUpInOneCommitWithWhatItOpens:
    def test_is_on_disk_before_anything_is_opened(self, an: Kept, now: datetime) -> None:
        with gate.in_one_commit():
            (found,) = find(AN.email, now=now)
            assert journaled("data.sought") == []  # or else nothing below would say when it was written
            with CaptureQueriesContext(connection) as asked:
                permit = gate.ask(ask_to("use", "message"), actor=CHI, subjects=[found], now=now, view="desk")
            assert [line["subjects"] for act in ("data.sought", "data.shown") for line in journaled(act)] == [[str(an.subject)]] * 2
            assert revealed(gate.show(permit, now=now))["message"] == AN.message
        assert len([one for one in asked if one["sql"].startswith("RELEASE")]) == 1  # a commit, within the test's own transaction
        assert len(journaled("data.sought")) == 1

    def test_asks_once_what_binds_whoever_is_found(self, an: Kept, now: datetime) -> None:
        with CaptureQueriesContext(connection) as asked, gate.in_one_commit():
            (found,) = find(AN.email, now=now)
            use(an, now=now)
        assert len([one for one in asked if "vault_consent" in one["sql"]]) == 1
        consent(found, is_given=False, now=now)
        with gate.in_one_commit():
            assert find(AN.email, now=now) == ()  # the next look-up asks anew

    def test_asks_what_binds_whoever_else_is_opened(self, an: Kept, now: datetime) -> None:
        binh = collect(BINH, now=now)
        consent(binh.subject, is_given=False, now=now)
        with gate.in_one_commit():
            find(AN.email, now=now)
            permit = gate.ask(ask_to("use", "message"), actor=CHI, subjects=[an.subject, binh.subject], now=now, view="desk")
        assert (set(permit.subjects), set(permit.refused)) == ({an.subject}, {binh.subject})

    def test_comes_first_in_the_journal(self, an: Kept, now: datetime) -> None:
        with gate.in_one_commit():
            find(AN.email, now=now)
            use(an, now=now)
        acts = list(JournalEntry.objects.order_by("position", "at", "counter").values_list("act", flat=True))
        assert acts[-2:] == ["data.sought", "data.shown"]

    def test_is_written_when_nobody_was_found_to_be_opened(self, now: datetime) -> None:
        with gate.in_one_commit():
            assert find(AN.email, now=now) == ()
        assert [line["facts"]["found"] for line in journaled("data.sought")] == [0]

    def test_is_on_disk_before_what_was_journaled_before_is_opened_again(self, an: Kept, now: datetime) -> None:
        for looks in (1, 2):
            with gate.in_one_commit():
                find(AN.email, now=now)
                use(an, now=now)
                assert len(journaled("data.sought")) == looks
        assert len(journaled("data.shown")) == 1

    def test_brings_along_who_was_turned_away(self, an: Kept, now: datetime) -> None:
        consent(an.subject, is_given=False, now=now)
        with gate.in_one_commit():
            assert find(AN.email, now=now) == ()
        assert [line["subjects"] for act in ("data.sought", "data.refused") for line in journaled(act)] == [[], [str(an.subject)]]

    def test_is_written_when_what_it_opens_is_refused(self, an: Kept, now: datetime) -> None:
        with gate.in_one_commit():
            find(AN.email, now=now)
            with pytest.raises(gate.Refused):
                gate.ask(ask_to("disclose", "message", recipient=COURT), actor=CHI, subjects=[an.subject], now=now)
            assert [len(journaled(act)) for act in ("data.sought", "data.refused")] == [1, 1]

    def test_is_written_when_the_block_fails(self, an: Kept, now: datetime) -> None:
        with pytest.raises(ZeroDivisionError), gate.in_one_commit():
            find(AN.email, now=now)
            raise ZeroDivisionError
        assert len(journaled("data.sought")) == 1

    def test_is_written_when_the_line_that_it_waits_for_cannot_be_one(self, an: Kept, now: datetime) -> None:
        with pytest.raises(NotAFact), gate.in_one_commit():
            find(AN.email, now=now)
            use(an, now=now, view=AN.email)
        assert [len(journaled(act)) for act in ("data.sought", "data.shown")] == [1, 0]

    def test_is_written_at_the_end_of_a_block_within_another(self, an: Kept, now: datetime) -> None:
        with gate.in_one_commit():
            with gate.in_one_commit():
                find(AN.email, now=now)
            assert len(journaled("data.sought")) == 1

    @pytest.mark.parametrize("person", [AN, BINH], ids=["somebody", "nobody"])
    def test_gives_no_answer_when_it_cannot_be_written_and_is_tried_once_whoever_was_found(
        self, an: Kept, now: datetime, monkeypatch: pytest.MonkeyPatch, person: Person
    ) -> None:
        tried = Broken()
        monkeypatch.setattr(remembering, "record_all", tried)
        with pytest.raises(OperationalError), gate.in_one_commit():
            if find(person.email, now=now):
                use(an, now=now)
        monkeypatch.undo()
        assert tried.times == 1
        assert find(AN.email, now=now) == (an.subject,)
        assert len(journaled("data.sought")) == 1  # nothing of the block before waits for this one
        use(an, now=now)
        assert len(journaled("data.shown")) == 1  # nor was the look remembered that was not written

    def test_gives_no_answer_either_to_whom_the_failure_was_kept_from(self, an: Kept, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(remembering, "record_all", Broken())
        with pytest.raises(DatabaseError, match="written down"), gate.in_one_commit():
            find(AN.email, now=now)
            with suppress(OperationalError):
                use(an, now=now)

    def test_is_no_part_of_a_transaction_that_may_be_rolled_back(self, now: datetime) -> None:
        deed = Deed(act="data.sought", actor=CHI, at=now)
        with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), gate.in_one_commit():
            remembering.remember_search([deed])

    def test_waits_in_no_other_thread(self, an: Kept) -> None:
        with gate.in_one_commit(), ThreadPoolExecutor(1) as pool:
            assert remembering._waiting.get() is not None
            assert pool.submit(remembering._waiting.get).result() is None


class Broken:
    """Fails as a database does that is locked for too long, and counts how often it was asked."""

    times = 0

    def __call__(self, deeds: object) -> None:
        self.times += 1
        raise OperationalError("database is locked")


class TestAProof:
    def test_is_remembered_of_one_kind_alone(self, now: datetime) -> None:
        an = collect(now=now)
        gate.prove(subject=an.subject, kind=EMAIL, now=now)
        assert gate.is_proven(subject=an.subject, kind=EMAIL)
        assert not gate.is_proven(subject=an.subject, kind=FieldName("phone"))
