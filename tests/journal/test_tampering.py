"""
Tampering, seen from both sides: by `verify`, which has the house's keys, and by somebody outside who holds a checkpoint and the verifier's file.

Beside each finding stands what cannot be found, and from where: a detector that cries at everything detects nothing.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from camket.journal import actions, checkpoints, entries, exports, queries, signing, verification, writers
from camket.journal.models import JournalEntry
from camket.journal.verification import Verification
from tests.journal import force
from tests.journal.deeds import AN, BINH, NOON, by_force, several, shown, withhold
from tests.journal.offline import export_to, handed_out, proof_to, verdict

pytestmark = [pytest.mark.django_db, pytest.mark.clause("7.3")]


@pytest.fixture
def check(home: Path) -> Callable[[], Verification]:
    return lambda: verification.verify(checkpoints=home / "checkpoints")


def codes(found: Verification) -> list[str]:
    return [problem.code for problem in found.problems]


def forged_at(position: int) -> tuple[bytes, bytes]:
    """Return other words for an entry, and the leaf they would have."""
    row = JournalEntry.objects.get(position=position)
    words = bytes(row.payload or b"").replace(b"phone", b"email")
    return words, entries.leaf_of(bytes(row.salt or b""), words)


def edit_payload() -> None:
    by_force("UPDATE journal_journalentry SET payload = %s WHERE position = 3", [forged_at(3)[0]])


def edit_leaf() -> None:
    by_force("UPDATE journal_journalentry SET leaf = %s WHERE position = 3", [bytes(32)])


def edit_payload_and_leaf() -> None:
    by_force("UPDATE journal_journalentry SET payload = %s, leaf = %s WHERE position = 3", list(forged_at(3)))


def edit_everything() -> None:
    edit_payload_and_leaf()
    force.build_tree_again()


def delete_one() -> None:
    force.delete("position = 3")


def delete_one_and_close_the_gap() -> None:
    force.delete("position = 3")
    for position in range(4, 8):
        by_force("UPDATE journal_journalentry SET position = %s WHERE position = %s", [position - 1, position])
    force.build_tree_again()


def swap_two() -> None:
    force.swap(2, 5)


def swap_two_and_build_the_tree_again() -> None:
    force.swap(2, 5)
    force.build_tree_again()


def cut_off_the_end() -> None:
    force.cut_off(5)


def substitute_what_is_withheld() -> None:
    entry_id = JournalEntry.objects.get(position=3).id
    taken = withhold(entry_id)
    words = entries.columns_of(json.loads(taken.payload))
    columns = ", ".join(f"{name} = %s" for name in words)
    by_force(
        f"UPDATE journal_journalentry SET {columns}, payload = %s, salt = %s WHERE position = 3",  # noqa: S608  # names of our own columns
        [*words.values(), taken.payload.replace(b"phone", b"email"), taken.salt],
    )


class TestATamperedJournal:
    @pytest.mark.parametrize(
        "tamper",
        [
            edit_payload,
            edit_leaf,
            edit_payload_and_leaf,
            edit_everything,
            delete_one,
            delete_one_and_close_the_gap,
            swap_two,
            swap_two_and_build_the_tree_again,
            cut_off_the_end,
            substitute_what_is_withheld,
        ],
    )
    def test_is_found_inside_and_outside(self, tamper: Callable[[], None], held: Path, check: Callable[[], Verification], outside: Path) -> None:
        assert check().ok
        assert verdict(held, export_to(outside))[0] == 0
        tamper()
        assert not check().ok
        assert verdict(held, export_to(outside))[0] == 1


class TestACopyOfWhatAnEntrySays:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ("UPDATE journal_journalentry SET act = 'nothing.happened' WHERE position = 3", "columns_changed"),
            ("UPDATE journal_journalentry SET purpose = '' WHERE position = 3", "columns_changed"),
            ("UPDATE journal_journalentry SET mac = leaf WHERE position = 3", "mac_wrong"),
            ("UPDATE journal_journalentry SET counter = counter + 90 WHERE position = 3", "mac_wrong"),
            ("UPDATE journal_entrysubject SET subject_id = %s", "columns_changed"),
            ("DELETE FROM journal_entrysubject", "columns_changed"),
        ],
    )
    def test_that_was_changed_is_found_inside_and_never_reaches_the_outside(
        self, change: str, code: str, held: Path, check: Callable[[], Verification], outside: Path
    ) -> None:
        before = export_to(outside).read_bytes()
        other = BINH.bytes if connections["default"].vendor == "sqlite" else BINH
        by_force(change, [other] if "%s" in change else [])
        assert code in codes(check())
        assert export_to(outside).read_bytes() == before


class TestAnEndCutOff:
    @pytest.fixture
    def cut(self, held: Path, home: Path) -> None:
        """The end is gone from the database and from the second medium: the one who did it owns both."""
        force.cut_off(5)
        (home / "checkpoints" / "checkpoint-8.json").unlink()
        actions.checkpoint(now=NOON + timedelta(hours=1))

    def test_is_found_by_whoever_holds_a_later_checkpoint(self, cut: None, held: Path, outside: Path, check: Callable[[], Verification]) -> None:
        assert check().ok
        status, said = verdict(held, export_to(outside))
        assert (status, "[5] entries begin the 8" in said) == (1, True)
        with pytest.raises(exports.HistoryBroken):
            proof_to(outside, queries.recent(limit=1)[0].id, since=held)

    def test_is_found_inside_once_that_checkpoint_is_brought_back(self, cut: None, held: Path, home: Path, check: Callable[[], Verification]) -> None:
        (home / "checkpoints" / "checkpoint-8.json").write_bytes(held.read_bytes())
        found = check()
        assert (codes(found), found.first_bad) == (["truncated"], 5)

    def test_is_found_by_nobody_where_no_later_checkpoint_was_handed_out(self, outside: Path, home: Path, check: Callable[[], Verification]) -> None:
        several(5)
        earlier = handed_out(actions.checkpoint(now=NOON), outside, "held-5.json")
        several(3)
        force.cut_off(5)
        assert check().ok
        assert verdict(earlier, export_to(outside))[0] == 0


class TestAFork:
    """Two histories with one beginning, both signed with the house's own key, each shown to somebody else."""

    @pytest.fixture
    def beginning(self, held: Path) -> Path:
        return held

    @pytest.fixture
    def first(self, beginning: Path, outside: Path, home: Path) -> Path:
        """What the holder of the first history has; the house then goes back to the beginning and denies it."""
        several(4)
        path = handed_out(actions.checkpoint(now=NOON + timedelta(hours=1)), outside, "first-12.json")
        force.cut_off(8)
        (home / "checkpoints" / "checkpoint-12.json").unlink()
        writers.begin_anew()
        return path

    @pytest.fixture(params=[4, 5])
    def second(self, first: Path, outside: Path, request: pytest.FixtureRequest) -> Path:
        """What the holder of the second history has: of the same size as the first, or larger."""
        for _ in range(request.param):
            shown(at=NOON + timedelta(hours=2), subjects=[BINH])
        actions.sequence()
        return handed_out(actions.checkpoint(now=NOON + timedelta(hours=2)), outside, "second.json")

    def test_looks_whole_to_whoever_has_seen_one_side_of_it(
        self, first: Path, second: Path, beginning: Path, outside: Path, check: Callable[[], Verification]
    ) -> None:
        assert check().ok
        assert verdict(beginning, second, export_to(outside))[0] == 0

    def test_is_found_by_the_holder_of_the_other_side_in_what_they_are_shown_next(self, first: Path, second: Path, outside: Path) -> None:
        assert verdict(first, export_to(outside))[0] == 1
        with pytest.raises(exports.HistoryBroken):
            proof_to(outside, queries.recent(limit=1)[0].id, since=first)

    def test_is_found_by_two_holders_who_compare(self, first: Path, second: Path) -> None:
        assert verdict(first)[0] == verdict(second)[0] == 0
        status, said = verdict(first, second)
        assert (status, "nothing shows that [12]" in said) == (1, True)

    def test_cannot_be_argued_away_with_the_proof_of_something_else(self, first: Path, second: Path, beginning: Path, outside: Path) -> None:
        entry_id = queries.recent(limit=1)[0].id
        honest = exports.proof(entry_id, since=checkpoints.read(beginning.read_bytes(), name="held"))
        honest["since"]["checkpoint"] = json.loads(first.read_bytes())
        forged = outside / "forged.json"
        forged.write_bytes(entries.canonical(honest))
        assert verdict(first, second, forged)[0] == 1

    def test_is_found_inside_once_the_other_side_is_brought_back(
        self, first: Path, second: Path, home: Path, check: Callable[[], Verification]
    ) -> None:
        (home / "checkpoints" / "checkpoint-12.json").write_bytes(first.read_bytes())
        found = check()
        assert (codes(found), found.first_bad) == (["root_differs"], 8)


class TestAnOldCopyPutBack:
    @pytest.fixture
    def replayed(self, outside: Path) -> Path:
        """Five entries are copied, four more are signed for, and then the copy comes back; returns what somebody holds of the nine."""
        several(5)
        copy = force.copied()
        several(4)
        path = handed_out(actions.checkpoint(now=NOON), outside, "held-9.json")
        force.put_back(copy)
        writers.begin_anew()
        return path

    def test_is_found_by_the_newer_checkpoint(self, replayed: Path, outside: Path, check: Callable[[], Verification]) -> None:
        found = check()
        assert (codes(found), found.first_bad) == (["truncated"], 5)
        assert verdict(replayed, export_to(outside))[0] == 1

    def test_is_found_though_the_journal_has_grown_beyond_it_since(self, replayed: Path, outside: Path, check: Callable[[], Verification]) -> None:
        several(6)
        newer = handed_out(actions.checkpoint(now=NOON + timedelta(hours=1)), outside, "newer.json")
        assert codes(check()) == ["root_differs"]
        assert verdict(newer, export_to(outside))[0] == 0
        assert verdict(replayed, newer, export_to(outside))[0] == 1
        with pytest.raises(exports.HistoryBroken):
            proof_to(outside, queries.recent(limit=1)[0].id, since=replayed)

    def test_that_was_taken_just_now_is_no_harm(self, held: Path, outside: Path, check: Callable[[], Verification]) -> None:
        force.put_back(force.copied())
        assert check().ok
        assert verdict(held, export_to(outside))[0] == 0


class TestASecondSigner:
    @pytest.fixture
    def ours(self, held: Path, home: Path) -> bytes:
        """The key that everybody was given; the house's is then exchanged for another, with which it signs what follows."""
        key = signing.public_key_bytes()
        (home / "secrets" / "signing.key").write_bytes(b"another key, of the same length.")
        several(2)
        actions.checkpoint(now=NOON + timedelta(hours=1))
        return key

    def test_is_found_inside_by_what_was_signed_before(self, ours: bytes, check: Callable[[], Verification]) -> None:
        # in the database and on the second medium
        assert codes(check()) == ["checkpoint_forged", "checkpoint_forged"]

    def test_is_not_believed_outside(self, ours: bytes, home: Path, outside: Path) -> None:
        theirs = home / "checkpoints" / "checkpoint-10.json"
        assert verdict(theirs, export_to(outside))[0] == 0
        status, said = verdict(theirs, export_to(outside), key=ours)
        assert (status, "another key" in said) == (1, True)
        assert verdict(proof_to(outside, queries.recent(limit=9)[-1].id), key=ours)[0] == 1

    def test_is_not_believed_under_our_name(self, ours: bytes, home: Path, outside: Path) -> None:
        theirs = json.loads((home / "checkpoints" / "checkpoint-10.json").read_text())
        named = outside / "named.json"
        named.write_bytes(entries.canonical({**theirs, "public_key": ours.hex()}))
        status, said = verdict(named, key=ours)
        assert (status, "InvalidSignature" in said) == (1, True)


class TestWhoLookedAtThisPerson:
    def test_hidden_by_taking_the_name_away_is_found(self, held: Path, check: Callable[[], Verification]) -> None:
        assert len(queries.naming(AN)) == 8
        subject = AN.bytes if connections["default"].vendor == "sqlite" else AN
        by_force("DELETE FROM journal_entrysubject WHERE subject_id = %s", [subject])
        assert queries.naming(AN) == []
        assert check().first_bad == 0
