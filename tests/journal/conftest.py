"""A journal of its own for every test: fresh keys, an empty second medium, and guards that let go only while tables are emptied."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """Give each test its own key files and its own second medium: keys outlive a rolled-back journal, and a checkpoint would accuse the next one."""
    settings.CAMKET_SECRETS = tmp_path / "secrets"
    settings.CAMKET_CHECKPOINTS = tmp_path / "checkpoints"
    return tmp_path
