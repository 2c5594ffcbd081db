"""A new identity index while people are served: everybody is found all the time, and the old key dies."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from camket.journal import keyfiles
from camket.vault import gate, generations, identity, keyring, reindexing
from camket.vault.generations import INDEXES, Family
from camket.vault.keys.models import Check, IdentityIndex, IdentityToken
from camket.vault.models import Record
from tests.cast import AN, BINH
from tests.vault.deeds import HOUSE, Kept, close, collect, end, find, journaled, prepared
from tests.vault.test_epochs import PowerCut, stop_after

pytestmark = pytest.mark.usefixtures("vault")

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def files(home: Path) -> Path:
    return home / "secrets" / "index"


@pytest.fixture
def people(now: datetime) -> list[Kept]:
    """An, Bình, and An once more under another id."""
    return [collect(AN, now=now), collect(BINH, now=now), collect(AN, now=now)]


def rebuild(now: datetime) -> gate.IndexKept:
    """Rebuild, as the command does."""
    gate.begin_reindexing(now=now)
    return go_on(now)


def go_on(now: datetime) -> gate.IndexKept:
    """Go on with what was begun, as the worker does."""
    return gate.keep_index(actor=HOUSE, now=now)


def tokens() -> set[tuple[int, bytes]]:
    """Return every token with its generation."""
    return {(version, bytes(token)) for version, token in IdentityToken.objects.values_list("version", "token")}


def everybody_is_found(people: list[Kept], now: datetime) -> None:
    """Find people by address and by number, the longest known first."""
    an, binh, again = (one.subject for one in people)
    assert find(AN.email, now=now) == find(AN.phone, kind="phone", now=now) == (an, again)
    assert find(BINH.email, now=now) == (binh,)


class TestARebuild:
    def test_finds_everybody_before_and_after_in_the_same_order(self, people: list[Kept], now: datetime) -> None:
        everybody_is_found(people, now)
        kept = rebuild(now)
        assert (kept.number, kept.is_whole, kept.tokens, kept.broken) == (2, True, 6, 0)
        everybody_is_found(people, now)

    def test_computes_every_token_under_another_key(self, people: list[Kept], now: datetime) -> None:
        before = tokens()
        rebuild(now)
        assert {version for version, _ in tokens()} == {2}
        assert not {token for _, token in before} & {token for _, token in tokens()}

    def test_destroys_the_old_key_and_keeps_no_trace_of_it(self, people: list[Kept], files: Path, now: datetime) -> None:
        assert rebuild(now).destroyed == (1,)
        assert [path.name for path in files.iterdir()] == ["identity-2.key"]
        assert not Check.objects.filter(name="identity-1").exists()
        gate.prepare_keys(now=now)
        everybody_is_found(people, now)

    def test_is_journaled_with_a_count_and_no_person(self, people: list[Kept], now: datetime) -> None:
        rebuild(now)
        (line,) = journaled("index.rebuilt")
        assert (line["facts"], line["subjects"]) == ({"number": 2, "tokens": 6}, [])
        (gone,) = journaled("index.destroyed")
        assert gone["facts"]["number"] == 1

    def test_carries_over_what_was_proven(self, people: list[Kept], now: datetime) -> None:
        gate.prove(subject=people[0].subject, kind=identity.INDEXED[0], now=now)
        rebuild(now)
        assert gate.is_proven(subject=people[0].subject, kind=identity.INDEXED[0])
        assert not gate.is_proven(subject=people[2].subject, kind=identity.INDEXED[0])
        assert IdentityToken.objects.get(proven_at__isnull=False).proven_at == now

    def test_takes_up_an_index_that_is_being_made_instead_of_a_third(self, people: list[Kept], now: datetime) -> None:
        assert gate.begin_reindexing(now=now) == gate.begin_reindexing(now=now) == 2

    def test_can_be_done_again_and_again(self, people: list[Kept], now: datetime) -> None:
        for number in (2, 3, 4):
            assert rebuild(now).number == number
        everybody_is_found(people, now)

    def test_of_an_empty_house_is_whole_at_once(self, now: datetime) -> None:
        assert rebuild(now).is_whole

    def test_leaves_nothing_to_do(self, people: list[Kept], now: datetime) -> None:
        rebuild(now)
        kept = go_on(now)
        assert (kept.is_whole, kept.tokens, kept.destroyed) == (True, 0, ())


class TestWhileItIsBeingMade:
    @pytest.fixture
    def halfway(self, people: list[Kept], now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Kept]:
        """A rebuild broken off after its first two tokens."""
        monkeypatch.setattr(reindexing, "_AT_ONCE", 2)
        stop_after(reindexing, "_write", monkeypatch)
        with pytest.raises(PowerCut):
            rebuild(now)
        monkeypatch.undo()
        assert {version for version, _ in tokens()} == {1, 2}
        return people

    def test_everybody_is_found(self, halfway: list[Kept], now: datetime) -> None:
        everybody_is_found(halfway, now)

    def test_the_next_start_needs_both_keys(self, halfway: list[Kept], files: Path, now: datetime) -> None:
        gate.prepare_keys(now=now)
        (files / "identity-1.key").unlink()
        with pytest.raises(gate.KeysLost, match="identity-1"):
            gate.prepare_keys(now=now)

    def test_who_comes_meanwhile_is_found_and_stands_under_the_new_key(self, halfway: list[Kept], now: datetime) -> None:
        new = collect(BINH, now=now)
        assert find(BINH.email, now=now) == (halfway[1].subject, new.subject)
        assert set(IdentityToken.objects.filter(matter_id=new.matter).values_list("version", flat=True)) == {2}

    def test_an_identity_given_again_gets_no_second_token(self, halfway: list[Kept], now: datetime) -> None:
        known = halfway[1]
        count = IdentityToken.objects.count()
        again = [keyring.Identity(kind=kind, value=value) for kind, value in zip(identity.UNIQUE, (BINH.email, BINH.phone), strict=True)]
        keyring.add_identities(subject=known.subject, matter=known.matter, identities=again)
        assert IdentityToken.objects.count() == count

    def test_who_is_erased_meanwhile_is_gone(self, halfway: list[Kept], now: datetime) -> None:
        close(halfway[1], now=now)
        end(halfway[1], now=now)
        assert go_on(now).is_whole
        assert find(BINH.email, now=now) == ()
        assert IdentityToken.objects.count() == 4

    def test_the_worker_ends_it(self, halfway: list[Kept], now: datetime) -> None:
        assert go_on(now).is_whole
        everybody_is_found(halfway, now)


class TestSomebodyErasedBetweenReadingAndWriting:
    def test_does_not_come_back(self, people: list[Kept], now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        real: Callable[..., None] = reindexing._write

        def erase_first(*arguments: Any) -> None:
            close(people[1], now=now)
            end(people[1], now=now)
            real(*arguments)

        monkeypatch.setattr(reindexing, "_write", erase_first)
        rebuild(now)
        assert not IdentityToken.objects.filter(subject_id=people[1].subject).exists()


class TestAPowerCut:
    @pytest.mark.parametrize(
        ("module", "name"),
        [
            (keyfiles, "create"),
            (Family, "create_next"),
            (reindexing, "begin_reindexing"),
            (reindexing, "_write"),
            (reindexing, "record"),
            (Family, "condemn"),
            (reindexing, "_finish"),
            (keyfiles, "destroy"),
            (generations, "record"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_anywhere_is_mended_by_going_on(self, people: list[Kept], now: datetime, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        stop_after(module, name, monkeypatch)
        with pytest.raises(PowerCut):
            reindexing.begin_reindexing(now=now)
            go_on(now)
        monkeypatch.undo()
        gate.prepare_keys(now=now)
        everybody_is_found(people, now)
        kept = rebuild(now) if IdentityIndex.objects.count() == 1 else go_on(now)
        assert kept.is_whole
        everybody_is_found(people, now)
        assert {version for version, _ in tokens()} == {INDEXES.newest()}
        assert list(IdentityIndex.objects.alive().values_list("number", flat=True)) == [INDEXES.newest()]
        assert not INDEXES.path(1).exists()


class TestATokenWhoseRecordIsNotThereYet:
    def test_waits_and_moves_when_it_comes(self, now: datetime) -> None:
        parcel = prepared(AN, now=now)
        kept = rebuild(now)
        assert (kept.is_whole, kept.waiting, kept.destroyed) == (False, 2, ())
        with transaction.atomic():
            gate.keep(parcel, now=now)
        assert go_on(now).is_whole
        assert keyring.subjects_with(identity.INDEXED[0], AN.email) == (parcel.subject,)

    def test_goes_after_an_hour_when_it_never_comes(self, people: list[Kept], now: datetime) -> None:
        parcel = prepared(AN, now=now)
        rebuild(now)
        assert not go_on(now + AN_HOUR - timedelta(seconds=1)).is_whole
        assert go_on(now + AN_HOUR).is_whole
        assert not IdentityToken.objects.filter(matter_id=parcel.matter).exists()
        everybody_is_found(people, now)


class TestARecordThatDoesNotOpen:
    def test_keeps_the_old_index_alive_and_is_counted(self, people: list[Kept], now: datetime) -> None:
        for record in people[1].records:
            Record.objects.filter(id=record).update(sealed=b"\x01" + bytes(60))
        kept = rebuild(now)
        assert (kept.is_whole, kept.broken > 0, kept.destroyed) == (False, True, ())
        assert not go_on(now + 2 * AN_HOUR).is_whole
        everybody_is_found(people, now)


class TestALookUp:
    def test_is_asked_again_when_the_index_changed_meanwhile(self, people: list[Kept], now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        real = keyring._subjects_with

        def rebuild_first(*arguments: Any) -> Any:
            monkeypatch.setattr(keyring, "_subjects_with", real)
            rebuild(now)
            return real(*arguments)

        monkeypatch.setattr(keyring, "_subjects_with", rebuild_first)
        assert keyring.subjects_with(identity.INDEXED[0], BINH.email) == (people[1].subject,)

    def test_without_the_index_key_is_an_error_and_no_miss(self, people: list[Kept], files: Path, now: datetime) -> None:
        (files / "identity-1.key").unlink()
        with pytest.raises(keyfiles.KeyFileMissing):
            find(BINH.email, now=now)


class TestAFileOfADeadIndex:
    def test_that_is_put_back_is_destroyed_again(self, people: list[Kept], files: Path, now: datetime) -> None:
        old = (files / "identity-1.key").read_bytes()
        rebuild(now)
        keyfiles.create(files / "identity-1.key", old)
        gate.prepare_keys(now=now)
        assert go_on(now).destroyed == (1,)
        assert not (files / "identity-1.key").exists()
