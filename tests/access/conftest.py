"""The operator who gives accounts, one adviser, and a look into the journal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest

from camket.access import codes
from camket.access.actions import add_passkey, add_staff, begin_adding, begin_codes, confirm_codes, set_password
from camket.access.queries import StaffRow, known_passkeys, waiting_setup
from camket.journal.models import JournalEntry
from camket.policy.terms import OPERATOR, Actor
from tests.access.authenticator import Authenticator
from tests.access.seats import seat
from tests.cast import CHI

PASSWORD = "bốn con voi đi chợ sớm"
Journaled = Callable[[], list[tuple[str, str]]]


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> None:
    """The key that binds links to what they open."""
    settings.CAMKET_SECRETS = tmp_path / "secrets"
    codes.prepare_key(is_first=True)


@pytest.fixture
def operator() -> Actor:
    return Actor(role=OPERATOR, id="0196a0c4-0000-7000-8000-00000000000f")


@pytest.fixture
def chi(db: None, operator: Actor, now: datetime) -> StaffRow:
    return add_staff(email=CHI.email, role=CHI.role, display_name=CHI.full_name, actor=operator, now=now)


@pytest.fixture
def journaled(db: None) -> Journaled:
    """Offer a function that returns (act, role of the actor) of what was journaled so far, in order."""
    return lambda: list(JournalEntry.objects.order_by("at", "id").values_list("act", "actor_role"))


@pytest.fixture
def generator(chi: StaffRow, now: datetime) -> str:
    """Chi's app with one-time codes, set up a while ago: its secret."""
    then = now - timedelta(hours=1)
    begin_codes(**seat(chi.id, then), now=then)
    secret = waiting_setup(chi.id, now=then)
    assert secret is not None
    confirm_codes(**seat(chi.id, then), code=pyotp.TOTP(secret).at(then), now=then)
    return secret


@pytest.fixture
def passkey(chi: StaffRow, now: datetime) -> Authenticator:
    """Chi's passkey."""
    device = Authenticator()
    add(device, chi, now)
    return device


def add(device: Authenticator, row: StaffRow, now: datetime) -> None:
    """Add a device's passkey to an account."""
    ceremony = begin_adding(staff_id=row.id, account=row.email, name=row.display_name, known=known_passkeys(row.id), now=now)
    add_passkey(**seat(row.id, now), name="điện thoại", ticket=ceremony.ticket, answer=device.made(ceremony.options), now=now)


@pytest.fixture
def with_password(chi: StaffRow, generator: str, now: datetime) -> StaffRow:
    """Chi, with a password beside her app."""
    set_password(**seat(chi.id, now - timedelta(minutes=50)), password=PASSWORD, now=now - timedelta(minutes=50))
    return chi
