"""The tables of the errands, made once beside the house's own."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.outbox.errands import Deed, Errand


@pytest.fixture(scope="session")
def errand_tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            for model in (Errand, Deed):
                editor.create_model(model)
        yield
        with connection.schema_editor() as editor:
            for model in (Deed, Errand):
                editor.delete_model(model)


@pytest.fixture
def batch() -> UUID:
    return uuid4()


@pytest.fixture
def give(errand_tables: None, db: None, batch: UUID, now: datetime) -> Callable[..., list[Errand]]:
    """Offer a function that leaves errands, due `in_seconds` from now."""

    def make(count: int = 1, *, in_seconds: float = 0) -> list[Errand]:
        return Errand.objects.bulk_create([Errand(batch=batch, due_at=now + timedelta(seconds=in_seconds)) for _ in range(count)])

    return make
