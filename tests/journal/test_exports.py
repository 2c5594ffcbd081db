"""What is handed out: exports and proofs that stand by themselves, and no proof of what is not so."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from camket.journal import actions, checkpoints, exports, queries, sequencing, signing
from tests.journal.deeds import NOON, by_force, several, shown, withhold
from tests.journal.offline import export_to, handed_out, proof_to, verdict

pytestmark = pytest.mark.django_db


class TestAnExport:
    def test_is_whole_whatever_the_size_of_a_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = several(7)
        monkeypatch.setattr(exports, "_CHUNK", 3)
        said = [json.loads(json.loads(line)["payload"])["id"] for line in exports.lines()]
        assert said == [str(each) for each in ids]

    def test_of_an_empty_journal_is_empty(self) -> None:
        assert list(exports.lines()) == []

    def test_holds_of_a_withheld_entry_its_place_and_its_leaf(self) -> None:
        ids = several(3)
        leaf = queries.inclusion_proof(ids[1]).leaf.hex()
        withhold(ids[1])
        assert json.loads(list(exports.lines())[1]) == {"leaf": leaf, "payload": None, "position": 1, "salt": None}

    def test_tells_the_same_again_once_the_entry_is_released(self) -> None:
        ids = several(3)
        before = list(exports.lines())
        actions.release(ids[1], withhold(ids[1]))
        assert list(exports.lines())[:3] == before

    def test_leaves_out_what_has_no_place_yet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        several(2)
        monkeypatch.setattr(sequencing, "is_inline", lambda connection: False)
        shown()
        assert len(list(exports.lines())) == 2

    def test_is_written_though_somebody_put_bytes_into_it_that_are_no_text(self, tmp_path: Path) -> None:
        several(2)
        checkpoint = handed_out(actions.checkpoint(now=NOON), tmp_path, "held.json")
        by_force("UPDATE journal_journalentry SET payload = %s WHERE position = 1", [b"\xff\xfe"])
        assert verdict(checkpoint, export_to(tmp_path))[0] == 1


@pytest.mark.clause("7.3")
class TestAProof:
    def test_is_believed_by_somebody_who_has_the_key_and_nothing_else_of_ours(self, tmp_path: Path) -> None:
        ids = several(7)
        actions.checkpoint(now=NOON)
        several(3)
        for position, entry_id in enumerate(ids):
            status, said = verdict(proof_to(tmp_path, entry_id))
            assert (status, f"position {position}:" in said, str(entry_id) in said) == (0, True, True)

    def test_of_a_withheld_entry_tells_that_something_stands_there(self, tmp_path: Path) -> None:
        ids = several(3)
        actions.checkpoint(now=NOON)
        withhold(ids[1])
        proof = proof_to(tmp_path, ids[1])
        assert verdict(proof)[0] == 0
        assert str(ids[1]) not in proof.read_text()

    def test_shows_that_nothing_older_was_rewritten(self, tmp_path: Path) -> None:
        held = []
        for size in (3, 4, 9):
            ids = several(size - queries.head().size)
            held.append(handed_out(actions.checkpoint(now=NOON + timedelta(hours=size)), tmp_path, f"held-{size}.json"))
        for older in held:
            assert verdict(older, proof_to(tmp_path, ids[0], since=older))[0] == 0
        proof = json.loads(proof_to(tmp_path, ids[0], since=held[2]).read_text())
        assert (proof["since"]["checkpoint"], proof["since"]["path"]) == (proof["checkpoint"], [])

    def test_relates_any_two_checkpoints_by_what_both_begin(self, tmp_path: Path) -> None:
        held = []
        for size in (3, 5, 8):
            ids = several(size - queries.head().size)
            held.append(handed_out(actions.checkpoint(now=NOON + timedelta(hours=size)), tmp_path, f"held-{size}.json"))
        (tmp_path / "other").mkdir()
        first, second = proof_to(tmp_path, ids[0], since=held[0]), proof_to(tmp_path / "other", ids[0], since=held[1])
        assert verdict(held[0], held[1], first, second)[0] == 0
        status, said = verdict(held[0], held[1])
        assert (status, "nothing shows that [3] entries begin the 5" in said) == (1, True)

    def test_is_not_made_of_what_is_unknown_without_a_place_or_unsigned(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(queries.EntryUnknown):
            exports.proof(uuid4())
        (entry_id,) = several(1)
        with pytest.raises(exports.NotYetSigned) as unsigned:
            exports.proof(entry_id)
        assert unsigned.value.entry_id == entry_id
        actions.checkpoint(now=NOON)
        monkeypatch.setattr(sequencing, "is_inline", lambda connection: False)
        with pytest.raises(queries.NotYetSequenced):
            exports.proof(shown())

    def test_is_not_made_since_a_checkpoint_of_another_key(self, tmp_path: Path, home: Path) -> None:
        ids = several(2)
        row = actions.checkpoint(now=NOON)
        (home / "secrets" / "signing.key").write_bytes(bytes(32))
        with pytest.raises(exports.CheckpointForeign) as foreign:
            exports.proof(ids[0], since=row)
        assert foreign.value.size == 2
        assert row is not None
        assert not row.is_ours(signing.public_key_bytes())

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE journal_journalentry SET payload = leaf WHERE position = 2",
            "UPDATE journal_journalentry SET leaf = mac WHERE position = 2",
            "UPDATE journal_treenode SET hash = (SELECT leaf FROM journal_journalentry WHERE position = 0) WHERE level = 1",
            "DELETE FROM journal_treenode WHERE level = 1",
        ],
    )
    def test_is_not_made_of_what_was_tampered_with(self, change: str) -> None:
        ids = several(5)
        actions.checkpoint(now=NOON)
        assert exports.proof(ids[2])["entry"]["position"] == 2
        by_force(change)
        with pytest.raises(exports.HistoryBroken):
            exports.proof(ids[2])

    def test_is_not_made_since_a_checkpoint_that_covers_more_than_there_is(self) -> None:
        ids = several(4)
        actions.checkpoint(now=NOON)
        ahead = checkpoints.signed_head(9, bytes(32), NOON)
        with pytest.raises(exports.HistoryBroken) as broken:
            exports.proof(ids[0], since=ahead)
        assert broken.value.size == 9
