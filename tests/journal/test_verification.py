"""Verification: whatever somebody with the database in hand changes is found, and the first bad place is named."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.journal import actions, checkpoints, entries, keyfiles, queries, signing, tree, verification, writers
from camket.journal.checkpoints import CheckpointRow
from camket.journal.models import Checkpoint, JournalEntry
from camket.journal.verification import Problem, Verification
from tests.journal.deeds import BINH, NOON, by_force, several, shown, withhold
from tests.journal.force import build_tree_again, delete, swap

pytestmark = pytest.mark.django_db


@pytest.fixture
def medium(home: Path) -> Path:
    return home / "checkpoints"


@pytest.fixture
def check(medium: Path) -> Callable[[], Verification]:
    return lambda: verification.verify(checkpoints=medium)


def codes(found: Verification) -> list[str]:
    return [problem.code for problem in found.problems]


class TestASoundJournal:
    def test_is_found_sound(self, check: Callable[[], Verification]) -> None:
        several(9)
        actions.checkpoint(now=NOON)
        several(4)
        found = check()
        assert found == Verification(
            ok=True, entries=13, head=queries.head(), first_bad=None, truncation_excluded_up_to=9, problems=(), unsequenced=0
        )

    def test_is_found_sound_when_it_is_empty(self, check: Callable[[], Verification]) -> None:
        assert check() == Verification(
            ok=True, entries=0, head=queries.head(), first_bad=None, truncation_excluded_up_to=0, problems=(), unsequenced=0
        )

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 21])
    def test_is_read_in_chunks_of_any_fit(self, size: int, check: Callable[[], Verification], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verification, "_CHUNK", 5)
        for grown in (size // 2, size - size // 2):
            several(grown)
            actions.checkpoint(now=NOON)
        found = check()
        assert (found.problems, found.entries, found.head, found.truncation_excluded_up_to) == ((), size, queries.head(), size)

    def test_costs_as_many_queries_a_chunk_however_many_entries_it_has(self, check: Callable[[], Verification]) -> None:
        several(3)
        with CaptureQueriesContext(connections["default"]) as few:
            check()
        several(60)
        with CaptureQueriesContext(connections["default"]) as many:
            check()
        assert len(few) == len(many)

    def test_excludes_truncation_only_as_far_as_the_second_medium_reaches(self, check: Callable[[], Verification], medium: Path) -> None:
        several(4)
        actions.checkpoint(now=NOON)
        several(4)
        actions.checkpoint(now=NOON + timedelta(minutes=1))
        (medium / "checkpoint-8.json").unlink()
        found = check()
        assert (found.ok, found.truncation_excluded_up_to) == (True, 4)

    def test_is_found_sound_though_an_entry_is_withheld_while_it_is_read(
        self, check: Callable[[], Verification], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ids, read = several(3), verification._subjects_of

        def withheld_meanwhile(rows: list[JournalEntry]) -> dict[UUID, set[UUID]]:
            if not queries.entry(ids[1]).is_withheld:
                withhold(ids[1])
            return read(rows)

        monkeypatch.setattr(verification, "_subjects_of", withheld_meanwhile)
        assert check().problems == ()

    def test_counts_what_still_waits(self, check: Callable[[], Verification], monkeypatch: pytest.MonkeyPatch) -> None:
        several(2)
        monkeypatch.setattr("camket.journal.sequencing.is_inline", lambda connection: False)
        shown()
        found = check()
        assert (found.ok, found.entries, found.unsequenced) == (True, 2, 1)


@pytest.mark.clause("7.3")
class TestAChangedEntry:
    @pytest.fixture(autouse=True)
    def written(self) -> None:
        several(8)
        actions.checkpoint(now=NOON)

    @pytest.mark.parametrize("position", range(8))
    def test_is_found_by_its_payload(self, position: int, check: Callable[[], Verification]) -> None:
        row = JournalEntry.objects.get(position=position)
        forged = bytes(row.payload or b"").replace(b"phone", b"email")
        by_force("UPDATE journal_journalentry SET payload = %s WHERE position = %s", [forged, position])
        found = check()
        assert (found.ok, found.first_bad, codes(found)) == (False, position, ["payload_changed"])

    @pytest.mark.parametrize(
        "change",
        [
            "act = 'nothing.happened'",
            "at = '2020-01-01 00:00:00+00:00'",
            "actor_role = 'system'",
            "actor_id = ''",
            "operation = 'find'",
            "purpose = 'notify'",
            "outcome = 'PROHIBITED'",
            "edition = 2",
            "edition = NULL",
            "clauses = '3.1'",
        ],
    )
    def test_is_found_by_its_column(self, change: str, check: Callable[[], Verification]) -> None:
        by_force(f"UPDATE journal_journalentry SET {change} WHERE position = 5")  # noqa: S608  # our own words, nobody else's
        found = check()
        assert (found.ok, found.first_bad, codes(found)) == (False, 5, ["columns_changed"])

    def test_is_found_by_a_subject_taken_away(self, check: Callable[[], Verification]) -> None:
        by_force("DELETE FROM journal_entrysubject WHERE entry_id = (SELECT id FROM journal_journalentry WHERE position = 3)")
        assert (check().first_bad, codes(check())) == (3, ["columns_changed"])

    def test_is_found_by_a_subject_put_in(self, check: Callable[[], Verification]) -> None:
        by_force("INSERT INTO journal_entrysubject (entry_id, subject_id) SELECT id, id FROM journal_journalentry WHERE position = 3")
        assert (check().first_bad, codes(check())) == (3, ["columns_changed"])

    def test_is_found_by_a_subject_put_in_the_place_of_another(self, check: Callable[[], Verification]) -> None:
        other = BINH.bytes if connections["default"].vendor == "sqlite" else BINH
        by_force("UPDATE journal_entrysubject SET subject_id = %s WHERE entry_id = (SELECT id FROM journal_journalentry WHERE position = 3)", [other])
        assert (check().first_bad, codes(check())) == (3, ["columns_changed"])

    def test_is_found_by_its_mac_where_the_leaf_fits_the_forgery(self, check: Callable[[], Verification]) -> None:
        row = JournalEntry.objects.get(position=6)
        forged, salt = bytes(row.payload or b"").replace(b"phone", b"email"), bytes(row.salt or b"")
        by_force("UPDATE journal_journalentry SET payload = %s, leaf = %s WHERE position = 6", [forged, entries.leaf_of(salt, forged)])
        found = check()
        assert (found.ok, found.first_bad) == (False, 6)
        assert codes(found) == ["mac_wrong", "node_wrong", "root_differs", "head_wrong"]

    def test_is_found_by_its_writer_or_counter(self, check: Callable[[], Verification]) -> None:
        by_force("UPDATE journal_journalentry SET counter = counter + 100 WHERE position = 7")
        found = check()
        assert (found.first_bad, codes(found)) == (7, ["mac_wrong", "entries_lost"])

    def test_is_found_when_it_is_no_longer_a_payload_at_all(self, check: Callable[[], Verification]) -> None:
        salt = bytes(JournalEntry.objects.get(position=2).salt or b"")
        for junk in (b"", b"null", b"[]", b"{}", b'{"id": 7}', b"\xff"):
            by_force("UPDATE journal_journalentry SET payload = %s, leaf = %s WHERE position = 2", [junk, entries.leaf_of(salt, junk)])
            assert (check().first_bad, codes(check())[0]) == (2, "columns_changed")

    def test_is_found_by_the_checkpoint_even_if_the_forger_has_the_counting_key_and_builds_the_tree_again(
        self, check: Callable[[], Verification], home: Path
    ) -> None:
        several(4)
        actions.checkpoint(now=NOON + timedelta(minutes=1))
        row = JournalEntry.objects.get(position=9)
        forged, salt = bytes(row.payload or b"").replace(b"phone", b"email"), bytes(row.salt or b"")
        leaf = entries.leaf_of(salt, forged)
        mac = writers.mac_of(keyfiles.read(home / "secrets" / "journal.key", 32), writers.Count(writer=bytes(row.writer), counter=row.counter), leaf)
        by_force("UPDATE journal_journalentry SET payload = %s, leaf = %s, mac = %s WHERE position = 9", [forged, leaf, mac])
        build_tree_again()
        found = check()
        assert (found.ok, set(codes(found))) == (False, {"root_differs"})
        # the first eight are proved by the checkpoint before
        assert found.first_bad == 8
        assert found.truncation_excluded_up_to == 12


@pytest.mark.clause("7.3")
class TestAMissingEntry:
    @pytest.fixture(autouse=True)
    def written(self) -> None:
        several(8)
        actions.checkpoint(now=NOON)

    @pytest.mark.parametrize("position", [0, 3, 7])
    def test_is_found(self, position: int, check: Callable[[], Verification]) -> None:
        delete(f"position = {position}")
        found = check()
        assert (found.ok, found.first_bad) == (False, position)
        assert codes(found)[0] == "entry_missing"

    def test_is_found_when_the_others_close_the_gap(self, check: Callable[[], Verification]) -> None:
        delete("position = 3")
        for position in range(4, 8):
            by_force("UPDATE journal_journalentry SET position = %s WHERE position = %s", [position - 1, position])
        build_tree_again()
        found = check()
        assert not found.ok
        assert {"truncated", "entries_lost"} <= set(codes(found))

    @pytest.mark.parametrize("kept", [0, 1, 5, 7])
    def test_at_the_end_is_found_by_a_checkpoint_beyond_it(self, kept: int, check: Callable[[], Verification], medium: Path) -> None:
        delete(f"position >= {kept}")
        by_force("DELETE FROM journal_checkpoint")
        build_tree_again()
        found = check()
        assert (found.ok, found.first_bad, codes(found), found.truncation_excluded_up_to) == (False, kept, ["truncated"], 0)
        (medium / "checkpoint-8.json").unlink()
        # and without a checkpoint it cannot be: that is what the second medium is for
        assert check().ok

    def test_is_found_when_only_the_head_forgets_it(self, check: Callable[[], Verification]) -> None:
        edge, _ = tree.append(tree.Frontier(), [bytes(row.leaf) for row in JournalEntry.objects.sequenced()[:6]])
        by_force("UPDATE journal_treehead SET size = %s, frontier = %s", [edge.size, edge.as_bytes()])
        found = check()
        assert (found.first_bad, codes(found)) == (6, ["entry_beyond_head", "node_beyond_head", "truncated"])


@pytest.mark.clause("7.3")
class TestEntriesOutOfOrder:
    @pytest.mark.parametrize(("one", "other"), [(0, 7), (2, 3), (3, 4), (1, 6)])
    def test_are_found_at_the_pair_of_the_first_of_them(self, one: int, other: int, check: Callable[[], Verification]) -> None:
        several(8)
        actions.checkpoint(now=NOON)
        swap(one, other)
        found = check()
        assert (found.ok, found.first_bad) == (False, one - one % 2)

    def test_are_found_by_the_checkpoint_when_the_tree_was_built_again(self, check: Callable[[], Verification]) -> None:
        several(8)
        actions.checkpoint(now=NOON)
        swap(2, 5)
        build_tree_again()
        assert set(codes(check())) == {"root_differs"}


@pytest.mark.clause("7.3")
class TestAChangedTree:
    @pytest.mark.parametrize(("level", "number", "first"), [(1, 1, 2), (1, 3, 6), (2, 1, 4), (3, 0, 0)])
    def test_is_found_at_the_node(self, level: int, number: int, first: int, check: Callable[[], Verification]) -> None:
        several(8)
        by_force('UPDATE journal_treenode SET hash = %s WHERE level = %s AND "index" = %s', [bytes(32), level, number])
        found = check()
        assert (found.ok, found.first_bad, codes(found)) == (False, first, ["node_wrong"])

    def test_is_found_by_a_node_that_is_gone(self, check: Callable[[], Verification]) -> None:
        several(8)
        by_force('DELETE FROM journal_treenode WHERE level = 1 AND "index" = 2')
        found = check()
        assert (found.first_bad, codes(found)) == (4, ["node_wrong"])
        assert "is missing" in found.problems[0].sentence

    def test_is_found_by_a_node_too_many(self, check: Callable[[], Verification]) -> None:
        several(7)
        by_force('INSERT INTO journal_treenode (level, "index", hash) VALUES (3, 0, %s)', [bytes(32)])
        assert codes(check()) == ["node_beyond_head"]

    def test_is_found_by_its_head(self, check: Callable[[], Verification]) -> None:
        several(3)
        by_force("UPDATE journal_treehead SET frontier = %s", [bytes(64)])
        assert codes(check()) == ["head_wrong"]

    def test_is_found_by_a_head_that_is_gone(self, check: Callable[[], Verification]) -> None:
        several(3)
        by_force("DELETE FROM journal_treehead")
        assert (check().first_bad, check().ok) == (0, False)


@pytest.mark.clause("7.3")
class TestAForgedCheckpoint:
    @pytest.fixture
    def forged(self) -> CheckpointRow:
        several(4)
        unsigned = CheckpointRow(size=4, root=bytes(32), at=NOON, key_id=signing.key_id(), signature=b"")
        signature = Ed25519PrivateKey.generate().sign(signing.framed(unsigned.message(), signing.CHECKPOINT))
        return CheckpointRow(size=4, root=bytes(32), at=NOON, key_id=signing.key_id(), signature=signature)

    def test_on_the_second_medium_is_found(self, forged: CheckpointRow, check: Callable[[], Verification], medium: Path) -> None:
        checkpoints.write_file(medium, forged)
        found = check()
        assert (found.ok, codes(found), found.truncation_excluded_up_to) == (False, ["checkpoint_forged"], 0)

    def test_in_the_database_is_found(self, forged: CheckpointRow, check: Callable[[], Verification]) -> None:
        Checkpoint.objects.create(size=4, root=forged.root, at=NOON, key_id=forged.key_id, signature=forged.signature)
        assert codes(check()) == ["checkpoint_forged"]

    def test_beyond_the_end_is_not_taken_for_a_truncation(self, check: Callable[[], Verification], medium: Path) -> None:
        several(4)
        checkpoints.write_file(medium, CheckpointRow(size=99, root=bytes(32), at=NOON, key_id=signing.key_id(), signature=bytes(64)))
        found = check()
        assert (codes(found), found.first_bad) == (["checkpoint_forged"], None)

    def test_that_is_no_checkpoint_at_all_is_found(self, check: Callable[[], Verification], medium: Path) -> None:
        several(4)
        medium.mkdir()
        (medium / "checkpoint-2.json").write_text("{}")
        assert codes(check()) == ["checkpoint_damaged"]

    def test_moved_to_another_size_is_found(self, check: Callable[[], Verification]) -> None:
        several(4)
        actions.checkpoint(now=NOON)
        by_force("UPDATE journal_checkpoint SET size = 3")
        assert codes(check()) == ["checkpoint_forged"]


class TestAProblem:
    def test_reads_as_a_line(self) -> None:
        assert str(Problem(code="truncated", sentence="the end is gone")) == "truncated: the end is gone"
        assert str(Problem(code="mac_wrong", sentence="it is not ours", position=3)) == "mac_wrong at position 3: it is not ours"


class TestManyProblems:
    def test_are_told_up_to_a_hundred_and_the_first_place_all_the_same(
        self, check: Callable[[], Verification], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verification, "MAX_PROBLEMS", 5)
        several(12)
        by_force("UPDATE journal_journalentry SET actor_id = '' WHERE position > 3")
        found = check()
        assert (found.ok, len(found.problems), found.first_bad) == (False, 5, 4)


class TestWithoutItsKeys:
    @pytest.mark.parametrize("lost", ["journal.key", "signing.key"])
    def test_nothing_is_said_to_be_sound(self, lost: str, home: Path, check: Callable[[], Verification]) -> None:
        several(2)
        (home / "secrets" / lost).unlink()
        with pytest.raises(keyfiles.KeyFileMissing):
            check()
