"""The epoch step: every living key comes under the new epoch, whatever breaks off, and the old ones die with the copies made in their days."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from camket.journal import keyfiles
from camket.vault import epochs, gate, generations, keyring, seal
from camket.vault.generations import EPOCHS, Family
from camket.vault.keys.models import Check, Epoch, MatterKey, SubjectKey
from tests.cast import AN, BINH
from tests.vault.deeds import HOUSE, Kept, close, collect, end, journaled, revealed, use

pytestmark = pytest.mark.usefixtures("vault")

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)


class PowerCut(BaseException):
    """The machine stops here."""


@pytest.fixture
def files(home: Path) -> Path:
    return home / "secrets" / "epochs"


def step(now: datetime) -> gate.EpochsKept:
    """Step by hand."""
    return gate.keep_epochs(actor=HOUSE, now=now, steps=True)


def keep(now: datetime) -> gate.EpochsKept:
    """Do what is due."""
    return gate.keep_epochs(actor=HOUSE, now=now)


def epochs_in_use() -> set[int]:
    """Return the epochs that wrap anything."""
    of_matters = MatterKey.objects.filter(epoch__isnull=False).values_list("epoch", flat=True)
    return set(SubjectKey.objects.values_list("epoch", flat=True)) | {number for number in of_matters if number is not None}


def lone_matter(now: datetime) -> tuple[Any, bytes]:
    """Make a matter of nobody, as raw mail will have it, and return its id and its key."""
    matter, key, epoch = uuid4(), seal.new_key(), EPOCHS.newest()
    wrapped = seal.wrap_lone_matter_key(EPOCHS.key(epoch), matter=matter, epoch=epoch, key=key)
    MatterKey.objects.create(matter_id=matter, epoch=epoch, wrapped=wrapped, created_at=now)
    return matter, key


class TestAStep:
    def test_brings_every_living_key_under_the_new_epoch(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        matter, key = lone_matter(now)
        kept = step(now)
        assert (kept.number, kept.is_new, kept.subjects, kept.matters) == (2, True, 2, 1)
        assert epochs_in_use() == {2}
        assert revealed(use(an, now=now))["email"] == AN.email
        assert revealed(use(binh, now=now))["email"] == BINH.email
        assert keyring.matter_keys([matter]) == {matter: key}

    def test_wraps_under_another_key_and_leaves_none_of_the_old_wrapping(self, files: Path, now: datetime) -> None:
        an = collect(now=now)
        before = bytes(SubjectKey.objects.get(subject_id=an.subject).wrapped)
        step(now)
        row = SubjectKey.objects.get(subject_id=an.subject)
        assert bytes(row.wrapped) != before
        assert (files / "000001.key").read_bytes() != (files / "000002.key").read_bytes()
        with pytest.raises(seal.SealBroken):
            seal.unwrap_subject_key(EPOCHS.key(1), subject=an.subject, epoch=1, wrapped=bytes(row.wrapped))

    def test_takes_more_keys_than_are_written_at_once(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(epochs, "_READ_AT_ONCE", 3)
        monkeypatch.setattr(epochs, "_WRITTEN_AT_ONCE", 2)
        people = [collect(now=now) for _ in range(7)]
        assert step(now).subjects == 7
        assert epochs_in_use() == {2}
        assert len(use(*people, now=now)) == 14

    def test_of_an_empty_house_makes_an_epoch_all_the_same(self, now: datetime) -> None:
        assert step(now).subjects == 0
        assert EPOCHS.newest() == 2

    @pytest.mark.clause("7.1")
    def test_is_journaled_with_counts_and_no_person(self, now: datetime) -> None:
        collect(now=now)
        lone_matter(now)
        step(now)
        (line,) = journaled("epoch.stepped")
        assert line["facts"] == {"number": 2, "subjects": 1, "matters": 1}
        assert line["subjects"] == []

    def test_leaves_what_comes_afterwards_under_the_new_epoch(self, now: datetime) -> None:
        step(now)
        collect(now=now)
        assert epochs_in_use() == {2}


class TestANight:
    def test_begins_an_epoch_once_a_local_day(self, now: datetime) -> None:
        assert not keep(now).is_new
        midnight = now + timedelta(hours=15)  # in Ho Chi Minh City
        assert not keep(midnight - A_MINUTE).is_new
        assert keep(midnight).is_new
        assert not keep(midnight + A_MINUTE).is_new
        assert keep(midnight + A_DAY).is_new

    def test_before_any_edition_was_in_force_begins_none(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(epochs.editions, "enacted", lambda: ())
        assert not keep(now + 3 * A_DAY).is_new

    def test_that_was_begun_by_hand_is_not_begun_again(self, now: datetime) -> None:
        step(now + A_DAY)
        assert not keep(now + A_DAY + A_MINUTE).is_new


@pytest.mark.clause("4.7")
class TestAnOldEpoch:
    def nights(self, count: int, now: datetime) -> datetime:
        for night in range(1, count + 1):
            keep(now + night * A_DAY)
        return now + count * A_DAY

    def test_dies_within_fourteen_days_of_its_beginning(self, files: Path, now: datetime) -> None:
        self.nights(13, now)
        assert (files / "000001.key").exists()
        kept = keep(now + 14 * A_DAY)
        assert kept.destroyed == (1,)
        assert not (files / "000001.key").exists()
        row = Epoch.objects.get(number=1)
        assert row.condemned_at == row.destroyed_at == now + 14 * A_DAY
        assert not Check.objects.filter(name="epoch-000001").exists()
        assert journaled("epoch.destroyed")[0]["facts"] == {"number": 1, "was_restored": False}

    def test_leaves_fourteen_files_and_no_more(self, files: Path, now: datetime) -> None:
        later = self.nights(40, now)
        assert len(list(files.iterdir())) == 14
        gate.prepare_keys(now=later)

    def test_takes_a_copied_wrapping_of_somebody_erased_with_it(self, now: datetime) -> None:
        an = collect(now=now)
        collect(BINH, now=now)
        copied = SubjectKey.objects.get(subject_id=an.subject)
        close(an, now=now)
        end(an, now=now)
        self.nights(14, now)
        with pytest.raises(keyfiles.KeyFileMissing):
            EPOCHS.key(copied.epoch)

    def test_never_dies_while_it_wraps_a_living_key(self, files: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        an = collect(now=now)
        monkeypatch.setattr(epochs, "_rewrap_all", lambda newest: 0)
        self.nights(20, now)
        assert (files / "000001.key").exists()
        monkeypatch.undo()
        assert 1 in keep(now + 21 * A_DAY).destroyed
        assert revealed(use(an, now=now))["email"] == AN.email

    def test_that_a_fast_clock_dated_ahead_dies_with_its_successor(self, now: datetime) -> None:
        step(now + 400 * A_DAY)
        step(now)
        self.nights(14, now)
        assert not Epoch.objects.alive().filter(number__lte=2).exists()

    def test_dies_at_once_when_the_house_was_shut_for_long(self, now: datetime) -> None:
        an = collect(now=now)
        assert keep(now + 60 * A_DAY).destroyed == (1,)
        assert revealed(use(an, now=now))["email"] == AN.email

    def test_lives_as_long_as_the_shortest_promise_of_all_editions(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(epochs.rules, "promised_days", lambda policies: 3 if [one.number for one in policies] == [1] else 0)
        self.nights(2, now)
        assert keep(now + 3 * A_DAY).destroyed == (1,)


def stop_after(module: Any, name: str, patch: pytest.MonkeyPatch) -> None:
    """Let the power go the first time that something was done."""
    real = getattr(module, name)

    def act_and_stop(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        raise PowerCut

    patch.setattr(module, name, act_and_stop)


class TestAPowerCut:
    """Wherever the step breaks off, the next look ends it, and everything can be read before and after."""

    @pytest.mark.parametrize(
        ("module", "name"),
        [(keyfiles, "create"), (Family, "create_next"), (epochs, "_begin"), (epochs, "_write"), (epochs, "record"), (epochs, "_journal_step")],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_during_a_step_is_mended_by_the_next_start(self, now: datetime, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        monkeypatch.setattr(epochs, "_WRITTEN_AT_ONCE", 2)
        people = [collect(now=now) for _ in range(5)]
        stop_after(module, name, monkeypatch)
        with pytest.raises(PowerCut):
            step(now)
        monkeypatch.undo()
        gate.prepare_keys(now=now)
        assert len(use(*people, now=now, view="before")) == 10
        gate.keep_epochs(actor=HOUSE, now=now, steps=False)
        gate.prepare_keys(now=now)
        assert epochs_in_use() == {EPOCHS.newest()}
        assert not Epoch.objects.filter(whole_at__isnull=True).exists()
        assert len(use(*people, now=now, view="after")) == 10
        last = gate.keep_epochs(actor=HOUSE, now=now, steps=False)
        assert (last.finished, last.destroyed, last.broken) == (0, (), 0)

    @pytest.mark.parametrize(
        ("module", "name"), [(Family, "condemn"), (keyfiles, "destroy"), (generations, "record")], ids=["condemned", "destroyed", "journaled"]
    )
    def test_during_a_death_is_mended_by_the_next_start(
        self, files: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
    ) -> None:
        an = collect(now=now)
        step(now + A_DAY)
        later = now + 14 * A_DAY
        stop_after(module, name, monkeypatch)
        with pytest.raises(PowerCut):
            gate.keep_epochs(actor=HOUSE, now=later, steps=False)
        monkeypatch.undo()
        gate.prepare_keys(now=later)
        assert gate.keep_epochs(actor=HOUSE, now=later, steps=False).destroyed == (1,)
        assert not (files / "000001.key").exists()
        # a line may come twice, and never not at all
        assert len(journaled("epoch.destroyed")) == (2 if name == "record" else 1)
        assert use(an, now=now)
        assert gate.keep_epochs(actor=HOUSE, now=later, steps=False).destroyed == ()

    def test_after_a_step_that_is_counted_whole_tells_the_same_as_an_unbroken_one(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(epochs, "_WRITTEN_AT_ONCE", 2)
        for _ in range(5):
            collect(now=now)
        stop_after(epochs, "_write", monkeypatch)
        with pytest.raises(PowerCut):
            step(now)
        monkeypatch.undo()
        monkeypatch.setattr(epochs, "_WRITTEN_AT_ONCE", 2)
        assert gate.keep_epochs(actor=HOUSE, now=now, steps=False).finished == 1
        (line,) = journaled("epoch.stepped")
        assert line["facts"] == {"number": 2, "subjects": 5, "matters": 0}


class TestAKeyErasedDuringAStep:
    def test_does_not_come_back(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        close(an, now=now)
        real: Callable[..., None] = epochs._write

        def erase_first(*arguments: Any) -> None:
            monkeypatch.setattr(epochs, "_write", real)
            end(an, now=now)
            real(*arguments)

        monkeypatch.setattr(epochs, "_write", erase_first)
        assert step(now).subjects == 1
        assert not SubjectKey.objects.filter(subject_id=an.subject).exists()
        assert use(binh, now=now)


class TestAWrappedKeyThatDoesNotOpen:
    @pytest.fixture
    def spoiled(self, now: datetime) -> Kept:
        spoiled = collect(AN, now=now)
        SubjectKey.objects.filter(subject_id=spoiled.subject).update(wrapped=b"\x01" + bytes(60))
        return spoiled

    def test_is_counted_and_keeps_nobody_else_from_stepping(self, spoiled: Kept, now: datetime) -> None:
        binh = collect(BINH, now=now)
        assert step(now).broken == 1
        assert SubjectKey.objects.get(subject_id=spoiled.subject).epoch == 1
        assert revealed(use(binh, now=now))["email"] == BINH.email
        assert not journaled("epoch.stepped")

    def test_keeps_its_epoch_alive_until_it_is_gone(self, spoiled: Kept, files: Path, now: datetime) -> None:
        later = now + 20 * A_DAY
        assert keep(later).broken == 1
        assert (files / "000001.key").exists()
        SubjectKey.objects.filter(subject_id=spoiled.subject).delete()
        assert keep(later).destroyed == (1,)
        assert len(journaled("epoch.stepped")) == 1


class TestAFile:
    def test_of_a_dead_epoch_that_is_put_back_is_destroyed_again_and_told(self, files: Path, now: datetime) -> None:
        old = (files / "000001.key").read_bytes()
        later = now + 20 * A_DAY
        keep(later)
        keyfiles.create(files / "000001.key", old)
        gate.prepare_keys(now=later)
        assert gate.keep_epochs(actor=HOUSE, now=later, steps=False).destroyed == (1,)
        assert not (files / "000001.key").exists()
        assert [line["facts"]["was_restored"] for line in journaled("epoch.destroyed")] == [False, True]

    def test_that_no_row_speaks_of_is_never_used_and_goes_when_it_is_old(self, files: Path, now: datetime) -> None:
        stray = files / "000007.key"
        keyfiles.create(stray, b"s" * 32)
        os.utime(stray, (now.timestamp(), now.timestamp()))
        assert step(now).number == 8
        assert stray.read_bytes() == b"s" * 32
        assert keep(now + 14 * A_DAY).destroyed[-1] != 7
        assert keep(now + 14 * A_DAY + A_MINUTE).destroyed == (7,)
        assert not stray.exists()

    @pytest.mark.parametrize("fate", ["missing", "short", "swapped"])
    def test_that_is_lost_is_given_up_only_where_no_living_key_needs_it(self, files: Path, now: datetime, fate: str) -> None:
        an = collect(now=now)
        step(now)
        for name in ("000001.key", "000002.key"):
            path = files / name
            path.unlink() if fate == "missing" else path.write_bytes(b"x" * (32 if fate == "swapped" else 5))
            with pytest.raises(gate.KeysLost, match=name[:6]):
                gate.prepare_keys(now=now)
            gave_up = gate.give_up_lost_epochs(now=now)
            if name == "000001.key":
                assert gave_up == (1,)
                gate.prepare_keys(now=now)
                assert use(an, now=now)
            else:
                assert gave_up == ()
                with pytest.raises(gate.KeysLost, match="cannot be opened"):
                    gate.prepare_keys(now=now)

    def test_that_is_only_open_to_others_is_not_given_up(self, files: Path, now: datetime) -> None:
        step(now)
        (files / "000001.key").chmod(0o644)
        assert gate.give_up_lost_epochs(now=now) == ()
        with pytest.raises(gate.KeysLost, match="chmod 600"):
            gate.prepare_keys(now=now)
