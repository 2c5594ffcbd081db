"""A vault of its own for every test: fresh key files, an own ledger, and the first of two tiny editions in force."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from camket.editions.queries import forget_cached
from tests.furnishing import furnish
from tests.vault.deeds import enact, open_vault


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.CAMKET_SECRETS = tmp_path / "secrets"
    settings.CAMKET_CHECKPOINTS = tmp_path / "checkpoints"
    return tmp_path


@pytest.fixture
def vault(db: None, home: Path, now: datetime) -> Iterator[None]:
    """Both databases with keys, edition 1 in force and edition 2 published, in a transaction that the test rolls back."""
    forget_cached()
    furnish(home, ("a vault", now), lambda: open_vault(now))
    yield
    forget_cached()


@pytest.fixture
def edition_2(vault: None, now: datetime) -> None:
    """Bring the second edition into force; whatever was collected before stays under the first."""
    enact(2, now)
