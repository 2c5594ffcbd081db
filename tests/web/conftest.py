"""A house with the edition in force, its own keys and a clock that stands still; and whoever comes to its doors."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.utils import timezone

from camket.access.actions import add_staff, add_token, issue_sign_in_link
from camket.duties.catalogue import actions as catalogue
from camket.duties.custody import actions as custody
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.queries import read_regime
from camket.editions.queries import forget_cached
from camket.journal.actions import sequence
from camket.policy.regimes import Regime
from camket.policy.terms import THE_HOUSE
from camket.web.kit.change_words import shown_changes
from camket.web.kit.clause_words import shown_rules
from camket.web.kit.own_changes import forget_reaches
from tests.duties.notices.campaigning import fresh_reaches, post  # fixtures: campaigns as the duty's own tests have them
from tests.furnishing import furnish
from tests.web.browsing import Browser, Clock, Program

__all__ = ["NewProgram", "SignIn", "clock", "fresh_reaches", "house", "new_program", "post", "regime", "sign_in", "visitor"]

SignIn = Callable[[str], Browser]
NewProgram = Callable[..., Program]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clock:
    """Give the doors a clock that stands still."""
    clock = Clock(now=now)
    monkeypatch.setattr(timezone, "now", clock.read)
    return clock


@pytest.fixture(scope="session")
def regime() -> Regime:
    """Read the law once."""
    return read_regime(Path(configured.CAMKET_REGIME_FILE))


@pytest.fixture(autouse=True)
def house(db: None, settings: Any, tmp_path: Path, clock: Clock, regime: Regime) -> Iterator[None]:
    """Open a house of its own for each test: keys, edition 1, products."""
    settings.CAMKET_SECRETS = tmp_path / "secrets"
    settings.CAMKET_CHECKPOINTS = tmp_path / "checkpoints"
    settings.CAMKET_HOME = tmp_path
    forget_cached()  # an edition that a test published is not there for the next one
    furnish(tmp_path, ("open to visitors", clock.now), lambda: _open(clock.now, regime))
    yield
    editions.forget_pages()
    editions.forget_figures()
    shown_rules.cache_clear()
    shown_changes.cache_clear()
    forget_reaches()
    forget_cached()


def _open(now: datetime, regime: Regime) -> None:
    custody.open_house(now=now)
    publishing.publish_pending(folder=Path(configured.CAMKET_POLICY), regime=regime, actor=THE_HOUSE, now=now)
    sequence()
    catalogue.stock_if_empty()


@pytest.fixture
def visitor() -> Browser:
    """Somebody with a browser, who has not been here before."""
    return Browser()


@pytest.fixture
def sign_in(clock: Clock) -> SignIn:
    """Offer a function that returns a browser with a member of staff of a role signed in."""

    def enter(role: str) -> Browser:
        row = add_staff(email=f"{role.replace('_', '-')}@staff.example.vn", role=role, display_name=role, actor=THE_HOUSE, now=clock.now)
        browser = Browser()
        page = browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}")
        assert browser.submit(page, {}).status == 302
        return browser

    return enter


@pytest.fixture
def new_program(clock: Clock) -> NewProgram:
    """Offer a function that returns a program with a token of some scopes."""

    def make(*scopes: str, name: str = "shop-website") -> Program:
        secret = add_token(name=name, scopes=scopes or ("inquiries:write",), actor=THE_HOUSE, now=clock.now)
        return Program(secret=secret, browser=Browser())

    return make
