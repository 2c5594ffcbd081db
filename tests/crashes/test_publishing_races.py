"""Two confirm one draft at the same moment, or one saves while another confirms: one edition, and only what was compared."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from camket.access.actions import add_staff
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.editions.models import Edition
from camket.editions.queries import forget_cached
from camket.journal import published
from camket.journal.models import JournalEntry
from camket.policy.regimes import Regime
from camket.policy.terms import PRIVACY_OFFICER, THE_HOUSE, Actor
from tests.crashes.scenes import settle_in
from tests.crashes.test_races import together

pytestmark = [pytest.mark.usefixtures("transactional_db"), pytest.mark.clause("8.1")]
ROUNDS = 4


@pytest.fixture
def regime() -> Regime:
    """The law, which asks for a second person."""
    return editions.read_regime(Path(configured.CAMKET_REGIME_FILE))


@pytest.fixture
def officers(settings: Any, tmp_path: Path, now: datetime) -> Iterator[list[Actor]]:
    """A house with its policy in force and three privacy officers."""
    settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
    forget_cached()
    settle_in(now)
    yield [add_staff(email=f"{name}@staff.example.vn", role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now).actor for name in ("a", "b", "c")]
    forget_cached()


def proposed(officer: Actor, regime: Regime, now: datetime) -> editions.DraftRow:
    """A draft of the next edition that an officer proposes."""
    row = editions.draft(publishing.start_draft(texts={}, actor=officer, now=now))
    assert row is not None
    publishing.propose(draft_id=row.id, seen_hash=row.hash, wish=publishing.Wish(), regime=regime, actor=officer, now=now)
    return row


def waiting(row: editions.DraftRow) -> int:
    """Which proposal of a draft waits for a second person."""
    return next(one.id for one in editions.proposals_of(row.id))


class TestADraft:
    def test_is_published_once_however_many_confirm_it(self, officers: list[Actor], regime: Regime, now: datetime) -> None:
        for number in range(2, 2 + ROUNDS):
            row = proposed(officers[0], regime, now)
            confirm = partial(publishing.confirm, draft_id=row.id, proposal_id=waiting(row), seen_hash=row.hash, regime=regime, now=now)
            got = together(*(partial(confirm, actor=officer) for officer in officers[1:]))
            assert got.count(number) == 1
            (late,) = (one for one in got if one != number)
            assert isinstance(late, publishing.DraftOver | publishing.NothingProposed | publishing.AlreadyPublished)
            assert JournalEntry.objects.filter(act="edition.published").count() == Edition.objects.count() == number
        assert list(published.faults()) == []

    def test_that_is_saved_while_it_is_confirmed_is_published_as_it_was_compared_or_not_at_all(
        self, officers: list[Actor], regime: Regime, now: datetime
    ) -> None:
        for _ in range(ROUNDS):
            row, newest = proposed(officers[0], regime, now), Edition.objects.count()
            texts = {**row.texts, "vi": row.texts["vi"].replace("\n1.1 ", "\n1.1 Lén thêm. ", 1)}
            save = partial(publishing.save_draft, draft_id=row.id, revision=1, manifest=row.manifest, texts=texts, actor=officers[0], now=now)
            confirm = partial(
                publishing.confirm, draft_id=row.id, proposal_id=waiting(row), seen_hash=row.hash, regime=regime, actor=officers[1], now=now
            )
            saved, confirmed = together(save, confirm)
            if saved == 2:
                assert isinstance(confirmed, publishing.ChangedSince)
                assert Edition.objects.count() == newest
                publishing.discard_draft(draft_id=row.id, actor=officers[0], now=now)
            else:
                assert isinstance(saved, publishing.DraftOver)
                assert confirmed == newest + 1
                assert "Lén thêm" not in Edition.objects.get(number=newest + 1).text

    def test_is_confirmed_or_taken_back(self, officers: list[Actor], regime: Regime, now: datetime) -> None:
        for _ in range(ROUNDS):
            row, newest = proposed(officers[0], regime, now), Edition.objects.count()
            confirm = partial(
                publishing.confirm, draft_id=row.id, proposal_id=waiting(row), seen_hash=row.hash, regime=regime, actor=officers[1], now=now
            )
            confirmed, withdrawn = together(confirm, partial(publishing.withdraw, draft_id=row.id, actor=officers[0], now=now))
            assert confirmed == newest + 1 or isinstance(confirmed, publishing.NothingProposed)
            assert (confirmed == newest + 1) != (withdrawn is None)
            assert Edition.objects.count() == newest + (withdrawn is not None)
            if withdrawn is None:
                publishing.discard_draft(draft_id=row.id, actor=officers[0], now=now)

    def test_waits_once_however_often_it_is_proposed(self, officers: list[Actor], regime: Regime, now: datetime) -> None:
        row = proposed(officers[0], regime, now)
        again = partial(publishing.propose, draft_id=row.id, seen_hash=row.hash, wish=publishing.Wish(), regime=regime, now=now)
        assert together(*(partial(again, actor=officer) for officer in officers)) == [None] * 3
        assert [one.state for one in editions.proposals_of(row.id)].count("waiting") == 1

    def test_is_published_once_without_a_second_person_too(self, officers: list[Actor], regime: Regime, now: datetime) -> None:
        alone = replace(regime, values={key: values for key, values in regime.values.items() if key != "publishing.second_person"})
        row = editions.draft(publishing.start_draft(texts={}, actor=officers[0], now=now))
        assert row is not None
        press = partial(publishing.propose, draft_id=row.id, seen_hash=row.hash, wish=publishing.Wish(), regime=alone, now=now)
        got = together(*(partial(press, actor=officer) for officer in officers))
        assert got.count(2) == 1
        assert Edition.objects.count() == 2
