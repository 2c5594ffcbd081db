"""Withholding: what an entry says can be taken away, for a time or for good, and the tree stays whole."""

from pathlib import Path

import pytest

from camket.journal import actions, queries
from camket.journal.models import WITHHELD_COLUMNS, JournalEntry
from camket.journal.queries import Opening
from camket.journal.verification import verify
from tests.journal.deeds import AN, BINH, by_force, several, shown, withhold

pytestmark = pytest.mark.django_db


class TestAWithheldEntry:
    def test_tells_its_place_and_its_instant_and_nothing_else(self) -> None:
        entry_id = several(3)[1]
        withhold(entry_id)
        row = queries.entry(entry_id)
        assert (row.is_withheld, row.position, row.act) == (True, 1, "entry.withheld")
        assert (row.actor.role, row.actor.id, row.purpose, row.outcome, row.edition, row.clauses) == ("", "", "", "", None, ())
        assert (row.subjects, row.fields, row.facts) == ((), (), {})

    def test_names_nobody(self) -> None:
        entry_id = shown(subjects=[AN, BINH])
        withhold(entry_id)
        assert queries.naming(AN) == queries.naming(BINH) == []

    def test_leaves_nothing_from_which_its_words_could_be_guessed(self) -> None:
        entry_id = shown()
        withhold(entry_id)
        row = JournalEntry.objects.get(id=entry_id)
        assert (row.payload, row.salt) == (None, None)
        with pytest.raises(queries.PayloadWithheld):
            queries.opening(entry_id)

    def test_keeps_the_tree_whole(self, home: Path) -> None:
        ids = several(5)
        withhold(ids[2])
        actions.sequence()
        found = verify(checkpoints=home)
        assert (found.ok, found.entries, found.head) == (True, 6, queries.head())
        assert queries.inclusion_proof(ids[2]).holds()

    def test_is_not_withheld_twice(self) -> None:
        entry_id = shown()
        withhold(entry_id)
        with pytest.raises(actions.PayloadWithheld):
            withhold(entry_id)

    def test_can_be_withheld_before_it_has_a_place(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("camket.journal.sequencing.is_inline", lambda connection: False)
        withhold(shown())
        assert actions.sequence() == 2
        assert verify(checkpoints=home).ok


class TestReleasing:
    def test_gives_back_everything(self, home: Path) -> None:
        entry_id = shown(subjects=[AN, BINH], facts={"count": 2})
        before = queries.entry(entry_id)
        actions.release(entry_id, withhold(entry_id))
        assert queries.entry(entry_id) == before
        assert [row.id for row in queries.naming(BINH)] == [entry_id]
        assert verify(checkpoints=home).ok

    def test_takes_nothing_but_what_was_withheld(self) -> None:
        first, second = shown(), shown()
        taken, other = withhold(first), withhold(second)
        for wrong in (other, Opening(payload=taken.payload + b" ", salt=taken.salt), Opening(payload=taken.payload, salt=bytes(16))):
            with pytest.raises(actions.NotThePayload) as refusal:
                actions.release(first, wrong)
            assert refusal.value.entry_id == first
        assert queries.entry(first).is_withheld

    def test_takes_nothing_for_an_entry_that_is_not_withheld(self) -> None:
        entry_id = shown()
        with pytest.raises(actions.NotThePayload):
            actions.release(entry_id, queries.opening(entry_id))


class TestAPayloadTakenByForce:
    def test_is_found_for_no_entry_says_that_it_was_withheld(self, home: Path) -> None:
        ids = several(3)
        withhold(ids[0])
        by_force("DELETE FROM journal_entrysubject WHERE entry_id = (SELECT id FROM journal_journalentry WHERE position = 1)")
        columns = ", ".join(f"{name} = %s" for name in WITHHELD_COLUMNS)
        change = f"UPDATE journal_journalentry SET payload = NULL, salt = NULL, {columns} WHERE position = 1"  # noqa: S608  # names of our own columns
        by_force(change, list(WITHHELD_COLUMNS.values()))
        found = verify(checkpoints=home)
        assert (found.ok, found.first_bad) == (False, 1)
        assert [problem.code for problem in found.problems] == ["withheld_unsaid"]

    def test_is_found_where_the_entry_that_said_so_was_itself_withheld_by_force(self, home: Path) -> None:
        ids = several(2)
        withhold(ids[0])
        actions.sequence()
        columns = ", ".join(f"{name} = %s" for name in WITHHELD_COLUMNS)
        change = f"UPDATE journal_journalentry SET payload = NULL, salt = NULL, {columns} WHERE position = 2"  # noqa: S608  # names of our own columns
        by_force(change, list(WITHHELD_COLUMNS.values()))
        assert {problem.position for problem in verify(checkpoints=home).problems} == {0, 2}


class TestAWithheldEntryThatNamesSomebodyByForce:
    def test_is_found(self, home: Path) -> None:
        entry_id = several(2)[1]
        withhold(entry_id)
        stored = "journal_journalentry WHERE position = 1"
        by_force(f"INSERT INTO journal_entrysubject (entry_id, subject_id) SELECT id, id FROM {stored}")  # noqa: S608  # our own words, nobody else's
        found = verify(checkpoints=home)
        assert (found.ok, found.first_bad) == (False, 1)
