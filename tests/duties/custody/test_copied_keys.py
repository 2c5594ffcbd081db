"""What a copy of the epochs' keys opens, beside the copies of the databases that were made before it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from camket.duties.custody import actions as custody
from camket.duties.custody.actions import archive
from camket.policy.terms import SYSTEM, Actor
from camket.vault import gate
from tests.duties.intake.conftest import Receive, house, receive  # fixtures: the same house
from tests.vault import thief

__all__ = ["house", "receive"]
pytestmark = [pytest.mark.django_db(databases=["default", "keys"], transaction=True), pytest.mark.clause("4.7")]
HOUSE = Actor(role=SYSTEM)
Copies = tuple[dict[str, list[thief.Row]], dict[str, list[thief.Row]]]


def databases() -> Copies:
    """Copy both."""
    return thief.copied("default"), thief.copied("keys")


def pass_nights(count: int, *, now: datetime) -> datetime:
    """Let so many nights pass, each with its step, and return the instant after them."""
    for _ in range(count):
        now += timedelta(days=1)
        gate.keep_epochs(actor=HOUSE, now=now)
    return now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def copied_keys(file: Path, *, now: datetime) -> tuple[set[bytes], date]:
    """Make a copy of the epochs' keys, and return what it holds and by when it has to be destroyed."""
    made = custody.back_up_keys(path=file, recipient="", actor=HOUSE, now=now)
    with file.open("rb") as stream:
        found = {member.content for member in archive.members(stream, file.name) if member.name.startswith("secrets/")}
    assert len(found) == made.epochs
    return found, made.destroy_by


def alive(settings: Any) -> set[bytes]:
    """The keys of the epochs that the house has."""
    return thief.keys_in(Path(settings.CAMKET_SECRETS) / "epochs")


class TestACopyOfTheKeys:
    def test_opens_what_was_copied_on_its_day(self, receive: Receive, file: Path, now: datetime) -> None:
        receive()
        now = pass_nights(5, now=now)
        keys, _ = copied_keys(file, now=now)
        assert thief.opened(*databases(), keys)

    def test_opens_what_was_copied_before_the_last_step(self, receive: Receive, file: Path, now: datetime) -> None:
        """Two copies of one night may have a step between them."""
        receive()
        now = pass_nights(5, now=now)
        before = databases()
        keys, _ = copied_keys(file, now=pass_nights(1, now=now))
        assert thief.opened(*before, keys)

    def test_opens_nothing_that_was_copied_days_before(self, receive: Receive, file: Path, now: datetime) -> None:
        """Else somebody erased on that day could be read for as long as this copy is kept, on top of the days that it is old."""
        receive()
        before = databases()
        keys, _ = copied_keys(file, now=pass_nights(5, now=now))
        assert thief.opened(*before, keys) == []

    def test_is_to_be_destroyed_while_the_house_has_every_key_in_it(self, receive: Receive, settings: Any, file: Path, now: datetime) -> None:
        receive()
        now = pass_nights(5, now=now)
        keys, destroy_by = copied_keys(file, now=now)
        last = datetime(destroy_by.year, destroy_by.month, destroy_by.day, 4, tzinfo=UTC)  # eleven in Vietnam
        gate.keep_epochs(actor=HOUSE, now=last)
        assert keys <= alive(settings)
        gate.keep_epochs(actor=HOUSE, now=last + timedelta(days=1))
        assert not keys <= alive(settings)
