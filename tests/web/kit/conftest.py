"""The kit needs no house: its tags and styles stand by themselves."""

import pytest


@pytest.fixture(autouse=True)
def house() -> None:
    """Open no house here."""
