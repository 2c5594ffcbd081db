"""A journal of its own for every test: fresh keys, an empty second medium, and guards that let go only while tables are emptied."""

from pathlib import Path
from typing import Any

import pytest

from camket.journal import actions
from tests.journal.deeds import NOON, several
from tests.journal.offline import handed_out


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """Give each test its own key files and its own second medium: keys outlive a rolled-back journal, and a checkpoint would accuse the next one."""
    settings.CAMKET_SECRETS = tmp_path / "secrets"
    settings.CAMKET_CHECKPOINTS = tmp_path / "checkpoints"
    return tmp_path


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Where somebody keeps what they were given: nobody of the house comes here."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


@pytest.fixture
def held(outside: Path) -> Path:
    """A checkpoint of eight entries in somebody else's hand."""
    several(8)
    return handed_out(actions.checkpoint(now=NOON), outside, "held-8.json")
