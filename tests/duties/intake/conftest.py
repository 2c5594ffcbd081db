"""Edition 1 in force, and a house of its own for every test."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from camket.access.actions import add_staff
from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.intake import rules
from camket.duties.notices import actions as notices
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.editions.queries import forget_cached
from camket.journal.actions import sequence
from camket.policy.terms import ADVISER, SYSTEM, VISITOR, Actor
from tests.attaching import File
from tests.cast import AN
from tests.furnishing import furnish

Receive = Callable[..., intake.Received]


@pytest.fixture
def house(db: None, settings: Any, tmp_path: Path, now: datetime) -> None:
    """Open a house with keys of its own, and publish edition 1."""
    settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
    forget_cached()  # a published edition never changes, except from one test to the next
    notices.forget_reaches()
    furnish(tmp_path, ("open to duties", now), lambda: _open(now))


def _open(now: datetime) -> None:
    custody.open_house(now=now)
    regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
    publishing.publish_pending(folder=Path(configured.CAMKET_POLICY), regime=regime, actor=Actor(role=SYSTEM), now=now)
    sequence()


@pytest.fixture
def chi(house: None, now: datetime) -> Actor:
    """Chi, an adviser."""
    row = add_staff(email="chi@staff.example.vn", role=ADVISER, actor=Actor(role=SYSTEM), now=now, display_name="Chi")
    return Actor(role=ADVISER, id=str(row.id))


@pytest.fixture
def receive(house: None, now: datetime) -> Receive:
    """Offer a function that hands an inquiry in, by default An's, with the one consent it needs."""

    def hand_in(
        values: dict[str, str] | None = None,
        consents: tuple[str, ...] = ("advise",),
        nonce: str = "1",
        *,
        slow: bool = False,
        files: tuple[File, ...] = (),
    ) -> intake.Received:
        key = hashlib.sha256(nonce.encode()).digest()
        submission = intake.Submission(channel="form", language="vi", key=key, delay=rules.SLOW_LANE if slow else timedelta(0))
        given = AN.values("full_name", "email", "phone", "message") if values is None else values
        sent = [rules.SentFile(name=one.name, content=one.content, size=len(one.content)) for one in files]
        return intake.receive_inquiry(submission=submission, values=given, consents=consents, files=sent, actor=Actor(role=VISITOR), now=now)

    return hand_in


@pytest.fixture
def colleague(house: None, now: datetime) -> Actor:
    """Another adviser, beside Chi."""
    row = add_staff(email="minh@staff.example.vn", role=ADVISER, actor=Actor(role=SYSTEM), now=now, display_name="Minh")
    return Actor(role=ADVISER, id=str(row.id))
