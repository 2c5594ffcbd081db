"""Editions read afresh in every test: what one test published must not be remembered by the next."""

from collections.abc import Iterator

import pytest

from camket.editions.queries import forget_cached


@pytest.fixture(autouse=True)
def forgetful(db: None) -> Iterator[None]:
    forget_cached()
    yield
    forget_cached()
