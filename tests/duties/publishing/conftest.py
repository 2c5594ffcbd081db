"""A house in which nothing is published yet, and a copy of edition 1 to spoil."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from camket.duties.custody import actions as custody
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.editions.queries import forget_cached
from camket.policy.regimes import Regime
from camket.policy.terms import PRIVACY_OFFICER, Actor, EditionNumber
from tests.cast import DUNG
from tests.furnishing import furnish

Publish = Callable[[Path], EditionNumber]
OFFICER = Actor(role=PRIVACY_OFFICER, id=DUNG.email.partition("@")[0])


@pytest.fixture(scope="session")
def regime() -> Regime:
    """Read the law once."""
    return editions.read_regime(Path(configured.CAMKET_REGIME_FILE))


@pytest.fixture
def house(db: None, settings: Any, tmp_path: Path, now: datetime) -> Iterator[None]:
    """Open a house with keys of its own."""
    settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
    furnish(tmp_path, ("nothing published", now), lambda: custody.open_house(now=now))
    forget_cached()  # a published edition never changes, except from one test to the next
    yield
    forget_cached()
    editions.forget_pages()


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A folder with a copy of edition 1, in a folder of editions."""
    folder = tmp_path / "policies" / "edition-1"
    shutil.copytree(Path(configured.CAMKET_POLICY) / "edition-1", folder)
    return folder


@pytest.fixture
def publish(house: None, regime: Regime, now: datetime) -> Publish:
    """Offer a function that publishes a folder in the officer's name."""
    return lambda path: publishing.publish_edition(path=path, regime=regime, actor=OFFICER, now=now)


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
