"""The disk takes no more, at whatever an act writes: it fails in words or is done, and goes on from there once there is room."""

import resource
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from tests import stage
from tests.crashes.acts import ACTS
from tests.crashes.histories import misfortunes
from tests.crashes.homes import Home
from tests.crashes.killing import ON_BOTH
from tests.crashes.scenes import NEVER, WHOLE, Act
from tests.journeys.post_office import PostOffice

# No file may grow beyond so many bytes: a disk that takes nothing; half a key file; a database's log that ends in the middle of an act.
# PostgreSQL's files belong to another process, which has room: there it is key files, ledger and checkpoints that find none.
ROOM = (0, 40_000, 110_000) if stage.DATABASE == "sqlite" else (0, 16)
WRITE_FILES = {"first start", "erase", "start", "step to a new epoch", "rebuild the index", "sequence", "withdraw"}
CONCERNED = [act for act in ACTS if stage.DATABASE == "sqlite" or act.name in WRITE_FILES]


def fill_the_disk(room: int) -> None:
    """Let every file of this process, which ends soon, find the disk full from a size on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


def faults_of(act: Act) -> dict[str, Callable[[], None]]:
    """Return the sizes at which an act finds the disk full: each for those that go to files or both databases, the ends for the others."""
    sizes = ROOM if act.name in WRITE_FILES | ON_BOTH else (ROOM[0], ROOM[-1])
    return {f"files of {room} bytes": partial(fill_the_disk, room) for room in sizes}


@pytest.mark.slow
class TestAFullDisk:
    @pytest.mark.parametrize("act", CONCERNED, ids=lambda act: act.name)
    @pytest.mark.clause("7.1")
    def test_loses_nothing_and_is_gone_on_from(self, act: Act, home: Home, settings: Any, now: datetime) -> None:
        with PostOffice() as post:
            settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = post.url, "lienhe@example.vn"
            told = list(misfortunes(act, home, now, faults_of(act)))
        faults = [str(history) for history in told if history.faults]
        assert not faults, "\n".join(faults)
        assert act.is_taken_up or act.is_taken_up_once_begun or {history.ended for history in told} <= {NEVER, WHOLE}
        if stage.DATABASE == "sqlite":
            assert told[0].ended != WHOLE or act.is_taken_up, "a disk that takes nothing took everything"
            assert "disk I/O error" in told[0].place, "nobody noticed"
        assert act.name != "first start" or "Error" in told[0].place, "nobody noticed"
