"""A backup for which there is no room: it ends with what the disk said, and with nothing else."""

import gc
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest

from camket.duties.custody.actions.archive import Member, written

pytestmark = pytest.mark.whatever_database


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file of this process grow, as on a disk that is full."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


@pytest.mark.parametrize("recipient", ["", str(pyrage.x25519.Identity.generate().to_public())], ids=["in the clear", "sealed"])
def test_it_leaves_no_file_and_complains_of_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_disk: None, recipient: str) -> None:
    complaints: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    def back_up() -> None:
        with written(tmp_path / "data", recipient=recipient) as archive:
            for number in range(20):
                archive.add(Member(name=f"tables/default/a/{number}.jsonl", content=os.urandom(50_000)))

    with pytest.raises(OSError, match="File too large"):
        back_up()
    gc.collect()
    assert complaints == []
    assert list(tmp_path.iterdir()) == []
