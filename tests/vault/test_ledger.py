"""The erasure ledger forgets nothing, and damage never passes for a crash."""

import os
import resource
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from camket.policy.terms import PurposeId
from camket.vault import ledger
from tests.vault.deeds import somebody


@pytest.fixture
def path(home: Path) -> Path:
    return home / "checkpoints" / "erasures.jsonl"


def write(now: datetime) -> UUID:
    id = somebody()
    ledger.append(matters=[id], subjects=[], now=now)
    return id


class TestManyAtOnce:
    def test_leave_every_line_whole(self, now: datetime, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # more meetings in the same time

        def append(_: int) -> set[UUID]:
            return {write(now) for _ in range(1500)}

        with ThreadPoolExecutor(8) as pool:
            written = set().union(*pool.map(append, range(8)))
        assert {line.id for line in ledger.lines()} == written
        assert b"torn" not in path.read_bytes()


class TestALine:
    def test_is_read_back_as_written(self, now: datetime, path: Path) -> None:
        matter, subject = somebody(), somebody()
        ledger.append(matters=[matter], subjects=[subject], now=now)
        assert [(line.kind, line.id, line.at) for line in ledger.lines()] == [("matter", matter, now), ("subject", subject, now)]

    def test_of_a_withdrawal_is_read_back_as_written(self, now: datetime) -> None:
        subject, purpose = somebody(), PurposeId("advise")
        ledger.append_withdrawals(subject=subject, at={purpose: now})
        ledger.append(matters=[], subjects=[subject], now=now)
        assert [(line.id, line.at, line.purpose, line.is_withdrawal, line.is_erasure) for line in ledger.lines()] == [
            (subject, now, purpose, True, False),
            (subject, now, None, False, True),
        ]

    def test_of_a_withdrawal_by_word_says_when_and_where_it_was_said(self, now: datetime, path: Path) -> None:
        """One of before, which says neither, is read as ever, and a copy of the ledger that is put back loses neither."""
        advise, notify = PurposeId("advise"), PurposeId("notify")
        said = {advise: (date(2026, 11, 20), "CK-7Q2M-4XJD"), notify: (None, "")}
        ledger.append_withdrawals(subject=somebody(), at={advise: now, notify: now}, said=said)
        assert [(line.said_on, line.said_in) for line in ledger.lines()] == [said[advise], said[notify]]
        first, second = path.read_text().splitlines()
        assert first.endswith('"purpose": "advise", "said_on": "2026-11-20", "said_in": "CK-7Q2M-4XJD"}')
        assert second.endswith('"purpose": "notify"}')
        earlier = ledger.copy()
        path.unlink()
        ledger.put_back(earlier)
        assert ledger.copy() == earlier

    def test_with_a_day_that_is_none_is_a_damage(self, now: datetime, path: Path) -> None:
        ledger.append_withdrawals(subject=somebody(), at={PurposeId("advise"): now}, said={PurposeId("advise"): (date(2026, 11, 20), "")})
        path.write_text(path.read_text().replace("2026-11-20", "2026-11-31"))
        with pytest.raises(ledger.LedgerDamaged):
            list(ledger.lines())

    def test_is_nobody_elses_to_read(self, now: datetime, path: Path) -> None:
        write(now)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_is_on_the_medium_before_the_call_returns(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        forced: list[int] = []

        def force(descriptor: int, real: Callable[[int], None] = os.fsync) -> None:
            forced.append(os.fstat(descriptor).st_size)
            real(descriptor)

        monkeypatch.setattr(os, "fsync", force)
        write(now)
        assert forced[0] > 0
        assert len(forced) == 2  # the file, and the folder that names a new file

    def test_half_written_on_a_medium_that_is_full_is_an_error(self, now: datetime, path: Path) -> None:
        first = write(now)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 150, limits[1]))
        try:
            with pytest.raises(OSError, match="too large"):
                ledger.append(matters=[somebody(), somebody()], subjects=[], now=now)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        last = write(now)
        told = [line.id for line in ledger.lines()]
        assert (told[0], told[-1]) == (first, last)

    def test_of_before_the_window_is_left_out(self, now: datetime) -> None:
        write(now)
        later = write(now + timedelta(days=1))
        assert [line.id for line in ledger.lines(since=now + timedelta(hours=1))] == [later]


class TestATornLine:
    @pytest.mark.parametrize("cut", [1, 2, 10, 60, 95])
    def test_counts_for_nothing_and_spoils_nothing(self, now: datetime, path: Path, cut: int) -> None:
        first = write(now)
        whole = path.read_bytes()
        write(now)
        path.write_bytes(path.read_bytes()[: len(whole) + cut])
        assert [line.id for line in ledger.lines()] == [first]
        second = write(now)
        assert [line.id for line in ledger.lines()] == [first, second]

    def test_that_lacks_only_its_end_counts(self, now: datetime, path: Path) -> None:
        first = write(now)
        path.write_bytes(path.read_bytes()[:-1])
        second = write(now)
        assert [line.id for line in ledger.lines()] == [first, second]

    def test_in_a_file_of_its_own_is_no_damage(self, now: datetime, path: Path) -> None:
        write(now)
        path.write_bytes(b'{"at": "2026-')
        assert list(ledger.lines()) == []


class TestADamagedLine:
    @pytest.mark.parametrize(
        "damage",
        [
            b'{"at": "2026-11-23T02:00:00+00:00", "kind": "matter", "id": "x"}\n',
            b'{"at": "2026-11-23T02:00:00+00:00", "kind": "drawer", "id": "0190d3a8-0000-7000-8000-000000000001"}\n',
            b'{"at": "2026-11-23T02:00:00+00:00", "kind": "withdrawal", "id": "0190d3a8-0000-7000-8000-000000000001"}\n',
            b'{"at": "2026-11-23T02:00:00", "kind": "matter", "id": "0190d3a8-0000-7000-8000-000000000001"}\n',
            b'{"at": "2026-11-23T02:00:00+00:00", "kind": "mat\n',
            b"\xff\xfe\n",
            b"[]\n",
            b"\n",
        ],
    )
    def test_stops_everything(self, now: datetime, path: Path, damage: bytes) -> None:
        write(now)
        path.write_bytes(damage + path.read_bytes())
        with pytest.raises(ledger.LedgerDamaged, match="line 1"):
            list(ledger.lines())

    def test_is_not_repeated_in_the_complaint(self, now: datetime, path: Path, settings: Any) -> None:
        write(now)
        path.write_bytes(b'{"hoai.an": 1}\n')
        with pytest.raises(ledger.LedgerDamaged) as damaged:
            list(ledger.lines())
        assert "hoai.an" not in str(damaged.value)


class TestAMissingLedger:
    def test_is_an_empty_one(self) -> None:
        assert list(ledger.lines()) == []


class TestACopyOfTheLedger:
    def test_is_what_the_ledger_goes_on_from(self, path: Path, now: datetime) -> None:
        write(now)
        earlier = ledger.copy()
        write(now)
        assert ledger.is_after(earlier)
        assert not ledger.is_after(ledger.copy() + earlier)

    def test_is_put_back_where_the_medium_is_new_and_adds_only_what_is_missing(self, path: Path, now: datetime) -> None:
        write(now)
        ledger.append_withdrawals(subject=somebody(), at={PurposeId("advise"): now})
        earlier, lines = ledger.copy(), list(ledger.lines())
        path.unlink()
        ledger.put_back(earlier)
        ledger.put_back(earlier)
        assert list(ledger.lines()) == lines

    def test_leaves_out_a_line_that_a_crash_cut_off(self, path: Path, now: datetime) -> None:
        write(now)
        whole = ledger.copy()
        with path.open("ab") as file:
            file.write(b'{"at": "2026')
        assert ledger.copy() == whole
