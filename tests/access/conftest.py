"""The operator who gives accounts, one adviser, and a look into the journal."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from camket.access import codes
from camket.access.actions import add_staff
from camket.access.queries import StaffRow
from camket.journal.models import JournalEntry
from camket.policy.terms import OPERATOR, Actor
from tests.cast import CHI

Journaled = Callable[[], list[tuple[str, str]]]


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> None:
    """The key that binds links to what they open."""
    settings.CAMKET_SECRETS = tmp_path / "secrets"
    codes.prepare_key(is_first=True)


@pytest.fixture
def operator() -> Actor:
    return Actor(role=OPERATOR, id="operator-of-these-tests")


@pytest.fixture
def chi(db: None, operator: Actor, now: datetime) -> StaffRow:
    return add_staff(email=CHI.email, role=CHI.role, display_name=CHI.full_name, actor=operator, now=now)


@pytest.fixture
def journaled(db: None) -> Journaled:
    """Offer a function that returns (act, role of the actor) of what was journaled so far, in order."""
    return lambda: list(JournalEntry.objects.order_by("at", "id").values_list("act", "actor_role"))
