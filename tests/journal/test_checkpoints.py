"""Checkpoints: each a signed promise about everything before it, kept where the database's owner cannot take it back."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from camket.journal import actions, checkpoints, queries, signing, tree
from camket.journal.models import Checkpoint
from tests.journal.deeds import NOON, several

pytestmark = pytest.mark.django_db(transaction=True)


class TestACheckpoint:
    def test_signs_the_head(self) -> None:
        several(5)
        row = actions.checkpoint(now=NOON)
        assert row is not None
        assert (row.size, row.root, row.at) == (5, queries.head().root, NOON)
        assert row.is_ours(signing.public_key_bytes())
        assert queries.latest_checkpoint() == row

    def test_stands_on_the_second_medium_as_it_was_signed(self, home: Path) -> None:
        several(5)
        row = actions.checkpoint(now=NOON)
        assert [path.name for path in (home / "checkpoints").iterdir()] == ["checkpoint-5.json"]
        assert checkpoints.read_file(home / "checkpoints" / "checkpoint-5.json") == row

    def test_can_be_checked_by_a_stranger_from_the_document_alone(self, home: Path) -> None:
        several(3)
        actions.checkpoint(now=NOON)
        found = json.loads((home / "checkpoints" / "checkpoint-3.json").read_text())
        message = json.dumps({"at": found["at"], "root": found["root"], "size": 3}, sort_keys=True, separators=(",", ":")).encode()
        context = b"camket checkpoint v1"
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found["public_key"]))
        public.verify(bytes.fromhex(found["signature"]), len(context).to_bytes(8, "big") + context + message)
        assert found["format"] == "camket checkpoint v1"

    def test_is_not_made_of_an_empty_journal(self, home: Path) -> None:
        assert actions.checkpoint(now=NOON) is None
        assert not (home / "checkpoints").exists()

    def test_is_not_made_twice_of_the_same_head(self) -> None:
        several(2)
        assert actions.checkpoint(now=NOON) is not None
        assert actions.checkpoint(now=NOON + timedelta(hours=1)) is None
        assert Checkpoint.objects.count() == 1

    def test_whose_file_could_not_be_written_is_written_later(self, home: Path) -> None:
        several(2)
        (home / "checkpoints").write_text("a file where the folder belongs")
        with pytest.raises(OSError, match="checkpoints"):
            actions.checkpoint(now=NOON)
        (home / "checkpoints").unlink()
        assert actions.checkpoint(now=NOON) is None
        assert (home / "checkpoints" / "checkpoint-2.json").exists()

    def test_is_never_signed_inside_a_transaction_that_could_take_the_head_back(self) -> None:
        several(2)
        with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
            actions.checkpoint(now=NOON)

    def test_of_a_later_day_is_shown_to_begin_with_an_earlier_one(self) -> None:
        several(5)
        old = actions.checkpoint(now=NOON)
        several(6)
        new = actions.checkpoint(now=NOON + timedelta(days=1))
        assert old is not None
        assert new is not None
        path = queries.consistency_proof(old_size=5, new_size=11)
        assert tree.is_consistent(5, old.root, 11, new.root, path)
        assert not tree.is_consistent(5, new.root, 11, new.root, path)


class TestItsSignature:
    @pytest.mark.parametrize("change", [{"size": 6}, {"root": bytes(32)}, {"at": NOON + timedelta(seconds=1)}])
    def test_covers_size_root_and_instant(self, change: dict[str, object]) -> None:
        row = checkpoints.signed_head(5, b"r" * 32, NOON)
        assert row.is_ours(signing.public_key_bytes())
        assert not replace(row, **change).is_ours(signing.public_key_bytes())


class TestAFile:
    @pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", '{"size": "x"}', "[" * 5000, "\x00"])
    def test_that_is_no_checkpoint_is_said_to_be_damaged(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "checkpoint-5.json"
        path.write_text(content)
        with pytest.raises(checkpoints.CheckpointDamaged, match=r"checkpoint-5\.json"):
            checkpoints.read_file(path)

    def test_under_the_name_of_another_size_is_said_to_be_damaged(self, tmp_path: Path) -> None:
        checkpoints.write_file(tmp_path, checkpoints.signed_head(5, b"r" * 32, NOON))
        path = (tmp_path / "checkpoint-5.json").rename(tmp_path / "checkpoint-6.json")
        with pytest.raises(checkpoints.CheckpointDamaged):
            checkpoints.read_file(path)

    def test_is_told_from_what_else_lies_there(self, tmp_path: Path) -> None:
        for name in ("checkpoint-5.json", "checkpoint-05.json", "checkpoint-x.json", ".checkpoint-7.json.ab12", "ledger.jsonl"):
            (tmp_path / name).write_text("{}")
        assert list(checkpoints.sizes_in(tmp_path)) == [5]
        assert list(checkpoints.sizes_in(tmp_path / "nowhere")) == []


class TestWhetherOneIsDue:
    def test_is_no_while_the_journal_is_empty(self) -> None:
        assert not actions.is_checkpoint_due(now=NOON)

    def test_is_yes_for_the_first_entry(self) -> None:
        several(1)
        assert actions.is_checkpoint_due(now=NOON)

    def test_is_yes_sixty_seconds_after_the_last_if_the_head_grew(self) -> None:
        several(1)
        actions.checkpoint(now=NOON)
        several(1)
        assert not actions.is_checkpoint_due(now=NOON + timedelta(seconds=59))
        assert actions.is_checkpoint_due(now=NOON + timedelta(seconds=60))

    def test_is_no_however_late_if_the_head_did_not_grow(self) -> None:
        several(1)
        actions.checkpoint(now=NOON)
        assert not actions.is_checkpoint_due(now=NOON + timedelta(days=9))

    def test_is_yes_after_a_thousand_entries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert actions.CHECKPOINT_ENTRIES == 1000
        monkeypatch.setattr(actions, "CHECKPOINT_ENTRIES", 3)
        several(1)
        actions.checkpoint(now=NOON)
        several(2)
        assert not actions.is_checkpoint_due(now=NOON)
        several(1)
        assert actions.is_checkpoint_due(now=NOON)

    def test_is_yes_when_the_clock_was_set_back(self) -> None:
        several(1)
        actions.checkpoint(now=NOON)
        several(1)
        assert actions.is_checkpoint_due(now=NOON - timedelta(hours=1))
