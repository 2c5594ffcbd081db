"""A house in which no edition is in force: nothing is decided and nothing shown, and that is no fault of the program."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from camket.duties.custody import actions as custody
from camket.editions.queries import forget_cached
from tests.web.browsing import Browser


@pytest.mark.django_db
class TestAHouseWithoutAnEdition:
    @pytest.fixture(autouse=True)
    def house(self, db: None, settings: Any, tmp_path: Path, now: datetime) -> Iterator[None]:
        """In place of the one with an edition: opened, and nothing published."""
        settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
        forget_cached()
        custody.open_house(now=now)
        yield
        forget_cached()

    @pytest.mark.parametrize("path", ["/en/", "/vi/", "/en/policy", "/en/contact"])
    def test_says_that_it_is_out_of_service(self, path: str) -> None:
        page = Browser().get(path)
        assert page.status == 503
        assert page.headers["retry-after"] == "60"
